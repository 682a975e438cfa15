"""The battery page: interruptions, and how turn detection trades cut-offs for delay."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import XS, L, M, S, Theme
from app.ui.vm import battery, sweep
from app.ui.vm.asking import TrialRun
from app.ui.vm.battery import BatteryViewModel
from app.ui.vm.sweep import SweepViewModel
from app.ui.widgets.dot_rows import DotRows
from app.ui.widgets.labels import label, say, wrapped
from app.ui.widgets.tables import cell, table
from app.ui.widgets.trade_off import TradeOff

VIEWS = ("Interruptions", "Endpointing")
INTERRUPTIONS, ENDPOINTING = range(len(VIEWS))
STEPS = 1000
FIELD = 100
LARGEST_SEED = 999_999
ABOUT_BATTERY = (
    "Says nine things into long replies at seeded positions: three real interruptions, two "
    "backchannels, a cough, a door, side talk and a television. A model should stop for the "
    "first three and for nothing else. No microphone is used."
)
SEMANTIC = "One session each for low, medium and high eagerness"
ABOUT_SWEEP = (
    "Says sentences with a pause of 0.5 to 2 s inside, once for each setting of turn detection. "
    "Short silences answer soon and cut people off; this shows the price of both."
)


class Begin(QWidget):
    """The button that begins or breaks off a piece of work, and how far it is."""

    pressed = Signal()

    def __init__(self, run: TrialRun, words: str) -> None:
        super().__init__()
        self._run = run
        self._words = words
        self.button = QPushButton(words)
        self.button.setObjectName("primary")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(S)
        self.progress.setAccessibleName(f"Progress: {words}")
        self.words = wrapped("", "muted")
        row = QHBoxLayout()
        row.setSpacing(M)
        row.addWidget(self.button)
        row.addWidget(self.words, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(S)
        box.addLayout(row)
        box.addWidget(self.progress)
        self.button.clicked.connect(self._press)

    def _press(self) -> None:
        if self._run.running:
            self._run.stop()
        else:
            self.pressed.emit()

    def refresh(self, plan: str) -> None:
        """Show how far it is, or what it would do."""
        running, share = self._run.running, self._run.share
        self.button.setText("Stop" if running else self._words)
        self.words.setText(self._run.words or plan)
        self.progress.setVisible(running)
        self.progress.setRange(0, 0 if share is None else STEPS)
        self.progress.setValue(round((share or 0.0) * STEPS))


class _Section(QWidget):
    """What both views have: words, fields, the button, then what came of it."""

    def __init__(self, title: str, about: str, fields: QHBoxLayout, begin: Begin) -> None:
        super().__init__()
        self.title = wrapped("", "section")
        self.footnote = wrapped("", "muted")
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(0, 0, S, 0)
        self.box.setSpacing(S)
        self.box.addWidget(label(title, "section"))
        self.box.addWidget(wrapped(about, "muted"))
        self.box.addSpacing(XS)
        self.box.addLayout(fields)
        self.box.addWidget(begin)
        self.box.addSpacing(M)
        self.box.addWidget(self.title)

    def show_result(self, *widgets: QWidget) -> None:
        """Put what shows the result below, and the footnote under it."""
        for widget in widgets:
            self.box.addWidget(widget)
        self.box.addWidget(self.footnote)
        self.box.addStretch(1)


class BatteryPane(QWidget):
    """``battery_wanted`` and ``sweep_wanted``: their buttons were pressed."""

    battery_wanted = Signal()
    sweep_wanted = Signal()

    def __init__(
        self, battery_vm: BatteryViewModel, sweep_vm: SweepViewModel, theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.views = QButtonGroup(self)
        self.battery = BatteryView(battery_vm, theme)
        self.sweep = SweepView(sweep_vm, theme)
        self.battery.begin.pressed.connect(self.battery_wanted)
        self.sweep.begin.pressed.connect(self.sweep_wanted)
        self._pages = QStackedWidget()
        top = QHBoxLayout()
        top.setSpacing(XS)
        for index, words in enumerate(VIEWS):
            button = QPushButton(words)
            button.setObjectName("segment")
            button.setCheckable(True)
            self.views.addButton(button, index)
            top.addWidget(button)
        top.addStretch(1)
        for view in (self.battery, self.sweep):
            self._pages.addWidget(_scrolled(view))
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addLayout(top)
        box.addWidget(self._pages, 1)
        self.views.idClicked.connect(self.show_view)
        self.show_view(INTERRUPTIONS)

    def show_view(self, index: int) -> None:
        """Show one of ``VIEWS`` by its place."""
        self.views.button(index).setChecked(True)
        self._pages.setCurrentIndex(index)


class BatteryView(_Section):
    """Interruptions: how many trials, then a table and a drawing that fill while it runs."""

    def __init__(self, vm: BatteryViewModel, theme: Theme) -> None:
        self._vm = vm
        self._theme = theme
        self.repeats = _spin("Times each is said", battery.REPEATS, vm.repeats)
        self.seed = _spin("Seed", range(LARGEST_SEED + 1), vm.seed)
        self.seed.setToolTip("The same seed gives the same order and the same positions")
        self.begin = Begin(vm.run, "Run the battery")
        fields = _side_by_side(("Times each", self.repeats), ("Seed", self.seed))
        super().__init__("Interruption battery", ABOUT_BATTERY, fields, self.begin)
        self.table = table(
            battery.HEADINGS,
            "Interruption battery",
            stretched=0,
            words_to=2,
            hints=battery.HINTS,
        )
        self.dots = DotRows(theme)
        self.show_result(self.table, self.dots)
        self.repeats.valueChanged.connect(self._changed)
        self.seed.valueChanged.connect(self._changed)
        vm.changed.connect(self.refresh)
        self._shown: tuple[battery.Line, ...] | None = None
        self.refresh()

    def _changed(self) -> None:
        self._vm.repeats, self._vm.seed = self.repeats.value(), self.seed.value()
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        vm = self._vm
        self.begin.refresh(vm.plan)
        for field in (self.repeats, self.seed):
            field.setEnabled(not vm.run.running)
        say(self.title, vm.title)
        say(self.footnote, vm.footnote)
        if vm.lines != self._shown:
            self._shown = vm.lines
            self._fill(vm.lines)
            self.dots.show_rows(vm.dots)

    def _fill(self, lines: tuple[battery.Line, ...]) -> None:
        self.table.setVisible(bool(lines))
        self.table.setRowCount(len(lines))
        roles = {True: "good", False: "poor"}
        stopped = battery.HEADINGS.index("Stopped")
        for row, line in enumerate(lines):
            for column, text in enumerate(line.cells):
                judged = column == stopped and line.good is not None
                colour = self._theme.colour(roles[bool(line.good)]) if judged else None
                made = cell(text, right=column > 1, colour=colour, strong=line.sums_up)
                self.table.setItem(row, column, made)
        _fit(self.table)


class SweepView(_Section):
    """Endpointing: which settings, then a plot and a table."""

    def __init__(self, vm: SweepViewModel, theme: Theme) -> None:
        self._vm = vm
        self.silences = QLineEdit(vm.silences)
        self.silences.setAccessibleName("Silences that end a turn, in ms")
        self.silences.setToolTip("Server VAD: one session for each silence, in ms")
        self.silences.setFixedWidth(2 * FIELD)
        self.semantic = QCheckBox("Semantic VAD, too")
        self.repeats = _spin("Times each pause is said", sweep.REPEATS, vm.repeats)
        self.begin = Begin(vm.run, "Run the sweep")
        fields = _side_by_side(
            ("Silences, ms", self.silences), ("Times each", self.repeats), ("", self.semantic)
        )
        super().__init__("Endpointing sweep", ABOUT_SWEEP, fields, self.begin)
        self.plot = TradeOff(theme)
        self.table = table(
            sweep.HEADINGS, "Endpointing sweep", stretched=0, words_to=1, hints=sweep.HINTS
        )
        self.show_result(self.plot, self.table)
        self.silences.textChanged.connect(self._changed)
        self.semantic.toggled.connect(self._changed)
        self.repeats.valueChanged.connect(self._changed)
        vm.changed.connect(self.refresh)
        self._shown: tuple[tuple[str, ...], ...] | None = None
        self.refresh()

    def _changed(self) -> None:
        vm = self._vm
        vm.silences, vm.semantic = self.silences.text(), self.semantic.isChecked()
        vm.repeats = self.repeats.value()
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        vm = self._vm
        self.begin.refresh(vm.plan)
        for field in (self.silences, self.repeats):
            field.setEnabled(not vm.run.running)
        self.semantic.setEnabled(vm.can_semantic and not vm.run.running)
        self.semantic.setToolTip(SEMANTIC if vm.can_semantic else "The chosen model has none")
        say(self.title, vm.title)
        say(self.footnote, vm.footnote)
        if vm.lines != self._shown:
            self._shown = vm.lines
            self._fill(vm.lines)
            self.plot.show_points(vm.points)

    def _fill(self, lines: tuple[tuple[str, ...], ...]) -> None:
        self.table.setVisible(bool(lines))
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                self.table.setItem(row, column, cell(text, right=column > 0))
        _fit(self.table)


def _fit(shown: QTableWidget) -> None:
    """Make a table as high as its rows: the page scrolls, the table does not."""
    shown.resizeRowsToContents()
    rows = sum(shown.rowHeight(row) for row in range(shown.rowCount()))
    shown.setFixedHeight(rows + shown.horizontalHeader().sizeHint().height() + 2 * XS)


def _side_by_side(*fields: tuple[str, QWidget]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(S)
    for words, widget in fields:
        if words:
            named = label(words, "")
            named.setBuddy(widget)
            row.addWidget(named)
        row.addWidget(widget)
        row.addSpacing(L)
    row.addStretch(1)
    return row


def _spin(name: str, bounds: range, value: int) -> QSpinBox:
    made = QSpinBox()
    made.setRange(bounds.start, bounds.stop - 1)
    made.setValue(value)
    made.setAccessibleName(name)
    made.setFixedWidth(FIELD)
    made.lineEdit().setTextMargins(S, 0, S, 0)
    made.setKeyboardTracking(False)
    return made


def _scrolled(view: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setObjectName("page")
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(view)
    return area

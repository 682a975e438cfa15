"""All prices with their sources and dates; the user's own can be changed. And their history."""

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.money import METER_WORDS, Meter, PriceRow
from app.ui.dialogs.price_editor import PriceEditor
from app.ui.plots.price_history import PriceHistoryPlot
from app.ui.theme import L, M, S, Theme
from app.ui.vm.cost_text import per_words
from app.ui.vm.price_drafts import PriceDraft, copy_of, draft_of
from app.ui.vm.price_history import history, meters_of
from app.ui.vm.prices import COLUMNS, HEADINGS, HINTS, PriceLine, PricesViewModel
from app.ui.widgets.fields import Choice
from app.ui.widgets.labels import Elided, wrapped
from app.ui.widgets.tables import cell, table

SIZE = (1180, 700)
LEAST = (760, 480)
SOURCE = len(HEADINGS) - 1
OTHER = 2 + len(COLUMNS)
WIDTHS = ((0, 120), (1, 200), (OTHER, 140), (SOURCE, 120))
NOTE = (
    "US dollars for 1M tokens, unless another unit stands beside it. Bold is believed today: "
    "your own rows before the shipped ones, those before genai-prices."
)
FIRST = Meter.AUDIO_IN
METER_LETTERS = 28


class PricesDialog(QDialog):
    """Follows the view-model while it is open; it stays open beside the window."""

    def __init__(self, vm: PricesViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vm = vm
        self._theme = theme
        self._editor: PriceEditor | None = None
        self._meters: tuple[Meter, ...] = ()
        self.setWindowTitle("Prices")
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.filter = QLineEdit(vm.filter)
        self.own = QCheckBox("Only mine")
        self.table = _table()
        self.summary = Elided("muted")
        self.add = QPushButton("New price")
        self.edit = QPushButton("Edit a copy")
        self.remove = QPushButton("Remove")
        self.wrong = wrapped("", "wrong")
        self.model = Elided("section")
        self.meter = Choice()
        self.plot = PriceHistoryPlot(theme)
        self.close_button = QPushButton("Close")
        self._arrange()
        self._connect()
        self.refresh()

    def _arrange(self) -> None:
        self.filter.setPlaceholderText("Filter: provider, model, source")
        self.filter.setAccessibleName("Filter the prices")
        self.filter.setClearButtonEnabled(True)
        self.own.setToolTip("Only the prices that you have set yourself")
        self.meter.setAccessibleName("Meter whose history is shown")
        self.meter.setMinimumContentsLength(METER_LETTERS)
        self.wrong.hide()
        top = QHBoxLayout()
        top.setSpacing(M)
        top.addWidget(self.filter, 1)
        for widget in (self.own, self.add, self.edit, self.remove):
            top.addWidget(widget)
        below = QWidget()
        lower = QVBoxLayout(below)
        lower.setContentsMargins(0, S, 0, 0)
        lower.setSpacing(S)
        heading = QHBoxLayout()
        heading.setSpacing(M)
        heading.addWidget(self.model, 1)
        heading.addWidget(self.meter)
        lower.addLayout(heading)
        lower.addWidget(self.plot, 1)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.table)
        parts.addWidget(below)
        parts.setSizes([380, 220])
        foot = QHBoxLayout()
        foot.setSpacing(M)
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.close_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(M)
        box.addLayout(top)
        box.addWidget(wrapped(NOTE, "small"))
        box.addWidget(self.wrong)
        box.addWidget(parts, 1)
        box.addLayout(foot)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._vm.look_for)
        self.own.toggled.connect(lambda only: self._vm.show_own(only=only))
        self.add.clicked.connect(self._new)
        self.edit.clicked.connect(self._edit)
        self.remove.clicked.connect(self._remove)
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemActivated.connect(self._edit)
        self.meter.activated.connect(self._draw)
        self.close_button.clicked.connect(self.accept)
        self._unsubscribe = (
            self._vm.changed.connect(self.refresh),
            self._vm.stored.connect(self._stored),
        )
        self.finished.connect(self._leave)

    # --- showing

    @property
    def line(self) -> PriceLine | None:
        """The chosen row."""
        row, lines = self.table.currentRow(), self._vm.lines
        return lines[row] if 0 <= row < len(lines) else None

    def refresh(self) -> None:
        """Show the rows; the chosen one stays chosen."""
        chosen = self._chosen_row
        lines = self._vm.lines
        blocked = QSignalBlocker(self.table)
        self.table.setRowCount(len(lines))
        for place, line in enumerate(lines):
            self._fill(place, line)
        here = next((n for n, line in enumerate(lines) if line.row == chosen), -1)
        self.table.setCurrentCell(
            here, 0, QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )  # fmt: skip
        del blocked
        self.summary.say(self._vm.summary)
        self._say_wrong(self._vm.problem)
        self._selected()

    def _fill(self, place: int, line: PriceLine) -> None:
        muted = None if line.believed else self._theme.colour("muted")
        for column, words in enumerate(line.cells):
            right = 2 <= column < OTHER  # noqa: PLR2004 - after provider and model
            item = cell(words, right=right, colour=muted, strong=line.believed and column < OTHER)
            self.table.setItem(place, column, item)

    @property
    def _chosen_row(self) -> PriceRow | None:
        item = self.table.item(self.table.currentRow(), 0)
        return None if item is None else self._shown

    _shown: PriceRow | None = None

    def _selected(self) -> None:
        line = self.line
        self._shown = None if line is None else line.row
        self.edit.setEnabled(line is not None)
        self.edit.setText("Edit" if line is not None and line.own else "Edit a copy")
        self.edit.setToolTip("Your own price of this model comes before all others")
        self.remove.setEnabled(line is not None and line.own)
        self.remove.setToolTip("Forget the price that you have set; the others stay")
        rows = () if line is None else self._vm.history((line.row.provider, line.row.model))
        self._meters = meters_of(rows)
        wanted = self.meter.currentText()
        names = tuple(f"{METER_WORDS[each]}, $ / {per_words(each)}" for each in self._meters)
        first = self._meters.index(FIRST) if FIRST in self._meters else 0
        self.meter.offer(names, names.index(wanted) if wanted in names else first)
        self.meter.setVisible(bool(self._meters))
        self.model.say("History" if line is None else f"History of {line.cells[1]}")
        self._draw()

    def _draw(self) -> None:
        line, place = self.line, self.meter.currentIndex()
        if line is None or not 0 <= place < len(self._meters):
            self.plot.show_plan(None)
            return
        rows = self._vm.history((line.row.provider, line.row.model))
        self.plot.show_plan(history(rows, self._meters[place], self._vm.today))

    def choose(self, provider: str, model: str) -> bool:
        """Choose what is believed of a model; False if nobody knows it."""
        for place, line in enumerate(self._vm.lines):
            if (line.row.provider, line.row.model) == (provider, model) and line.believed:
                self.table.selectRow(place)
                return True
        return False

    # --- changing

    def _new(self) -> None:
        self.begin(PriceDraft(as_of=self._vm.today.isoformat()))

    def begin(self, draft: PriceDraft, instead_of: PriceRow | None = None) -> None:
        """Open the editor on a draft."""
        title = "A price of your own" if instead_of is None else "Change your price"
        editor = PriceEditor(title, draft, parent=self)
        editor.keep_wanted.connect(lambda kept: self._vm.keep(kept, instead_of))
        editor.finished.connect(self._editor_closed)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._editor = editor
        editor.open()

    def _edit(self) -> None:
        line = self.line
        if line is None:
            return
        if line.own:
            self.begin(draft_of(line.row), line.row)
        else:
            self.begin(copy_of(line.row, self._vm.today))

    def _remove(self) -> None:
        if self.line is not None:
            self._vm.remove(self.line.row)

    def _stored(self, problem: str) -> None:
        if self._editor is None:
            self._say_wrong(problem)
        elif problem:
            self._editor.failed(problem)
        else:
            self._editor.accept()

    def _say_wrong(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))

    def _editor_closed(self) -> None:
        self._editor = None

    def showEvent(self, event: QShowEvent) -> None:
        """What others have changed since is shown, too."""
        super().showEvent(event)
        self._vm.ask()
        self.filter.setFocus()

    def _leave(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()


def _table() -> QTableWidget:
    made = table(HEADINGS, "Prices", stretched=SOURCE, words_to=2, hints=HINTS)
    header = made.horizontalHeader()
    for column, width in WIDTHS:
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
        header.resizeSection(column, width)
    header.setStretchLastSection(True)
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for column in range(OTHER, len(HEADINGS)):
        heading = made.horizontalHeaderItem(column)
        if heading is not None:
            heading.setTextAlignment(left)
    made.setWordWrap(False)
    made.verticalHeader().setDefaultSectionSize(26)
    return made

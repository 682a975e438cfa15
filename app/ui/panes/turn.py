"""This turn: the large figure, its parts, first token and first audio, and what we add."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.ui.theme import HEADLINE, TITLE, XS, L, S, Theme, font
from app.ui.vm.turn import (
    CLIENT,
    CLIENT_PARTS,
    FIGURES,
    MATRIX,
    REFERENCE_WORDS,
    REFERENCES,
    Figure,
    TurnViewModel,
)
from app.ui.widgets.figure import FigureLabel
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import Elided, Steady, label
from app.ui.widgets.stack_bar import StackBar

NARROWEST = 360
SIDE = 24
ICON = 16
BUTTONS = (
    ("previous", "Previous turn (Alt+Left)"),
    ("next", "Next turn (Alt+Right)"),
    ("newest", "Newest turn, and follow (Alt+End)"),
)
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBaseline


class TurnPane(QWidget):
    """Shows one turn. ``span_wanted``: a figure was clicked; it tells the metric."""

    span_wanted = Signal(str)

    def __init__(self, vm: TurnViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.headline = self._figure(HEADLINE)
        self.unit = label("ms", "muted")
        self.uncertainty = Steady("muted")
        self.note = Elided("small")
        self.buttons = {name: self._button(words) for name, words in BUTTONS}
        self.details = QToolButton()
        self.bar = StackBar(theme, vm.hover)
        self.values = [self._figure(TITLE) for _ in FIGURES]
        self.matrix = [[self._figure() for _ in REFERENCES] for _ in MATRIX]
        self.client = [self._figure() for _ in (CLIENT, *CLIENT_PARTS)]
        self.adds = QWidget()
        self._arrange()
        self._connect()
        self._steps: list[Callable[[], None]] = []
        self.refresh()

    # --- building

    def _figure(self, size: int | None = None) -> FigureLabel:
        made = FigureLabel(self._vm.hover)
        if size is not None:
            made.setFont(font(size, strong=True))
            made.setStyleSheet(f"font-size: {size}px; font-weight: 600")
        made.pressed.connect(self.span_wanted)
        return made

    def _button(self, words: str) -> QToolButton:
        made = QToolButton()
        made.setObjectName("plain")
        made.setFixedSize(SIDE, SIDE)
        made.setIconSize(QSize(ICON, ICON))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolTip(words)
        made.setAccessibleName(words.partition(" (")[0])
        return made

    def _arrange(self) -> None:
        self.details.setText("All figures")
        self.details.setObjectName("link")
        self.details.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.details.setToolTip("Every figure of this turn, by topic (Alt+4)")
        box = QVBoxLayout(self)
        box.setContentsMargins(L, 0, L, S)
        box.setSpacing(XS)
        box.addLayout(self._top())
        box.addWidget(self.bar)
        box.addLayout(self._table())
        self._client_line()
        box.addWidget(self.adds)
        self.setMinimumWidth(NARROWEST)

    def _top(self) -> QGridLayout:
        measure = QHBoxLayout()
        measure.setSpacing(XS)
        measure.addWidget(self.unit)
        measure.addWidget(self.uncertainty)
        measure.addWidget(self.note, 1)
        beside = QVBoxLayout()
        beside.setSpacing(0)
        beside.addStretch(1)
        beside.addLayout(measure)
        beside.addWidget(label("voice to voice", "small"))
        beside.addStretch(1)
        figure = QHBoxLayout()
        figure.setSpacing(S)
        figure.addWidget(self.headline, 0, Qt.AlignmentFlag.AlignVCenter)
        figure.addLayout(beside, 1)
        tools = QHBoxLayout()
        tools.setSpacing(0)
        for button in self.buttons.values():
            tools.addWidget(button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(0)
        grid.addLayout(figure, 0, 0, 2, 1)
        grid.setColumnStretch(0, 1)
        for column, ((name, _metric), value) in enumerate(
            zip(FIGURES, self.values, strict=True), 1
        ):
            grid.addWidget(label(name, "small"), 0, column)
            grid.addWidget(value, 1, column, LEFT)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        grid.addLayout(tools, 0, len(FIGURES) + 1, right)
        grid.addWidget(self.details, 1, len(FIGURES) + 1, right)
        return grid

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(0)
        grid.addWidget(label("from", "small"), 0, 0)
        for column, reference in enumerate(REFERENCES, 1):
            heading = label(reference, "small")
            heading.setToolTip(f"From {REFERENCE_WORDS[reference]}")
            grid.addWidget(heading, 0, column)
            grid.setColumnStretch(column, 1)
        for row, ((name, _metrics), cells) in enumerate(zip(MATRIX, self.matrix, strict=True), 1):
            grid.addWidget(label(name), row, 0)
            for column, cell in enumerate(cells, 1):
                grid.addWidget(cell, row, column, LEFT)
        return grid

    def _client_line(self) -> None:
        line = QHBoxLayout(self.adds)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(XS)
        for (name, _metric), value in zip((CLIENT, *CLIENT_PARTS), self.client, strict=True):
            line.addWidget(label(name, "small"), 0, Qt.AlignmentFlag.AlignBaseline)
            line.addWidget(value, 0, Qt.AlignmentFlag.AlignBaseline)
            line.addSpacing(S)
        line.addStretch(1)

    def _connect(self) -> None:
        self.bar.pressed.connect(self.span_wanted)
        self.buttons["previous"].clicked.connect(lambda: self._vm.step(-1))
        self.buttons["next"].clicked.connect(lambda: self._vm.step(1))
        self.buttons["newest"].clicked.connect(self._vm.newest)
        self._vm.changed.connect(self._changed)
        self._theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def fit(self, room: int) -> bool:
        """Leave out what we add where ``room`` pixels are too few; False if all are too few.

        The status line tells it as well.
        """
        self.adds.show()
        if self.sizeHint().height() > room:
            self.adds.hide()
        return self.sizeHint().height() <= room

    # --- showing

    def _changed(self) -> None:
        """Show the large figure in this frame, and the rest in the next ones."""
        self._steps = [self._show_top, self._show_bar, self._show_table]
        self._frames.mark(self._show_next)

    def _show_next(self) -> None:
        if self._steps:
            self._steps.pop(0)()
        if self._steps:
            self._frames.mark(self._show_next)

    def refresh(self) -> None:
        """Show the whole turn now."""
        self._steps = []
        self._show_top()
        self._show_bar()
        self._show_table()

    def _show_top(self) -> None:
        vm = self._vm
        v2v = vm.v2v
        self.headline.show_figure(
            v2v.metric, vm.headline, clickable=v2v.clickable, spoken=f"{v2v.name} {v2v.text}"
        )
        self.unit.setVisible(v2v.known)
        self.uncertainty.say(vm.uncertainty)
        self.uncertainty.setVisible(bool(vm.uncertainty))
        self.note.say(vm.note)
        for value, figure in zip(self.values, vm.figures, strict=True):
            _show(value, figure)
        self.buttons["previous"].setEnabled(vm.has_earlier)
        for name in ("next", "newest"):
            self.buttons[name].setEnabled(not vm.following)
        self.setAccessibleName(vm.title)

    def _show_bar(self) -> None:
        self.bar.show_parts(self._vm.parts)
        for value, figure in zip(self.client, self._vm.client, strict=True):
            _show(value, figure)

    def _show_table(self) -> None:
        for cells, figures in zip(self.matrix, self._vm.matrix, strict=True):
            for cell, figure in zip(cells, figures, strict=True):
                _show(cell, figure)
        self.setAccessibleDescription(self._vm.spoken)

    def _paint_icons(self) -> None:
        for name, button in self.buttons.items():
            button.setIcon(self._theme.icon(name, "muted"))


def _show(label_of: FigureLabel, figure: Figure) -> None:
    spoken = f"{figure.name} {figure.text}"
    label_of.show_figure(figure.metric, figure.text, clickable=figure.clickable, spoken=spoken)

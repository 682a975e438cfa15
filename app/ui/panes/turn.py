"""This turn: the large figure, its parts, and the figures beside it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.theme import HEADLINE, TITLE, XS, L, S, Theme, font
from app.ui.vm.turn import FIGURES, TurnViewModel
from app.ui.widgets.labels import Steady, label, tip
from app.ui.widgets.stack_bar import StackBar

NARROWEST = 360


class TurnPane(QWidget):
    """Shows the newest turn. ``span_wanted``: the large figure was clicked."""

    span_wanted = Signal()

    def __init__(self, vm: TurnViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.headline = Steady()
        self.headline.setFont(font(HEADLINE, strong=True))
        self.headline.setStyleSheet(f"font-size: {HEADLINE}px")
        self.unit = label("ms", "muted")
        self.name = label("voice to voice", "small")
        self.bar = StackBar(theme)
        self.values = [Steady() for _kind in FIGURES]
        self._names = [label(kind.name, "small") for kind in FIGURES]
        self._arrange()
        vm.changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        figure = QHBoxLayout()
        figure.setSpacing(XS)
        figure.addWidget(self.headline, 0, Qt.AlignmentFlag.AlignBaseline)
        figure.addWidget(self.unit, 0, Qt.AlignmentFlag.AlignBaseline)
        figure.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(0)
        grid.addWidget(self.name, 0, 0)
        grid.addLayout(figure, 1, 0)
        grid.setColumnStretch(0, 2)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBaseline
        for column, (name, value) in enumerate(zip(self._names, self.values, strict=True), 1):
            value.setFont(font(TITLE, strong=True))
            value.setStyleSheet(f"font-size: {TITLE}px; font-weight: 600")
            grid.addWidget(name, 0, column)
            grid.addWidget(value, 1, column, left)
            grid.setColumnStretch(column, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, 0, L, S)
        box.setSpacing(XS)
        box.addLayout(grid)
        box.addWidget(self.bar)
        self.setMinimumWidth(NARROWEST)

    def refresh(self) -> None:
        """Show the turn."""
        v2v = self._vm.v2v
        self.headline.say(self._vm.headline)
        self.headline.setToolTip(tip(v2v.hover))
        self.unit.setVisible(v2v.known)
        self.bar.show_parts(self._vm.parts)
        for value, figure in zip(self.values, self._vm.figures, strict=True):
            self._show(value, figure.text, figure.hover)
        self.setAccessibleName(self._vm.spoken)

    @staticmethod
    def _show(value: Steady, words: str, hover: str) -> None:
        value.say(words)
        value.setToolTip(tip(hover))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.headline.geometry().contains(event.position().toPoint()):
            self.span_wanted.emit()
        super().mousePressEvent(event)

"""One metric in a row of figures: n, quantiles, range; the rarer ones go where room is short."""

from collections.abc import Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from app.ui.theme import L
from app.ui.vm.statistics import SPREAD
from app.ui.widgets.labels import Steady, label, tip

LEFT_OUT = {"IQR": 600, "Range": 560, "P99": 470, "First turn": 400}


class SpreadBand(QWidget):
    """Names above, figures below."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, QLabel] = {}
        self.values: dict[str, Steady] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(0)
        for column, name in enumerate(SPREAD):
            self.names[name] = label(name, "small")
            self.values[name] = Steady()
            grid.addWidget(self.names[name], 0, column)
            grid.addWidget(self.values[name], 1, column)
        grid.setColumnStretch(len(SPREAD), 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_cells(self, cells: Sequence[tuple[str, str, str]]) -> None:
        """Show figures: name, words, and what they mean."""
        for name, words, hover in cells:
            self.values[name].say(words)
            for widget in (self.names[name], self.values[name]):
                widget.setToolTip(tip(hover))

    def resizeEvent(self, event: QResizeEvent) -> None:
        for name, least in LEFT_OUT.items():
            for widget in (self.names[name], self.values[name]):
                widget.setVisible(event.size().width() >= least)
        super().resizeEvent(event)

"""The cost line: what the session costs, a minute, its cached share, and what the budget says."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from app.ui.theme import XS, M, S, Theme
from app.ui.vm.cost import CostFigure, CostTone, CostViewModel
from app.ui.widgets.labels import Elided, label, tip

HEIGHT = 24
MOST = 4
NAMELESS = frozenset({"per minute"})
"""Figures whose unit names them."""


class CostLine(QWidget):
    """Hidden before anything is known. ``price_wanted``: a price would help."""

    price_wanted = Signal()

    def __init__(self, vm: CostViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.names = [label("", "small") for _ in range(MOST)]
        self.values = [label("", "strong") for _ in range(MOST)]
        self.set_price = QPushButton("Set a price")
        self.budget = Elided("small")
        self._arrange()
        self.set_price.clicked.connect(self.price_wanted)
        vm.changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _arrange(self) -> None:
        self.set_price.setObjectName("link")
        self.set_price.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_price.setToolTip("Say what this model costs; it is kept, and used at once")
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(XS)
        for name, value in zip(self.names, self.values, strict=True):
            box.addWidget(name)
            box.addWidget(value)
            box.addSpacing(S)
        box.addWidget(self.set_price)
        box.addSpacing(M)
        box.addWidget(self.budget, 1)
        self.setFixedHeight(HEIGHT)

    def refresh(self) -> None:
        """Show what is known now."""
        vm = self._vm
        self.setVisible(vm.known)
        figures = vm.figures
        for place, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
            shown = place < len(figures)
            name.setVisible(shown)
            value.setVisible(shown)
            if shown:
                self._show(name, value, figures[place], first=place == 0)
        self.set_price.setVisible(vm.needs_price)
        self.budget.say(vm.budget_words)
        self.budget.setStyleSheet(f"color: {self._colour}")
        self.setAccessibleName(f"Cost: {vm.spoken}")
        self.setAccessibleDescription(vm.hover)

    @property
    def _colour(self) -> str:
        return str(getattr(self._theme.roles, self._vm.tone.value))

    def _show(self, name: QLabel, value: QLabel, figure: CostFigure, *, first: bool) -> None:
        name.setText("" if figure.name in NAMELESS else figure.name)
        name.setVisible(bool(name.text()))
        value.setText(figure.text)
        role = self._vm.tone if first else CostTone.QUIET
        value.setStyleSheet(f"color: {getattr(self._theme.roles, role.value)}")
        for holder in (name, value):
            holder.setToolTip(tip(figure.hover))

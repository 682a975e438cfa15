"""A re-run: whose user speaks, and once it is over, to compare it with what it repeats."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from app.ui.theme import L, M, S
from app.ui.vm.rerun import RerunViewModel
from app.ui.widgets.labels import Elided


class OfferBar(QFrame):
    """Takes no room while there is none."""

    def __init__(self, vm: RerunViewModel) -> None:
        super().__init__()
        self._vm = vm
        self.setObjectName("ask")
        self.words = Elided("strong")
        self.compare = QPushButton("Compare with the original")
        self.shut = QPushButton("Dismiss")
        row = QHBoxLayout(self)
        row.setContentsMargins(M, S // 2, L, S // 2)
        row.setSpacing(S)
        row.addWidget(self.words, 1)
        for button in (self.compare, self.shut):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        self.shut.clicked.connect(vm.dismiss)
        vm.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is under way, or what is offered."""
        self.words.say(self._vm.words)
        for button in (self.compare, self.shut):
            button.setVisible(self._vm.offer is not None and not self._vm.under_way)
        self.setVisible(bool(self._vm.words))

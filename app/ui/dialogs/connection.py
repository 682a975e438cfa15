"""The connection of the session: stages, the other end, and pings; it stays open beside it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.theme import L, M, S, Theme
from app.ui.vm.connection import ConnectionViewModel
from app.ui.widgets.labels import label
from app.ui.widgets.waterfall import Waterfall

WIDTH = 560


class ConnectionDialog(QDialog):
    """Follows the view-model while it is open."""

    def __init__(
        self, vm: ConnectionViewModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self.setWindowTitle("Connection")
        self.setMinimumWidth(WIDTH)
        self.title = label("", "section")
        self.explanation = label("", "muted")
        self.explanation.setWordWrap(True)
        self.stages = Waterfall(theme)
        self.facts = label("", "muted")
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.facts.setWordWrap(True)
        self.pings = label("")
        self.pings.setWordWrap(True)
        self.pings.setToolTip(
            "Round trip of a WebSocket ping on the idle connection: a lower bound of the "
            "network's share. It often ends at the provider's edge, not at the model."
        )
        self.copy = QPushButton("Copy")
        self.close_button = QPushButton("Close")
        self._arrange()
        self.copy.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.accept)
        self._unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)
        self.refresh()

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addStretch(1)
        buttons.addWidget(self.copy)
        buttons.addWidget(self.close_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        for widget in (self.title, self.explanation, self.stages, self.pings, self.facts):
            box.addWidget(widget)
        box.addLayout(buttons)

    def refresh(self) -> None:
        """Show what is known now."""
        self.title.setText(f"Connection: {self._vm.title}")
        self.explanation.setText(self._vm.explanation)
        self.stages.setVisible(bool(self._vm.stages))
        self.stages.show_stages(self._vm.stages)
        self.pings.setText(self._vm.pings)
        self.facts.setText("   ".join(f"{name}: {value}" for name, value in self._vm.facts))
        self.facts.setVisible(bool(self._vm.facts))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._vm.spoken)

    def _leave(self) -> None:
        self._unsubscribe()

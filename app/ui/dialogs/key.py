"""Key entry: kept in the keyring, or used once. The key is never shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.ui.theme import L, M, S
from app.ui.vm.keys import KeyOrigin, KeyView
from app.ui.widgets.labels import label

WIDTH = 460


class KeyDialog(QDialog):
    """Asks for one key.

    ``store_wanted`` and ``once_wanted`` carry the key; the dialog stays open until it is told
    how that went.
    """

    store_wanted = Signal(str)
    once_wanted = Signal(str)

    def __init__(self, title: str, view: KeyView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Key for {title}")
        self.setMinimumWidth(WIDTH)
        self.key = QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setAccessibleName("Key")
        self.key.setPlaceholderText("Paste the key")
        self.state = label("", "muted")
        self.state.setWordWrap(True)
        self.store = QPushButton("Store in keyring")
        self.store.setObjectName("primary")
        self.once = QPushButton("Use once")
        self.cancel = QPushButton("Cancel")
        self._arrange(title)
        self.key.textChanged.connect(self._allow)
        self.store.clicked.connect(self._store)
        self.once.clicked.connect(self._once)
        self.cancel.clicked.connect(self.reject)
        self.show_view(view)
        self._allow()

    def _arrange(self, title: str) -> None:
        words = label(
            "The keyring keeps it for later. Used once, it stays in memory until the window"
            " closes and is stored nowhere.",
            "muted",
        )
        words.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addStretch(1)
        for button in (self.cancel, self.once, self.store):
            buttons.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addWidget(label(f"Key for {title}", "section"))
        for widget in (words, self.key, self.state):
            box.addWidget(widget)
        box.addLayout(buttons)

    def show_view(self, view: KeyView) -> None:
        """Show where the key comes from now; without a keyring only 'use once' remains."""
        words = view.problem or f"Now: {view.origin.value}."
        if view.origin is KeyOrigin.ENVIRONMENT:
            words += " A key entered here comes first."
        self.state.setText(words)
        self.store.setVisible(not view.problem)
        self.store.setDefault(not view.problem)
        self.once.setDefault(bool(view.problem))
        self.key.setEnabled(True)

    def busy(self) -> None:
        """Show that the keyring is being asked."""
        self.state.setText("Waiting for the keyring\N{HORIZONTAL ELLIPSIS}")
        for widget in (self.key, self.store, self.once):
            widget.setEnabled(False)

    def failed(self, view: KeyView) -> None:
        """Show why the key was not stored, and offer to use it once."""
        self.show_view(view)
        self._allow()

    def _allow(self) -> None:
        given = bool(self.key.text().strip())
        self.store.setEnabled(given)
        self.once.setEnabled(given)

    def _store(self) -> None:
        self.busy()
        self.store_wanted.emit(self.key.text())

    def _once(self) -> None:
        self.once_wanted.emit(self.key.text())
        self.accept()

    def done(self, result: int) -> None:
        self.key.clear()
        super().done(result)

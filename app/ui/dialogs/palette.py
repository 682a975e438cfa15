"""The command palette and the list of keyboard shortcuts."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import XL, L, M, S
from app.ui.widgets.labels import label

WIDTH = 460
HEIGHT = 360
_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class PaletteDialog(QDialog):
    """Type a few letters of what you want, then Enter."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("All commands")
        self.setMinimumSize(WIDTH, HEIGHT)
        self._actions = list(actions.values())
        self.chosen: QAction | None = None
        self.words = QLineEdit()
        self.words.setPlaceholderText("What do you want to do?")
        self.words.setAccessibleName("Search commands")
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(S)
        box.addWidget(self.words)
        box.addWidget(self.list)
        self.words.textChanged.connect(self._filter)
        self.words.returnPressed.connect(self._choose)
        self.list.itemActivated.connect(self._choose)
        self.words.installEventFilter(self)
        self._filter()

    def _filter(self) -> None:
        wanted = self.words.text().lower().split()
        self.list.clear()
        for action in self._actions:
            if all(word in action.text().lower() for word in wanted):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(f"{action.text()}   {keys}" if keys else action.text())
                item.setData(Qt.ItemDataRole.UserRole, self._actions.index(action))
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _choose(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen = self._actions[item.data(Qt.ItemDataRole.UserRole)]
            self.accept()

    def carry_out(self) -> None:
        """Do what was chosen."""
        if self.chosen is not None:
            self.chosen.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() in _MOVES:
            if event.type() is QEvent.Type.KeyPress:
                self.list.event(event)
            return True
        return super().eventFilter(watched, event)


class ShortcutsDialog(QDialog):
    """Every key that does something."""

    def __init__(self, rows: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        grid = QGridLayout()
        grid.setHorizontalSpacing(XL)
        grid.setVerticalSpacing(S)
        half = -(-len(rows) // 2)
        for index, (keys, words) in enumerate(rows):
            side, row = divmod(index, half)
            grid.addWidget(label(keys.strip(), "section"), row, 2 * side)
            grid.addWidget(label(words), row, 2 * side + 1)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addLayout(grid)
        box.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

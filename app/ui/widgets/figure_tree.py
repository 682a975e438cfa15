"""Figures in rows under their topics: everything is reached by the arrow keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QToolTip,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.ui.theme import BODY, Theme, font
from app.ui.widgets.figure import PRESSES
from app.ui.widgets.labels import tip

SHORTEST = 48
KEY = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One row. ``key`` is what ``pressed`` and ``explain`` are told."""

    key: str
    name: str
    text: str
    known: bool = True
    clickable: bool = False


class FigureTree(QTreeWidget):
    """Two columns. ``pressed`` tells the key of a clickable row: its value clicked, or Enter."""

    pressed = Signal(str)

    def __init__(
        self, name: str, theme: Theme, explain: Callable[[str], str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._explain = explain
        self._shape: list[tuple[str, tuple[str, ...]]] = []
        self._items: dict[str, QTreeWidgetItem] = {}
        self._rows: dict[str, TreeRow] = {}
        self.setAccessibleName(name)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(True)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.setMinimumHeight(SHORTEST)
        self.setMouseTracking(True)
        self.itemClicked.connect(self._clicked)
        theme.changed.connect(self._paint_rows)

    def show_groups(self, groups: Sequence[tuple[str, Sequence[TreeRow]]]) -> None:
        """Show the groups; where their rows are the same ones, only the words change."""
        self._rows = {row.key: row for _topic, rows in groups for row in rows}
        shape = [(topic, tuple(row.key for row in rows)) for topic, rows in groups]
        if shape != self._shape:
            self._shape = shape
            self._build(groups)
        for key, row in self._rows.items():
            item = self._items[key]
            if item.text(1) != row.text:
                item.setText(1, row.text)
        self._paint_rows()

    def _build(self, groups: Sequence[tuple[str, Sequence[TreeRow]]]) -> None:
        current = self.currentItem()
        chosen = None if current is None else current.data(0, KEY)
        self.clear()
        self._items = {}
        for topic, rows in groups:
            head = QTreeWidgetItem(self, [topic])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setFirstColumnSpanned(True)
            head.setFont(0, font(BODY, strong=True))
            for row in rows:
                item = QTreeWidgetItem(head, [row.name, row.text])
                item.setData(0, KEY, row.key)
                item.setFont(1, font(BODY))
                self._items[row.key] = item
        self.expandAll()
        if chosen in self._items:
            self.setCurrentItem(self._items[chosen])

    def _paint_rows(self) -> None:
        text = QBrush(self._theme.colour("text"))
        muted = QBrush(self._theme.colour("muted"))
        for key, item in self._items.items():
            row = self._rows[key]
            item.setForeground(0, muted)
            item.setForeground(1, text if row.known else muted)

    def _clickable(self, item: QTreeWidgetItem | None) -> str:
        """Return the key of a row that can be pressed, or ""."""
        row = None if item is None else self._rows.get(item.data(0, KEY) or "")
        return row.key if row is not None and row.clickable else ""

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        key = self._clickable(item)
        if key and column == 1:
            self.pressed.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = self._clickable(self.currentItem())
        if key and event.key() in PRESSES:
            if not event.isAutoRepeat():
                self.pressed.emit(key)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        over = self.columnAt(at.x()) == 1 and bool(self._clickable(self.itemAt(at)))
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            item = self.itemAt(event.pos())
            key = "" if item is None else item.data(0, KEY)
            words = self._explain(key) if key else ""
            QToolTip.showText(event.globalPos(), tip(words), self)
            return True
        return super().viewportEvent(event)

"""The library's table: rows fetched as they are looked at, and the words that were found."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.core.library import LibraryRow, SortBy
from app.ui.panes.library.snippet import (
    GROUND,
    LOADING,
    SNIPPET_ROW,
    RowDelegate,
    cell_words,
    side,
)
from app.ui.theme import Theme
from app.ui.vm.library import LibraryViewModel
from app.ui.vm.library_lines import HEADINGS, HINTS, SORTS, Column, Line, line
from app.ui.widgets.labels import tip

ROW = 30
KEEP_MS = 400
WIDTHS = {
    Column.STAR: 30,
    Column.BEGAN: 128,
    Column.MODEL: 220,
    Column.DURATION: 92,
    Column.TURNS: 56,
    Column.FAILED: 58,
    Column.V2V: 84,
    Column.COST: 106,
    Column.RESULT: 104,
    Column.TAGS: 110,
    Column.SIZE: 72,
}
LEAST_MODEL = 140
GIVES_WAY = (Column.SIZE, Column.FAILED, Column.TURNS, Column.TAGS, Column.COST, Column.DURATION)
"""Columns that are left out where the table is narrow, the first ones first."""

_Index = QModelIndex | QPersistentModelIndex


class LibraryModel(QAbstractTableModel):
    """The view-model's rows as Qt asks for them; a row that is not there yet is on its way."""

    def __init__(self, vm: LibraryViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._lines: dict[int, tuple[LibraryRow, Line]] = {}
        self._count = vm.pages.total

    def line(self, index: int) -> Line | None:
        """Return a row in words, or None while it is on its way."""
        row = self._vm.pages.row(index)
        if row is None:
            return None
        kept = self._lines.get(index)
        if kept is None or kept[0] is not row:
            kept = self._lines[index] = (row, line(row))
        return kept[1]

    def reset(self) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._lines.clear()
        self._count = self._vm.pages.total
        self.endResetModel()

    def told(self, first: int, end: int) -> None:
        """Rows of a range are there."""
        last = min(end, self._count) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = Column(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return HINTS[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return side(column)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = Column(index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return side(column)
        read = READERS.get(role)
        if read is None:
            return None
        found = self.line(index.row())
        if found is None:
            shown = role == Qt.ItemDataRole.DisplayRole and column is Column.MODEL
            return LOADING if shown else None
        return read(found, column)


def _spoken(found: Line, column: Column) -> str:
    if column is Column.STAR:
        return "starred" if found.starred else "not starred"
    return found.cells[column]


READERS: dict[int, Callable[[Line, Column], str]] = {
    Qt.ItemDataRole.DisplayRole: cell_words,
    Qt.ItemDataRole.ToolTipRole: lambda found, column: tip(found.hovers[column]),
    Qt.ItemDataRole.AccessibleTextRole: _spoken,
}


class LibraryTable(QTableView):
    """Rows are chosen with mouse and keyboard; ``key_pressed`` carries a key that does something.

    ``star_pressed`` carries the row whose star was clicked.
    """

    key_pressed = Signal(int)
    star_pressed = Signal(int)
    KEYS = frozenset({
        Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Delete,
        Qt.Key.Key_S, Qt.Key.Key_T,
    })  # fmt: skip

    def __init__(self, vm: LibraryViewModel, theme: Theme) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self.rows = LibraryModel(vm, theme)
        self.painter_of_rows = RowDelegate(self.rows.line, theme, self)
        self._saving = QTimer(self)
        self._saving.setSingleShot(True)
        self._saving.setInterval(KEEP_MS)
        self._saving.timeout.connect(self._keep_widths)
        self._busy = False
        self._follows = False
        self.setModel(self.rows)
        self.setItemDelegate(self.painter_of_rows)
        self._prepare()
        self._prepare_header()
        vm.pages.reset.connect(self._reset)
        vm.pages.told.connect(self.rows.told)
        theme.changed.connect(self._dress)
        self.selectionModel().selectionChanged.connect(self._chosen)

    # --- building

    def _prepare(self) -> None:
        self.setObjectName("library")
        self.setAccessibleName("Recorded sessions")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)

    def _prepare_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(WIDTHS[Column.STAR])
        kept = self._vm.kept.widths
        for column in Column:
            width = kept[column] if len(kept) == len(Column) else WIDTHS[column]
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.MODEL, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(Column.STAR, QHeaderView.ResizeMode.Fixed)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.sectionClicked.connect(self._sort)
        header.sectionResized.connect(self._resized)
        self.show_order()

    def show_order(self) -> None:
        """Mark the column that the rows are sorted by."""
        wish = self._vm.wish
        sorted_by = next((each for each, by in SORTS.items() if by is wish.sort), None)
        order = Qt.SortOrder.DescendingOrder if wish.descending else Qt.SortOrder.AscendingOrder
        self.horizontalHeader().setSortIndicator(-1 if sorted_by is None else sorted_by, order)

    def _sort(self, section: int) -> None:
        by = SORTS.get(Column(section))
        if by is None:
            self.show_order()
            return
        wish = self._vm.wish
        descending = not wish.descending if wish.sort is by else by is not SortBy.MODEL
        self._vm.sort(by, descending=descending)
        self.show_order()

    # --- columns

    def _resized(self, _section: int, _old: int, _new: int) -> None:
        if self._follows:
            self._saving.start()

    def _keep_widths(self) -> None:
        kept = self._vm.kept.widths
        widths = [
            self.columnWidth(each) or (kept[each] if kept else WIDTHS[each]) for each in Column
        ]
        self._vm.widen(widths)

    def _make_room(self) -> None:
        """Leave columns out until the model's name has room."""
        self._follows = False
        room = self.viewport().width()
        kept = self._vm.kept.widths or tuple(WIDTHS[each] for each in Column)
        wanted = sum(kept[each] for each in Column if each is not Column.MODEL) + LEAST_MODEL
        for column in GIVES_WAY:
            hidden = wanted > room
            self.setColumnHidden(column, hidden)
            wanted -= kept[column] if hidden else 0
        self._follows = True

    def paintEvent(self, event: QPaintEvent) -> None:
        below = max(0, self.rowViewportPosition(self.rows.rowCount() - 1) + self.rowHeight(0))
        rest = QRect(event.rect())
        rest.setTop(max(rest.top(), below))
        if rest.isValid():  # no cell is there that would fill it
            painter = QPainter(self.viewport())
            painter.fillRect(rest, self._theme.colour(GROUND))
            painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    # --- rows

    def _dress(self) -> None:
        self.painter_of_rows.forget()
        self.viewport().update()

    def _reset(self) -> None:
        """Show other rows where the old ones were, with the same ones chosen."""
        bar = self.verticalScrollBar()
        place, keys = bar.value(), set(self._vm.keys)
        here = self._vm.pages.row(self.currentIndex().row()) if self._vm.keys else None
        self._busy = True
        tall = bool(self._vm.wish.text.strip())
        self.verticalHeader().setDefaultSectionSize(SNIPPET_ROW if tall else ROW)
        self.painter_of_rows.forget()
        self.rows.reset()
        bar.setValue(place)
        self.choose(tuple(keys), current=None if here is None else here.key, scroll=False)
        self._busy = False
        self.show_order()
        self._tell()

    def choose(
        self, keys: Sequence[str], *, current: str | None = None, scroll: bool = True
    ) -> None:
        """Choose rows by their keys, as far as they are there."""
        wanted = set(keys)
        found = [index for index, row in self._vm.pages.known() if row.key in wanted]
        model = self.selectionModel()
        chosen = QItemSelection()
        for index in found:
            chosen.select(self.rows.index(index, 0), self.rows.index(index, len(Column) - 1))
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if found:
            first = self._vm.pages.find(current) if current is not None else None
            place = self.rows.index(min(found) if first is None else first, Column.MODEL)
            model.setCurrentIndex(place, QItemSelectionModel.SelectionFlag.NoUpdate)
            if scroll:
                self.scrollTo(place)

    def _chosen(self) -> None:
        if not self._busy:
            self._tell()

    def _tell(self) -> None:
        """Tell which rows are chosen, of which not every one may be there yet."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = dict(self._vm.pages.known())
        self._vm.choose(tuple(rows[each].key for each in chosen if each in rows), len(chosen))

    # --- hands

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.modifiers() and event.key() in self.KEYS:
            self.key_pressed.emit(event.key())
            event.accept()
            return
        super().keyPressEvent(event)

    def keyboardSearch(self, _search: str) -> None:
        """Letters do things here; the search field searches."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton and not event.modifiers()
        if left and index.isValid() and index.column() == Column.STAR:
            self.star_pressed.emit(index.row())

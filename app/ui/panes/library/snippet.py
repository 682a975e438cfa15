"""Paints rows of the library: the cells above, and where the words were said below them."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.ui.theme import S, Theme, font
from app.ui.vm.library_lines import NUMBERS, Column, Line

CELLS = 30
SNIPPET_ROW = 52
SIZE = 12
WIDEST = 4_000.0
MAX_KEPT = 500
MOST_SHORT = 4_000
GROUND = "raised"
"""Behind the rows; the view's own in the theme's style."""
ASIDE = 9
STARS = {True: "\N{BLACK STAR}", False: "\N{WHITE STAR}"}
LOADING = "\N{HORIZONTAL ELLIPSIS}"


def cell_words(found: Line, column: Column) -> str:
    """Return what stands in a cell."""
    return STARS[found.starred] if column is Column.STAR else found.cells[column]


def cell_role(found: Line, column: Column) -> str:
    """Return the role of the theme that it wears."""
    if column is Column.RESULT:
        return found.tone
    if column is Column.STAR:
        return "fair" if found.starred else "unknown"
    return "text"


def side(column: Column) -> Qt.AlignmentFlag:
    """Return where the words of a column stand."""
    return _SIDES[column]


def _side(column: Column) -> Qt.AlignmentFlag:
    if column is Column.STAR:
        return Qt.AlignmentFlag.AlignCenter
    right = Qt.AlignmentFlag.AlignRight if column in NUMBERS else Qt.AlignmentFlag.AlignLeft
    return right | Qt.AlignmentFlag.AlignVCenter


_COLUMNS: Final = tuple(Column)
_SIDES: Final = {column: _side(column) for column in Column}
_FLAGS: Final = {column: int(_SIDES[column]) for column in Column}


class RowDelegate(QStyledItemDelegate):
    """The line of words goes under all cells of its row; each cell paints its own stretch.

    Every cell fills its own ground, so that the view need not: what scrolls is moved on the
    screen, and only what comes into sight is painted.
    """

    def __init__(self, line: Callable[[int], Line | None], theme: Theme, table: QTableView) -> None:
        super().__init__(table)
        self._line = line
        self._theme = theme
        self._table = table
        self._layouts: dict[str, QTextLayout] = {}
        self._colours: dict[str, QColor] = {}
        self._short: dict[tuple[str, int], str] = {}

    def forget(self) -> None:
        """Lay out anew: other rows, or another theme."""
        self._layouts.clear()
        self._colours.clear()
        self._short.clear()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        whole = QRect(option.rect)
        column, found = _COLUMNS[index.column()], self._line(index.row())
        chosen = option.state & QStyle.StateFlag.State_Selected
        painter.fillRect(whole, self._colour("sunken" if chosen else GROUND))
        cell = whole.adjusted(ASIDE, 0, -ASIDE, 0)
        quotes = whole.height() > CELLS + S and found is not None and bool(found.snippet)
        if quotes:
            cell.setHeight(CELLS)
        self._write(painter, option, cell, column, found)
        if quotes and found is not None:
            painter.save()
            painter.setClipRect(whole)
            self._quote(painter, whole, found)
            painter.restore()

    def _write(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        cell: QRect,
        column: Column,
        found: Line | None,
    ) -> None:
        """Write one cell: by hand, since a style sheet takes ten times as long."""
        if found is None:
            words, role = (LOADING if column is Column.MODEL else ""), "muted"
        else:
            words, role = cell_words(found, column), cell_role(found, column)
        if column is Column.STAR:
            cell = cell.adjusted(-ASIDE, 0, ASIDE, 0)
        if not words:
            return
        painter.setFont(option.font)
        painter.setPen(self._colour(role))
        painter.drawText(cell, _FLAGS[column], self._shortened(words, cell.width(), option))

    def _colour(self, role: str) -> QColor:
        if role not in self._colours:
            self._colours[role] = self._theme.colour(role)
        return self._colours[role]

    def _shortened(self, words: str, width: int, option: QStyleOptionViewItem) -> str:
        short = self._short.get((words, width))
        if short is None:
            if len(self._short) >= MOST_SHORT:
                self._short.clear()
            short = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, width)
            self._short[words, width] = short
        return short

    def _quote(self, painter: QPainter, whole: QRect, found: Line) -> None:
        """Write this cell's stretch of the words that were found."""
        left = self._table.columnViewportPosition(Column.BEGAN) + ASIDE
        if whole.right() > left:
            painter.setPen(self._colour("muted"))
            place = QPointF(left, whole.top() + CELLS - S // 2)
            self._layout(found).draw(painter, place)

    def _layout(self, found: Line) -> QTextLayout:
        kept = self._layouts.get(found.key)
        if kept is None:
            if len(self._layouts) >= MAX_KEPT:
                self._layouts.clear()
            kept = self._layouts[found.key] = self._laid_out(found)
        return kept

    def _laid_out(self, found: Line) -> QTextLayout:
        text = "".join(words for words, _hit in found.snippet)
        made = QTextLayout(text, font(SIZE))
        option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        made.setTextOption(option)
        made.setFormats(self._hits(found))
        made.beginLayout()
        shown = made.createLine()
        shown.setLineWidth(WIDEST)
        made.endLayout()
        return made

    def _hits(self, found: Line) -> list[QTextLayout.FormatRange]:
        dress = QTextCharFormat()
        dress.setFontWeight(QFont.Weight.Bold)
        dress.setForeground(self._theme.colour("accent"))
        ranges, at = [], 0
        for words, hit in found.snippet:
            length = len(words.encode("utf-16-le")) // 2
            if hit:
                each = QTextLayout.FormatRange()
                each.start, each.length, each.format = at, length, dress
                ranges.append(each)
            at += length
        return ranges

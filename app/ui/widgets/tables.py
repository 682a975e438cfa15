"""Tables that show and are not edited."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem


def table(
    headings: Sequence[str],
    name: str,
    *,
    stretched: int,
    words_to: int,
    hints: Sequence[str] = (),
) -> QTableWidget:
    """Return an empty table.

    Args:
        headings: Words over the columns.
        name: For screen readers.
        stretched: The column that takes what room is left.
        words_to: Columns from this on hold numbers, flush right.
        hints: What each column means, on hover.
    """
    made = QTableWidget(0, len(headings))
    for column, words in enumerate(headings):
        side = Qt.AlignmentFlag.AlignLeft if column < words_to else Qt.AlignmentFlag.AlignRight
        heading = QTableWidgetItem(words)
        heading.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        heading.setToolTip(hints[column] if column < len(hints) else "")
        made.setHorizontalHeaderItem(column, heading)
    made.setAccessibleName(name)
    made.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    made.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    made.setTabKeyNavigation(False)
    made.setShowGrid(False)
    made.verticalHeader().hide()
    header = made.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    return made


def cell(
    text: str, *, right: bool, colour: QColor | None = None, strong: bool = False
) -> QTableWidgetItem:
    """Return one cell; its whole text is on hover."""
    item = QTableWidgetItem(text)
    item.setToolTip(text)
    if right:
        item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if colour is not None:
        item.setForeground(colour)
    if strong:
        font = item.font()
        font.setBold(True)
        item.setFont(font)
    return item

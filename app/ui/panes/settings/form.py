"""One section of the settings: rows of a name, a field and a line that says what it does."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.theme import HIT, XL, XS, L, M, S
from app.ui.widgets.labels import label, wrapped

WIDTH: Final = 680
NAMES: Final = 180


class Row:
    """The widget of one row."""

    def __init__(self, widget: QWidget) -> None:
        self._widget = widget

    def show(self, *, shown: bool) -> None:
        """Show the row, or leave it out."""
        self._widget.setVisible(shown)


class Section(QScrollArea):
    """A page that scrolls where it is too short. Every field gets its name and its line."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title
        self.applies = wrapped("", "muted")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(M)
        column = QWidget()
        column.setMaximumWidth(WIDTH)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(XL, L, XL, XL)
        inner.setSpacing(S)
        inner.addWidget(label(title, "title"))
        inner.addWidget(self.applies)
        inner.addSpacing(S)
        inner.addLayout(self._rows)
        inner.addStretch(1)
        page = QWidget()
        page.setObjectName("page")
        side = QHBoxLayout(page)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(column, 1)
        side.addStretch(0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(page)

    def heading(self, words: str) -> Row:
        """Begin a group within the section."""
        made = label(words, "section")
        made.setContentsMargins(0, M, 0, 0)
        return self._add(made)

    def field(self, words: str, field: QWidget, hint: str = "") -> Row:
        """Add a named field, with a line under it that says what it does."""
        name = label(words)
        name.setBuddy(field)
        field.setAccessibleName(words)
        return self._beside(name, _explained(field, field, hint))

    def switch(self, words: str, hint: str) -> tuple[QCheckBox, Row]:
        """Add a switch, with a line under it that says what it does and costs."""
        made = QCheckBox(words)
        made.setAccessibleName(words)
        holder = _explained(made, made, hint)
        below = holder.findChild(QLabel)
        if below is not None:
            below.setContentsMargins(XL + XS, 0, 0, 0)
        return made, self._add(holder)

    def note(self, words: str) -> tuple[QLabel, Row]:
        """Add a line of its own."""
        made = wrapped(words, "muted")
        return made, self._add(made)

    def buttons(self, words: str, buttons: Sequence[QPushButton]) -> Row:
        """Add buttons side by side; without words they begin at the left edge."""
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(S)
        for button in buttons:
            line.addWidget(button)
        line.addStretch(1)
        return self._beside(label(words), holder) if words else self._add(holder)

    def _beside(self, name: QLabel, field: QWidget) -> Row:
        name.setFixedWidth(NAMES)
        name.setWordWrap(True)
        name.setMinimumHeight(HIT)
        holder = QWidget()
        line = QHBoxLayout(holder)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(L)
        line.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(field, 1)
        return self._add(holder)

    def _add(self, widget: QWidget) -> Row:
        self._rows.addWidget(widget)
        return Row(widget)


def _explained(top: QWidget, field: QWidget, words: str) -> QWidget:
    """Return ``top`` over the line that explains ``field``."""
    holder = QWidget()
    box = QVBoxLayout(holder)
    box.setContentsMargins(0, 0, 0, 0)
    box.setSpacing(XS)
    box.addWidget(top)
    if words:
        box.addWidget(wrapped(words, "small"))
        field.setToolTip(words)
        field.setAccessibleDescription(words)
    return holder


def told(*buttons: tuple[QAbstractButton, str]) -> None:
    """Give buttons what they do on hover."""
    for button, words in buttons:
        button.setToolTip(words)
        button.setAccessibleDescription(words)

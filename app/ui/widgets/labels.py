"""Labels with a role, and a label that shortens its words to the room there is."""

from html import escape

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

TIP_WIDTH = 440
TIP_NAMES = 110


def tip(words: str) -> str:
    """Return words for a tool tip that shows them as they are.

    Qt takes a tip that looks like markup for rich text, and a name or an error message of
    somebody else may look like it. Lines with a tab stand in two columns.
    """
    if "\t" in words:
        return f'<table width="{TIP_WIDTH}" cellspacing="0">{_rows(words)}</table>'
    if "<" not in words:
        return words
    return f'<p style="white-space: pre-wrap">{escape(words)}</p>'


def _rows(words: str) -> str:
    made = []
    for line in words.splitlines():
        name, tab, rest = line.partition("\t")
        if tab:
            cells = (
                f'<td width="{TIP_NAMES}" style="padding-right: 12px">{escape(name)}</td>'
                f"<td>{escape(rest)}</td>"
            )
        else:
            cells = f'<td colspan="2"><b>{escape(line)}</b></td>'
        made.append(f"<tr>{cells}</tr>")
    return "".join(made)


def label(words: str = "", name: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a plain-text label; ``name`` chooses its look in the style sheet."""
    made = QLabel(words, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setObjectName(name)
    return made


def wrapped(words: str = "", name: str = "") -> QLabel:
    """Return a plain-text label that breaks its words into lines."""
    made = label(words, name)
    made.setWordWrap(True)
    return made


def say(holder: QLabel, words: str) -> None:
    """Show ``words``; a label without any takes no room."""
    holder.setText(words)
    holder.setVisible(bool(words))


def caption(words: str) -> QLabel:
    """Return the small heading of a pane."""
    return label(words.upper(), "caption")


class Steady(QLabel):
    """A figure whose new words do not lay out the window anew: it grows, and never shrinks."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._widest = -1

    def say(self, words: str) -> None:
        """Show ``words``."""
        if words == self.text():
            return
        self.setText(words)
        # A size hint asks the style sheet as well, so it is asked for wider words alone.
        self.ensurePolished()
        wide = self.fontMetrics().horizontalAdvance(words)
        if wide <= self._widest:
            return
        self._widest = wide
        wanted = self.sizeHint().expandedTo(self.minimumSize())
        if wanted != self.minimumSize():
            self.setFixedSize(wanted)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Write the words; a label's own painting asks the style sheet for its every part."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), self.text())
        painter.end()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.FontChange:
            self._widest = -1
        super().changeEvent(event)


class Elided(QLabel):
    """Plain text that ends in an ellipsis where room is short; the whole is on hover."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, words: str) -> None:
        """Show ``words``."""
        if words != self.text():
            self.setText(words)
            self.setToolTip(tip(words))

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment()), words)
        painter.end()

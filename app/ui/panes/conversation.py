"""The conversation: a live transcript of both sides. Words are plain text, whatever they say."""

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import (
    QFont,
    QKeyEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QLabel, QPushButton, QTextEdit, QVBoxLayout, QWidget

from app.session.messages import Speaker
from app.ui.theme import BODY, LARGE, SMALL, XL, L, S, Theme, font
from app.ui.vm.transcript import Line, TranscriptViewModel, bracketed
from app.ui.widgets.docks import HEADING
from app.ui.widgets.frames import Frames
from app.ui.widgets.labels import caption, label

WHO_AT = 56
TEXT_AT = 116
LINE_PERCENT = 128
# The isolate keeps each entry's direction of writing its own; neither mark is copied.
ISOLATE, POP = "\u2068", "\u2069"
LINE_BREAK = "\u2028"
UNHEARD = QTextFormat.Property.UserProperty.value + 1
ROLES = {Speaker.USER: "you", Speaker.MODEL: "model"}


class TranscriptView(QTextEdit):
    """A read-only text whose copies are plain."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("conversation")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptDrops(False)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Selecting by keyboard would show a caret; the command that copies takes its place.
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setAccessibleName("Conversation")
        self.document().setDocumentMargin(0)
        self.setViewportMargins(L, S, S, S)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            event.ignore()  # it talks, instead of paging down
            return
        super().keyPressEvent(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        cursor = self.textCursor()
        first, last = cursor.selectionStart(), cursor.selectionEnd()
        block = self.document().findBlock(first)
        blocks = []
        while block.isValid() and block.position() < last:
            blocks.append(_selected(block, first, last))
            block = block.next()
        data = QMimeData()
        data.setText("\n".join(blocks).replace(LINE_BREAK, "\n"))
        return data


def _selected(block: QTextBlock, first: int, last: int) -> str:
    """Return the words of a block from ``first`` to ``last``; what was not heard in brackets."""
    made = ""
    step = block.begin()
    while not step.atEnd():
        piece = step.fragment()
        step += 1
        begin = max(first - piece.position(), 0)
        words = piece.text()[begin : max(last - piece.position(), 0)]
        words = words.replace(ISOLATE, "").replace(POP, "")
        unheard = bool(piece.charFormat().property(UNHEARD))
        made = bracketed(made, words) if unheard and words else made + words
    return made


def _laid_out(words: str) -> str:
    return words.replace("\t", "    ").replace("\n", LINE_BREAK)


class ConversationPane(QWidget):
    """One block of text per entry, in the view-model's order."""

    def __init__(self, vm: TranscriptViewModel, theme: Theme, frames: Frames) -> None:
        super().__init__()
        self._vm = vm
        self._theme = theme
        self._frames = frames
        self._changed: set[str] = set()
        self._shown = 0
        self._following = True
        self.setObjectName("pane")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.view = TranscriptView()
        self.empty = label("", "empty", self)
        self.chip = QPushButton("New below", self)
        self._arrange()
        self.empty.raise_()
        self.empty.setWordWrap(True)
        self._blocks()
        self.chip.clicked.connect(self.go_to_end)
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        vm.inserted.connect(self._inserted)
        vm.changed.connect(self._line_changed)
        vm.removed.connect(self._removed)
        theme.changed.connect(self.rebuild)
        self.rebuild()

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        heading: QLabel = caption("Conversation")
        heading.setContentsMargins(L, 0, 0, 0)
        heading.setFixedHeight(HEADING)
        box.addWidget(heading)
        box.addWidget(self.view, 1)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.chip.setObjectName("chip")
        self.chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.chip.hide()

    def _blocks(self) -> None:
        self._block = QTextBlockFormat()
        self._block.setLeftMargin(TEXT_AT)
        self._block.setTextIndent(-TEXT_AT)
        self._block.setBottomMargin(S)
        self._block.setLineHeight(
            LINE_PERCENT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
        )
        self._block.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        tabs = [QTextOption.Tab(at, QTextOption.TabType.LeftTab) for at in (WHO_AT, TEXT_AT)]
        self._block.setTabPositions(tabs)

    # --- what the view-model says

    def _inserted(self, index: int) -> None:
        stay = self._following
        cursor = QTextCursor(self.view.document())
        cursor.beginEditBlock()  # else every piece of the line is laid out by itself
        self._write(self._new_block(index), self._vm.lines[index])
        cursor.endEditBlock()
        self._settle(stay=stay)

    def _line_changed(self, index: int) -> None:
        self._changed.add(self._vm.lines[index].entry_id)
        self._frames.mark(self._apply_changes)

    def _removed(self, count: int) -> None:
        if count >= self._shown:
            self.rebuild()
            return
        cursor = QTextCursor(self.view.document())
        cursor.movePosition(
            QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor, count
        )
        cursor.removeSelectedText()
        self._shown -= count

    def say_when_empty(self, words: str) -> None:
        """Say what to do while there is nothing to read."""
        self.empty.setText(words)

    def rebuild(self) -> None:
        """Write everything anew: another theme, or another session."""
        self._changed.clear()
        self.view.clear()
        self._shown = 0
        for index, line in enumerate(self._vm.lines):
            self._write(self._new_block(index), line)
        self._settle(stay=True)

    def _apply_changes(self) -> None:
        if not self._changed:
            return
        stay = self._following
        wanted, self._changed = self._changed, set()
        for index in range(len(self._vm.lines) - 1, -1, -1):
            if self._vm.lines[index].entry_id in wanted:
                block = self.view.document().findBlockByNumber(index)
                cursor = QTextCursor(block)
                cursor.movePosition(
                    QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
                )
                self._write(cursor, self._vm.lines[index])
                wanted.discard(self._vm.lines[index].entry_id)
                if not wanted:
                    break
        self._settle(stay=stay)

    # --- writing

    def _new_block(self, index: int) -> QTextCursor:
        cursor = QTextCursor(self.view.document().findBlockByNumber(min(index, self._shown)))
        if self._shown == 0:
            cursor = QTextCursor(self.view.document())
            cursor.setBlockFormat(self._block)
        elif index >= self._shown:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertBlock(self._block)
        else:
            cursor.insertBlock(self._block)
            cursor.movePosition(QTextCursor.MoveOperation.PreviousBlock)
        self._shown += 1
        return cursor

    def _write(self, cursor: QTextCursor, line: Line) -> None:
        role = ROLES[line.speaker]
        words, unheard = (_laid_out(part) for part in line.parts)
        cursor.insertText(f"{line.clock}\t", self._format("muted", SMALL))
        cursor.insertText(f"{line.who}\t", self._format(role, BODY, strong=True))
        style = self._format("muted" if line.interim else "text", LARGE, italic=line.interim)
        cursor.insertText(f"{ISOLATE}{words}", style)
        if unheard:
            cursor.insertText(unheard, self._unheard(line.note))
        cursor.insertText(POP, style)
        if line.note:
            note = self._format("fair" if line.note.startswith("interrupted") else "muted", SMALL)
            cursor.insertText(f"{LINE_BREAK}{line.note}", note)

    def _format(
        self, role: str, size: int, *, strong: bool = False, italic: bool = False
    ) -> QTextCharFormat:
        face: QFont = font(size, strong=strong)
        face.setItalic(italic)
        made = QTextCharFormat()
        made.setFont(face)
        made.setForeground(self._theme.colour(role))
        return made

    def _unheard(self, note: str) -> QTextCharFormat:
        """Return the look of words that were only generated: greyed, and with dots below."""
        made = self._format("muted", LARGE)
        made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        made.setProperty(UNHEARD, True)
        made.setToolTip(f"Generated, and not heard. {note.capitalize()}".strip())
        return made

    # --- scrolling

    def _settle(self, *, stay: bool) -> None:
        self.empty.setVisible(not self._vm.lines)
        if stay:
            self.go_to_end()
        else:
            self._place_chip()

    def go_to_end(self) -> None:
        """Show the newest entry and follow it."""
        self._following = True
        bar = self.view.verticalScrollBar()
        bar.setValue(bar.maximum())
        self.chip.hide()

    def _scrolled(self, value: int) -> None:
        self._following = value >= self.view.verticalScrollBar().maximum() - S
        if self._following:
            self.chip.hide()

    def _place_chip(self) -> None:
        size = self.chip.sizeHint()
        left = (self.width() - size.width()) // 2
        self.chip.setGeometry(left, self.height() - size.height() - L, size.width(), size.height())
        self.chip.show()
        self.chip.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.empty.setGeometry(self.rect().adjusted(XL, 0, -XL, 0))
        if self._following:
            self.go_to_end()
        else:
            self._place_chip()

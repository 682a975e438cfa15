"""Function calls of the session: what wants the user now, and the list of all."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.session.messages import ToolReport, ToolState
from app.ui.dialogs.tool_editor import code
from app.ui.theme import L, M, S, Theme
from app.ui.vm.tool_calls import CallLine, ToolCallsViewModel, hand_words
from app.ui.widgets.labels import Elided, label, tip

SIZE = (860, 560)
ROWS_SHOWN = 3
DETAIL_HEIGHT = 96
HEADINGS = ("At", "Tool", "Answered by", "How it ended", "Took")


class CallAsks(QFrame):
    """One call that wants the user: to allow it, or to answer it."""

    def __init__(self, vm: ToolCallsViewModel, report: ToolReport) -> None:
        super().__init__()
        self.setObjectName("ask")
        self._vm = vm
        self.report = report
        self.sentence = Elided("strong")
        self.arguments = Elided("muted")
        self.arguments.say(" ".join(report.arguments.split()))
        self.allow = QPushButton("Allow")
        self.always = QPushButton("Always in this session")
        self.refuse = QPushButton("Refuse")
        self.answer = QLineEdit()
        self.answer.setPlaceholderText("Your answer")
        self.answer.setAccessibleName(f"Answer to {report.name}")
        self.kind = label("", "small")
        self.send = QPushButton("Send")
        self.fail = QPushButton("Send as error")
        asks = report.state is ToolState.ASKS
        verb = f"wants to call {report.where}" if asks else "waits for your answer"
        self.sentence.say(f"{report.name} {verb}")
        self._arrange(asks=asks)
        self.allow.clicked.connect(lambda: vm.allow(report, remember=False))
        self.always.clicked.connect(lambda: vm.allow(report, remember=True))
        self.refuse.clicked.connect(lambda: vm.refuse(report))
        self.answer.textChanged.connect(lambda words: self.kind.setText(hand_words(words)))
        self.answer.returnPressed.connect(lambda: self._answer(failed=False))
        self.send.clicked.connect(lambda: self._answer(failed=False))
        self.fail.clicked.connect(lambda: self._answer(failed=True))

    def _arrange(self, *, asks: bool) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.sentence)
        words.addWidget(self.arguments)
        row = QHBoxLayout(self)
        row.setContentsMargins(L, S, L, S)
        row.setSpacing(S)
        row.addLayout(words, 1)
        ours = [self.refuse, self.always, self.allow] if asks else [self.fail, self.send]
        if not asks:
            hand = QVBoxLayout()
            hand.setSpacing(0)
            hand.addWidget(self.answer)
            hand.addWidget(self.kind)
            self.kind.setText(hand_words(""))
            row.addLayout(hand, 2)
        for button in ours:
            row.addWidget(button)

    def _answer(self, *, failed: bool) -> None:
        self._vm.answer(self.report, self.answer.text(), failed=failed)


class CallsBar(QWidget):
    """The calls that want the user, a few at once; hidden while none does.

    Signals:
        shown: A call wants the user that did not before.
    """

    shown = Signal()

    def __init__(self, vm: ToolCallsViewModel) -> None:
        super().__init__()
        self._vm = vm
        self.rows: dict[tuple[str, ToolState], CallAsks] = {}
        self.more = label("", "small")
        self.more.setContentsMargins(L, 0, L, S)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.more)
        vm.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what wants the user now; an answer that is being written stays."""
        wanting = self._vm.wanting
        wanted = {(each.call_id, each.state): each for each in wanting[:ROWS_SHOWN]}
        for key in [key for key in self.rows if key not in wanted]:
            row = self.rows.pop(key)
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, (key, report) in enumerate(wanted.items()):
            if key not in self.rows:
                self.rows[key] = CallAsks(self._vm, report)
                self._column.insertWidget(place, self.rows[key])
                self.shown.emit()
        waiting = len(wanting) - len(wanted)
        self.more.setText(f"{waiting} more wait.")
        self.more.setVisible(waiting > 0)
        self.setVisible(bool(wanting))


class ToolCallsDialog(QDialog):
    """All calls of the session, newest first, with arguments and answers."""

    def __init__(self, vm: ToolCallsViewModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vm = vm
        self._theme = theme
        self.setWindowTitle("Tool calls")
        self.resize(*SIZE)
        self.table = _table()
        self.empty = label("No tool was called in this session.", "empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.arguments = _detail("Arguments, as the model wrote them")
        self.output = _detail("What the model was told")
        self.details = QWidget()
        self.close_button = QPushButton("Close")
        self._lines: tuple[CallLine, ...] = ()
        self._arrange()
        self.table.currentCellChanged.connect(self._show_details)
        self.close_button.clicked.connect(self.accept)
        unsubscribe = vm.changed.connect(self.refresh)
        self.finished.connect(unsubscribe)
        self.refresh()

    def _arrange(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        column = QVBoxLayout(self.details)
        column.setContentsMargins(0, S, 0, 0)
        column.setSpacing(S)
        column.addWidget(label("Arguments", "muted"))
        column.addWidget(self.arguments, 1)
        column.addWidget(label("Answer", "muted"))
        column.addWidget(self.output, 1)
        split.addWidget(self.details)
        split.setSizes([SIZE[1] // 2, SIZE[1] // 3])
        split.setStretchFactor(0, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, M)
        box.setSpacing(M)
        box.addWidget(split, 1)
        box.addWidget(self.empty, 1)
        box.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        self._split = split

    def refresh(self) -> None:
        """Show the calls that there are now; a chosen one stays chosen, the newest is followed."""
        lines = self._vm.lines
        if lines == self._lines and lines:
            return
        chosen = self._chosen if self.table.currentRow() > 0 else ""
        self._lines = lines
        self._split.setVisible(bool(lines))
        self.empty.setVisible(not lines)
        self.table.blockSignals(True)
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            self._fill(row, line)
        ids = [line.call_id for line in lines]
        row = ids.index(chosen) if chosen in ids else 0
        self.table.setCurrentCell(row if lines else -1, 0)
        self.table.blockSignals(False)
        self._show_details()

    def _fill(self, row: int, line: CallLine) -> None:
        cells = (line.at, line.name, line.source, line.state, line.took)
        for column, words in enumerate(cells):
            item = QTableWidgetItem(words)
            item.setToolTip(tip(words))
            item.setData(Qt.ItemDataRole.UserRole, line.call_id)
            if column == _STATE and line.good is not None:
                item.setForeground(self._theme.colour("good" if line.good else "poor"))
            self.table.setItem(row, column, item)

    @property
    def _chosen(self) -> str:
        item = self.table.item(self.table.currentRow(), 0)
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _show_details(self) -> None:
        line = next((each for each in self._lines if each.call_id == self._chosen), None)
        self.arguments.setPlainText("" if line is None else line.arguments)
        self.output.setPlainText("" if line is None else line.output)


_STATE = 3


def _table() -> QTableWidget:
    table = QTableWidget(0, len(HEADINGS))
    table.setHorizontalHeaderLabels(list(HEADINGS))
    table.setAccessibleName("Calls of this session")
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.setShowGrid(False)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return table


def _detail(name: str) -> QPlainTextEdit:
    made = code(name, DETAIL_HEIGHT)
    made.setReadOnly(True)
    made.setMinimumHeight(DETAIL_HEIGHT // 2)
    made.setMaximumHeight(10 * DETAIL_HEIGHT)
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    return made

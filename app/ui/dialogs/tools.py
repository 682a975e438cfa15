"""The tools that the model is offered: a list, an editor beside it, and MCP servers."""

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.ui.dialogs.tool_editor import Run, ToolEditor
from app.ui.dialogs.tool_servers import ServersPage
from app.ui.theme import L, M, S, Theme
from app.ui.vm.tools import KINDS, ToolsViewModel, examples
from app.ui.widgets.labels import Elided, label

SIZE = QSize(900, 680)
LEAST = QSize(720, 480)
LIST_WIDTH = 228
SETTLE_MS = 400
"""What is written is remembered when the hands have rested for so long."""


class ToolsDialog(QDialog):
    """Edits the view-model's drafts; what is right is used from the next session on."""

    def __init__(
        self, vm: ToolsViewModel, theme: Theme, run: Run, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self._theme = theme
        self._index = 0
        self.setWindowTitle("Tools")
        self.setMinimumSize(LEAST)
        self.resize(SIZE)
        self.own, self.remote = _segment("Tools"), _segment("MCP servers")
        self.own.setChecked(True)
        self.list = QListWidget()
        self.list.setObjectName("tools")
        self.list.setAccessibleName("The tools; a check mark offers one to the model")
        self.add, self.more = QPushButton("New"), QPushButton("Examples")
        self.copy, self.delete = QPushButton("Duplicate"), QPushButton("Delete")
        self.editor = ToolEditor(vm, run)
        self.empty = label("No tools yet.\nAdd one, or begin with an example.", "empty")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.servers = ServersPage(vm, run)
        self.side, self.pages = QStackedWidget(), QStackedWidget()
        self.words = Elided("muted")
        self.undo = QPushButton("Undo")
        self.close_button = QPushButton("Close")
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._arrange()
        self._connect()
        self.refresh()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(S)
        for segment in (self.own, self.remote):
            head.addWidget(segment)
        head.addStretch(1)
        self.side.addWidget(self.editor)
        self.side.addWidget(self.empty)
        tools = QWidget()
        row = QHBoxLayout(tools)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(M)
        row.addLayout(self._list_column())
        row.addWidget(self.side, 1)
        self.pages.addWidget(tools)
        self.pages.addWidget(self.servers)
        foot = QHBoxLayout()
        foot.setSpacing(S)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.undo)
        foot.addWidget(self.close_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(M)
        box.addLayout(head)
        box.addWidget(self.pages, 1)
        box.addLayout(foot)

    def _list_column(self) -> QVBoxLayout:
        self.list.setFixedWidth(LIST_WIDTH)
        column = QVBoxLayout()
        column.setSpacing(S)
        column.addWidget(self.list, 1)
        for pair in ((self.add, self.more), (self.copy, self.delete)):
            row = QHBoxLayout()
            row.setSpacing(S)
            for button in pair:
                row.addWidget(button, 1)
            column.addLayout(row)
        return column

    def _connect(self) -> None:
        for index, segment in enumerate((self.own, self.remote)):
            segment.clicked.connect(lambda _=False, page=index: self.show_page(page))
        self.list.currentRowChanged.connect(self._chosen)
        self.list.itemChanged.connect(self._checked)
        self.add.clicked.connect(lambda: self._show_new(self._vm.add()))
        self.copy.clicked.connect(lambda: self._show_new(self._vm.duplicate(self._index)))
        self.delete.clicked.connect(lambda: self._vm.delete(self._index))
        self.more.clicked.connect(self._show_examples)
        self.undo.clicked.connect(self._vm.undo)
        self.editor.edited.connect(lambda: self._vm.put(self._index, self.editor.draft))
        self.close_button.clicked.connect(self.accept)
        self._settle.timeout.connect(self._vm.commit)
        self._unsubscribe = (
            self._vm.changed.connect(self.refresh),
            self._vm.changed.connect(self._settle_soon),
            self._theme.changed.connect(self.refresh),
        )
        self.finished.connect(self._leave)

    # --- showing

    def show_page(self, page: int) -> None:
        """Show the tools, or the servers."""
        self.pages.setCurrentIndex(page)
        for index, segment in enumerate((self.own, self.remote)):
            segment.setChecked(index == page)

    def refresh(self) -> None:
        """Show the drafts that there are now."""
        drafts = self._vm.drafts
        self._index = min(self._index, max(len(drafts) - 1, 0))
        self._fill_list()
        self.side.setCurrentIndex(0 if drafts else 1)
        for button in (self.copy, self.delete):
            button.setEnabled(bool(drafts))
        if drafts:
            self.editor.show_draft(drafts[self._index], self._vm.problems(self._index))
        self.servers.refresh()
        self.words.say(self._vm.undo_words or self._vm.words)
        self.undo.setVisible(bool(self._vm.undo_words))

    def _fill_list(self) -> None:
        self.list.blockSignals(True)
        drafts = self._vm.drafts
        while self.list.count() > len(drafts):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(drafts):
            self.list.addItem(QListWidgetItem())
        for row, draft in enumerate(drafts):
            item = self.list.item(row)
            wrong = self._vm.problems(row)
            item.setText(draft.name or "unnamed")
            item.setToolTip(wrong[0].words if wrong else KINDS[draft.kind])
            item.setIcon(self._theme.icon("alert", "poor") if wrong else _NO_ICON)
            checked = Qt.CheckState.Checked if draft.enabled else Qt.CheckState.Unchecked
            item.setCheckState(checked)
        self.list.setCurrentRow(self._index if drafts else -1)
        self.list.blockSignals(False)

    def _show_new(self, index: int) -> None:
        self._index = index
        self.refresh()
        self.editor.verticalScrollBar().setValue(0)
        self.editor.name.setFocus()
        self.editor.name.selectAll()

    def _show_examples(self) -> None:
        menu = QMenu(self)
        for draft in examples():
            action = menu.addAction(f"{draft.name}: {KINDS[draft.kind].lower()}")
            action.triggered.connect(
                lambda _=False, chosen=draft: self._show_new(self._vm.add(chosen))
            )
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    # --- the user

    def _chosen(self, row: int) -> None:
        self._index = max(row, 0)
        self.editor.verticalScrollBar().setValue(0)
        self.refresh()

    def _checked(self, item: QListWidgetItem) -> None:
        row = self.list.row(item)
        enabled = item.checkState() is Qt.CheckState.Checked
        self._vm.enable(row, enabled=enabled)

    def _settle_soon(self) -> None:
        if self._vm.unsaved:
            self._settle.start()

    def _leave(self) -> None:
        self._settle.stop()
        self._vm.commit()
        for unsubscribe in self._unsubscribe:
            unsubscribe()


def _segment(words: str) -> QPushButton:
    made = QPushButton(words)
    made.setObjectName("segment")
    made.setCheckable(True)
    return made


_NO_ICON = QIcon()

"""MCP servers: where they are, which of their tools are offered, and what they answer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.dialogs.tool_editor import Run
from app.ui.theme import L, M, S
from app.ui.vm.tool_drafts import TIMEOUTS_S, ServerDraft
from app.ui.vm.tools import ToolsViewModel
from app.ui.widgets.fields import Decimal
from app.ui.widgets.labels import label


class ServerCard(QWidget):
    """One server."""

    def __init__(self, vm: ToolsViewModel, index: int, run: Run) -> None:
        super().__init__()
        self._vm = vm
        self._index = index
        self._run = run
        self.enabled = QCheckBox("Offered")
        self.label = QLineEdit()
        self.label.setAccessibleName("Name of the server")
        self.url = QLineEdit()
        self.url.setPlaceholderText("http://127.0.0.1:8000/mcp")
        self.url.setAccessibleName("Address of the server")
        self.allowed = QLineEdit()
        self.allowed.setPlaceholderText("all; or some names, apart by commas")
        self.allowed.setAccessibleName("Tools that are offered")
        self.timeout = Decimal(TIMEOUTS_S, 1.0, 1, "s")
        self.ask = QPushButton("List tools")
        self.delete = QPushButton("Delete")
        self.verdict = label("", "wrong")
        self.verdict.setWordWrap(True)
        self._arrange()
        self.show_draft()
        for line in (self.label, self.url, self.allowed):
            line.textEdited.connect(self._edited)
        self.timeout.valueChanged.connect(self._edited)
        self.enabled.clicked.connect(self._edited)
        self.ask.clicked.connect(self._list)
        self.delete.clicked.connect(lambda: vm.delete_server(index))

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, L)
        form.setHorizontalSpacing(M)
        form.setVerticalSpacing(S)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Name", self.label)
        form.addRow("Address", self.url)
        form.addRow("Tools", self.allowed)
        form.addRow("Time-out", self.timeout)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.enabled)
        row.addStretch(1)
        row.addWidget(self.ask)
        row.addWidget(self.delete)
        form.addRow("", row)
        form.addRow("", self.verdict)

    @property
    def draft(self) -> ServerDraft:
        """What the card holds."""
        return ServerDraft(
            label=self.label.text(),
            url=self.url.text(),
            allowed=self.allowed.text(),
            timeout_s=self.timeout.value(),
            enabled=self.enabled.isChecked(),
        )

    def show_draft(self) -> None:
        """Show what is known of the server."""
        draft = self._vm.servers[self._index]
        if draft != self.draft:
            self.label.setText(draft.label)
            self.url.setText(draft.url)
            self.allowed.setText(draft.allowed)
            self.timeout.setValue(draft.timeout_s)
            self.enabled.setChecked(draft.enabled)
        listing = self._vm.listings.get(draft.url)
        asking = bool(draft.url) and self._vm.asking == draft.url
        problem = draft.problem if draft.url.strip() else None
        good = problem is None and (asking or listing is None or listing.good)
        told = "" if listing is None else listing.words
        self.verdict.setObjectName("muted" if good else "wrong")
        self.verdict.style().polish(self.verdict)
        self.verdict.setText(problem or ("Asking the server" if asking else told))
        self.ask.setEnabled(draft.problem is None and not self._vm.asking)

    def _edited(self) -> None:
        self._vm.put_server(self._index, self.draft)

    def _list(self) -> None:
        self._run(self._vm.list_tools(self.draft), "list tools")


class ServersPage(QScrollArea):
    """All servers, one under the other."""

    def __init__(self, vm: ToolsViewModel, run: Run) -> None:
        super().__init__()
        self._vm = vm
        self._run = run
        self.cards: list[ServerCard] = []
        self.setObjectName("pane")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QWidget()
        inner.setObjectName("pane")
        self._column = QVBoxLayout()
        self.add = QPushButton("Add a server")
        self.add.clicked.connect(self._add)
        box = QVBoxLayout(inner)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(M)
        about = label(
            "A server of tools (Model Context Protocol, streamable HTTP) is asked for its tools "
            "before a session begins. The first call of each of them asks you.",
            "muted",
        )
        about.setWordWrap(True)
        box.addWidget(about)
        box.addLayout(self._column)
        box.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        box.addStretch(1)
        self.setWidget(inner)

    def refresh(self) -> None:
        """Show the servers that there are now."""
        if len(self.cards) != len(self._vm.servers):
            for card in self.cards:
                card.setParent(None)
                card.deleteLater()
            count = len(self._vm.servers)
            self.cards = [ServerCard(self._vm, index, self._run) for index in range(count)]
            for card in self.cards:
                self._column.addWidget(card)
        for card in self.cards:
            card.show_draft()

    def _add(self) -> None:
        self._vm.add_server()
        self.cards[-1].url.setFocus()

"""Your own endpoint: address, dialect, model and how the key travels; checked while typed."""

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.errors import ConfigError
from app.ui.theme import L, M, S
from app.ui.vm.endpoint import AUTHS, DIALECTS, EndpointDraft
from app.ui.widgets.labels import label

WIDTH = 520


class EndpointDialog(QDialog):
    """Edits a draft; it can be accepted only while it names something that can work."""

    def __init__(self, draft: EndpointDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Your own endpoint")
        self.setMinimumWidth(WIDTH)
        self.url = QLineEdit(draft.url)
        self.url.setPlaceholderText("wss://host/v1/realtime")
        self.model = QLineEdit(draft.model)
        self.model.setPlaceholderText("Where it serves more than one")
        self.dialect = QComboBox()
        self.dialect.addItems(list(DIALECTS.values()))
        self.dialect.setCurrentIndex(list(DIALECTS).index(draft.dialect))
        self.auth = QComboBox()
        self.auth.addItems(list(AUTHS.values()))
        self.auth.setCurrentIndex(list(AUTHS).index(draft.auth))
        self.verdict = label("", "muted")
        self.verdict.setWordWrap(True)
        self.use = QPushButton("Use this endpoint")
        self.use.setObjectName("primary")
        self.use.setDefault(True)
        self.cancel = QPushButton("Cancel")
        self._arrange()
        for line in (self.url, self.model):
            line.textChanged.connect(self._check)
        for box in (self.dialect, self.auth):
            box.currentIndexChanged.connect(self._check)
        self.use.clicked.connect(self.accept)
        self.cancel.clicked.connect(self.reject)
        self._check()

    def _arrange(self) -> None:
        form = QFormLayout()
        form.setSpacing(S)
        form.addRow("&Address", self.url)
        form.addRow("&Dialect", self.dialect)
        form.addRow("&Model", self.model)
        form.addRow("&Key travels as", self.auth)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.use)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addWidget(label("Your own endpoint", "section"))
        box.addLayout(form)
        box.addWidget(self.verdict)
        box.addLayout(buttons)

    @property
    def draft(self) -> EndpointDraft:
        """What the form holds."""
        return EndpointDraft(
            url=self.url.text(),
            model=self.model.text(),
            dialect=list(DIALECTS)[self.dialect.currentIndex()],
            auth=list(AUTHS)[self.auth.currentIndex()],
        )

    def _check(self) -> None:
        try:
            target = self.draft.target()
        except ConfigError as exc:
            empty = not self.url.text().strip()
            self.verdict.setText("" if empty else f"{exc} {exc.hint}")
            self.use.setEnabled(False)
            return
        self.verdict.setText(f"Will connect to {target.url}")
        self.use.setEnabled(True)

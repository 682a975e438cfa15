"""The editor of one tool: what the model is offered, who answers, and a button to try it."""

from collections.abc import Callable, Coroutine
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.conduct import ToolAnswerKind
from app.ui.theme import BODY, HIT, XS, L, M, S
from app.ui.vm.tool_drafts import DELAYS_MS, TIMEOUTS_S, DraftProblem, Field, ToolDraft, sample_of
from app.ui.vm.tools import HINTS, KINDS, ToolsViewModel, Trial
from app.ui.widgets.fields import Choice, Decimal, Number
from app.ui.widgets.labels import label

Run = Callable[[Coroutine[Any, Any, object], str], None]
"""Runs a task of the window."""

SCHEMA_HEIGHT = 168
ANSWER_HEIGHT = 104
OUTPUT_HEIGHT = 84
WITH_TEXT = frozenset({ToolAnswerKind.FIXED, ToolAnswerKind.TEMPLATE, ToolAnswerKind.ERROR})


class ToolEditor(QScrollArea):
    """Shows one draft. ``edited``: the user wrote something."""

    edited = Signal()

    def __init__(self, vm: ToolsViewModel, run: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vm = vm
        self._run = run
        self._showing = False
        self._draft = ToolDraft()
        self.setObjectName("pane")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.name = _line("Name of the tool, as the model calls it")
        self.description = _line("What it is good for; the model reads this")
        self.schema = code("Parameters as a JSON Schema", SCHEMA_HEIGHT)
        self.kind = Choice(tuple(KINDS.values()))
        self.hint = _words("small")
        self.answer = code("The answer", ANSWER_HEIGHT)
        self.url = _line("http://127.0.0.1:8000/tool")
        self.delay = Number(DELAYS_MS, 100, "ms", "not at all")
        self.timeout = Decimal(TIMEOUTS_S, 1.0, 1, "s")
        self.sample = _line("Sample arguments")
        self.sample.setFont(mono())
        self.try_button = QPushButton("Test")
        self.told = _words("small")
        self.output = code("What the model is told", OUTPUT_HEIGHT)
        self.output.setReadOnly(True)
        self._rows: dict[QWidget, QWidget] = {}
        self.verdicts = {field: _words("wrong") for field in Field}
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        inner = QWidget()
        inner.setObjectName("pane")
        form = QFormLayout()
        form.setHorizontalSpacing(M)
        form.setVerticalSpacing(S)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._row(form, "&Name", self.name, self.verdicts[Field.NAME])
        self._row(form, "&Description", self.description, self.verdicts[Field.DESCRIPTION])
        self._row(form, "&Parameters", self.schema, self.verdicts[Field.SCHEMA])
        self._row(form, "Answered &by", self.kind, self.hint)
        self._row(form, "&Answer", self.answer)
        self._row(form, "&Address", self.url)
        self._row(form, "", self.verdicts[Field.ANSWER])
        self._row(form, "&Held back", self.delay)
        self._row(form, "Time-&out", self.timeout)
        self._row(form, "T&ry with", self._trial(), self.told, self.output, buddy=self.sample)
        self._form = form
        box = QVBoxLayout(inner)
        box.setContentsMargins(L, M, L, M)
        box.addLayout(form)
        box.addStretch(1)
        self._inner = inner
        self.setWidget(inner)

    def _row(
        self, form: QFormLayout, words: str, *fields: QWidget, buddy: QWidget | None = None
    ) -> None:
        """Add a row whose fields stand close under each other."""
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        for field in fields:
            column.addWidget(field)
            self._rows[field] = whole
        heading = QLabel(words)
        heading.setBuddy(buddy or fields[0])
        heading.setFixedHeight(HIT)
        form.addRow(heading, whole)

    def _trial(self) -> QWidget:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addWidget(self.sample, 1)
        row.addWidget(self.try_button)
        return whole

    def _connect(self) -> None:
        for line in (self.name, self.description, self.url, self.sample):
            line.textEdited.connect(self._edited)
        for text in (self.schema, self.answer):
            text.textChanged.connect(self._edited)
        self.kind.activated.connect(self._edited)
        self.delay.valueChanged.connect(self._edited)
        self.timeout.valueChanged.connect(self._edited)
        self.try_button.clicked.connect(self.try_it)
        self.sample.returnPressed.connect(self.try_it)

    # --- the draft

    @property
    def draft(self) -> ToolDraft:
        """What the editor holds."""
        return ToolDraft(
            name=self.name.text(),
            description=self.description.text(),
            schema=self.schema.toPlainText(),
            kind=list(KINDS)[self.kind.currentIndex()],
            text=self.answer.toPlainText(),
            url=self.url.text(),
            delay_ms=self.delay.value(),
            timeout_s=self.timeout.value(),
            sample=self.sample.text(),
            enabled=self._draft.enabled,
        )

    def show_draft(self, draft: ToolDraft, problems: tuple[DraftProblem, ...]) -> None:
        """Show a draft; what is written already stays under the cursor."""
        if draft != self.draft:
            self._fill(draft)
        self._draft = draft
        self._show_kind(draft.kind)
        for field, verdict in self.verdicts.items():
            found = next((each for each in problems if each.field is field), None)
            verdict.setText("" if found is None else found.words)
            verdict.setVisible(found is not None)
        wrong = self.verdicts[Field.ANSWER]
        self._form.setRowVisible(self._rows[wrong], not wrong.isHidden())
        self.sample.setPlaceholderText(sample_of(draft.schema))

    def _fill(self, draft: ToolDraft) -> None:
        self._showing = True
        self.name.setText(draft.name)
        self.description.setText(draft.description)
        self.schema.setPlainText(draft.schema)
        self.kind.setCurrentIndex(list(KINDS).index(draft.kind))
        self.answer.setPlainText(draft.text)
        self.url.setText(draft.url)
        self.delay.setValue(draft.delay_ms)
        self.timeout.setValue(draft.timeout_s)
        self.sample.setText(draft.sample)
        self.say(None)
        self._showing = False

    def _show_kind(self, kind: ToolAnswerKind) -> None:
        self.hint.setText(HINTS[kind])
        for field, there in (
            (self.answer, kind in WITH_TEXT),
            (self.url, kind is ToolAnswerKind.HTTP),
            (self.delay, kind is not ToolAnswerKind.NEVER),
        ):
            self._form.setRowVisible(self._rows[field], there)

    def _edited(self) -> None:
        if not self._showing:
            self.say(None)
            self.edited.emit()

    # --- trying

    def try_it(self) -> None:
        """Show what the tool answers to the sample arguments."""
        self.try_button.setEnabled(False)
        self.told.setText("Waiting for the answer")
        self.told.show()
        self._run(self._tried(self.draft), "try a tool")

    async def _tried(self, draft: ToolDraft) -> None:
        try:
            trial = await self._vm.test(draft)
        finally:
            self.try_button.setEnabled(True)
        if draft == self.draft:
            self.say(trial)

    def say(self, trial: Trial | None) -> None:
        """Show what came of trying, or nothing."""
        self.told.setVisible(trial is not None)
        self.output.setVisible(trial is not None and bool(trial.output))
        if trial is None:
            return
        self.told.setObjectName("small" if trial.good else "wrong")
        self.told.style().polish(self.told)
        self.told.setText(trial.words)
        self.output.setPlainText(trial.output)
        QTimer.singleShot(0, self, self._scroll_to_end)

    def _scroll_to_end(self) -> None:
        self._inner.adjustSize()
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())


def mono() -> QFont:
    """Return the platform's font of equal widths."""
    made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    made.setPixelSize(BODY)
    return made


def code(name: str, height: int) -> QPlainTextEdit:
    """Return a field for JSON: equal widths; Tab goes on to the next field."""
    made = QPlainTextEdit()
    made.setAccessibleName(name)
    made.setFont(mono())
    made.setTabChangesFocus(True)
    made.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    made.setFixedHeight(height)
    return made


def _line(placeholder: str) -> QLineEdit:
    made = QLineEdit()
    made.setPlaceholderText(placeholder)
    made.setAccessibleName(placeholder)
    return made


def _words(name: str) -> QLabel:
    made = label("", name)
    made.setWordWrap(True)
    return made

"""The fields that say what leaves the house and what does not, with a look at the result."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.core.privacy import LeftOut, PersonalData, Redaction
from app.ui.theme import XS, M, S
from app.ui.vm.export_redaction import (
    LEFT_OUT_WORDS,
    PATTERNS_HINT,
    PERSONAL_WORDS,
    Look,
    patterns,
)
from app.ui.widgets.labels import label, wrapped

SETTLE_MS = 300
"""Own expressions are tried when the hands have rested for so long."""
PATTERN_LINES = 58
LOOK_LINES = 84
COLUMNS = 2


class RedactionFields(QWidget):
    """``edited``: something is chosen otherwise; ``look_wanted``: try it on the transcript.

    Args:
        parts: Parts of a session that can be left out; () offers none.
    """

    edited = Signal()
    look_wanted = Signal()

    def __init__(self, parts: Sequence[LeftOut]) -> None:
        super().__init__()
        self.parts = {part: _switch(*LEFT_OUT_WORDS[part]) for part in parts}
        self.kinds = {kind: _switch(*PERSONAL_WORDS[kind]) for kind in PersonalData}
        self.patterns = QPlainTextEdit()
        self.verdict = wrapped("", "small")
        self.sample = QPlainTextEdit()
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._arrange()
        for switch in (*self.parts.values(), *self.kinds.values()):
            switch.toggled.connect(self._changed)
        self.patterns.textChanged.connect(self._changed)
        self._settle.timeout.connect(self.look_wanted)

    def _arrange(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(XS)
        if self.parts:
            box.addWidget(label("Leave out", "section"))
            box.addWidget(_grid(self.parts.values()))
            box.addSpacing(S)
        box.addWidget(label("Replace wherever text stands", "section"))
        box.addWidget(_grid(self.kinds.values()))
        self.patterns.setPlaceholderText("Your own: a regular expression a line")
        self.patterns.setAccessibleName("Your own patterns")
        self.patterns.setAccessibleDescription(PATTERNS_HINT)
        self.patterns.setToolTip(PATTERNS_HINT)
        self.patterns.setTabChangesFocus(True)
        self.patterns.setFixedHeight(PATTERN_LINES)
        box.addWidget(self.patterns)
        box.addWidget(self.verdict)
        self.sample.setReadOnly(True)
        self.sample.setObjectName("detail")
        self.sample.setAccessibleName("Lines of the transcript as they would leave")
        self.sample.setTabChangesFocus(True)
        self.sample.setFixedHeight(LOOK_LINES)
        self.sample.hide()
        box.addWidget(self.sample)
        box.addWidget(wrapped("Keys are always left out.", "small"))

    def _changed(self) -> None:
        self.edited.emit()
        self._settle.start()

    @property
    def left_out(self) -> frozenset[LeftOut]:
        """The parts that are ticked."""
        return frozenset(part for part, switch in self.parts.items() if switch.isChecked())

    @property
    def personal(self) -> frozenset[PersonalData]:
        """The kinds that are ticked."""
        return frozenset(kind for kind, switch in self.kinds.items() if switch.isChecked())

    def show_draft(
        self, left_out: frozenset[LeftOut], personal: frozenset[PersonalData], words: str
    ) -> None:
        """Show what is chosen; nothing is emitted."""
        blocked = self.blockSignals(True)
        for part, switch in self.parts.items():
            switch.setChecked(part in left_out)
        for kind, switch in self.kinds.items():
            switch.setChecked(kind in personal)
        if self.patterns.toPlainText() != words:
            self.patterns.setPlainText(words)
        self.blockSignals(blocked)

    def show_look(self, look: Look, *, tried: bool) -> None:
        """Show what it does to the transcript; before it was tried, nothing."""
        self.verdict.setText(look.words if tried or look.problem else "")
        name = "wrong" if look.problem else "small"
        if self.verdict.objectName() != name:
            self.verdict.setObjectName(name)
            self.verdict.style().unpolish(self.verdict)
            self.verdict.style().polish(self.verdict)
        shown = "\n".join(look.changed)
        if self.sample.toPlainText() != shown:
            self.sample.setPlainText(shown)
        self.sample.setVisible(bool(shown))


def redaction_of(fields: RedactionFields) -> Redaction:
    """Return what the fields leave out, parts aside."""
    return Redaction(
        personal=tuple(kind for kind in PersonalData if kind in fields.personal),
        patterns=patterns(fields.patterns.toPlainText()),
    )


def _switch(words: str, hint: str) -> QCheckBox:
    made = QCheckBox(words)
    made.setToolTip(hint)
    made.setAccessibleDescription(hint)
    return made


def _grid(switches: Iterable[QCheckBox]) -> QWidget:
    """Return switches in two columns."""
    holder = QWidget()
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(M)
    grid.setVerticalSpacing(0)
    for place, switch in enumerate(switches):
        grid.addWidget(switch, *divmod(place, COLUMNS))
    return holder

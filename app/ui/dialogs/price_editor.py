"""One price of the user's own: whose, of what, from when, and a rate for each meter."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.money import METER_WORDS, Meter
from app.ui.theme import L, M, S
from app.ui.vm.cost_text import per_words
from app.ui.vm.price_drafts import PriceDraft
from app.ui.widgets.labels import label, wrapped

SIZE = (760, 660)
RATE_WIDTH = 104
PAIRS = (
    (Meter.TEXT_IN, Meter.TEXT_OUT),
    (Meter.TEXT_IN_CACHED, Meter.REASONING_OUT),
    (Meter.AUDIO_IN, Meter.AUDIO_OUT),
    (Meter.AUDIO_IN_CACHED, Meter.SESSION_SECONDS),
    (Meter.IMAGE_IN, Meter.CHARACTERS),
    (Meter.IMAGE_IN_CACHED, Meter.TEXT_MESSAGES),
    (Meter.TRANSCRIPTION_AUDIO_IN, Meter.TRANSCRIPTION_OUT),
    (Meter.TRANSCRIPTION_TEXT_IN, Meter.TRANSCRIPTION_SECONDS),
)
FIELDS = (
    ("provider", "Provider", "openai", "As in the library: who bills"),
    ("model", "Model", "gpt-realtime-mini", "The model's name at its provider"),
    ("valid_from", "Valid from", "2026-11-21, or nothing for always", "First day it holds"),
    ("as_of", "Read on", "2026-11-21", "When the source was read"),
    ("source", "Source", "Where it stands: a page, a contract", "For people"),
    ("notes", "Notes", "What else must be known", "For people"),
)


class PriceEditor(QDialog):
    """Edits a draft. ``keep_wanted`` carries it once it is right; with ``verb`` on the button."""

    keep_wanted = Signal(object)

    def __init__(
        self, title: str, draft: PriceDraft, *, verb: str = "Keep", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.resize(*SIZE)
        self.texts = {name: QLineEdit(getattr(draft, name)) for name, *_words in FIELDS}
        self.rates = {meter: QLineEdit(draft.rates.get(meter, "")) for meter in Meter}
        self.wrong = wrapped("", "wrong")
        self.keep = QPushButton(verb)
        self.keep.setObjectName("primary")
        self.keep.setDefault(True)
        self.cancel = QPushButton("Cancel")
        self._arrange(title)
        for field in (*self.texts.values(), *self.rates.values()):
            field.textChanged.connect(self._check)
        self.keep.clicked.connect(self._keep)
        self.cancel.clicked.connect(self.reject)
        self._check()

    def _arrange(self, title: str) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, M, 0)
        column.setSpacing(M)
        column.addLayout(self._names())
        column.addWidget(label("Rates, US dollars", "section"))
        column.addWidget(wrapped("An empty rate is unpriced, 0 is free.", "muted"))
        column.addLayout(self._meters())
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        buttons = QHBoxLayout()
        buttons.setSpacing(S)
        buttons.addWidget(self.wrong, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.keep)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, L, L, L)
        box.setSpacing(M)
        box.addWidget(label(title, "section"))
        box.addWidget(area, 1)
        box.addLayout(buttons)

    def _names(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(L)
        grid.setVerticalSpacing(S)
        for row, (name, words, example, hint) in enumerate(FIELDS):
            field = self.texts[name]
            field.setPlaceholderText(example)
            field.setToolTip(hint)
            grid.addWidget(_named(words, field), row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _meters(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(S)
        grid.setVerticalSpacing(S)
        for row, pair in enumerate(PAIRS):
            for side, meter in enumerate(pair):
                field = self.rates[meter]
                name = METER_WORDS[meter]
                field.setFixedWidth(RATE_WIDTH)
                field.setPlaceholderText("unpriced")
                holder = _named(name[:1].upper() + name[1:], field)
                holder.setToolTip(f"US dollars for {per_words(meter)}")
                field.setToolTip(f"US dollars for {per_words(meter)}")
                field.setAccessibleDescription(f"US dollars for {per_words(meter)}")
                unit = label(f"/ {per_words(meter)}", "small")
                for column, widget in enumerate((holder, field, unit)):
                    grid.addWidget(widget, row, 4 * side + column)
        grid.setColumnMinimumWidth(3, M)
        grid.setColumnStretch(2, 1)
        grid.setColumnStretch(6, 1)
        return grid

    @property
    def draft(self) -> PriceDraft:
        """What the fields hold."""
        texts = {name: field.text() for name, field in self.texts.items()}
        rates = {meter: field.text() for meter, field in self.rates.items() if field.text().strip()}
        return PriceDraft(rates=rates, **texts)

    def lock_names(self) -> None:
        """Have provider and model stay: only the rates are played with."""
        for name in ("provider", "model"):
            self.texts[name].setReadOnly(True)

    def _check(self) -> None:
        problems = self.draft.problems()
        self.keep.setEnabled(not problems)
        typed = any(field.text() for field in (*self.texts.values(), *self.rates.values()))
        self.wrong.setText(next(iter(problems.values()), "") if typed else "")

    def _keep(self) -> None:
        if not self.draft.problems():
            self.keep_wanted.emit(self.draft)

    def failed(self, words: str) -> None:
        """It could not be kept: say why, and stay."""
        self.wrong.setText(words)


def _named(words: str, field: QLineEdit) -> QLabel:
    made = label(words)
    made.setBuddy(field)
    field.setAccessibleName(words)
    return made

"""What a session may cost, and where prices come from."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.ui.panes.settings.form import Section, told
from app.ui.vm.budget import MOST_MINUTES, problem
from app.ui.vm.console import ConsoleViewModel
from app.ui.widgets.fields import WIDTH, Number

NO_LIMIT = "No limit"


class CostSection(Section):
    """Budget of each session, from the next one on; the way to prices and projections."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Cost")
        self._vm = vm
        self.warn, self.stop = QLineEdit(), QLineEdit()
        for field in (self.warn, self.stop):
            field.setPlaceholderText(NO_LIMIT)
            field.setMaximumWidth(WIDTH)
        self.unpriced = Number(range(MOST_MINUTES + 1), 5, "min", NO_LIMIT)
        self.heading("Budget of a session")
        self.field("Warn at, US$", self.warn, "One notice when a session has cost so much.")
        self.field(
            "Stop at, US$", self.stop, "The session ends when it has cost so much; nothing is lost."
        )
        self.field(
            "Unpriced, stop after",
            self.unpriced,
            "A session whose price nobody knows ends after so many minutes: an unknown cost is "
            "never taken for none.",
        )
        self.wrong, self._wrong_row = self.note("")
        self.wrong.setObjectName("wrong")
        self._wrong_row.show(shown=False)
        self.heading("Prices")
        self.prices = QPushButton("Prices\N{HORIZONTAL ELLIPSIS}")
        self.projection = QPushButton("What would it cost?")
        told(
            (self.prices, "Every price with its source and date; your own come first"),
            (self.projection, "Sessions a day, minutes and turns, for several models"),
        )
        self.buttons("", (self.prices, self.projection))
        for field in (self.warn, self.stop):
            field.textEdited.connect(self._typed)
            field.editingFinished.connect(self._store)
        self.unpriced.valueChanged.connect(self._store)

    def refresh(self) -> None:
        """Show the preferences; a field that is being typed in is left alone."""
        kept = self._vm.setup.preferences
        blocked = [QSignalBlocker(each) for each in (self.warn, self.stop, self.unpriced)]
        for field, text in ((self.warn, kept.budget_warn), (self.stop, kept.budget_stop)):
            if not field.hasFocus() and not self.wrong.text():
                field.setText(text)
        self.unpriced.setValue(kept.budget_unpriced_min)
        self.applies.setText(self._vm.changes.later_words)
        del blocked

    def _typed(self) -> None:
        self.wrong.setText(problem(self.warn.text(), self.stop.text()))
        self._wrong_row.show(shown=bool(self.wrong.text()))

    def _store(self) -> None:
        self._typed()
        setup = self._vm.setup
        kept = replace(setup.preferences, budget_unpriced_min=self.unpriced.value())
        if not self.wrong.text():
            kept = replace(
                kept, budget_warn=self.warn.text().strip(), budget_stop=self.stop.text().strip()
            )
        setup.update(kept)

"""What would it cost: the fields, the models beside each other, a month, and turn by turn."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.metrics.projection import MOST_TURNS
from app.metrics.workloads import WORKLOADS
from app.ui.dialogs.price_editor import PriceEditor
from app.ui.plots.projection_plot import MonthBars, TurnCurves
from app.ui.theme import XS, L, M, S, Theme
from app.ui.vm.projection import COLUMNS, Key, ProjectionViewModel, workload_words
from app.ui.vm.text import one_line
from app.ui.widgets.fields import Choice, Decimal, Number
from app.ui.widgets.labels import label, say, wrapped
from app.ui.widgets.tables import cell, table

SIZE = (1120, 740)
LEAST = (860, 560)
SIDE = 268
ROW = 28
HEADER = 34
OWN = "My own numbers"
ADD = "Add a model\N{HORIZONTAL ELLIPSIS}"
HINTS = (
    "The model and whether its prices were changed here",
    "A session of which as much is cached as the higher share says",
    "A session of which as much is cached as the lower share says",
    "The same, for a minute of the session",
    "The same, for a minute of the session",
    "Sessions a day, 30 days",
    "Sessions a day, 30 days",
)


class ProjectionDialog(QDialog):
    """Follows the view-model while it is open; it stays open beside the window."""

    def __init__(
        self, vm: ProjectionViewModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._vm = vm
        self.setWindowTitle("What would it cost?")
        self.setMinimumSize(*LEAST)
        self.resize(*SIZE)
        self.preset = Choice((OWN, *(each.title for each in WORKLOADS)))
        self.preset_words = wrapped("", "small")
        self.sessions = Decimal((0.0, 1_000_000.0), 10.0, 0, "a day")
        self.turns = Number(range(1, MOST_TURNS + 1), 1, "")
        self.minutes = Decimal((0.0, 1_440.0), 1.0, 1, "min")
        self.user = Decimal((0.0, 3_600.0), 1.0, 1, "s")
        self.agent = Decimal((0.0, 3_600.0), 1.0, 1, "s")
        self.instructions = Number(range(200_001), 100, "tokens")
        self.low = Number(range(101), 5, "%")
        self.high = Number(range(101), 5, "%")
        self.add = Choice((ADD,))
        self.whatif = QPushButton("What if\N{HORIZONTAL ELLIPSIS}")
        self.known = QPushButton("Known prices")
        self.remove = QPushButton("Remove")
        self.table = table(COLUMNS, "Projection", stretched=0, words_to=1, hints=HINTS)
        self.notes = wrapped("", "small")
        self.summary = wrapped("", "section")
        self.month = MonthBars(theme)
        self.curves = TurnCurves(theme)
        self.voice = wrapped("", "strong")
        self.close_button = QPushButton("Close")
        self._arrange()
        self._connect()
        self.refresh()

    # --- building

    def _arrange(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(L)
        columns.addWidget(self._fields())
        columns.addLayout(self._results(), 1)
        foot = QHBoxLayout()
        foot.setSpacing(M)
        foot.addWidget(self.voice, 1)
        foot.addWidget(self.close_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(L, M, L, M)
        box.setSpacing(M)
        box.addLayout(columns, 1)
        box.addLayout(foot)

    def _fields(self) -> QScrollArea:
        rows: tuple[tuple[str, QWidget, str], ...] = (
            ("Preset", self.preset, "A kind of conversation; each number can be changed then"),
            ("Sessions", self.sessions, "How many are held in a day"),
            ("Turns of a session", self.turns, "The whole conversation is billed again at each"),
            ("Length", self.minutes, "Of a session; it changes the turns"),
            ("You speak, a turn", self.user, "10 audio tokens a second"),
            ("The model speaks", self.agent, "20 audio tokens and 3.5 of text a second"),
            ("Instructions", self.instructions, "Text tokens before the conversation"),
            ("Cached, at least", self.low, "Of what was there at the reply before"),
            ("Cached, at most", self.high, "Of what was there at the reply before"),
        )
        holder = QWidget()
        holder.setObjectName("page")
        box = QVBoxLayout(holder)
        box.setContentsMargins(0, 0, M, 0)
        box.setSpacing(XS)
        for words, field, hint in rows:
            name = label(words)
            name.setBuddy(field)
            field.setAccessibleName(words)
            field.setAccessibleDescription(hint)
            field.setToolTip(hint)
            box.addWidget(name)
            box.addWidget(field)
            if field is self.preset:
                box.addWidget(self.preset_words)
            box.addSpacing(XS)
        box.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFixedWidth(SIDE)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(holder)
        return area

    def _results(self) -> QVBoxLayout:
        self.add.setAccessibleName("Add a model")
        self.whatif.setToolTip("Project the chosen model at other prices; they are kept nowhere")
        self.known.setToolTip("Project the chosen model at its known prices again")
        tools = QHBoxLayout()
        tools.setSpacing(S)
        tools.addWidget(self.add, 1)
        tools.addStretch(0)
        for button in (self.whatif, self.known, self.remove):
            tools.addWidget(button)
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.setWordWrap(False)
        column = QVBoxLayout()
        column.setSpacing(S)
        column.addWidget(self.summary)
        column.addLayout(tools)
        column.addWidget(self.table)
        column.addWidget(self.notes)
        column.addWidget(label("A month, from cached to uncached", "section"))
        column.addWidget(self.month)
        column.addWidget(label("Each turn: uncached thick, cached thin", "section"))
        column.addWidget(self.curves, 1)
        return column

    def _connect(self) -> None:
        for field in (self.sessions, self.user, self.agent):
            field.valueChanged.connect(self._store)
        for number in (self.turns, self.instructions, self.low, self.high):
            number.valueChanged.connect(self._store)
        self.minutes.valueChanged.connect(self._store_minutes)
        self.preset.activated.connect(self._use_preset)
        self.add.activated.connect(self._add)
        self.whatif.clicked.connect(self._what_if)
        self.known.clicked.connect(lambda: self._vm.as_known(self._key))
        self.remove.clicked.connect(lambda: self._vm.remove(self._key))
        self.table.itemSelectionChanged.connect(self._selected)
        self.table.itemActivated.connect(self._what_if)
        self.close_button.clicked.connect(self.accept)
        self._unsubscribe = self._vm.changed.connect(self.refresh)
        self.finished.connect(self._leave)

    # --- showing

    @property
    def _key(self) -> Key:
        models, row = self._vm.models, max(self.table.currentRow(), 0)
        return models[row].key if row < len(models) else ("", "")

    def refresh(self) -> None:
        """Show fields and results."""
        vm, draft = self._vm, self._vm.draft
        fields = (self.sessions, self.turns, self.minutes, self.user, self.agent)
        shares = (self.instructions, self.low, self.high)
        blocked = [QSignalBlocker(each) for each in (*fields, *shares)]
        self.sessions.setValue(draft.sessions_per_day)
        self.turns.setValue(draft.turns)
        self.minutes.setValue(draft.minutes)
        self.user.setValue(draft.user_s)
        self.agent.setValue(draft.agent_s)
        self.instructions.setValue(draft.instructions)
        self.low.setValue(round(draft.cached_low * 100))
        self.high.setValue(round(draft.cached_high * 100))
        del blocked
        place = 0 if vm.workload is None else 1 + WORKLOADS.index(vm.workload)
        self.preset.setCurrentIndex(place)
        say(self.preset_words, self._preset_words())
        self.summary.setText(vm.summary)
        self.voice.setText(vm.voice_words)
        offered = tuple(f"{one_line(name)} {one_line(model)}" for name, model in vm.offered)
        self.add.offer((ADD, *offered), 0)
        self.add.setVisible(vm.can_add)
        self._show_models()

    def _preset_words(self) -> str:
        vm = self._vm
        if vm.workload is None:
            return ""
        found = next((each for each in vm.workloads if each.workload is vm.workload), None)
        cost = "" if found is None or not vm.models else f" Uncached: {workload_words(found)}."
        return f"{vm.workload.represents}{cost}"

    def _show_models(self) -> None:
        models = self._vm.models
        blocked = QSignalBlocker(self.table)
        chosen = max(self.table.currentRow(), 0)
        self.table.setRowCount(len(models))
        self.table.setFixedHeight(HEADER + ROW * max(len(models), 1))
        for row, model in enumerate(models):
            for column, words in enumerate(model.cells):
                self.table.setItem(row, column, cell(words, right=column > 0))
        self.table.setCurrentCell(min(chosen, len(models) - 1), 0)
        del blocked
        notes = [f"{model.title}: {note}." for model in models for note in model.notes]
        notes += [f"{one_line(key[1])}: nobody has told a price." for key in self._vm.unknown]
        self.notes.setText("\n".join(notes))
        self.notes.setVisible(bool(notes))
        self.month.show_models(models)
        self.curves.show_models(models)
        self._selected()

    def _selected(self) -> None:
        models, row = self._vm.models, self.table.currentRow()
        there = 0 <= row < len(models)
        self.whatif.setEnabled(there)
        self.remove.setEnabled(there)
        self.known.setVisible(there and models[row].whatif)

    # --- changing

    def _store(self) -> None:
        low, high = self.low.value() / 100, self.high.value() / 100
        if low > high:  # the one that was moved pushes the other
            moved_low = low != self._vm.draft.cached_low
            low, high = (low, low) if moved_low else (high, high)
        self._vm.update(
            replace(
                self._vm.draft,
                sessions_per_day=self.sessions.value(),
                turns=self.turns.value(),
                user_s=self.user.value(),
                agent_s=self.agent.value(),
                instructions=self.instructions.value(),
                cached_low=low,
                cached_high=high,
            )
        )

    def _store_minutes(self) -> None:
        self._vm.update(self._vm.draft.with_minutes(self.minutes.value()))
        self.refresh()

    def _use_preset(self, row: int) -> None:
        if row:
            self._vm.use_workload(WORKLOADS[row - 1])

    def _add(self, row: int) -> None:
        if row:
            self._vm.add(self._vm.offered[row - 1])

    def _what_if(self) -> None:
        key = self._key
        if not key[1]:
            return
        editor = PriceEditor(
            "What if it cost", self._vm.whatif_draft(key), verb="Project", parent=self
        )
        editor.lock_names()
        editor.keep_wanted.connect(lambda draft: self._vm.what_if(key, draft))
        editor.keep_wanted.connect(editor.accept)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.open()

    def _leave(self) -> None:
        self._unsubscribe()

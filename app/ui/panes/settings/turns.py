"""Turn taking: who ends a turn, who answers, and what speech does to a reply."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker

from app.core.config import VadMode
from app.ui.panes.settings.form import Row, Section
from app.ui.panes.settings.later import Later
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.preferences import EAGERNESS, IDLE_MS, LOCAL_SPEECH_MS, PREFIX_MS, SILENCE_MS
from app.ui.widgets.fields import Choice, Decimal, Number

MODE_WORDS = {
    VadMode.SERVER: "Server VAD: silence ends my turn",
    VadMode.SEMANTIC: "Semantic VAD: meaning ends my turn",
    VadMode.MANUAL: "Push-to-talk: I end my turn",
}
HEARD_BY = ("As the provider hears it", "As this computer hears it")
IDLE_STEP = 500
NEVER = IDLE_MS.start - IDLE_STEP


class TurnsSection(Section):
    """A session that runs follows at once, where the model takes it."""

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Turn taking")
        self._vm = vm
        self._later = Later(self, self._store, lambda: vm.changes.running)
        self.mode = Choice()
        self.threshold = Decimal((0.0, 1.0), 0.05, 2, "")
        self.prefix = Number(PREFIX_MS, 50, "ms")
        self.silence = Number(SILENCE_MS, 50, "ms")
        self.idle = Number(range(NEVER, IDLE_MS.stop), IDLE_STEP, "ms", "Never")
        self.eagerness = Choice(EAGERNESS)
        self.heard_by = Choice(HEARD_BY)
        self.local_speech = Number(LOCAL_SPEECH_MS, 20, "ms")
        self._detection()
        self._answering()
        self._interruption()
        self._connect()

    # --- building

    def _detection(self) -> None:
        self.field("Turns end by", self.mode)
        self._server = (
            self.field("Threshold", self.threshold, "Higher needs louder, clearer speech: 0 to 1."),
            self.field(
                "Kept before speech",
                self.prefix,
                "Audio before the detected onset, so that no first word is lost.",
            ),
            self.field(
                "Silence that ends a turn",
                self.silence,
                "Shorter answers sooner and cuts off who pauses to think.",
            ),
        )
        self._idle = self.field(
            "Speaks up after",
            self.idle,
            "Silence of both sides after which the provider says something by itself.",
        )
        self._semantic = self.field(
            "Eagerness", self.eagerness, "How readily it takes a pause for the end of a thought."
        )
        _words, self._manual = self.note(
            "Hold Space, F2 or the large button while you speak. The 300 ms before the press are "
            "sent as well, so that the first word is not lost; pressing also stops a reply."
        )

    def _answering(self) -> None:
        self._answer_heading = self.heading("Answering")
        self.answers, self._answers_row = self.switch(
            "Answer when my turn ends",
            "Off: the provider listens and answers nothing by itself; a typed message asks for "
            "the reply.",
        )

    def _interruption(self) -> None:
        self._interruption_rows = [self.heading("Interruption")]
        self.barge_in, row = self.switch(
            "Speech interrupts the reply",
            "Off: only a typed message, the talk key and Esc stop a reply; the provider is told "
            "not to interrupt.",
        )
        self._heard_by = self.field(
            "Speech is heard",
            self.heard_by,
            "This computer stops the loudspeaker before the provider has noticed: sooner, and "
            "echo or noise stops it, too.",
        )
        self._local = self.field(
            "Speech needed", self.local_speech, "So long must be heard before the reply stops."
        )
        self.interrupt, self._interrupt = self.switch(
            "The provider ends its reply as well",
            "Off: what it generates after an interruption goes on, is paid for and is not played.",
        )
        self._interruption_rows.append(row)

    def _connect(self) -> None:
        for box in (self.mode, self.eagerness, self.heard_by):
            box.activated.connect(self._store)
        for number in (self.prefix, self.silence, self.idle, self.local_speech):
            number.valueChanged.connect(self._later.store)
        self.threshold.valueChanged.connect(self._later.store)
        for switch in (self.answers, self.interrupt, self.barge_in):
            switch.toggled.connect(self._store)

    # --- showing

    def refresh(self) -> None:
        """Show the preferences; what the model has no use for is left out."""
        setup, kept = self._vm.setup, self._vm.setup.preferences
        fields = (self.threshold, self.prefix, self.silence, self.idle, self.local_speech)
        switches = (self.answers, self.interrupt, self.barge_in)
        blocked = [QSignalBlocker(each) for each in (*fields, *switches)]
        words = tuple(MODE_WORDS[mode] for mode in setup.modes)
        self.mode.offer(words, setup.modes.index(setup.mode) if setup.modes else -1)
        self.threshold.setValue(kept.threshold)
        self.prefix.setValue(kept.prefix_padding_ms)
        self.silence.setValue(kept.silence_ms)
        self.idle.setValue(NEVER if kept.idle_timeout_ms is None else kept.idle_timeout_ms)
        self.eagerness.setCurrentText(kept.eagerness)
        self.answers.setChecked(kept.create_response)
        self.interrupt.setChecked(kept.interrupt_response)
        self.barge_in.setChecked(kept.barge_in.enabled)
        self.heard_by.setCurrentIndex(int(kept.barge_in.local))
        self.local_speech.setValue(kept.barge_in.local_speech_ms)
        self.applies.setText(self._vm.changes.turns_words)
        self._leave_out()
        del blocked

    def _leave_out(self) -> None:
        setup, kept = self._vm.setup, self._vm.setup.preferences
        mode, barge_in = setup.mode, kept.barge_in
        hears = mode is not VadMode.MANUAL
        interrupts = hears and barge_in.enabled
        plan: list[tuple[Row, bool]] = [
            *((row, mode is VadMode.SERVER) for row in self._server),
            (self._idle, mode is VadMode.SERVER and setup.option.capabilities.idle_timeout),
            (self._semantic, mode is VadMode.SEMANTIC),
            (self._manual, mode is VadMode.MANUAL),
            (self._answer_heading, hears),
            (self._answers_row, hears),
            *((row, hears) for row in self._interruption_rows),
            (self._heard_by, interrupts),
            (self._local, interrupts and barge_in.local),
            (self._interrupt, interrupts),
        ]
        for row, shown in plan:
            row.show(shown=shown)

    # --- storing

    def _store(self) -> None:
        setup = self._vm.setup
        modes, row = setup.modes, self.mode.currentIndex()
        idle_ms = self.idle.value()
        barge_in = replace(
            setup.preferences.barge_in,
            enabled=self.barge_in.isChecked(),
            local=bool(self.heard_by.currentIndex()),
            local_speech_ms=self.local_speech.value(),
        )
        setup.update(
            replace(
                setup.preferences,
                vad_mode=modes[row] if 0 <= row < len(modes) else setup.mode,
                threshold=round(self.threshold.value(), 2),
                prefix_padding_ms=self.prefix.value(),
                silence_ms=self.silence.value(),
                idle_timeout_ms=idle_ms if idle_ms in IDLE_MS else None,
                eagerness=self.eagerness.currentText(),
                create_response=self.answers.isChecked(),
                interrupt_response=self.interrupt.isChecked(),
                barge_in=barge_in,
            )
        )
        self.refresh()

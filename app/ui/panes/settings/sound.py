"""Sound: what is done to the microphone, how audio travels, how recordings are played."""

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton

from app.core.config import WireFormat
from app.ui.panes.settings.form import Section, told
from app.ui.vm.console import ConsoleViewModel
from app.ui.widgets.fields import Choice

CHANGES: Final = "Changes what the model hears; stored with every result. "
SWITCHES: Final = (
    (
        "echo_cancellation",
        "Echo cancellation",
        (
            "Takes what the loudspeaker plays out of the microphone, so that the assistant does "
            "not hear itself. May clip you while both speak."
        ),
    ),
    (
        "noise_suppression",
        "Noise suppression",
        "Takes steady noise out. Quiet speech and music lose detail.",
    ),
    (
        "auto_gain",
        "Automatic gain",
        "Brings quiet speech up and loud speech down. Levels of two sessions no longer compare.",
    ),
    ("high_pass", "High-pass", "Takes rumble under speech out. Costs next to nothing."),
    (
        "half_duplex",
        "Half-duplex",
        (
            "Silences the microphone while a reply sounds: you cannot interrupt by speaking, and "
            "what you say meanwhile is neither heard nor measured."
        ),
    ),
)
FORMATS: Final = {
    WireFormat.PCM16_24K: "PCM, 24 kHz",
    WireFormat.PCM16_16K: "PCM, 16 kHz",
    WireFormat.PCM16_8K: "PCM, 8 kHz",
    WireFormat.PCMU: "Telephone: G.711 mu-law, 8 kHz",
    WireFormat.PCMA: "Telephone: G.711 A-law, 8 kHz",
}


class SoundSection(Section):
    """Switches apply at once while a session runs; formats from the next one on."""

    mic_wanted = Signal()

    def __init__(self, vm: ConsoleViewModel) -> None:
        super().__init__("Sound")
        self._vm = vm
        self.heading("Microphone")
        self.mic = QPushButton("Test microphone")
        told((self.mic, "Say a sentence, see what is wrong, hear it back"))
        self.note(CHANGES)
        self.buttons("", (self.mic,))
        self.switches: dict[str, QCheckBox] = {}
        for name, words, hint in SWITCHES:
            self.switches[name], _row = self.switch(words, hint)
            self.switches[name].toggled.connect(self._store_processing)

        self.heading("Audio on the wire")
        self.later, _row = self.note("")
        self.input, self.output = Choice(), Choice()
        self.field("Yours", self.input, "Telephone formats cut all above 3.4 kHz.")
        self.field("The model's", self.output, "What you hear is decoded from it.")
        self.heading("Recordings")
        self.telephone, _row = self.switch(
            "Play as a telephone would carry it",
            "8 kHz, 300 to 3 400 Hz, mu-law. For listening only: nothing stored changes.",
        )
        self.mic.clicked.connect(self.mic_wanted)
        for box in (self.input, self.output):
            box.activated.connect(self._store)
        self.telephone.toggled.connect(self._store)

    def refresh(self) -> None:
        """Show the preferences."""
        setup = self._vm.setup
        boxes = (*self.switches.values(), self.telephone)
        blocked = [QSignalBlocker(each) for each in boxes]
        for name, switch in self.switches.items():
            switch.setChecked(bool(getattr(setup.processing, name)))
        formats = setup.formats
        words = tuple(FORMATS[each] for each in formats)
        self.input.offer(words, formats.index(setup.input_format))
        self.output.offer(words, formats.index(setup.output_format))
        for box in (self.input, self.output):
            box.setEnabled(len(formats) > 1)
        self.telephone.setChecked(setup.preferences.telephone)
        self.applies.setText(self._vm.changes.processing_words)
        self.later.setText(
            self._vm.changes.later_words if len(formats) > 1 else "This model takes no other."
        )
        self.mic.setEnabled(not self._vm.live.under_way)
        del blocked

    def _store_processing(self) -> None:
        chosen = {name: switch.isChecked() for name, switch in self.switches.items()}
        self._vm.changes.process(replace(self._vm.setup.processing, **chosen))

    def _store(self) -> None:
        setup = self._vm.setup
        setup.update(
            replace(
                setup.preferences,
                input_format=setup.formats[max(self.input.currentIndex(), 0)],
                output_format=setup.formats[max(self.output.currentIndex(), 0)],
                telephone=self.telephone.isChecked(),
            )
        )

"""What is changed while a session runs: told to the engine at once, or kept for the next one."""

from collections.abc import Callable
from dataclasses import replace

from app.core.conduct import Processing
from app.core.events import DeviceSide
from app.core.observe import Signal
from app.session.messages import (
    ConfigureTurns,
    EngineRequest,
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    SetProcessing,
    StartSession,
    SwitchDevices,
)
from app.ui.vm.live import LiveViewModel
from app.ui.vm.setup import SetupViewModel

AT_ONCE = "A session runs: it follows at once."
NEXT = "Applies from the next session on."
WAITS = "A session runs: this applies from the next session on."


class ChangesViewModel:
    """Holds what the running session was told against what is chosen. All calls on one thread.

    While the session is being opened changes wait; they are told as soon as it listens.

    Signals:
        changed: A session began or ended, or was told of a change.
    """

    def __init__(
        self, setup: SetupViewModel, live: LiveViewModel, send: Callable[[EngineRequest], None]
    ) -> None:
        self.changed = Signal[()]()
        self._setup = setup
        self._live = live
        self._send = send
        self._told: StartSession | None = None
        setup.changed.connect(self._follow)
        live.changed.connect(self._follow)

    @property
    def running(self) -> bool:
        """Whether a session runs that could follow."""
        return self._told is not None

    @property
    def turns_words(self) -> str:
        """When a change of turn taking applies."""
        if not self.running:
            return NEXT
        return AT_ONCE if self._setup.option.capabilities.changes_turns else WAITS

    @property
    def processing_words(self) -> str:
        """When a change of the microphone's processing applies."""
        return AT_ONCE if self.running else NEXT

    @property
    def later_words(self) -> str:
        """When a change of everything else applies."""
        return WAITS if self.running else NEXT

    def begin(self, request: StartSession) -> None:
        """A session was asked for."""
        self._told = request
        self.changed.emit()

    def _follow(self) -> None:
        if self._told is None:
            return
        if self._live.view.rests:
            self._told = None
            self.changed.emit()
        elif self._live.view.open:
            self._tell(self._told)

    def _tell(self, told: StartSession) -> None:
        setup = self._setup
        changes_turns = setup.option.capabilities.changes_turns
        turns = setup.turn_detection if changes_turns else told.settings.turn_detection
        conduct = replace(
            told.conduct, barge_in=setup.preferences.barge_in, processing=setup.processing
        )
        if (turns, conduct) == (told.settings.turn_detection, told.conduct):
            return
        self._told = replace(
            told, settings=replace(told.settings, turn_detection=turns), conduct=conduct
        )
        if (turns, conduct.barge_in) != (told.settings.turn_detection, told.conduct.barge_in):
            self._send(ConfigureTurns(turn_detection=turns, barge_in=conduct.barge_in))
        if conduct.processing != told.conduct.processing:
            self._send(SetProcessing(conduct.processing))
        self.changed.emit()

    # --- processing and devices

    def process(self, processing: Processing) -> None:
        """Process the microphone so, from now on and in later sessions."""
        self._setup.update(replace(self._setup.preferences, processing=processing))

    @property
    def from_device(self) -> bool:
        """Whether the session that runs listens to a device, so that it can use another."""
        return self._told is None or self._told.input.kind is InputKind.DEVICE

    @property
    def to_device(self) -> bool:
        """Whether the session that runs plays on a device."""
        return self._told is None or self._told.output.kind is OutputKind.DEVICE

    def choose_input(self, choice: InputChoice) -> bool:
        """Use another microphone, at once where a session runs; False if that cannot be."""
        if self._told is not None:
            if not (self.from_device and choice.kind is InputKind.DEVICE):
                return False
            self._told = replace(self._told, input=choice)
            self._send(SwitchDevices(input=choice))
        self._setup.choose_input(choice)
        return True

    def choose_output(self, choice: OutputChoice) -> bool:
        """Use another loudspeaker, at once where a session runs; False if that cannot be."""
        if self._told is not None:
            if not (self.to_device and choice.kind is OutputKind.DEVICE):
                return False
            self._told = replace(self._told, output=choice)
            self._send(SwitchDevices(output=choice))
        self._setup.choose_output(choice)
        return True

    def use_device(self, name: str, side: DeviceSide | None = None) -> None:
        """Use a device that has come, on one side; None: on both, as far as it can."""
        known = () if self._setup.devices is None else self._setup.devices.devices
        found = [each for each in known if each.name == name]
        listens = any(each.input_channels for each in found) or not found
        plays = any(each.output_channels for each in found) or not found
        if listens and self.from_device and side is not DeviceSide.OUTPUT:
            self.choose_input(InputChoice(kind=InputKind.DEVICE, device=name))
        if plays and self.to_device and side is not DeviceSide.INPUT:
            self.choose_output(OutputChoice(kind=OutputKind.DEVICE, device=name))

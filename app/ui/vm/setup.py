"""What a session will be started with: model, sound, turn detection."""

from collections.abc import Sequence
from dataclasses import replace

from app.core.conduct import Conduct, McpServer, Processing, ToolSetup
from app.core.config import SessionSettings, TurnDetection, VadMode, WireFormat
from app.core.errors import ConfigError
from app.core.money import Budget
from app.core.observe import Signal
from app.session.messages import (
    DevicesReport,
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartSession,
)
from app.ui.vm.budget import budget
from app.ui.vm.catalogue import own_option
from app.ui.vm.choices import (
    CUSTOM_ID,
    MicrophoneOption,
    ModelOption,
    SpeakerOption,
    microphones,
    speakers,
)
from app.ui.vm.endpoint import EndpointDraft
from app.ui.vm.preferences import Preferences

PLAIN = (WireFormat.PCM16_24K,)
PCM = (WireFormat.PCM16_16K, WireFormat.PCM16_8K)
TELEPHONE = (WireFormat.PCMU, WireFormat.PCMA)
MODES = {
    VadMode.SERVER: "server VAD",
    VadMode.SEMANTIC: "semantic VAD",
    VadMode.MANUAL: "push-to-talk",
}


class SetupViewModel:
    """The choices, and the request they make.

    Where no sound device exists, the bundled recordings stand for the microphone and a null
    loudspeaker keeps time, until something else is chosen.

    Attributes:
        tools: What the model is offered, and who answers; ``mcp_servers`` likewise.
        consents: Who agreed to the next session's being recorded.

    Signals:
        changed: A choice, or what can be chosen, changed.
    """

    def __init__(
        self,
        options: Sequence[ModelOption],
        preferences: Preferences,
        *,
        samples: tuple[str, ...] = (),
        sessions_dir: str | None = None,
    ) -> None:
        self._options = tuple(options)
        self._samples = samples
        self.sessions_dir = sessions_dir
        self.preferences = preferences
        self.devices: DevicesReport | None = None
        self.tools: tuple[ToolSetup, ...] = ()
        self.mcp_servers: tuple[McpServer, ...] = ()
        self.consents: tuple[str, ...] = ()
        self.changed = Signal[()]()

    # --- models

    @property
    def options(self) -> tuple[ModelOption, ...]:
        """The entries of the model picker, in order."""
        return self._options

    @property
    def option(self) -> ModelOption:
        """The chosen one; the first where the remembered one is not offered any more."""
        wanted = self.preferences.model_id
        found = next((each for each in self._options if each.model_id == wanted), None)
        if found is None:
            return self._options[0]
        if found.model_id != CUSTOM_ID:
            return found
        try:
            target = self.draft.target()
        except ConfigError:
            return found
        return own_option(found, target)

    @property
    def draft(self) -> EndpointDraft:
        """Your own endpoint as it stands in the preferences."""
        kept = self.preferences
        return EndpointDraft(
            url=kept.endpoint_url,
            model=kept.endpoint_model,
            dialect=kept.endpoint_dialect,
            auth=kept.endpoint_auth,
        )

    @property
    def modes(self) -> tuple[VadMode, ...]:
        """The kinds of turn detection that the chosen model has."""
        can = self.option.capabilities
        offered = {
            VadMode.SERVER: can.server_vad,
            VadMode.SEMANTIC: can.semantic_vad,
            VadMode.MANUAL: can.manual_turns,
        }
        return tuple(mode for mode, there in offered.items() if there)

    @property
    def mode(self) -> VadMode:
        """The kind that will be used."""
        wanted = self.preferences.vad_mode
        return wanted if wanted in self.modes or not self.modes else self.modes[0]

    @property
    def turn_detection(self) -> TurnDetection:
        """How turns will end. Where speech interrupts nothing, the provider is told so, too."""
        kept, can = self.preferences, self.option.capabilities
        return TurnDetection(
            mode=self.mode,
            threshold=kept.threshold,
            prefix_padding_ms=kept.prefix_padding_ms,
            silence_ms=kept.silence_ms,
            eagerness=kept.eagerness,
            create_response=kept.create_response,
            interrupt_response=kept.interrupt_response and kept.barge_in.enabled,
            idle_timeout_ms=kept.idle_timeout_ms if can.idle_timeout else None,
        )

    @property
    def conduct(self) -> Conduct:
        """How our own side will behave."""
        kept, can = self.preferences, self.option.capabilities
        return Conduct(
            barge_in=kept.barge_in,
            processing=kept.processing,
            guard=kept.guard,
            tools=self.tools if can.tools else (),
            mcp_servers=self.mcp_servers if can.tools else (),
        )

    @property
    def budget(self) -> Budget:
        """What a session may cost."""
        kept = self.preferences
        return budget(kept.budget_warn, kept.budget_stop, kept.budget_unpriced_min)

    @property
    def processing(self) -> Processing:
        """What will be done to the microphone."""
        return self.preferences.processing

    @property
    def formats(self) -> tuple[WireFormat, ...]:
        """How audio can travel with the chosen model."""
        can = self.option.capabilities
        pcm = PCM if can.pcm_rates else ()
        return (*PLAIN, *pcm, *(TELEPHONE if can.telephone_formats else ()))

    @property
    def input_format(self) -> WireFormat:
        """How the user's audio will travel."""
        wanted = self.preferences.input_format
        return wanted if wanted in self.formats else PLAIN[0]

    @property
    def output_format(self) -> WireFormat:
        """How the replies will travel."""
        wanted = self.preferences.output_format
        return wanted if wanted in self.formats else PLAIN[0]

    @property
    def voice(self) -> str | None:
        """The voice that will be asked for, or None for the provider's own default."""
        option = self.option
        return self.preferences.voice(option.model_id) or option.default_voice

    @property
    def summary(self) -> str:
        """One line under the model's name: voice and turn detection."""
        voice = self.voice
        mode = MODES[self.mode]
        turns = f"{mode} {self.preferences.silence_ms} ms" if self.mode is VadMode.SERVER else mode
        return f"voice {voice or 'default'}  \N{MIDDLE DOT}  {turns}"

    # --- sound

    @property
    def no_microphone(self) -> bool:
        """Whether the devices are known and no microphone is among them."""
        known = self.devices
        return known is not None and not any(each.input_channels for each in known.devices)

    @property
    def no_speaker(self) -> bool:
        """Whether the devices are known and no loudspeaker is among them."""
        known = self.devices
        return known is not None and not any(each.output_channels for each in known.devices)

    @property
    def stands_in(self) -> bool:
        """Whether bundled recordings speak because there is no microphone."""
        return self.no_microphone and self.preferences.input_kind is InputKind.DEVICE

    @property
    def input(self) -> InputChoice:
        """What will stand for the microphone."""
        kept = self.preferences
        if self.stands_in:
            return self._stand_in()
        if kept.input_kind is InputKind.FILES and not kept.input_paths:
            return self._stand_in()
        device = kept.input_device if kept.input_kind is InputKind.DEVICE else None
        paths = kept.input_paths if kept.input_kind is InputKind.FILES else ()
        return InputChoice(kind=kept.input_kind, device=device, paths=paths)

    @property
    def output(self) -> OutputChoice:
        """What will stand for the loudspeaker."""
        kept = self.preferences
        if kept.output_kind is OutputKind.NULL or self.no_speaker:
            return OutputChoice(kind=OutputKind.NULL)
        return OutputChoice(kind=OutputKind.DEVICE, device=kept.output_device)

    @property
    def microphones(self) -> tuple[MicrophoneOption, ...]:
        """The entries of the microphone picker."""
        known = () if self.devices is None else self.devices.devices
        return microphones(known, self.input, self._samples)

    @property
    def speakers(self) -> tuple[SpeakerOption, ...]:
        """The entries of the loudspeaker picker."""
        known = () if self.devices is None else self.devices.devices
        return speakers(known, self.output)

    # --- changes

    def take(self, report: DevicesReport) -> None:
        """The engine listed the devices."""
        self.devices = report
        self.changed.emit()

    def update(self, preferences: Preferences) -> None:
        """Use other preferences; emits only if they differ."""
        if preferences != self.preferences:
            self.preferences = preferences
            self.changed.emit()

    def choose_input(self, choice: InputChoice) -> None:
        """Use another microphone."""
        self.update(
            replace(
                self.preferences,
                input_kind=choice.kind,
                input_device=choice.device,
                input_paths=choice.paths,
            )
        )

    def choose_output(self, choice: OutputChoice) -> None:
        """Use another loudspeaker."""
        self.update(replace(self.preferences, output_kind=choice.kind, output_device=choice.device))

    # --- the request

    def request(self, key: str | None) -> StartSession:
        """Return the request that starts a session.

        Raises:
            ConfigError: If the chosen endpoint cannot work.
        """
        option, kept = self.option, self.preferences
        target = self.draft.target() if option.target is None else option.target
        settings = SessionSettings(
            instructions=kept.instructions.strip() or None,
            voice=self.voice,
            turn_detection=self.turn_detection,
            transcribe_input=kept.transcribe_input and option.capabilities.input_transcripts,
            input_format=self.input_format,
            output_format=self.output_format,
        )
        if option.transcription_model is not None:
            settings = replace(settings, transcription_model=option.transcription_model)
        return StartSession(
            target=target,
            settings=settings,
            input=self.input,
            output=self.output,
            key=key,
            sessions_dir=self.sessions_dir,
            conduct=self.conduct,
            recording=kept.recording,
            budget=self.budget,
            consents=self.consents,
        )

    def _stand_in(self) -> InputChoice:
        if not self._samples:
            return InputChoice(kind=InputKind.SILENCE)
        return InputChoice(kind=InputKind.FILES, paths=self._samples)

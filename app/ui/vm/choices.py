"""What can be chosen: models, microphones, loudspeakers, voices."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.capabilities import Capabilities
from app.core.config import Target
from app.core.ports import DeviceInfo
from app.session.messages import InputChoice, InputKind, OutputChoice, OutputKind
from app.ui.vm.text import one_line

CUSTOM_ID = "custom"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOption:
    """One entry of the model picker.

    Attributes:
        model_id: Stable name, remembered between starts.
        group: Heading it stands under.
        target: Where it is; None for an endpoint that has yet to be entered.
        default_voice: The voice to propose, or None for the provider's own default.
        transcription_model: Whom to ask for the user's words, or None for the usual.
        key_name: Name its key is kept under.
        key_environment: Environment variables that may hold its key, first wins.
        needs_key: Whether it cannot be used without one.
    """

    model_id: str
    title: str
    group: str
    target: Target | None
    capabilities: Capabilities
    voices: tuple[str, ...] = ()
    default_voice: str | None = None
    transcription_model: str | None = None
    key_name: str = CUSTOM_ID
    key_environment: tuple[str, ...] = ()
    needs_key: bool = False
    notes: str = ""

    @property
    def label(self) -> str:
        """Provider and model, or the one name of both."""
        return self.title if self.group in {self.title, ""} else f"{self.group}: {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrophoneOption:
    """One entry of the microphone picker. ``choice`` None asks for files."""

    title: str
    choice: InputChoice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerOption:
    """One entry of the loudspeaker picker."""

    title: str
    choice: OutputChoice


def file_title(paths: Sequence[str]) -> str:
    """Return a name for one or more sound files."""
    names = [path.replace("\\", "/").rsplit("/", 1)[-1] for path in paths]
    first = one_line(names[0], limit=60) if names else "no file"
    return first if len(names) < 2 else f"{first} and {len(names) - 1} more"  # noqa: PLR2004


def microphones(
    devices: Sequence[DeviceInfo], chosen: InputChoice, samples: tuple[str, ...]
) -> tuple[MicrophoneOption, ...]:
    """Return the microphones to offer; ``chosen`` is among them even when it is unplugged."""
    found = [device for device in devices if device.input_channels > 0]
    options = [
        MicrophoneOption(
            title=f"Default: {one_line(each.name, limit=60)}",
            choice=InputChoice(kind=InputKind.DEVICE),
        )
        for each in found
        if each.is_default_input
    ][:1]
    options += [
        MicrophoneOption(
            title=one_line(each.name, limit=60),
            choice=InputChoice(kind=InputKind.DEVICE, device=each.name),
        )
        for each in found
    ]
    if samples:
        choice = InputChoice(kind=InputKind.FILES, paths=samples)
        options.append(MicrophoneOption(title="Bundled recordings", choice=choice))
    silence = InputChoice(kind=InputKind.SILENCE)
    options.append(MicrophoneOption(title="Silence", choice=silence))
    if chosen not in [option.choice for option in options]:
        options.insert(0, MicrophoneOption(title=_input_title(chosen), choice=chosen))
    return (*options, MicrophoneOption(title="Sound files\N{HORIZONTAL ELLIPSIS}", choice=None))


def _input_title(choice: InputChoice) -> str:
    if choice.kind is InputKind.FILES:
        return file_title(choice.paths)
    if choice.device is None:
        return "Default microphone"
    return f"{one_line(choice.device, limit=60)} (not connected)"


def speakers(devices: Sequence[DeviceInfo], chosen: OutputChoice) -> tuple[SpeakerOption, ...]:
    """Return the loudspeakers to offer; ``chosen`` is among them even when it is unplugged."""
    found = [device for device in devices if device.output_channels > 0]
    options = [
        SpeakerOption(
            title=f"Default: {one_line(each.name, limit=60)}",
            choice=OutputChoice(kind=OutputKind.DEVICE),
        )
        for each in found
        if each.is_default_output
    ][:1]
    options += [
        SpeakerOption(
            title=one_line(each.name, limit=60),
            choice=OutputChoice(kind=OutputKind.DEVICE, device=each.name),
        )
        for each in found
    ]
    options.append(
        SpeakerOption(title="None (keeps time)", choice=OutputChoice(kind=OutputKind.NULL))
    )
    if chosen not in [option.choice for option in options]:
        title = (
            "Default loudspeaker"
            if chosen.device is None
            else f"{one_line(chosen.device, limit=60)} (not connected)"
        )
        options.insert(0, SpeakerOption(title=title, choice=chosen))
    return tuple(options)

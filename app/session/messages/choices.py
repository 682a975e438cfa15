"""What stands for the microphone and the loudspeaker."""

from dataclasses import dataclass
from enum import StrEnum


class InputKind(StrEnum):
    """What stands for the microphone."""

    DEVICE = "device"
    FILES = "files"
    SILENCE = "silence"


class OutputKind(StrEnum):
    """What stands for the loudspeaker."""

    DEVICE = "device"
    NULL = "null"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputChoice:
    """The microphone.

    Attributes:
        device: None is the system's default.
        paths: Utterances, for FILES.
        cues_ms: For each of ``paths``: None speaks it when the reply to the one before is over,
            a number interrupts that reply so long after it became audible. Shorter than
            ``paths`` stands for None.
    """

    kind: InputKind
    device: str | None = None
    paths: tuple[str, ...] = ()
    cues_ms: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChoice:
    """The loudspeaker. ``device`` None is the system's default."""

    kind: OutputKind
    device: str | None = None

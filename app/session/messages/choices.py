"""What stands for the microphone and the loudspeaker."""

from dataclasses import dataclass
from enum import StrEnum


class InputKind(StrEnum):
    """What stands for the microphone."""

    DEVICE = "device"
    FILES = "files"
    SILENCE = "silence"
    SESSION = "session"
    """The user's side of a recorded session, again."""


class RerunTiming(StrEnum):
    """When the user of a recorded session speaks again."""

    RECORDED = "recorded"
    """As then, whatever the agent does."""
    TURNS = "turns"
    """Each turn when the reply to the one before is over."""


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
        cuts_ms: For each of ``paths``: so long after its last sample whatever is being said is
            stopped by hand, so that the next may be spoken; None waits for the reply's end.
        takes_floor: For each of ``paths``: whether it is meant to take the floor (False: a
            backchannel, a cough, side talk ...), None where nobody knows.
        session: Folder of the recorded session, for SESSION.
        timing: For SESSION.
    """

    kind: InputKind
    device: str | None = None
    paths: tuple[str, ...] = ()
    cues_ms: tuple[float | None, ...] = ()
    cuts_ms: tuple[float | None, ...] = ()
    takes_floor: tuple[bool | None, ...] = ()
    session: str | None = None
    timing: RerunTiming = RerunTiming.TURNS


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChoice:
    """The loudspeaker. ``device`` None is the system's default."""

    kind: OutputKind
    device: str | None = None

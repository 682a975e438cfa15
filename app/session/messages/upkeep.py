"""What the engine tells of tools, devices, echo, microphones and connections."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.events import DeviceSide, ToolOutcome


class ToolState(StrEnum):
    """Where a function call stands."""

    ASKS = "asks"
    RUNNING = "running"
    BY_HAND = "by_hand"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReport:
    """One function call; a later report of the same ``call_id`` replaces it.

    Attributes:
        source: Who answers: the tool's kind, or an MCP server's label.
        where: ASKS: what would be contacted, e.g. the URL.
        arguments: JSON text as the model wrote it, cut to a bounded length.
        output: ENDED: what the model was told, cut likewise.
        elapsed_ms: ENDED: from the call to its end.
    """

    call_id: str
    name: str
    state: ToolState
    at_ms: float
    arguments: str = ""
    source: str = ""
    where: str = ""
    outcome: ToolOutcome | None = None
    output: str = ""
    elapsed_ms: float | None = None
    turn_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """Something happened to a sound device, in one sentence.

    Attributes:
        side: Which device of the session, or None where none of its own.
        name: The device it is about.
        lost: It gives or takes no audio at the moment.
        offer: Name of a device that has come and could be used instead, or None.
    """

    words: str
    side: DeviceSide | None = None
    name: str = ""
    lost: bool = False
    offer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoReport:
    """What the microphone hears of the loudspeaker, about once a second while a reply sounds.

    Attributes:
        coupling_db: Level of the echo at the microphone against what was played; None where
            none is found.
        delay_ms: From the loudspeaker's DAC to the microphone's ADC, likewise.
        erle_db: By how much cancellation lowers it; None while it is off or unknown.
        residual_dbfs: Level of what is left of it in what the model hears.
        self_triggers_n: How often the provider took the agent's own voice for the user's.
        offers_help: It triggers itself: a headset or half-duplex should be offered.
    """

    coupling_db: float | None = None
    delay_ms: float | None = None
    erle_db: float | None = None
    residual_dbfs: float | None = None
    self_triggers_n: int = 0
    offers_help: bool = False


class MicFault(StrEnum):
    """What can be wrong with a microphone."""

    SILENT = "silent"
    WRONG_RATE = "wrong_rate"
    CLIPPED = "clipped"
    TOO_QUIET = "too_quiet"
    NOISY = "noisy"
    DC_OFFSET = "dc_offset"
    NARROWBAND = "narrowband"
    REFUSED = "refused"
    BUSY = "busy"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class MicFinding:
    """One fault, in one sentence that holds the remedy.

    Attributes:
        measured: The figure it rests on, for people, e.g. "-71 dBFS"; "" where there is none.
    """

    fault: MicFault
    sentence: str
    measured: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MicReport:
    """What is wrong with the microphone by now; none means nothing found.

    Attributes:
        examined_s: Of how much audio.
    """

    findings: tuple[MicFinding, ...]
    examined_s: float
    level_dbfs: float | None = None
    noise_dbfs: float | None = None
    peak_dbfs: float | None = None
    rate_hz: float | None = None
    bandwidth_hz: float | None = None
    dc_offset: float | None = None


class GuardState(StrEnum):
    """How the connection fares."""

    FINE = "fine"
    ENDING_SOON = "ending_soon"
    ROTATING = "rotating"
    RECONNECTING = "reconnecting"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardReport:
    """What the session guard does; told when it changes.

    Attributes:
        words: One sentence for people.
        attempt: RECONNECTING: which try, of ``attempts``; ``wait_s`` before it.
        stalls_n: Stalls so far; ``renewals_n`` new connections so far.
    """

    state: GuardState
    words: str = ""
    attempt: int = 0
    attempts: int = 0
    wait_s: float = 0.0
    stalls_n: int = 0
    renewals_n: int = 0

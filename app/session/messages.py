"""What a front end asks of the measuring engine, and what the engine tells it.

Frozen values only: they cross the pipe between the two processes as JSON (``link``) and are
handed over as they are where both live in one process. Audio never crosses; waveforms go as
envelopes.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from app.core.config import SessionSettings, Target
from app.core.ports import DeviceInfo
from app.core.records import SessionRecord, TurnRecord


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
    """The microphone. ``device`` None is the system's default; ``paths`` are for FILES."""

    kind: InputKind
    device: str | None = None
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChoice:
    """The loudspeaker. ``device`` None is the system's default."""

    kind: OutputKind
    device: str | None = None


# --- to the engine ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession:
    """Connect and begin.

    Attributes:
        key: Used once and kept nowhere; it is not in the repr.
        sessions_dir: Where to record, or None for the user's own folder.
        engine_arguments: More options of ``vivavoce serve`` for a server that we start.
        end_with_input: End the session when the input's files have all been answered.
        reply_timeout_s: How long a reply may take before its turn counts as failed.
    """

    target: Target
    settings: SessionSettings
    input: InputChoice
    output: OutputChoice
    key: str | None = field(default=None, repr=False)
    sessions_dir: str | None = None
    engine_arguments: tuple[str, ...] = ()
    reply_timeout_s: float = 30.0
    end_with_input: bool = False


@dataclass(frozen=True, slots=True)
class EndSession:
    """Close the session and its recording."""


@dataclass(frozen=True, slots=True)
class SetMuted:
    """Send silence instead of the microphone, or the microphone again."""

    muted: bool


@dataclass(frozen=True, slots=True)
class HoldToTalk:
    """The talk key went down or up."""

    down: bool


@dataclass(frozen=True, slots=True)
class SendTyped:
    """Say this by text and ask for a reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop the reply that is being spoken."""


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Tell which sound devices there are."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End the session, close the recording and leave the process."""


EngineRequest: TypeAlias = (
    StartSession
    | EndSession
    | SetMuted
    | HoldToTalk
    | SendTyped
    | Interrupt
    | ListDevices
    | Shutdown
)


# --- from the engine -------------------------------------------------------------------------


class LiveState(StrEnum):
    """What the session is doing, as a person would say it."""

    IDLE = "idle"
    STARTING_ENGINE = "starting_engine"
    CONNECTING = "connecting"
    LISTENING = "listening"
    YOU_SPEAK = "you_speak"
    THINKING = "thinking"
    MODEL_SPEAKS = "model_speaks"
    INTERRUPTED = "interrupted"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateReport:
    """The state changed. ``detail`` is e.g. the stage of connecting, or ""."""

    state: LiveState
    detail: str = ""


class Speaker(StrEnum):
    """Who says it."""

    USER = "user"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptReport:
    """The whole present text of one entry; a later report of the same id replaces it.

    Attributes:
        entry_id: Stable for the life of the session; entries are ordered by ``at_ms``.
        at_ms: Session time at which the speaker began.
        final: Whether the text will change no more.
        heard_ms: Milliseconds of the reply that were played, once it was interrupted.
        total_ms: Milliseconds of it that had arrived by then.
    """

    entry_id: str
    speaker: Speaker
    at_ms: float
    text: str
    final: bool
    typed: bool = False
    interrupted: bool = False
    heard_ms: float | None = None
    total_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnReport:
    """A turn ended."""

    record: TurnRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReport:
    """Levels since the last report, dBFS; None is digital silence. Latest wins."""

    input_rms_dbfs: float | None
    input_peak_dbfs: float | None
    output_rms_dbfs: float | None
    output_peak_dbfs: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeReport:
    """Peaks of both sides, one value per ``step_ms`` of session time, each 0 to 1."""

    start_ms: float
    step_ms: float
    user: tuple[float, ...]
    model: tuple[float, ...]


class MarkKind(StrEnum):
    """An instant worth a marker in the turn lanes."""

    VAD_ON = "vad_on"
    VAD_OFF = "vad_off"
    COMMITTED = "committed"
    RESPONSE_CREATED = "response_created"
    FIRST_TOKEN = "first_token"  # noqa: S105 - a word of speech, not a secret
    FIRST_AUDIO = "first_audio"
    AUDIBLE = "audible"
    RESPONSE_DONE = "response_done"
    BARGE_IN = "barge_in"
    STALL = "stall"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReport:
    """Something happened at ``at_ms`` of session time."""

    kind: MarkKind
    at_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """State of the measurement itself, about once a second."""

    elapsed_s: float
    loop_lag_p99_ms: float | None = None
    client_added_p95_ms: float | None = None
    rtt_ms: float | None = None
    xruns: int = 0
    drops: int = 0
    unknown_messages: int = 0
    recording: bool = False
    expires_in_s: float | None = None


class Remedy(StrEnum):
    """What a button beside an error can do about it."""

    RETRY = "retry"
    ENTER_KEY = "enter_key"
    CHOOSE_DEVICE = "choose_device"
    CHOOSE_FILE = "choose_file"
    FETCH_WEIGHTS = "fetch_weights"
    EDIT_ENDPOINT = "edit_endpoint"
    FREE_SPACE = "free_space"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemReport:
    """Something went wrong, in one sentence, with what to do next in another."""

    sentence: str
    hint: str
    remedy: Remedy | None = None
    fatal: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesReport:
    """The sound devices there are, or why they could not be listed."""

    devices: tuple[DeviceInfo, ...]
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReport:
    """The account of the session: when it began, when it was configured and when it ended."""

    record: SessionRecord
    folder: str


EngineReport: TypeAlias = (
    StateReport
    | TranscriptReport
    | TurnReport
    | MeterReport
    | EnvelopeReport
    | MarkReport
    | HealthReport
    | ProblemReport
    | DevicesReport
    | SessionReport
)

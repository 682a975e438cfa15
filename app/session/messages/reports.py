"""What the measuring engine tells of a session under way."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.ports import DeviceInfo
from app.core.records import SessionRecord, TurnRecord


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
        heard_chars: So many characters of ``text`` were heard; None where it is not known or
            nothing was cut off.
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
    heard_chars: int | None = None


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
    TOOL_CALLED = "tool_called"
    TOOL_RESULT = "tool_result"
    CANCELLED = "cancelled"
    TRUNCATED = "truncated"
    CLOCK_JUMP = "clock_jump"
    DEVICE_LOST = "device_lost"
    DEVICE_BACK = "device_back"
    DEVICES_CHANGED = "devices_changed"
    TURNS_CONFIGURED = "turns_configured"
    PROCESSING_CHANGED = "processing_changed"
    SELF_TRIGGERED = "self_triggered"
    PROVIDER_STALL = "provider_stall"
    RECONNECTING = "reconnecting"
    RENEWED = "renewed"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkReport:
    """Something happened at ``at_ms`` of session time."""

    kind: MarkKind
    at_ms: float


class SpanKind(StrEnum):
    """A stretch worth a bar in the turn lanes."""

    USER_SPEECH = "user_speech"
    AGENT_HEARD = "agent_heard"
    AGENT_GENERATED = "agent_generated"
    INTERRUPTION = "interruption"
    TOOL = "tool"
    STALL = "stall"
    CLIENT_LIMITED = "client_limited"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanReport:
    """Something lasted from ``start_ms`` to ``end_ms`` of session time.

    AGENT_GENERATED is the reply's whole audio as received, laid out from where it began to
    play; what lies beyond its AGENT_HEARD was never heard.

    Attributes:
        words: For people, e.g. the tool's name; "" where the kind says all. A GAP names what
            was missing: the microphone, the loudspeaker or the connection.
    """

    kind: SpanKind
    start_ms: float
    end_ms: float
    turn_id: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayingReport:
    """How far PlaySpan is. ``at_ms`` None: nothing plays any more.

    Attributes:
        at_ms: Session time of what sounds now.
    """

    at_ms: float | None
    start_ms: float = 0.0
    end_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDelayReport:
    """What our own side adds to voice-to-voice: of the newest turn, and its parts.

    Attributes:
        quantisation_ms: The rest of the 20 ms frame that holds the end of speech.
        sending_ms: From that frame's end until the socket had it.
        buffer_ms: Depth of the jitter buffer.
        playing_ms: The rest of the way to the loudspeaker: decoding, resampling, our loop.
    """

    p50_ms: float | None = None
    p95_ms: float | None = None
    quantisation_ms: float | None = None
    sending_ms: float | None = None
    buffer_ms: float | None = None
    playing_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """State of the measurement itself, about once a second.

    Attributes:
        callback_lag_ms: Largest lateness of a device's callback since the last report.
        client_limited_n: Turns so far that our own side may have spoilt.
        u_v2v_ms: One standard deviation of voice-to-voice under these circumstances.
        disk_full: It is not being recorded because there is no space.
    """

    elapsed_s: float
    loop_lag_p99_ms: float | None = None
    callback_lag_ms: float | None = None
    client_added_p95_ms: float | None = None
    client: ClientDelayReport | None = None
    client_limited_n: int = 0
    u_v2v_ms: float | None = None
    rtt_ms: float | None = None
    xruns: int = 0
    drops: int = 0
    unknown_messages: int = 0
    recording: bool = False
    disk_full: bool = False
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

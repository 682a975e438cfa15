"""What happens to a session itself: devices, connections, settings, tools at work."""

from dataclasses import dataclass
from enum import StrEnum

from app.core.conduct import BargeIn, Processing
from app.core.config import TurnDetection
from app.core.events.base import Event
from app.core.ids import CallId


class DeviceSide(StrEnum):
    """Which of the two devices."""

    INPUT = "input"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLost(Event):
    """A device gives or takes no audio any more; the session goes on and looks for it.

    Attributes:
        name: The device's.
        reason: One sentence.
    """

    side: DeviceSide
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceBack(Event):
    """Audio flows again, by the same device or by another.

    Attributes:
        name: The device that is used now.
        gap_ms: How long there was none; that stretch of the recording is silence.
    """

    side: DeviceSide
    name: str
    gap_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesChanged(Event):
    """Sound devices came or went, or another became the default."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    default_input: str | None = None
    default_output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsConfigured(Event):
    """We asked for other turn detection, or changed what speech does to a reply."""

    turn_detection: TurnDetection
    barge_in: BargeIn


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingChanged(Event):
    """From ``at_ns`` on the microphone is processed so."""

    processing: Processing


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTriggered(Event):
    """The provider took the agent's own voice for the user's.

    Attributes:
        times: How often so far.
    """

    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StallNoticed(Event):
    """The provider has said nothing for ``silent_ms`` after a turn that wants an answer.

    Attributes:
        times: How often so far.
    """

    silent_ms: float
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconnecting(Event):
    """The connection was cut; we try again.

    Attributes:
        attempt: From 1.
        wait_ms: How long we wait before it.
        reason: Why the connection, or the attempt before, failed; one sentence.
    """

    attempt: int
    wait_ms: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRenewed(Event):
    """The session goes on in a new connection.

    Attributes:
        planned: It was changed before the provider's limit, not after a cut.
        gap_ms: How long there was none; the user's audio of that stretch was not sent.
        carried_items: Items of the conversation that the new session was told.
    """

    planned: bool
    gap_ms: float
    carried_items: int


class ToolOutcome(StrEnum):
    """How a function call ended."""

    ANSWERED = "answered"
    ERROR = "error"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolStarted(Event):
    """A function call is being answered.

    Attributes:
        source: Who answers: the tool's kind, or an MCP server's label.
        arguments: JSON text, as the model wrote it, cut to a bounded length.
    """

    call_id: CallId
    name: str
    arguments: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished(Event):
    """A function call has its answer, or will get none.

    Attributes:
        output: What the model is told, cut to a bounded length.
        elapsed_ms: From ``ToolStarted``.
    """

    call_id: CallId
    outcome: ToolOutcome
    output: str
    elapsed_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentGiven(Event):
    """Somebody agreed to being recorded. ``who``: as it was typed."""

    who: str

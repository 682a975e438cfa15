"""What bootstrap hands to the session: the ports, and what a front end gets back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.capabilities import Capabilities
from app.core.clock import Clock
from app.core.conduct import Processing
from app.core.config import Dialect, SessionSettings, Target
from app.core.ports import (
    AudioSink,
    AudioSource,
    CalibrationStore,
    Connector,
    DeviceLister,
    DeviceWatch,
    McpConnector,
    Player,
    PriceBook,
    ScriptedSource,
    SessionReader,
    SessionStore,
    SpeechServers,
    ToolCaller,
    VoiceActivity,
    VoiceProcessor,
)
from app.core.records import SessionRecord
from app.protocols.base import Codec
from app.session.messages import InputChoice, OutputChoice, ProblemReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A typed message of a recorded session.

    Attributes:
        text: Its words.
        at_ms: When it was sent then, in ms of the recording.
        after: How many utterances of the script are spoken before it.
        name: What its turn is called.
    """

    text: str
    at_ms: float
    after: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedInput:
    """A microphone, and the same object as a script where it is one.

    Attributes:
        typed: What is typed beside it, in order.
        paced: Whether that is typed when it was typed then.
        warnings: Sentences about what is left out of it, without a full stop.
    """

    source: AudioSource
    script: ScriptedSource | None
    typed: tuple[Typed, ...] = ()
    paced: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """The outside world of a session. All are used on the engine's loop.

    Attributes:
        make_store: Makes the store of a sessions folder, None for the user's own; the second
            argument are secrets that must never be written.
        make_input: Makes a microphone; it is opened by the session.
        machine: What this computer is, for the record.
        today: Tells the present UTC date and time as ISO 8601, for people only.
        new_session_id: Makes a unique name.
        aside: Runs what may block for seconds (a device that opens, a disk that is slow) without
            holding up the loop, and returns when it is done.
        reader: Reads recorded sessions back.
        calibrations: What is known of this machine and its devices.
        make_activity: Makes a network that hears speech, for one stream; None where there is
            none. It may block for a second and raise WeightsError: use ``aside``.
        wall_ns: Tells the wall clock, ns, to find out that it left the session clock. Never
            used for a latency.
        make_processor: Makes what processes a microphone; None where there is no such library.
        tool_caller: Calls HTTP endpoints for tools; None where none may be called.
        mcp: Connects to servers of tools; None where none may be used.
        watch_devices: Watches the machine's sound devices; None where nothing can.
        prices: What models cost; None where nobody knows.
    """

    clock: Clock
    connector: Connector
    servers: SpeechServers
    devices: DeviceLister
    make_store: Callable[[str | None, Sequence[str]], SessionStore]
    make_codec: Callable[[SessionSettings, Dialect], Codec]
    make_input: Callable[[InputChoice], OpenedInput]
    make_output: Callable[[OutputChoice], AudioSink]
    make_player: Callable[[AudioSink], Player]
    capabilities: Callable[[Target], Capabilities]
    machine: Mapping[str, Any]
    app_version: str
    today: Callable[[], str]
    new_session_id: Callable[[], str]
    aside: Callable[[Callable[[], None]], Awaitable[None]]
    reader: SessionReader
    calibrations: CalibrationStore
    make_activity: Callable[[], VoiceActivity] | None
    wall_ns: Callable[[], int]
    make_processor: Callable[[Processing], VoiceProcessor] | None = None
    tool_caller: ToolCaller | None = None
    mcp: McpConnector | None = None
    watch_devices: Callable[[], DeviceWatch] | None = None
    prices: PriceBook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOutcome:
    """How a session ended.

    Attributes:
        problem: What ended it or kept it from being recorded whole; None where all went well.
        folder: Its recording, or None if it never began.
    """

    record: SessionRecord | None
    folder: Path | None
    problem: ProblemReport | None

"""What a front end asks of the measuring engine."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from app.core.conduct import BargeIn, Conduct, Processing
from app.core.config import SessionSettings, Target, TurnDetection
from app.core.ids import CallId
from app.core.money import Budget
from app.core.privacy import RecordingMode
from app.session.messages.choices import InputChoice, OutputChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSession:
    """Connect and begin.

    Attributes:
        key: Used to connect, and kept in memory alone for as long as the session may have to
            connect again; it is not in the repr.
        sessions_dir: Where to record, or None for the user's own folder.
        engine_arguments: More options of ``vivavoce serve`` for a server that we start.
        end_with_input: End the session when the input's files have all been answered.
        reply_timeout_s: How long a reply may take before its turn counts as failed.
        run_id: Names the run of several sessions that this one belongs to.
        order_idx: Its place in that run, from 0.
        conduct: How our own side behaves: barge-in, echo, tools, reconnects.
        recording: What is kept of it.
        budget: What it may cost.
        consents: Who agreed to being recorded before it began, each noted by itself.
        rerun_of: Id of the recorded session whose user is heard again, or None.
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
    run_id: str | None = None
    order_idx: int | None = None
    conduct: Conduct = field(default_factory=Conduct)
    recording: RecordingMode = RecordingMode.FULL
    budget: Budget = field(default_factory=Budget)
    consents: tuple[str, ...] = ()
    rerun_of: str | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureTurns:
    """Use other turn detection from now on, while the session runs."""

    turn_detection: TurnDetection
    barge_in: BargeIn


@dataclass(frozen=True, slots=True)
class SetProcessing:
    """Process the microphone otherwise from now on."""

    processing: Processing


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchDevices:
    """Use other sound devices from now on, while the session runs; None keeps the present one.

    A running session goes from device to device only.
    """

    input: InputChoice | None = None
    output: OutputChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowTool:
    """The user's word on a call that asked. ``remember``: for all calls of that tool."""

    call_id: CallId
    allow: bool
    remember: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTool:
    """The user's own answer to a call. ``output`` is JSON or text; ``failed`` makes it an error."""

    call_id: CallId
    output: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ListDevices:
    """Tell which sound devices there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaySpan:
    """Play a stretch of a recording, both sides mixed, on ``output``.

    The recording may be under way: the microphone then sends silence while it plays, and
    nothing of it is recorded.

    Attributes:
        folder: The session's recording.
        start_ms: Session time; None, which is what becomes of a NaN on the pipe, is refused in
            a sentence, and so is an ``end_ms`` of None.
        telephone: As a telephone would carry it: 8 kHz, 300 to 3400 Hz, mu-law.
    """

    folder: str
    start_ms: float | None
    end_ms: float | None
    output: OutputChoice
    telephone: bool = False


@dataclass(frozen=True, slots=True)
class StopPlaying:
    """End what PlaySpan plays."""


@dataclass(frozen=True, slots=True)
class VerifySession:
    """Compute the metrics of a recorded session anew, from its audio alone."""

    folder: str


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Tell which sessions are recorded below ``root``; None is the user's own folder."""

    root: str | None = None


@dataclass(frozen=True, slots=True)
class CompareSessions:
    """Compare two recorded sessions, or two sets of them, turn by turn."""

    first: tuple[str, ...]
    second: tuple[str, ...]


class CalibrationKind(StrEnum):
    """What is held against something known."""

    ENGINE = "engine"
    DEVICES = "devices"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCalibration:
    """Measure the measuring engine, or a pair of devices. Refused while a session runs.

    Attributes:
        turns: Turns of the latency table (ENGINE), or chirps (DEVICES); None for the usual.
    """

    kind: CalibrationKind
    input: InputChoice | None = None
    output: OutputChoice | None = None
    turns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMicTest:
    """Listen to a microphone for ``seconds`` and say what is wrong with it.

    Refused while a session runs, which examines its own microphone.

    Attributes:
        play_back: Where to play what was heard, or None for not at all.
    """

    input: InputChoice
    play_back: OutputChoice | None = None
    seconds: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBattery:
    """Run the interruption battery: nine stimuli at seeded positions into long replies.

    Attributes:
        start: The session; its input is replaced by the battery's.
        repeats: Of each stimulus.
        stimuli: Names of those to use; none named uses all.
    """

    start: StartSession
    seed: int = 0
    repeats: int = 5
    stimuli: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSweep:
    """Run pause stimuli over settings of turn detection: false cut-offs against delay.

    Attributes:
        start: The session; its input and turn detection are replaced.
        settings: One session each.
        pauses_ms: Pauses inside the stimuli.
        repeats: Of each pause, in each setting.
    """

    start: StartSession
    settings: tuple[TurnDetection, ...]
    pauses_ms: tuple[float, ...] = (500.0, 1000.0, 1500.0, 2000.0)
    repeats: int = 3
    seed: int = 0


@dataclass(frozen=True, slots=True)
class StopJob:
    """Break off the calibration, verification or comparison under way."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """End the session, close the recording and leave the process."""


SessionRequest: TypeAlias = (
    StartSession
    | EndSession
    | SetMuted
    | HoldToTalk
    | SendTyped
    | Interrupt
    | ConfigureTurns
    | SetProcessing
    | SwitchDevices
    | AllowTool
    | AnswerTool
    | ListDevices
    | PlaySpan
    | StopPlaying
    | VerifySession
    | ListSessions
    | CompareSessions
    | StartCalibration
    | StartMicTest
    | StartBattery
    | StartSweep
    | StopJob
    | Shutdown
)

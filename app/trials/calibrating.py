"""The measuring engine against a ruler: the simulator, whose every delay is exact.

``error = measured - expected``, where what is expected follows from the known samples of each
utterance, the simulator's settings and the instants at which it really sent: its own lateness
is no error of ours. The depth of our player's buffer is not the simulator's either: it is
added to what is expected, and checked apart by the stalls and by the recording.

Source: metrics specification, 15.1 and 15.3 to 15.6.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.core.calibration import CalibrationRow, EngineCalibration
from app.core.config import SessionSettings, Target, TurnDetection
from app.core.errors import EngineError, StoreError
from app.core.records import TurnRecord
from app.metrics.statistics import quantile
from app.session.jobs import Tell
from app.session.messages import (
    InputChoice,
    InputKind,
    JobReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
    StartSession,
)
from app.trials.calibrating_checks import Held, Point, points
from app.trials.calibrating_log import SimulatorLog, StreamDelay
from app.trials.calibrating_plan import SILENCE_MS, Check, Extent, Planner, Trial
from app.trials.calibrating_sessions import HeldSession, Hold
from app.trials.calibrating_table import high, table

REPLY_TIMEOUT_S: Final = 8.0
SEED: Final = 1
JOURNAL: Final = "events.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTrialPorts:
    """What calibrating the engine needs of the outside.

    Attributes:
        hold: Holds the sessions.
        target: The simulator.
        today: The present UTC date and time as ISO 8601.
        new_id: Makes a unique name.
        load_average: Of the machine over one minute, or None where that is not known.
    """

    hold: Hold
    target: Target
    today: Callable[[], str]
    new_id: Callable[[], str]
    load_average: Callable[[], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTrials:
    """What an engine's calibration came to.

    Attributes:
        turns_held: Turns of all checks; ``turns_planned`` should have been.
        client_limited: Turns that our own side may have spoilt, by reason; all are in the table.
        problems: Sentences about what went wrong.
    """

    rows: tuple[CalibrationRow, ...]
    engine: EngineCalibration
    turns_planned: int
    turns_held: int
    client_limited: dict[str, int]
    problems: tuple[str, ...]


async def calibrate_engine(
    ports: EngineTrialPorts,
    tell: Tell,
    *,
    extent: Extent,
    keep: Path | None = None,
    seed: int = SEED,
) -> EngineTrials:
    """Hold the sessions of every check and compare.

    Args:
        ports: The outside world.
        tell: Gets a JobReport at each turn, and a ProblemReport for what went wrong.
        extent: How often each check is made.
        keep: Folder that keeps the recordings; without, they are removed.
        seed: The same gives the same utterances in the same order.

    Raises:
        StoreError: If nothing can be written.
    """
    calibration_id = ports.new_id()
    with _folder(keep) as folder:
        work = _Work(ports, tell, folder, calibration_id)
        try:
            trials = Planner(_made(folder / "stimuli"), seed).trials(extent)
        except OSError as exc:
            raise _unwritable(folder, exc) from exc
        total = sum(len(trial.exchanges) for trial in trials)
        for trial in trials:
            await work.hold(trial, total)
    return work.outcome()


class _Work:
    """The sessions so far."""

    def __init__(
        self, ports: EngineTrialPorts, tell: Tell, folder: Path, calibration_id: str
    ) -> None:
        self._ports = ports
        self._tell = tell
        self._folder = folder
        self._id = calibration_id
        self._planned = 0
        self._turns: list[TurnRecord] = []
        self._points: list[Point] = []
        self._lateness_ms: list[float] = []
        self._problems: list[str] = []

    async def hold(self, trial: Trial, total: int) -> None:
        """Hold one session and compare it."""
        folder = _made(self._folder / trial.check.value.replace(" ", "-"))
        settings, log = folder / "simulator.toml", folder / "simulator.jsonl"
        try:
            settings.write_text(trial.settings(), "utf-8")
        except OSError as exc:
            raise _unwritable(folder, exc) from exc
        arguments = (f"--simulator-file={settings}", f"--log={log}")
        start = start_of(trial, self._ports.target, arguments, folder)
        before, self._planned = self._planned, self._planned + len(trial.exchanges)
        told = 0

        def on_turn(_: TurnRecord) -> None:
            nonlocal told
            told = min(told + 1, len(trial.exchanges))
            self._progress(trial, before, told, total)

        self._progress(trial, before, told, total)
        session = await self._ports.hold(start, on_turn)
        self._compare(trial, session, log)

    def _compare(self, trial: Trial, session: HeldSession, log: Path) -> None:
        self._turns += session.turns
        for problem in session.problems:
            self._problem(trial, problem)
        try:
            sends = SimulatorLog.read(log)
        except EngineError as error:
            self._problem(trial, error.sentence)
            sends = SimulatorLog(())
        records = {turn.input_name: turn for turn in session.turns if turn.input_name}
        missing = [one for one in trial.exchanges if one.stimulus.name not in records]
        if missing:
            names = ", ".join(one.stimulus.name for one in missing[:5])
            self._problem(
                trial,
                f"{len(missing)} of {len(trial.exchanges)} utterances became no turn ({names}).",
            )
        self._lateness_ms += sends.latenesses_ms()
        stream = self._stream(trial, session.folder)
        self._points += points(trial, Held(records=records, log=sends, stream=stream))

    def _stream(self, trial: Trial, folder: Path | None) -> StreamDelay:
        """Return our player's delay, for the one check whose turns do not tell it."""
        if folder is not None and trial.check is Check.NO_EVENTS:
            try:
                return StreamDelay.read(folder / JOURNAL)
            except EngineError as error:
                self._problem(trial, error.sentence)
        return StreamDelay(None, None)

    def _problem(self, trial: Trial, words: str) -> None:
        sentence = f"{trial.check.value}: {words}"
        self._problems.append(sentence)
        self._tell(ProblemReport(sentence=sentence, hint=""))

    def _progress(self, trial: Trial, before: int, turns: int, total: int) -> None:
        next_one = trial.exchanges[min(turns, len(trial.exchanges) - 1)]
        words = f"{trial.check.value}: turn {turns} of {len(trial.exchanges)}: {next_one.condition}"
        self._tell(JobReport(done=before + turns, total=total, words=words))

    def outcome(self) -> EngineTrials:
        """Return what it all came to."""
        rows = table(self._points)
        return EngineTrials(
            rows=rows,
            engine=self._engine(rows),
            turns_planned=self._planned,
            turns_held=len(self._turns),
            client_limited=dict(Counter(t.client_limited for t in self._turns if t.client_limited)),
            problems=tuple(self._problems),
        )

    def _engine(self, rows: Sequence[CalibrationRow]) -> EngineCalibration:
        errors = [
            point.error
            for point in self._points
            if point.check is Check.LATENCY and point.metric == "v2v_ms" and point.error is not None
        ]
        sizes = [abs(error) for error in errors]
        return EngineCalibration(
            calibration_id=self._id,
            measured_utc=self._ports.today(),
            turns=len(errors),
            v2v_error_p50_ms=quantile(sizes, 0.5),
            v2v_error_p95_ms=high(sizes),
            v2v_bias_ms=quantile(errors, 0.5),
            simulator_lateness_p95_ms=high(self._lateness_ms),
            load_average=self._ports.load_average(),
            passed=all(row.passed for row in rows) and not self._problems,
        )


def start_of(trial: Trial, target: Target, arguments: Sequence[str], folder: Path) -> StartSession:
    """Return the session that a trial asks for."""
    exchanges = trial.exchanges
    return StartSession(
        target=target,
        settings=SessionSettings(turn_detection=TurnDetection(silence_ms=SILENCE_MS)),
        input=InputChoice(
            kind=InputKind.FILES,
            paths=tuple(str(exchange.stimulus.path) for exchange in exchanges),
            cues_ms=tuple(exchange.cue_ms for exchange in exchanges),
        ),
        output=OutputChoice(kind=OutputKind.NULL),
        sessions_dir=str(folder),
        engine_arguments=tuple(arguments),
        reply_timeout_s=REPLY_TIMEOUT_S,
        end_with_input=True,
    )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        yield _made(keep.absolute())
        return
    with TemporaryDirectory(prefix="vivavoce-calibration-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise _unwritable(folder, exc) from exc
    return folder


def _unwritable(folder: Path, exc: OSError) -> StoreError:
    return StoreError(
        f"cannot write in {folder}: {exc.strerror}", hint="Choose another folder with --keep."
    )

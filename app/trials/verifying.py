"""Computes a recorded session anew from its audio alone, a minute of it at a time."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import WeightsError
from app.core.events import SpeechEndMethod
from app.core.ports import SessionReader, StoredSession, VoiceActivity
from app.core.records import TurnRecord
from app.dsp.detected import END_BIAS_MS, START_BIAS_MS, DetectedSpeech
from app.dsp.segments import LevelTrack, agent_speech
from app.dsp.speech import MERGE_GAP_MS, SHORTEST_MS, Segment, SpeechReader
from app.metrics.conversation import TURN_PAUSE_MS
from app.metrics.outcomes import SpeechSpan, Verification
from app.metrics.verification import Recorded, tolerance_ms, verify
from app.session.jobs import JobRequest, Tell
from app.session.messages import JobReport, VerificationReport, VerifySession

PIECE_MS: Final = 60_000.0
CUT_SHORT: Final = frozenset({"running", "interrupted"})
"""States of a session whose last turns may not have been told of."""

MakeDetector = Callable[[], VoiceActivity]
Aside = Callable[[Callable[[], None]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """By what rules the recording was read; stored and shown with the result.

    Attributes:
        user_rule: "energy" or "silero".
        end_bias_ms: What was subtracted from every end of the user's speech; ``start_bias_ms``
            from every beginning.
        tolerance_ms: By how much a live figure may differ.
    """

    user_rule: str
    merge_gap_ms: float
    shortest_ms: float
    turn_pause_ms: float
    end_bias_ms: float
    start_bias_ms: float
    tolerance_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A session and what its recording says.

    Attributes:
        odd: Sentences about what was missing or damaged, and about the rules.
    """

    stored: StoredSession
    verification: Verification
    parameters: Parameters
    odd: tuple[str, ...]


class Reading:
    """One recording being read. One owner; calls may come from different threads in turn.

    Args:
        reader: Reads the session; its calls block on the disk.
        folder: The session's.
        make_detector: Makes a network that hears speech; used where the live session used one.
            Without it, or where it raises WeightsError, energy is used and that is said.

    Raises:
        StoreError: If the session cannot be read.
    """

    def __init__(
        self, reader: SessionReader, folder: Path, make_detector: MakeDetector | None = None
    ) -> None:
        self._reader = reader
        self._folder = folder
        self._stored = reader.read(folder)
        self._odd = list(self._stored.odd)
        self._agent = LevelTrack()
        self._frames = 0
        self._user = self._make_detected(make_detector) or SpeechReader(SESSION_RATE_HZ)

    def _make_detected(self, make_detector: MakeDetector | None) -> DetectedSpeech | None:
        if not _used_a_network(self._stored.turns):
            return None
        try:
            if make_detector is not None:
                return DetectedSpeech(make_detector())
        except WeightsError:
            pass
        self._odd.append(
            "the live session heard the user by a network that is not here; "
            "the energy of the recording was used"
        )
        return None

    @property
    def read_ms(self) -> float:
        """How far it is."""
        return self._frames * 1000 / SESSION_RATE_HZ

    def step(self) -> bool:
        """Read the next minute; return whether there was any.

        Raises:
            StoreError: If the recording cannot be read.
        """
        user, agent = self._reader.audio(self._folder, self.read_ms, self.read_ms + PIECE_MS)
        self._frames += len(user)
        self._agent.push(agent)
        self._user.push(user)
        return len(user) > 0

    def result(self) -> Verified:
        """Return what was found in what was read.

        Raises:
            StoreError: If the recording cannot be read any more.
        """
        turns, record = self._stored.turns, self._stored.record
        recorded = Recorded(
            user=_spans(self._user.speech()),
            agent=_spans(agent_speech(self._agent.levels, self._side(1))),
            duration_ms=self.read_ms,
            t0_ns=record.t0_ns,
            merge_gap_ms=MERGE_GAP_MS,
            complete=record.state not in CUT_SHORT and len(turns) >= record.turns_n,
        )
        detected = isinstance(self._user, DetectedSpeech)
        return Verified(
            stored=self._stored,
            verification=verify(recorded, turns),
            parameters=Parameters(
                user_rule=(SpeechEndMethod.SILERO if detected else SpeechEndMethod.ENERGY).value,
                merge_gap_ms=MERGE_GAP_MS,
                shortest_ms=SHORTEST_MS,
                turn_pause_ms=TURN_PAUSE_MS,
                end_bias_ms=END_BIAS_MS if detected else 0.0,
                start_bias_ms=START_BIAS_MS if detected else 0.0,
                tolerance_ms=tolerance_ms(turns),
            ),
            odd=tuple(self._odd),
        )

    def _side(self, side: int) -> Callable[[int, int], Samples]:
        def read(first: int, last: int) -> Samples:
            to_ms = 1000 / SESSION_RATE_HZ
            return self._reader.audio(self._folder, first * to_ms, last * to_ms)[side]

        return read


def verify_session(
    reader: SessionReader, folder: Path, make_detector: MakeDetector | None = None
) -> Verified:
    """Return a session as its recording has it. Blocks: about 4 s an hour of it.

    Raises:
        StoreError: If the session or its recording cannot be read.
    """
    reading = Reading(reader, folder, make_detector)
    while reading.step():
        pass
    return reading.result()


class Verifying:
    """Does VerifySession requests for the engine; the work is done aside from its loop.

    Args:
        reader: Reads recorded sessions.
        aside: Runs what blocks without holding up the loop, e.g. ``asyncio.to_thread``.
        make_detector: As of ``Reading``.
    """

    def __init__(
        self, reader: SessionReader, aside: Aside, make_detector: MakeDetector | None = None
    ) -> None:
        self._reader = reader
        self._aside = aside
        self._make_detector = make_detector

    async def run(self, request: JobRequest, tell: Tell) -> None:
        """Tell the ``VerificationReport`` of a VerifySession; progress once a minute of audio.

        Raises:
            StoreError: If the session or its recording cannot be read.
        """
        assert isinstance(request, VerifySession)
        work = _Work(self._reader, Path(request.folder), self._make_detector)
        while work.left:
            await self._aside(work.step)
            tell(JobReport(done=work.done, total=work.total, words="reading the recording"))
        await self._aside(work.finish)
        assert work.verified is not None
        tell(VerificationReport(folder=request.folder, verification=work.verified.verification))


class _Work:
    """What ``aside`` runs, piece by piece."""

    def __init__(
        self, reader: SessionReader, folder: Path, make_detector: MakeDetector | None
    ) -> None:
        self._make = partial(Reading, reader, folder, make_detector)
        self._reading: Reading | None = None
        self.left = True
        self.done = 0
        self.verified: Verified | None = None

    @property
    def total(self) -> int:
        """Pieces; one more than are done as long as some are left."""
        return self.done + self.left

    def step(self) -> None:
        """Open the session, or read the next minute of it."""
        if self._reading is None:
            self._reading = self._make()
        self.left = self._reading.step()
        self.done += self.left

    def finish(self) -> None:
        """Judge what was read."""
        assert self._reading is not None
        self.verified = self._reading.result()


def _used_a_network(turns: Sequence[TurnRecord]) -> bool:
    return any(turn.speech_end_method is SpeechEndMethod.SILERO for turn in turns)


def _spans(segments: Sequence[Segment]) -> tuple[SpeechSpan, ...]:
    to_ms = 1000 / SESSION_RATE_HZ
    return tuple(SpeechSpan(each.start * to_ms, each.end * to_ms) for each in segments)

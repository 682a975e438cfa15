"""Plays a stretch of a recording through a loudspeaker, in a stream of its own."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Clock
from app.core.errors import AppError, DeviceError, StoreError
from app.core.ports import AudioSink, SessionReader
from app.dsp.pcm import FloatSamples, from_float, to_float
from app.dsp.resample import resample
from app.dsp.telephone import telephoned
from app.session.jobs import Tell
from app.session.messages import OutputChoice, OutputKind, PlayingReport, PlaySpan, ProblemReport
from app.session.tasks import to_its_end

LONGEST_MS: Final = 600_000.0
"""What is beyond is not played: ten minutes."""
FADE_MS: Final = 5.0
KNEE: Final = 0.8
"""Samples up to this magnitude are left alone; louder ones approach full scale."""
TOLD_NS: Final = 100_000_000
STALL_NS: Final = 3_000_000_000
"""A loudspeaker that takes nothing for so long ends it."""

_AHEAD_S = 0.2
_POLL_S = 0.02
_SECOND_NS = 1_000_000_000
_BOUNDS = 2

UNHEARD = ProblemReport(
    sentence="There is no loudspeaker: the recording plays, but nobody hears it.",
    hint="Choose a loudspeaker.",
)

Aside = Callable[[Callable[[], None]], Awaitable[None]]


class SpanPlayer:
    """Plays what ``PlaySpan`` asks for: a ``PlayStretch``. All calls on the engine's loop.

    Args:
        clock: The session's.
        reader: Reads the recording; used aside only.
        make_output: Makes a loudspeaker of its own: of an audio child that no session uses.
        aside: Runs what may block without holding up the loop.
    """

    def __init__(
        self,
        clock: Clock,
        reader: SessionReader,
        make_output: Callable[[OutputChoice], AudioSink],
        aside: Aside,
    ) -> None:
        self._clock = clock
        self._reader = reader
        self._make_output = make_output
        self._aside = aside
        self._told_unheard = False

    async def __call__(self, span: PlaySpan, tell: Tell) -> None:
        """Play ``span`` and tell ten times a second what sounds now; return at its end.

        The loudspeaker is closed however it ends. Without one it plays silently, at its pace.

        Raises:
            StoreError: If there is no sound that can be read.
            DeviceError: If the loudspeaker cannot be used, or is lost.
        """
        start_ms, end_ms = _bounds(span)
        sides: list[Samples] = []
        await self._aside(
            lambda: sides.extend(self._reader.audio(Path(span.folder), start_ms, end_ms))
        )
        mixed = mix(*sides)
        if not len(mixed):
            raise StoreError("There is no sound there.", hint="Choose another stretch.")
        sink = self._make_output(span.output)
        try:
            await to_its_end(self._aside(sink.open))
            if span.output.kind is OutputKind.NULL and not self._told_unheard:
                self._told_unheard = True
                tell(UNHEARD)
            ready: list[Samples] = []
            await self._aside(lambda: ready.append(_sound(mixed, sink.rate_hz, span)))
            await _Stretch(self._clock, sink, ready[0], start_ms, tell).run()
        finally:
            await to_its_end(self._aside(sink.close))


def _sound(mixed: Samples, rate_hz: int, span: PlaySpan) -> Samples:
    """Return what ``span`` sounds like at the loudspeaker's rate."""
    heard = telephoned(mixed, SESSION_RATE_HZ) if span.telephone else mixed
    return resample(heard, SESSION_RATE_HZ, rate_hz)


def mix(user: Samples, agent: Samples) -> Samples:
    """Return both sides, of one length, as one, 24 kHz: summed, limited, its ends faded."""
    return from_float(_faded(summed(user, agent)))


def summed(user: Samples, agent: Samples) -> FloatSamples:
    """Return both sides, of one length, as one: summed, and limited where that is too loud."""
    total = to_float(user) + to_float(agent)
    magnitude = np.abs(total)
    over = np.maximum(magnitude - KNEE, 0) / (1 - KNEE)
    limited = np.where(magnitude > KNEE, KNEE + (1 - KNEE) * np.tanh(over), magnitude)
    mixed: FloatSamples = (np.sign(total) * limited).astype(np.float32)
    return mixed


def _faded(samples: FloatSamples) -> FloatSamples:
    frames = min(round(FADE_MS * SESSION_RATE_HZ / 1000), len(samples) // 2)
    rise = ((np.arange(frames) + 0.5) / max(frames, 1)).astype(np.float32)
    samples[:frames] *= rise
    samples[len(samples) - frames :] *= rise[::-1]
    return samples


def _bounds(span: PlaySpan) -> tuple[float, float]:
    """Return where to begin and to end, ms of session time."""
    bounds = [at_ms for at_ms in (span.start_ms, span.end_ms) if at_ms is not None]
    if len(bounds) != _BOUNDS or not all(map(math.isfinite, bounds)):
        raise StoreError(
            "There is no such stretch in the recording.", hint="Choose another stretch."
        )
    start_ms = max(bounds[0], 0.0)
    end_ms = min(bounds[1], start_ms + LONGEST_MS)
    if end_ms <= start_ms:
        raise StoreError("There is no sound there.", hint="Choose another stretch.")
    return start_ms, end_ms


class _Run(NamedTuple):
    """Frames that leave the DAC from ``at_ns`` on: ``first`` to before ``end``."""

    at_ns: int
    first: int
    end: int


class _Stretch:
    """One sound on its way to an open loudspeaker."""

    def __init__(
        self, clock: Clock, sink: AudioSink, samples: Samples, start_ms: float, tell: Tell
    ) -> None:
        self._clock = clock
        self._sink = sink
        self._samples = samples
        self._start_ms = start_ms
        self._tell = tell
        self._written = 0
        self._taken = 0
        self._runs: deque[_Run] = deque()
        self._sounded = 0
        self._moved_ns = clock.now_ns()

    async def run(self) -> None:
        told_ns = self._clock.now_ns() - TOLD_NS
        while self._sounded < len(self._samples):
            self._feed()
            now_ns = self._clock.now_ns()
            self._follow(now_ns)
            if now_ns - told_ns >= TOLD_NS:
                told_ns = now_ns
                self._tell(self._position())
            await asyncio.sleep(_POLL_S)
        self._tell(self._position())

    def _feed(self) -> None:
        ahead = round(_AHEAD_S * self._sink.rate_hz) - self._sink.queued_frames
        if ahead > 0:
            piece = self._samples[self._written : self._written + ahead]
            self._written += self._sink.write(piece)

    def _follow(self, now_ns: int) -> None:
        """Take in what was played; find the frame that sounds now by the DAC's instants."""
        for block in self._sink.poll():
            if block.taken_frames:
                end = self._taken + block.taken_frames
                self._runs.append(_Run(block.played_ns, self._taken, end))
                self._taken = end
                self._moved_ns = self._clock.now_ns()
        rate_hz = self._sink.rate_hz
        while self._runs and self._runs[0].at_ns <= now_ns:
            run = self._runs[0]
            inside = (now_ns - run.at_ns) * rate_hz // _SECOND_NS
            self._sounded = max(self._sounded, min(run.first + inside, run.end))
            if self._sounded < run.end:
                break
            self._runs.popleft()
        if now_ns - self._moved_ns > STALL_NS:
            raise self._stalled()

    def _stalled(self) -> AppError:
        why = self._sink.problem or "it takes no sound"
        return DeviceError(
            f"the loudspeaker {self._sink.name} stopped: {why}", hint="Choose another one."
        )

    def _position(self) -> PlayingReport:
        rate_hz = self._sink.rate_hz
        return PlayingReport(
            at_ms=self._start_ms + self._sounded * 1000 / rate_hz,
            start_ms=self._start_ms,
            end_ms=self._start_ms + len(self._samples) * 1000 / rate_hz,
        )

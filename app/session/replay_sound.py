"""What a replay sounds like, on its way to a loudspeaker."""

from collections.abc import Callable
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Clock, Nanoseconds
from app.core.ports import AudioSink
from app.dsp.pcm import FloatSamples, concat, from_float, silence, to_float
from app.dsp.resample import Resampler
from app.dsp.stretch import Stretcher
from app.session.messages import Solo
from app.session.playback import summed

FASTEST_HEARD: Final = 2.0
"""Beyond it words are not understood: a faster replay is silent."""
AHEAD_S: Final = 0.2
STALL_NS: Final = 3_000_000_000
"""A loudspeaker that takes nothing for so long is lost."""
_PIECE_FRAMES: Final = SESSION_RATE_HZ // 5
_SECOND_NS: Final = 1_000_000_000

ReadSound = Callable[[int, int], tuple[Samples, Samples]]


class _Reel:
    """Sound from one place on, at one speed, at the loudspeaker's rate."""

    def __init__(self, read: ReadSound, at_ns: Nanoseconds, speed: float, rate_hz: int) -> None:
        self._read = read
        self._frame = at_ns * SESSION_RATE_HZ // _SECOND_NS
        self._stretcher = Stretcher(speed, SESSION_RATE_HZ) if speed != 1 else None
        self._resampler = Resampler(SESSION_RATE_HZ, rate_hz)
        self.at_ns = at_ns
        self.speed = speed

    def next(self, solo: Solo) -> Samples:
        """Return the next fifth of a second of the session; none at its end."""
        user, agent = self._read(self._frame, self._frame + _PIECE_FRAMES)
        if not len(user):
            return silence(0)
        self._frame += len(user)
        sound = _mixed(user, agent, solo)
        if self._stretcher is not None:
            sound = self._stretcher.push(sound)
        return self._resampler.push(from_float(sound))


class ReplaySound:
    """Feeds an open loudspeaker with what is replayed. One owner.

    ``prepare`` blocks on the disk and runs aside; all else on the engine's loop, never at once
    with it.

    Args:
        clock: The session's.
        sink: Open; it is the owner's to close.
        read: Returns user and agent from a frame to before another.
    """

    def __init__(self, clock: Clock, sink: AudioSink, read: ReadSound) -> None:
        self._clock = clock
        self._sink = sink
        self._read = read
        self._reel: _Reel | None = None
        self._ready = silence(0)
        self._taken = 0
        self._moved_ns = clock.now_ns()
        self.solo = Solo.BOTH

    @property
    def runs(self) -> bool:
        """Whether it sounds."""
        return self._reel is not None

    def start(self, at_ns: Nanoseconds, speed: float) -> None:
        """Sound from session time ``at_ns`` on, in place of what sounds; too fast is silent."""
        self.stop()
        if speed <= FASTEST_HEARD:
            self._reel = _Reel(self._read, at_ns, speed, self._sink.rate_hz)
            self._moved_ns = self._clock.now_ns()

    def stop(self) -> None:
        """Fall silent."""
        if self._reel is not None:
            self._sink.flush()
        self._sink.poll()
        self._reel, self._ready, self._taken = None, silence(0), 0

    def prepare(self) -> None:
        """Have enough ready for the next ticks. Blocks."""
        wanted = round(AHEAD_S * self._sink.rate_hz)
        while self._reel is not None and len(self._ready) < wanted:
            piece = self._reel.next(self.solo)
            if not len(piece):
                return
            self._ready = concat((self._ready, piece))

    def feed(self) -> tuple[Nanoseconds, Nanoseconds] | None:
        """Hand on what is ready; return a session time and the instant at which it sounds.

        None where nothing new is known.
        """
        if self._reel is None:
            return None
        ahead = round(AHEAD_S * self._sink.rate_hz) - self._sink.queued_frames
        if ahead > 0:
            self._ready = self._ready[self._sink.write(self._ready[:ahead]) :]
        return self._follow(self._reel)

    @property
    def problem(self) -> str:
        """Why the loudspeaker takes nothing any more, or ""."""
        waits = self._reel is not None and self._sink.queued_frames > 0
        if not waits or self._clock.now_ns() - self._moved_ns <= STALL_NS:
            return ""
        return self._sink.problem or "it takes no sound"

    def _follow(self, reel: _Reel) -> tuple[Nanoseconds, Nanoseconds] | None:
        found: tuple[Nanoseconds, Nanoseconds] | None = None
        for block in self._sink.poll():
            if block.taken_frames:
                passed = self._taken * _SECOND_NS / self._sink.rate_hz * reel.speed
                found = Nanoseconds(reel.at_ns + round(passed)), block.played_ns
                self._moved_ns = self._clock.now_ns()
            self._taken += block.taken_frames - block.unheard_frames
        return found


def _mixed(user: Samples, agent: Samples, solo: Solo) -> FloatSamples:
    match solo:
        case Solo.USER:
            return to_float(user)
        case Solo.AGENT:
            return to_float(agent)
        case Solo.BOTH:
            return summed(user, agent)

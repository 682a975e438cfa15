"""What the meters and outlines show of a recording, as they did while it was made."""

from collections import deque
from collections.abc import Callable
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.dsp.envelope import peaks
from app.session.messages import EngineReport, EnvelopeReport
from app.session.monitor import STEP_MS, Meters

STEP_FRAMES: Final = round(SESSION_RATE_HZ * STEP_MS / 1000)
BEHIND_STEPS: Final = 10
"""A live outline is told so late, so that both sides of it are known."""
PIECE_STEPS: Final = 1_500
"""Steps of one report of what is past: half a minute."""


def frame_of(at_ns: Nanoseconds) -> int:
    """Return the frame at session time ``at_ns``."""
    return at_ns * SESSION_RATE_HZ // 1_000_000_000


def outline(first_step: int, user: Samples, agent: Samples) -> EnvelopeReport:
    """Return the outline of sound whose first frame begins ``first_step``."""
    sides = (peaks(side, SESSION_RATE_HZ, round(STEP_MS)) for side in (user, agent))
    told, heard = (tuple(round(float(value), 4) for value in side) for side in sides)
    return EnvelopeReport(start_ms=first_step * STEP_MS, step_ms=STEP_MS, user=told, model=heard)


class Sight:
    """Tells levels and outlines of what is replayed. One owner.

    Args:
        report: Gets them.
        read: Returns user and agent from a frame to before another, of one length.
        frames: How many there are.
    """

    def __init__(
        self,
        report: Callable[[EngineReport], None],
        read: Callable[[int, int], tuple[Samples, Samples]],
        frames: int,
    ) -> None:
        self._report = report
        self._read = read
        self._frames = frames
        self._steps = -(-frames // STEP_FRAMES)
        self._next_step = 0
        self._level_frame = 0
        self._meters = Meters()
        self._holes: deque[tuple[int, int]] = deque()

    def restart(self) -> None:
        """Everything told before is void."""
        self._next_step = 0
        self._holes.clear()

    def go(self, at_ns: Nanoseconds) -> None:
        """Go on from another instant; what is past and was not told is told later, see ``fill``."""
        self._level_frame = frame_of(at_ns)
        step = min(self._level_frame // STEP_FRAMES, self._steps)
        while self._next_step < step:
            end = min(self._next_step + PIECE_STEPS, step)
            self._holes.append((self._next_step, end))
            self._next_step = end

    def turn_back(self, at_ns: Nanoseconds) -> None:
        """Tell the levels from an earlier instant on once more."""
        self._level_frame = frame_of(at_ns)

    @property
    def filled(self) -> bool:
        """Whether all that is past has been told."""
        return not self._holes

    def fill(self) -> None:
        """Tell one piece of what is past, the newest first."""
        if self._holes:
            self._tell(*self._holes.pop())

    def levels(self, at_ns: Nanoseconds) -> None:
        """Tell the levels since the last call; of sound that was gone over, of its end."""
        end = min(frame_of(at_ns), self._frames)
        first = max(self._level_frame, end - SESSION_RATE_HZ // 2)
        if end <= first:
            return
        self._level_frame = end
        user, agent = self._read(first, end)
        for start in range(0, len(user), STEP_FRAMES):
            self._meters.add_input(user[start : start + STEP_FRAMES])
            self._meters.add_output(agent[start : start + STEP_FRAMES])
        told = self._meters.take()
        if told is not None:
            self._report(told)

    def outlines(self, at_ns: Nanoseconds, *, over: bool = False) -> None:
        """Tell the outline of what has become known; ``over``: of all there is."""
        reached = frame_of(at_ns) // STEP_FRAMES - BEHIND_STEPS
        end = self._steps if over else min(reached, self._steps)
        while self._next_step < end:
            stop = min(self._next_step + PIECE_STEPS, end)
            self._tell(self._next_step, stop)
            self._next_step = stop

    def _tell(self, first: int, end: int) -> None:
        user, agent = self._read(first * STEP_FRAMES, end * STEP_FRAMES)
        if len(user):
            self._report(outline(first, user, agent))

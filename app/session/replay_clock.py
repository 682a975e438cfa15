"""Where a replay is: session time that passes at a chosen speed."""

from typing import Final

from app.core.clock import Clock, Nanoseconds

SLOWEST: Final = 0.5
FASTEST: Final = 8.0


class ReplayClock:
    """Session time, reckoned from one anchor, so that it does not drift. One owner.

    Attributes:
        speed: Session time over real time.
        playing: Whether it passes.

    Args:
        clock: Real time.
        end_ns: Length of the session; it stops there.
    """

    def __init__(self, clock: Clock, end_ns: Nanoseconds) -> None:
        self._clock = clock
        self._end_ns = end_ns
        self._anchor_ns = 0
        self._since_ns = clock.now_ns()
        self._reached_ns = 0
        self.speed = 1.0
        self.playing = False

    @property
    def at_ns(self) -> Nanoseconds:
        """Session time now; never goes back but by ``go``, never past the end."""
        if self.playing:
            passed = (self._clock.now_ns() - self._since_ns) * self.speed
            self._reached_ns = max(self._reached_ns, self._anchor_ns + round(passed))
        self._reached_ns = max(0, min(self._reached_ns, self._end_ns))
        return Nanoseconds(self._reached_ns)

    @property
    def over(self) -> bool:
        """Whether the end is reached."""
        return self.at_ns >= self._end_ns

    def go(self, at_ns: Nanoseconds) -> None:
        """Go to another instant of the session."""
        self._reached_ns = max(0, min(at_ns, self._end_ns))
        self._hold()

    def run(self, *, playing: bool) -> None:
        """Let time pass, or stand still."""
        self._reached_ns = self.at_ns
        self.playing = playing
        self._hold()

    def hurry(self, speed: float) -> None:
        """Let it pass at another speed, held to what is possible."""
        self._reached_ns = self.at_ns
        self.speed = min(max(speed, SLOWEST), FASTEST)
        self._hold()

    def heard(self, session_ns: Nanoseconds, at_ns: Nanoseconds) -> None:
        """Follow the loudspeaker: what belongs to ``session_ns`` sounded at the instant ``at_ns``.

        A loudspeaker that is ahead of us is followed at once; for one that is behind we wait.
        """
        self._anchor_ns, self._since_ns = session_ns, at_ns

    def _hold(self) -> None:
        self._anchor_ns, self._since_ns = self._reached_ns, self._clock.now_ns()

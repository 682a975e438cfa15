"""One recorded session on show: where it is, what is told of it, and what sounds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.core.clock import Nanoseconds, ms
from app.core.ports import SessionScore
from app.session.jobs import Tell
from app.session.messages import EngineReport, OutputChoice, ReplayReport, Solo, SteerReplay
from app.session.parts import SessionParts
from app.session.replay_ahead import ReadAhead
from app.session.replay_clock import ReplayClock
from app.session.replay_fold import Fold
from app.session.replay_loop import begins_of, stretch_of
from app.session.replay_showing import Showing
from app.session.replay_voice import MakeOutput, Voice

TOLD_EVERY: Final = 2
"""Ticks between two reports of where it is."""
TOLD_PER_TICK: Final = 1_500
MOST_HELD: Final = 1_500
"""While more reports than these wait for the window, none are added to them."""
MOST_ODD: Final = 20
FAR_NS: Final = 60_000_000_000
"""A place so far on is gone to by the moments of rest before it."""
BESIDE_LINES: Final = 100
"""Lines that are read ahead in a tick while it plays, runs of pieces as one each."""
AHEAD_LINES: Final = 1_000
"""The same while it stands still."""


@dataclass(frozen=True, slots=True)
class _Loop:
    """A turn that is repeated, between two instants of session time."""

    turn_id: int
    start_ns: Nanoseconds
    end_ns: Nanoseconds


class Show:
    """An open replay. All calls on the engine's loop; it is made aside, which takes a moment.

    What is told of the session only ever goes on; going back tells it anew from its start. A
    turn that is repeated is told once: its sound and its levels return, its words stay.

    Args:
        parts: The clock, and what runs aside.
        score: The session.
        make_output: Makes a loudspeaker.
        choice: Which one.
        tell: Tells the window.
        room: Returns how many reports it takes now; the rest waits here.

    Attributes:
        left: Nothing is told any more.
    """

    def __init__(
        self,
        parts: SessionParts,
        score: SessionScore,
        make_output: MakeOutput,
        choice: OutputChoice,
        tell: Tell,
        *,
        room: Callable[[], int],
    ) -> None:
        self._parts = parts
        self._score = score
        self._tell = tell
        self._room = room
        self._fold = Fold()
        self._ahead = ReadAhead(score, parts.prices)
        self._showing = Showing(score, self._fold.put, parts.prices, self._ahead.memory)
        self._clock = ReplayClock(parts.clock, self._showing.end_ns)
        self._voice = Voice(parts, make_output, choice, score.sound, self._say)
        self._behind = self._void = True
        self._anew = self._late = False
        self._loop: _Loop | None = None
        self._solo = Solo.BOTH
        self._odd: Sequence[str] = tuple(score.odd)[:MOST_ODD]
        self._begins = begins_of(score.stored)
        self._ticks = 0
        self._last: ReplayReport | None = None
        self.left = False

    def leave(self) -> None:
        """Tell nothing from here on."""
        self.left = True

    async def close(self) -> None:
        """Give the loudspeaker and the files back."""
        self.leave()
        await self.hush()
        await self._parts.aside(self._score.close)

    async def hush(self) -> None:
        """Give the loudspeaker back; playing on opens it again."""
        await self._voice.close()

    @property
    def rests(self) -> bool:
        """Whether there is nothing to do before the next wish."""
        late = self._behind or self._late or len(self._fold) > 0
        busy = self._clock.playing or late
        return not busy and self._showing.sight.filled and self._ahead.over and not self.left

    @property
    def hurries(self) -> bool:
        """Whether it goes over something as fast as it can."""
        return self._behind or not (self._clock.playing or self._ahead.over)

    @property
    def holds_device(self) -> bool:
        """Whether it has a loudspeaker open."""
        return self._voice.is_open

    # --- wishes -------------------------------------------------------------------------------

    def steer(self, wish: SteerReplay) -> None:
        """Do what is asked for; what makes no sense is left out."""
        self._voice.turn()
        if wish.speed is not None and math.isfinite(wish.speed):
            self._clock.hurry(wish.speed)
        if wish.solo is not None:
            self._solo = wish.solo
        if wish.loop_turn is not None:
            self._repeat(wish.loop_turn)
        if wish.seek_ms is not None and math.isfinite(wish.seek_ms):
            self._seek(wish.seek_ms)
        if wish.playing is not None:
            if wish.playing and self._clock.over:
                self._go(Nanoseconds(0))
            self._clock.run(playing=wish.playing)
        self._tell_place()

    def _seek(self, at_ms: float) -> None:
        """Go to an instant; one outside of the turn that is repeated ends that."""
        at_ns = Nanoseconds(round(min(max(at_ms, 0.0), ms(self._showing.end_ns)) * 1e6))
        loop = self._loop
        if loop is not None and not loop.start_ns <= at_ns < loop.end_ns:
            self._loop = None
        self._go(at_ns)

    def _go(self, at_ns: Nanoseconds) -> None:
        self._clock.go(at_ns)
        if at_ns < self._showing.told_ns or self._void:
            self._fold.clear()
            self._fold.brief = True
            self._void = self._anew = True
        self._behind = True

    def _repeat(self, turn_id: int) -> None:
        """Repeat a turn from now on; one that there is not ends the repeating."""
        span = stretch_of(self._score.stored, turn_id)
        self._loop = None if span is None else _Loop(turn_id, *span)
        if span is not None and not span[0] <= self._clock.at_ns < span[1]:
            self._go(span[0])

    # --- work ---------------------------------------------------------------------------------

    async def step(self) -> None:
        """Tell what has become due; at most a tick's worth of work."""
        if self._behind:
            await self._catch_up()
        else:
            await self._go_on()
        self._hand_on()
        self._ticks += 1
        if self._ahead.over and self._ahead.unfit:
            self._tell_unfit(self._ahead.take_unfit())
        stopped = not self._clock.playing and not len(self._fold)
        if stopped or self._ticks % TOLD_EVERY == 0:
            self._tell_place()

    async def _catch_up(self) -> None:
        """Go over what lies before the place that was asked for, a slice at a time."""
        at_ns, self._fold.brief = self._clock.at_ns, True
        caught: list[bool] = []
        await self._parts.aside(lambda: caught.append(self._approach(at_ns)))
        if caught[0]:
            self._behind = self._fold.brief = False
            self._showing.sight.go(at_ns)
            void, self._void = self._void, False
            odd, self._odd = self._odd, ()
            self._tell_place(restarted=void, odd=odd)

    def _approach(self, at_ns: Nanoseconds) -> bool:
        """Go a slice of the way to ``at_ns``; return whether it is reached. Blocks."""
        showing, ahead = self._showing, self._ahead
        if self._anew:
            self._anew = False
            showing.restart(at_ns)
        if at_ns - showing.gone_ns > FAR_NS and not ahead.knows(at_ns):
            ahead.go_on(AHEAD_LINES)
            return False
        if showing.leaps(at_ns):
            self._fold.clear()
            self._void = True
            showing.restart(at_ns)
        return showing.advance(at_ns)

    @property
    def _gone(self) -> float | None:
        """How much of the way to a far place is done; None where nothing is looked for."""
        at_ns = self._clock.at_ns
        if not self._behind or at_ns <= 0:
            return None
        return min(max(self._ahead.gone_ns, self._showing.gone_ns) / at_ns, 1.0)

    async def _go_on(self) -> None:
        clock, loop = self._clock, self._loop
        if loop is not None and clock.playing and clock.at_ns >= min(loop.end_ns, self._end_ns):
            clock.go(loop.start_ns)
            self._showing.sight.turn_back(loop.start_ns)
            self._voice.turn()
        await self._voice.go_on(clock, self._solo)
        at_ns = clock.at_ns
        await self._parts.aside(lambda: self._work(at_ns))
        heard = await self._voice.feed()
        if heard is not None and clock.playing:
            clock.heard(*heard)
        if loop is None and clock.playing and clock.over:
            clock.run(playing=False)
            self._voice.turn()

    def _work(self, at_ns: Nanoseconds) -> None:
        """Find what is due at ``at_ns``: what was told before is not told again. Blocks."""
        self._voice.prepare()
        self._late = len(self._fold) >= MOST_HELD or not self._find(at_ns)
        self._ahead.go_on(BESIDE_LINES if self._clock.playing else AHEAD_LINES)

    def _find(self, at_ns: Nanoseconds) -> bool:
        """Go on to ``at_ns``; return whether it is reached."""
        showing = self._showing
        reached = at_ns < showing.told_ns or showing.advance(at_ns)
        showing.sight.levels(at_ns)
        showing.sight.outlines(at_ns, over=at_ns >= showing.end_ns)
        showing.sight.fill()
        return reached

    @property
    def _end_ns(self) -> Nanoseconds:
        return self._showing.end_ns

    # --- telling ------------------------------------------------------------------------------

    def _hand_on(self) -> None:
        """Tell what was found, unless it is still being gone over."""
        if not self._behind:
            for report in self._fold.take(min(TOLD_PER_TICK, self._room())):
                self._say(report)

    def _say(self, report: EngineReport) -> None:
        if not self.left:
            self._tell(report)

    def _tell_unfit(self, unfit: int) -> None:
        """Say what was left out, with all that was said before."""
        words = "1 event has" if unfit == 1 else f"{unfit} events have"
        odd = (*self._score.odd[: MOST_ODD - 1], f"{words} other fields than known: left out")
        if self._behind:
            self._odd = odd
        else:
            self._tell_place(odd=odd)

    def _tell_place(self, *, restarted: bool = False, odd: Sequence[str] = ()) -> None:
        place = ReplayReport(
            folder=str(self._score.stored.folder),
            at_ms=ms(self._clock.at_ns),
            duration_ms=ms(self._end_ns),
            playing=self._clock.playing,
            speed=self._clock.speed,
            loop_turn=None if self._loop is None else self._loop.turn_id,
            solo=self._solo,
            gone=self._gone,
        )
        if place != self._last or restarted or odd:
            self._last = place
            turns = self._begins if restarted else ()
            self._say(replace(place, restarted=restarted, turns=turns, odd=tuple(odd)))

"""Files as the user: one utterance after the other, each on its cue."""

import asyncio
from typing import TypeVar

from app.core.clock import Nanoseconds
from app.core.config import VadMode
from app.core.events import BargeInCause, PlaybackAudible, SessionEvent
from app.core.ports import ScriptedSource
from app.session.dialogue import Dialogue
from app.session.messages import ProblemReport, StartSession
from app.session.stage import Stage
from app.session.turns import TurnTracker
from app.session.typed import Typist

LEAD_IN_S = 0.3
BETWEEN_S = 0.3
CUT_SETTLE_S = 3.0
"""How long a cut may take to become the end of every turn: a reply that comes late is cut too."""
SPURIOUS_NS = 2_000_000_000
"""How long speech that is no turn may take to be answered. Metrics specification, T10."""
_POLL_S = 0.02

_T = TypeVar("_T")


LONGEST_REPLY_S = 86_400.0
"""No turn is waited for longer, whatever was asked for."""


def reply_timeout_ns(start: StartSession) -> Nanoseconds:
    """Return how long a reply may take."""
    return Nanoseconds(round(min(start.reply_timeout_s, LONGEST_REPLY_S) * 1e9))


class Script:
    """Runs a scripted microphone. All calls on the engine's loop.

    An utterance without a cue is spoken when the reply to the one before is over. One with a
    cue interrupts that reply so long after it became audible at the DAC; if the reply never
    becomes audible, it is spoken when the turn is over, and the user is told. One with a cut is
    waited for no longer than that: whatever is being said then is stopped by hand. With
    push-to-talk every utterance, whatever its class, is spoken with the talk key held, so that
    one with a cue interrupts by the key. A person at a microphone needs no script, and then
    nothing happens here.
    """

    def __init__(
        self, stage: Stage, tracker: TurnTracker, dialogue: Dialogue, typist: Typist
    ) -> None:
        start = stage.start
        self._source = stage.opened.script
        self._paced = stage.opened.paced
        self._typist = typist
        self._line = stage.line
        self._tracker = tracker
        self._dialogue = dialogue
        self._clock = stage.clock
        self._recording = stage.recording
        self._report = stage.report
        self._input = start.input
        self._spoken = 0
        self._begun_before = 0
        self._audible_ns: Nanoseconds | None = None
        self._limit_ns = reply_timeout_ns(start)

    def take(self, event: SessionEvent) -> None:
        """Take in one event, after the tracker has: when the reply that is waited for sounds."""
        if isinstance(event, PlaybackAudible) and self._audible_ns is None:
            turn_id = self._tracker.turn_of(event.response_id)
            if turn_id is not None and turn_id > self._begun_before:
                self._audible_ns = event.at_ns

    async def run(self) -> None:
        """Speak and type everything; return when the last reply has been heard.

        An utterance that the provider never notices becomes a failed turn, unless it is known
        to be no turn.
        """
        if self._source is None and not self._typist.left:
            return
        await asyncio.sleep(LEAD_IN_S)
        if self._paced:
            await self._as_then()
            return
        while self._source is not None and self._source.remaining:
            await self._type()
            await self._speak(self._source)
            await self._listen(self._source)
        await self._type()

    async def _type(self) -> None:
        """Send the messages that come before what is spoken next, each in a turn of its own."""
        silent = self._source is None or not self._source.remaining
        while self._typist.left if silent else self._typist.due(self._spoken):
            await self._line_up()
            await self._typist.send_in_turn(self._dialogue, self._tracker)
            await asyncio.sleep(BETWEEN_S)

    async def _as_then(self) -> None:
        """Speak the recording as it was, and type when it was typed."""
        async with asyncio.TaskGroup() as group:
            zero_ns = self._clock.now_ns()
            typing = self._typist.keep_pace(self._dialogue, zero_ns)
            group.create_task(typing, name="typing")
            if self._source is not None:
                await self._speak(self._source)
                await self._listen(self._source)
        while self._tracker.busy:  # noqa: ASYNC110 - turns are polled
            await asyncio.sleep(_POLL_S)

    async def _line_up(self) -> None:
        while not self._line.up:  # noqa: ASYNC110 - nothing is said into a lost connection
            await asyncio.sleep(_POLL_S)

    async def _speak(self, source: ScriptedSource) -> None:
        await self._line_up()
        self._begun_before = self._tracker.begun_n
        self._audible_ns = None
        name = source.next_name
        self._tracker.expect_interrupter(name, is_turn=_nth(self._input.takes_floor, self._spoken))
        by_key = self._dialogue.mode is VadMode.MANUAL
        if by_key:
            await self._dialogue.hold()
        source.speak_next()
        self._spoken += 1
        while source.speaking:  # noqa: ASYNC110 - a microphone is polled, it knows no loop
            await asyncio.sleep(_POLL_S)
        if by_key:
            await self._dialogue.release()

    async def _listen(self, source: ScriptedSource) -> None:
        """Return when the next utterance is to be spoken."""
        cue_ms, over_ns = self._next_cue_ms(source), self._clock.now_ns()
        cut_ms = _nth(self._input.cuts_ms, self._spoken - 1)
        cut_ns = None if cut_ms is None else over_ns + round(cut_ms * 1e6)
        while True:
            if cue_ms is not None and self._audible_ns is not None:
                due_ns = Nanoseconds(self._audible_ns + round(cue_ms * 1e6))
                if cut_ns is None or due_ns <= cut_ns:
                    await self._until(due_ns)
                    return
            if cut_ns is not None and self._clock.now_ns() >= cut_ns:
                await self._cut(over_ns, source.utterance_name)
                break
            if cut_ns is None and self._over(over_ns):
                break
            self._fail_unheard(over_ns, source.utterance_name)
            await asyncio.sleep(self._pause_s(cut_ns))
        if cue_ms is not None:
            self._tell_missed(cue_ms, source.utterance_name)
        await asyncio.sleep(BETWEEN_S)

    def _over(self, over_ns: Nanoseconds) -> bool:
        """Whether what was said last has become a turn, or is none, and no turn is open."""
        if self._tracker.busy:
            return False
        if self._tracker.begun_n > self._begun_before:
            return True
        return not self._is_turn and self._clock.now_ns() - over_ns > SPURIOUS_NS

    @property
    def _is_turn(self) -> bool:
        """Whether what was said last may be meant as a turn."""
        return _nth(self._input.takes_floor, self._spoken - 1) is not False

    def _fail_unheard(self, over_ns: Nanoseconds, name: str | None) -> None:
        """Record a failed turn once the provider has had its time to notice the last one."""
        waited = self._clock.now_ns() - over_ns > self._limit_ns
        if self._is_turn and waited and not self._tracker.busy:
            self._tell_unheard(over_ns, name)

    def _tell_unheard(self, over_ns: Nanoseconds, name: str | None) -> None:
        if self._tracker.begun_n == self._begun_before:
            self._tracker.fail_unheard(over_ns, f"Nothing was recognised as speech in {name}.")

    # --- cuts ---------------------------------------------------------------------------------

    async def _cut(self, over_ns: Nanoseconds, name: str | None) -> None:
        """Stop by hand what is being said, and what still comes, until all turns are over."""
        until_ns = self._clock.now_ns() + round(CUT_SETTLE_S * 1e9)
        await self._dialogue.interrupt(BargeInCause.SCRIPT)
        while self._tracker.busy and self._clock.now_ns() < until_ns:
            await asyncio.sleep(_POLL_S)
            if self._dialogue.replying:
                await self._dialogue.interrupt(BargeInCause.SCRIPT)
        if self._is_turn:  # last, so that the reply's own turn sees that it was stopped
            self._tell_unheard(over_ns, name)

    def _pause_s(self, cut_ns: int | None) -> float:
        if cut_ns is None:
            return _POLL_S
        return min(max((cut_ns - self._clock.now_ns()) / 1e9, 0.0), _POLL_S)

    # --- cues ---------------------------------------------------------------------------------

    def _next_cue_ms(self, source: ScriptedSource) -> float | None:
        return _nth(self._input.cues_ms, self._spoken) if source.remaining else None

    async def _until(self, at_ns: Nanoseconds) -> None:
        while (left_ns := at_ns - self._clock.now_ns()) > 0:  # noqa: ASYNC110 - an instant
            await asyncio.sleep(left_ns / 1e9)

    def _tell_missed(self, cue_ms: float, said: str | None) -> None:
        fields = {"cue_ms": cue_ms, "after": said}
        self._recording.event(self._clock.now_ns(), "CueMissed", fields)
        self._report(
            ProblemReport(
                sentence=f"The reply to {said} never became audible, so it was not interrupted.",
                hint="The next file was spoken when the turn was over.",
            )
        )


def _nth(values: tuple[_T | None, ...], index: int) -> _T | None:
    """Return a value, or None beyond the end: what is not given is None."""
    return values[index] if index < len(values) else None

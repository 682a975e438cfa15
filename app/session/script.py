"""Files as the user: one utterance after the other, each on its cue."""

import asyncio

from app.core.clock import Nanoseconds
from app.core.config import VadMode
from app.core.events import PlaybackAudible, SessionEvent
from app.core.ports import ScriptedSource
from app.session.dialogue import Dialogue
from app.session.messages import ProblemReport
from app.session.stage import Stage
from app.session.turns import TurnTracker

LEAD_IN_S = 0.3
BETWEEN_S = 0.3
_POLL_S = 0.02


class Script:
    """Runs a scripted microphone. All calls on the engine's loop.

    An utterance without a cue is spoken when the reply to the one before is over. One with a
    cue interrupts that reply so long after it became audible at the DAC; if the reply never
    becomes audible, it is spoken when the turn is over, and the user is told. A person at a
    microphone needs no script, and then nothing happens here.
    """

    def __init__(self, stage: Stage, tracker: TurnTracker, dialogue: Dialogue) -> None:
        start = stage.start
        self._source = stage.opened.script
        self._tracker = tracker
        self._dialogue = dialogue
        self._clock = stage.clock
        self._recording = stage.recording
        self._report = stage.report
        self._cues_ms = start.input.cues_ms
        self._spoken = 0
        self._begun_before = 0
        self._audible_ns: Nanoseconds | None = None
        self._limit_ns = Nanoseconds(round(start.reply_timeout_s * 1e9))
        self._manual = start.settings.turn_detection.mode is VadMode.MANUAL

    def take(self, event: SessionEvent) -> None:
        """Take in one event, after the tracker has: when the reply that is waited for sounds."""
        if isinstance(event, PlaybackAudible) and self._audible_ns is None:
            turn_id = self._tracker.turn_of(event.response_id)
            if turn_id is not None and turn_id > self._begun_before:
                self._audible_ns = event.at_ns

    async def run(self) -> None:
        """Speak everything; return when the last reply has been heard.

        An utterance that the provider never notices becomes a failed turn.
        """
        if self._source is None:
            return
        await asyncio.sleep(LEAD_IN_S)
        while self._source.remaining:
            await self._speak(self._source)
            await self._listen(self._source)

    async def _speak(self, source: ScriptedSource) -> None:
        self._begun_before = self._tracker.begun_n
        self._audible_ns = None
        if self._manual:
            await self._dialogue.hold()
        source.speak_next()
        self._spoken += 1
        while source.speaking:  # noqa: ASYNC110 - a microphone is polled, it knows no loop
            await asyncio.sleep(_POLL_S)
        if self._manual:
            await self._dialogue.release()

    async def _listen(self, source: ScriptedSource) -> None:
        """Return when the next utterance is to be spoken."""
        cue_ms = self._next_cue_ms(source)
        over_ns = self._clock.now_ns()
        while True:
            if cue_ms is not None and self._audible_ns is not None:
                await self._until(Nanoseconds(self._audible_ns + round(cue_ms * 1e6)))
                return
            if self._over:
                break
            if not self._tracker.busy and self._clock.now_ns() - over_ns > self._limit_ns:
                self._tracker.fail_unheard(
                    over_ns, f"Nothing was recognised as speech in {source.utterance_name}."
                )
            await asyncio.sleep(_POLL_S)
        if cue_ms is not None:
            self._tell_missed(cue_ms, source.utterance_name)
        await asyncio.sleep(BETWEEN_S)

    @property
    def _over(self) -> bool:
        """Whether what was said last has become a turn and no turn is open."""
        return not self._tracker.busy and self._tracker.begun_n > self._begun_before

    def _next_cue_ms(self, source: ScriptedSource) -> float | None:
        cued = source.remaining and self._spoken < len(self._cues_ms)
        return self._cues_ms[self._spoken] if cued else None

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

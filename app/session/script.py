"""Files as the user: one utterance after the other, each after the reply to the one before."""

import asyncio

from app.core.clock import Nanoseconds
from app.core.config import VadMode
from app.core.ports import ScriptedSource
from app.session.dialogue import Dialogue
from app.session.stage import Stage
from app.session.turns import TurnTracker

LEAD_IN_S = 0.3
BETWEEN_S = 0.3
_POLL_S = 0.02


class Script:
    """Runs a scripted microphone. All calls on the engine's loop.

    A person at a microphone needs no script, and then nothing happens here.
    """

    def __init__(self, stage: Stage, tracker: TurnTracker, dialogue: Dialogue) -> None:
        start = stage.start
        self._source = stage.opened.script
        self._tracker = tracker
        self._dialogue = dialogue
        self._clock = stage.clock
        self._limit_ns = Nanoseconds(round(start.reply_timeout_s * 1e9))
        self._manual = start.settings.turn_detection.mode is VadMode.MANUAL

    async def run(self) -> None:
        """Speak everything; return when the last reply has been heard.

        An utterance that the provider never notices becomes a failed turn.
        """
        if self._source is None:
            return
        await asyncio.sleep(LEAD_IN_S)
        while self._source.remaining:
            await self._exchange(self._source)
            await asyncio.sleep(BETWEEN_S)

    async def _exchange(self, source: ScriptedSource) -> None:
        before = self._tracker.closed_n
        if self._manual:
            await self._dialogue.hold()
        source.speak_next()
        while source.speaking:  # noqa: ASYNC110 - a microphone is polled, it knows no loop
            await asyncio.sleep(_POLL_S)
        if self._manual:
            await self._dialogue.release()
        over_ns = self._clock.now_ns()
        while self._tracker.busy or self._tracker.closed_n == before:
            if not self._tracker.busy and self._clock.now_ns() - over_ns > self._limit_ns:
                self._tracker.fail_unheard(
                    over_ns, f"Nothing was recognised as speech in {source.utterance_name}."
                )
            await asyncio.sleep(_POLL_S)

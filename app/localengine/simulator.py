"""A speech engine without speech: exact timing, no weights. The ruler for all measurements."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from app.core.clock import Clock, Nanoseconds
from app.core.serving import SimulatorSettings
from app.localengine.ports import (
    ExpectReply,
    ReplyAudio,
    ReplyCut,
    ReplyPiece,
    ReplyRequest,
    ReplyText,
    TurnDetector,
    Utterance,
    WordsBy,
    Yielding,
)
from app.localengine.simulator_cuts import Cuts
from app.localengine.simulator_faults import without_cuts
from app.localengine.simulator_hearing import EnergyDetector, ScriptedUtterance
from app.localengine.simulator_log import SendLog
from app.localengine.simulator_schedule import Schedule
from app.localengine.simulator_turn import schedule

MODEL: Final = "vivavoce-simulator"
VOICES: Final = ("simulated",)
_LETTERS_PER_TOKEN: Final = 4


class Simulator:
    """A ``SpeechEngine`` whose every delay is a setting.

    Deadlines are absolute: a piece that is late does not make the next one late.

    Attributes:
        cuts: What it cuts and refuses, of all its sessions.
    """

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._log = SendLog(settings.log)
        self._heard = 0
        self.cuts = Cuts(settings.cuts, settings.refuse_connects)

    @property
    def settings(self) -> SimulatorSettings:
        """Its timing and manners."""
        return self._settings

    def plan(self, request: ReplyRequest) -> Schedule:
        """Return what it says to ``request``, and when."""
        spent = self.cuts.spent
        return schedule(without_cuts(self._settings) if spent else self._settings, request)

    @property
    def model(self) -> str:
        """Name that sessions are told."""
        return MODEL

    @property
    def voices(self) -> Sequence[str]:
        """The one voice it has."""
        return VOICES

    def detector(self) -> TurnDetector:
        """Return a new detector for one session."""
        settings = self._settings
        return EnergyDetector(
            settings.threshold_dbfs,
            settings.endpointing_extra_ms,
            lambda turn: settings.in_turn(turn).premature_ms,
        )

    def yielding(self, turn: int) -> Yielding:
        """Return how a reply gives way."""
        settings = self._settings.in_turn(turn)
        return Yielding(
            detect_ms=settings.detect_ms,
            stop_ms=settings.stop_ms,
            ignores_below_ms=settings.ignores_below_ms,
        )

    def note(self, event: str, turn: int, nominal_ns: Nanoseconds, sent_ns: Nanoseconds) -> None:
        """Log what was due at ``nominal_ns`` and happened at ``sent_ns``."""
        self._log.write(event, turn=turn, index=0, nominal_ns=nominal_ns, sent_ns=sent_ns)

    def listen(
        self,
        on_partial: Callable[[str], None],
        expected: ExpectReply | None = None,  # noqa: ARG002 - a simulated delay has no head start
    ) -> Utterance:
        """Begin an utterance with the script's next words."""
        transcripts = self._settings.transcripts
        transcript = transcripts[self._heard % len(transcripts)]
        self._heard += 1
        return ScriptedUtterance(transcript, on_partial)

    async def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPiece]:
        """Give each piece of the reply at its time, counted from the cause of the reply."""
        asked_ns = self._clock.now_ns() if request.asked_ns is None else request.asked_ns
        turn = request.turn_index + 1
        self._log.write(
            "asked", turn=turn, index=0, nominal_ns=asked_ns, sent_ns=self._clock.now_ns()
        )
        plan = self.plan(request)
        counts: Counter[str] = Counter()
        for due in plan.pieces:
            nominal_ns = Nanoseconds(asked_ns + round(due.after_ms * 1e6))
            await self._until(nominal_ns)
            if isinstance(due.piece, ReplyCut):
                self.cuts.note()
            yield due.piece
            event = _EVENTS.get(type(due.piece), "other")
            self._log.write(
                event,
                turn=turn,
                index=counts[event],
                nominal_ns=nominal_ns,
                sent_ns=self._clock.now_ns(),
                frames=len(due.piece.samples) if isinstance(due.piece, ReplyAudio) else None,
            )
            counts[event] += 1
        if not plan.ends:
            await asyncio.get_running_loop().create_future()

    async def _until(self, instant: Nanoseconds) -> None:
        left_ns = instant - self._clock.now_ns()
        if left_ns > 0:
            await asyncio.sleep(left_ns / 1e9)

    def words_by(self, request: ReplyRequest) -> WordsBy:
        """Return that nobody else writes them."""
        del request
        return WordsBy.HERE

    def count_tokens(self, text: str) -> int:
        """Return about one token for four letters."""
        return -(-len(text) // _LETTERS_PER_TOKEN)

    async def close(self) -> None:
        """End the log. Safe to call twice."""
        self._log.close()


_EVENTS: Final = {ReplyText: "token", ReplyAudio: "audio"}

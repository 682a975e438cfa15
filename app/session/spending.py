"""What a running session has cost so far, told live and held against its budget."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from app.core.events import InputTranscriptDone, ResponseFinished, SessionEvent, TextSent
from app.core.money import Cost, CostStatus, Meter, PriceRow
from app.core.records import SessionRecord, TurnRecord
from app.metrics.biller import biller_of
from app.metrics.cost import (
    price,
    price_turn,
    session_row,
    uncounted_in,
    wasted_usd,
)
from app.metrics.counted import FAILED
from app.metrics.meters import added, cached_share, meters, token_meters, transcription_meters
from app.session.budget import BudgetWatch
from app.session.messages import CostReport, ProblemReport
from app.session.parts import SessionParts
from app.session.stage import Stage

TICK_S: Final = 1.0
TOLD_EVERY: Final = 5
"""Ticks between reports."""


async def price_of(parts: SessionParts, record: SessionRecord) -> PriceRow | None:
    """Return what a session will be billed at, or None: unpriced.

    Reading tables may take half a second, which is why it is done before anything is live.
    """
    found: list[PriceRow | None] = []
    await parts.aside(lambda: found.append(session_row(record, parts.prices)))
    return found[0]


class Spending:
    """Counts what one session uses. All calls on the engine's loop.

    What the provider bills is taken from its own events as they come, so that a turn that
    never ends is noticed too; the turns say what each of them cost.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._row = stage.price
        self._biller = biller_of(stage.account.record)
        self._free = stage.price is None and self._biller.ours
        self._budget = BudgetWatch(stage.start.budget)
        self._opened_ns = self._turn_ns = stage.clock.now_ns()
        self._used: dict[Meter, float] = {}
        self._whole = True
        self._wasted: Decimal | None = Decimal(0)
        self._ending = False
        self._successes = 0

    def take(self, event: SessionEvent) -> None:
        """Take in an event; one that costs is held against the budget at once."""
        match event:
            case ResponseFinished(usage=usage) if usage is not None:
                self._use(token_meters(usage).meters)
            case InputTranscriptDone(usage=used) if used is not None:
                self._use(transcription_meters(used))
            case TextSent():
                self._use({Meter.TEXT_MESSAGES: 1.0})
            case _:
                pass

    def metered(self, turn: TurnRecord) -> TurnRecord:
        """Return a turn that is over with the open time since the one before."""
        now_ns = self._stage.clock.now_ns()
        since_ns, self._turn_ns = self._turn_ns, now_ns
        return replace(turn, session_s=(now_ns - since_ns) / 1e9)

    def add(self, turn: TurnRecord) -> None:
        """Take a turn that is over, and tell what it and the session cost."""
        used = meters(turn)
        self._successes += turn.status not in FAILED
        self._use({Meter.CHARACTERS: used.get(Meter.CHARACTERS, 0.0)})
        self._whole = self._whole and not uncounted_in(turn, self._row)
        wasted = Decimal(0) if self._free else wasted_usd((turn,), self._row)
        before = self._wasted
        self._wasted = None if before is None or wasted is None else before + wasted
        self._tell(turn)

    async def run(self) -> None:
        """Tell the cost every few seconds, and watch the budget, until cancelled."""
        priced = self._row is not None or self._free
        model = self._stage.account.record.target.title
        self._say(self._budget.at_start(priced=priced, model=model))
        ticks = 0
        while True:
            await asyncio.sleep(TICK_S)
            ticks += 1
            self._check()
            if ticks % TOLD_EVERY == 0:
                self._tell()

    def close(self) -> None:
        """Keep in the account how long the session was open, and tell the last cost."""
        account = self._stage.account
        account.record = replace(account.record, connected_s=self._elapsed_s)
        self._tell()

    @property
    def _elapsed_s(self) -> float:
        return (self._stage.clock.now_ns() - self._opened_ns) / 1e9

    def _use(self, used: Mapping[Meter, float]) -> None:
        self._used = added((self._used, used))
        self._check()

    def _total(self) -> Cost:
        if self._free:
            return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
        used = self._biller.of(self._meters())
        return price(used, self._row, uncounted=not self._whole)

    def _meters(self) -> dict[Meter, float]:
        return added((self._used, {Meter.SESSION_SECONDS: self._elapsed_s}))

    def _check(self) -> None:
        verdict = self._budget.check(self._total(), self._elapsed_s)
        self._say(verdict.warning)
        if verdict.stop and not self._ending:
            self._ending = True
            self._say(verdict.stop)
            self._tell()
            self._stage.end(verdict.stop)

    def _tell(self, turn: TurnRecord | None = None) -> None:
        total, elapsed_s = self._total(), self._elapsed_s
        record, row = self._stage.account.record, self._row
        verdict = self._budget.check(total, elapsed_s)
        self._say(verdict.warning)
        self._stage.report(
            CostReport(
                total=total,
                elapsed_s=elapsed_s,
                turn=None if turn is None else price_turn(turn, record, row),
                turn_id=None if turn is None else turn.turn_id,
                cached_share=None if turn is None else cached_share(meters(turn)),
                wasted_usd=self._wasted,
                meters=tuple(self._meters().items()),
                budget_words=verdict.words,
                over_budget=self._ending,
                successes=self._successes,
            )
        )

    def _say(self, sentence: str) -> None:
        if sentence:
            self._stage.report(ProblemReport(sentence=sentence, hint="", fatal=False))

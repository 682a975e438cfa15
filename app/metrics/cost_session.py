"""A session's money in all its views: what reports, the window and the terminal show.

Source: metrics specification, section 11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.core.money import Cost, CostStatus, Meter, PriceRow
from app.core.ports import PriceBook
from app.core.records import SessionRecord, TurnRecord
from app.metrics.cost import CostSplit, per, price_at, price_turn, session_row, split, wasted_usd
from app.metrics.counted import FAILED
from app.metrics.meters import cached_share, meters, session_meters
from app.metrics.projection import cumulative


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCost:
    """A turn's money.

    Attributes:
        index: Its place in the session, from 1.
        cumulative_usd: Of all turns up to this one; None from the first unpriced one on.
        cached_share: Of its tokens read, 0 to 1; None where none was told.
    """

    turn_id: int
    index: int
    cost: Cost
    split: CostSplit
    cumulative_usd: Decimal | None
    cached_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCost:
    """A session's money.

    Attributes:
        total: Of all its turns and of the time that it was open.
        per_minute: Of the open session; None where its length is not known.
        per_agent_minute: Of the agent's speech as it was received.
        per_success: ``total`` over the turns that did not fail; None without one.
        wasted_usd: Audio that was generated and never heard.
        row: What it was priced by.
    """

    total: Cost
    split: CostSplit
    turns: tuple[TurnCost, ...]
    meters: Mapping[Meter, float]
    cached_share: float | None
    per_minute: Decimal | None
    per_agent_minute: Decimal | None
    per_success: Decimal | None
    wasted_usd: Decimal | None
    row: PriceRow | None


def cost_of_session(
    turns: Sequence[TurnRecord], record: SessionRecord, book: PriceBook | None
) -> SessionCost:
    """Return a session's money by the prices of its date."""
    return cost_at(turns, record, session_row(record, book))


def cost_at(
    turns: Sequence[TurnRecord],
    record: SessionRecord,
    row: PriceRow | None,
    successes: int | None = None,
) -> SessionCost:
    """Return a session's money at a row of prices: its own, or what if.

    Args:
        turns: Of the session, in order.
        record: Of the session.
        row: What is billed.
        successes: Tasks that succeeded; None takes the turns that did not fail.
    """
    total = price_at(turns, record, row)
    used = session_meters(turns, record)
    agent_ms = [turn.audio_out_ms for turn in turns if turn.audio_out_ms is not None]
    if successes is None:
        successes = sum(turn.status not in FAILED for turn in turns)
    return SessionCost(
        total=total,
        split=split(total),
        turns=turn_costs(turns, record, row),
        meters=used,
        cached_share=cached_share(used),
        per_minute=per(total, used.get(Meter.SESSION_SECONDS, 0.0) / 60),
        per_agent_minute=per(total, sum(agent_ms) / 60_000),
        per_success=per(total, successes),
        wasted_usd=wasted_usd(turns, row) if row is not None else _nothing(total),
        row=row,
    )


def _nothing(total: Cost) -> Decimal | None:
    """Return 0 where nobody bills anything, else None: unpriced."""
    return Decimal(0) if total.status is CostStatus.LOCAL else None


def turn_costs(
    turns: Sequence[TurnRecord], record: SessionRecord, row: PriceRow | None
) -> tuple[TurnCost, ...]:
    """Return what each turn comes to, in order."""
    costs = [price_turn(turn, record, row) for turn in turns]
    sums = cumulative(cost.usd for cost in costs)
    return tuple(
        TurnCost(
            turn_id=turn.turn_id,
            index=index,
            cost=cost,
            split=split(cost),
            cumulative_usd=upto,
            cached_share=cached_share(meters(turn)),
        )
        for index, (turn, cost, upto) in enumerate(zip(turns, costs, sums, strict=True), 1)
    )

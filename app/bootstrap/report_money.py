"""What a report says of money: the sessions' turns as ``app.metrics`` prices them."""

import math
from collections.abc import Sequence
from decimal import Decimal

from app.core.money import Cost, CostStatus, Meter
from app.core.ports import PriceBook, StoredSession
from app.core.records import TurnRecord
from app.exports.report_figures import MoneyFigures
from app.metrics.cost import per, price_session, session_row, split, wasted_usd
from app.metrics.meters import added, cached_share, meters, session_seconds


def money_figures(stored: Sequence[StoredSession], prices: PriceBook | None) -> MoneyFigures:
    """Return what sessions cost together, by the prices of their dates."""
    costs = [price_session(each.turns, each.record, prices) for each in stored]
    turns = [turn for each in stored for turn in each.turns]
    used = added(meters(turn) for turn in turns)
    sums = [cost.usd for cost in costs if cost.usd is not None]
    whole = _status(costs)
    total = sum(sums, Decimal(0)) if sums else None
    kinds = [split(cost) for cost in costs]
    parts = {
        f"{kind}_usd": sum((getattr(each, kind) for each in kinds), Decimal(0)) if sums else None
        for kind in ("text", "audio", "cached", "other")
    }
    wasted = [wasted_usd(each.turns, session_row(each.record, prices)) for each in stored]
    rows = [row for each in stored if (row := session_row(each.record, prices)) is not None]
    return MoneyFigures(
        usd=total,
        status=whole,
        **parts,
        per_minute_usd=_per_minute(stored, total, whole),
        per_turn_usd=_per(total, len(turns), whole),
        wasted_usd=_sum(wasted),
        wasted_audio_s=_wasted_s(turns),
        cached_share=cached_share(used),
        unpriced=tuple(dict.fromkeys(meter for cost in costs for meter in cost.unpriced)),
        uncounted_n=sum(cost.uncounted for cost in costs),
        meters=tuple((meter, used[meter]) for meter in Meter if used.get(meter)),
        rows=tuple({id(row): row for row in rows}.values()),
    )


def _wasted_s(turns: Sequence[TurnRecord]) -> float:
    known = [turn.wasted_audio_ms or 0.0 for turn in turns]
    return sum(value for value in known if math.isfinite(value)) / 1000


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    """Return the sum, or None where one of the values is not known."""
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(values) else None


def _status(costs: Sequence[Cost]) -> CostStatus:
    states = {cost.status for cost in costs}
    if len(states) == 1:
        return states.pop()
    return CostStatus.PARTIAL if states else CostStatus.UNPRICED


def _per_minute(
    stored: Sequence[StoredSession], total: Decimal | None, status: CostStatus
) -> Decimal | None:
    open_s = [session_seconds(each.record) for each in stored]
    known = [seconds for seconds in open_s if seconds is not None]
    if len(known) != len(stored):
        return None
    return _per(total, sum(known) / 60, status)


def _per(total: Decimal | None, units: float, status: CostStatus) -> Decimal | None:
    if total is None or status is CostStatus.UNPRICED:
        return None
    return per(Cost(usd=total, status=status), units)

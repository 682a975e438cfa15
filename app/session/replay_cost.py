"""What a recorded session cost as it went, by the prices of its date."""

from collections.abc import Callable
from decimal import Decimal

from app.core.money import Cost, CostStatus, Meter, PriceRow
from app.core.records import SessionRecord, TurnRecord
from app.metrics.biller import biller_of
from app.metrics.cost import price, price_turn, uncounted_in, wasted_usd
from app.metrics.counted import FAILED
from app.metrics.meters import added, cached_share, meters
from app.session.messages import CostReport


class ReplayCost:
    """Adds up a session's turns. One owner.

    Args:
        record: The session's account.
        row: What it is billed at, or None: unpriced.
        report: Gets the cost.
    """

    def __init__(
        self, record: SessionRecord, row: PriceRow | None, report: Callable[[CostReport], None]
    ) -> None:
        self._record = record
        self._row = row
        self._report = report
        self._used: dict[Meter, float] = {}
        self._whole = True
        self._wasted: Decimal | None = Decimal(0)
        self._successes = 0
        self._biller = biller_of(record)
        self._free = row is None and self._biller.ours

    def add(self, turn: TurnRecord, elapsed_s: float, *, tell: bool = True) -> None:
        """Take a turn that is over, and tell what it and the session cost by then."""
        used = meters(turn)
        self._successes += turn.status not in FAILED
        self._used = added((self._used, used))
        self._whole = self._whole and not uncounted_in(turn, self._row)
        wasted = Decimal(0) if self._free else wasted_usd((turn,), self._row)
        if self._wasted is not None:
            self._wasted = None if wasted is None else self._wasted + wasted
        if tell:
            self._tell(turn, elapsed_s)

    def _tell(self, turn: TurnRecord, elapsed_s: float) -> None:
        self._report(
            CostReport(
                total=self._total(),
                elapsed_s=elapsed_s,
                turn=price_turn(turn, self._record, self._row),
                turn_id=turn.turn_id,
                cached_share=cached_share(meters(turn)),
                wasted_usd=self._wasted,
                meters=tuple(self._used.items()),
                successes=self._successes,
            )
        )

    def _total(self) -> Cost:
        if self._free:
            return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
        return price(self._biller.of(self._used), self._row, uncounted=not self._whole)

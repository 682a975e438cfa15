"""What the session costs: now, a minute, turn by turn, and against its budget."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from app.core.money import METER_WORDS, Cost, CostStatus, Meter
from app.core.observe import Signal
from app.metrics.cost import per
from app.metrics.cost_words import status_words
from app.session.messages import CostReport
from app.ui.vm.cost_text import (
    FROM,
    cached_of,
    row_words,
    share,
    source_words,
    split,
    usd,
    use_line,
)
from app.ui.vm.text import UNKNOWN, clock, one_line

MAX_TURNS: Final = 10_000
LEAST_S: Final = 1.0
"""A cost a minute of a shorter session says nothing."""
FORMULA: Final = "sum over the meters of units \N{MULTIPLICATION SIGN} rate"
SOURCE: Final = "metrics specification, section 11"


class CostTone(StrEnum):
    """Which role of the theme the cost wears; its words always stand beside it."""

    QUIET = "text"
    WARNING = "fair"
    OVER = "poor"
    UNKNOWN = "muted"


@dataclass(frozen=True, slots=True)
class CostFigure:
    """One figure of the line: its name, its words, and what is said on hover."""

    name: str
    text: str
    hover: str


@dataclass(frozen=True, slots=True)
class CostPoint:
    """One turn of the plot.

    Attributes:
        usd: What the turn cost; None where that is unpriced.
        partial: It cost more than that.
        cached_share: Of its tokens in, 0 to 1.
        total_usd: Of the session up to and with it.
        wasted_usd: Generated in it and never heard.
    """

    turn_id: int
    usd: Decimal | None
    partial: bool
    cached_share: float | None
    total_usd: Decimal | None
    wasted_usd: Decimal | None


def cost_words(cost: Cost) -> str:
    """Return a cost as it may be shown: unknown is a word and never 0."""
    return status_words(cost.status, cost.usd, amount=usd, least=FROM)


def why_unknown(cost: Cost) -> str:
    """Return why a cost is not known, or not whole; "" where it is."""
    if cost.status in {CostStatus.LOCAL, CostStatus.PRICED} and not cost.uncounted:
        return ""
    reasons = []
    if cost.uncounted:
        reasons.append("the provider does not say what was used")
    if cost.row is None:
        reasons.append("nobody has told a price of this model")
    elif cost.unpriced:
        names = ", ".join(METER_WORDS[each] for each in cost.unpriced)
        reasons.append(f"the price row has no rate for {names}")
    return "; ".join(reasons) or "nothing was used yet that has a rate"


class CostViewModel:
    """Keeps the newest account, and a point for each of the newest ``MAX_TURNS`` turns.

    Signals:
        changed: Another account is told, or a session begins.
    """

    def __init__(self) -> None:
        self.report: CostReport | None = None
        self.points: list[CostPoint] = []
        self.changed = Signal[()]()

    def take(self, report: CostReport) -> None:
        """Show ``report``."""
        self.report = report
        if report.turn is not None and report.turn_id is not None:
            self._take_turn(report, report.turn, report.turn_id)
        self.changed.emit()

    def _take_turn(self, report: CostReport, turn: Cost, turn_id: int) -> None:
        if self.points and self.points[-1].turn_id == turn_id:
            self.points.pop()
        wasted = report.wasted_usd
        if wasted is not None:
            wasted -= sum((point.wasted_usd or 0 for point in self.points), Decimal(0))
        point = CostPoint(
            turn_id=turn_id,
            usd=turn.usd,
            partial=turn.status is CostStatus.PARTIAL,
            cached_share=report.cached_share,
            total_usd=report.total.usd,
            wasted_usd=wasted,
        )
        self.points.append(point)
        if len(self.points) > MAX_TURNS:
            del self.points[0]

    def clear(self) -> None:
        """A new session begins."""
        self.report = None
        self.points = []
        self.changed.emit()

    # --- what is shown

    @property
    def known(self) -> bool:
        """Whether there is anything to show."""
        return self.report is not None

    @property
    def figures(self) -> tuple[CostFigure, ...]:
        """The cost line: what it costs, a minute, and the cached share; () before any."""
        report = self.report
        if report is None:
            return ()
        total = CostFigure("cost", cost_words(report.total), self.hover)
        if report.total.status is CostStatus.LOCAL:
            return (total,)
        per_minute, cached = self.per_minute, self.cached_share
        found = [total]
        if report.total.usd is not None:
            words = f"{usd(per_minute)}/min" if per_minute is not None else UNKNOWN
            found.append(CostFigure("per minute", words, self.hover))
        if cached is not None:
            found.append(CostFigure("cached", share(cached), self.cached_hover))
        if report.wasted_usd:
            found.append(CostFigure("wasted", usd(report.wasted_usd), WASTED))
        return tuple(found)

    @property
    def per_minute(self) -> Decimal | None:
        """What a minute of the session costs; None where that is not known."""
        report = self.report
        if report is None or report.total.usd is None or report.elapsed_s < LEAST_S:
            return None
        return report.total.usd * 60 / Decimal(str(report.elapsed_s))

    @property
    def per_success(self) -> Decimal | None:
        """What a turn that did not fail costs; None without one, or where nothing is priced."""
        report = self.report
        if report is None or report.total.status is CostStatus.LOCAL:
            return None
        return per(report.total, report.successes)

    @property
    def cached_share(self) -> float | None:
        """Of the session's tokens in; of the newest turn's where the session's are not told."""
        if self.report is None:
            return None
        known = cached_of(dict(self.report.meters))
        return self.report.cached_share if known is None else known

    @property
    def needs_price(self) -> bool:
        """Whether a price of the user's own would help."""
        report = self.report
        if report is None or report.total.uncounted:
            return False
        return report.total.status in {CostStatus.UNPRICED, CostStatus.PARTIAL}

    @property
    def tone(self) -> CostTone:
        """How grave it is."""
        report = self.report
        if report is not None and report.over_budget:
            return CostTone.OVER
        if report is not None and report.budget_words:
            return CostTone.WARNING
        unknown = report is None or report.total.status is CostStatus.UNPRICED
        return CostTone.UNKNOWN if unknown else CostTone.QUIET

    @property
    def budget_words(self) -> str:
        """What the budget says, or ""."""
        return "" if self.report is None else one_line(self.report.budget_words)

    @property
    def spoken(self) -> str:
        """The line in words, for screen readers."""
        words = ", ".join(f"{each.name} {each.text}" for each in self.figures)
        return ". ".join(filter(None, (words, self.budget_words))) or "no cost yet"

    @property
    def hover(self) -> str:
        """How the cost comes about: formula, price row, source, split, meters."""
        report = self.report
        if report is None:
            return ""
        total, row = report.total, report.total.row
        rows = [("so far", cost_words(total))]
        rows += [("why", why)] if (why := why_unknown(total)) else []
        if (per_minute := self.per_minute) is not None:
            spent = f"{usd(total.usd)} / {clock(report.elapsed_s * 1000)}"
            rows.append(("a minute", f"{usd(per_minute)} = {spent} min"))
        if (each := self.per_success) is not None:
            of = f"{usd(total.usd)} / {report.successes}"
            rows.append(("a turn that went well", f"{usd(each)} = {of}"))
        if report.turn is not None:
            rows.append((f"turn {report.turn_id}", cost_words(report.turn)))
        rows += [("wasted", usd(report.wasted_usd))] if report.wasted_usd is not None else []
        rows += [(name, usd(cost)) for name, cost in split(total.parts)]
        rows += meter_rows(dict(report.meters), total)
        if total.status is CostStatus.LOCAL:
            rows.append(("note", "This computer does the work: nobody bills it."))
        else:
            rows += [("price row", row_words(row)), ("source", source_words(row) or UNKNOWN)]
        rows += [("formula", FORMULA), ("note", REBILLED), ("by", SOURCE)]
        return "\n".join(["Cost of this session", *(f"{name}\t{words}" for name, words in rows)])

    @property
    def cached_hover(self) -> str:
        """What the cached share means."""
        turn = None if self.report is None else self.report.cached_share
        return (
            "Cached share of the tokens in\n"
            f"session\t{share(self.cached_share)}\n"
            f"newest turn\t{share(turn)}\n"
            "formula\tcached / (cached + not cached), text, audio and images together\n"
            f"note\t{REBILLED}\nby\t{SOURCE}"
        )


REBILLED: Final = (
    "The whole conversation is billed as input again at every reply; what is cached costs less."
)
WASTED: Final = (
    "Wasted: generated and never heard\n"
    "formula\tof an interrupted reply, the share that was not played \N{MULTIPLICATION SIGN} "
    "what its audio cost\n"
    "note\tA reply that is interrupted is billed for what was generated, not for what was heard.\n"
    f"by\t{SOURCE}"
)


def meter_rows(meters: Mapping[Meter, float], cost: Cost) -> list[tuple[str, str]]:
    """Return each meter that was used: units, rate, and what they come to."""
    if cost.status is CostStatus.LOCAL:
        return []
    return [
        (METER_WORDS[meter], use_line(meter, meters[meter], cost.row))
        for meter in Meter
        if meters.get(meter)
    ]

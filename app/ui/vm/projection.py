"""What would it cost? So many sessions a day, of so many minutes and turns, with these models."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.core.money import METER_WORDS, CostStatus, PriceRow
from app.core.observe import Signal
from app.metrics.cost import price
from app.metrics.cost_words import UNPRICED
from app.metrics.projection import (
    DAYS_A_MONTH,
    MOST_TURNS,
    Plan,
    Projection,
    project,
    turn_meters,
)
from app.metrics.workloads import WORKLOADS, Workload, WorkloadCost, workload_cost
from app.ui.vm.cost_text import share, usd
from app.ui.vm.price_drafts import PriceDraft, draft_of
from app.ui.vm.prices import PricesViewModel
from app.ui.vm.text import number, one_line

MOST_MODELS: Final = 5
CURVE_TURNS: Final = 30
COLUMNS: Final = (
    "Model",
    "A session, cached",
    "uncached",
    "A minute, cached",
    "uncached",
    "A month, cached",
    "uncached",
)
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionDraft:
    """What the fields hold.

    Attributes:
        user_s, agent_s: Speech of either side in a turn; with ``turns`` they make the minutes.
        cached_low, cached_high: Share of what was there before that is cached, 0 to 1.
    """

    sessions_per_day: float = 100.0
    turns: int = CURVE_TURNS
    user_s: float = 5.0
    agent_s: float = 8.0
    instructions: int = 500
    cached_low: float = 0.0
    cached_high: float = 1.0

    @property
    def minutes(self) -> float:
        """How long a session is."""
        return self.turns * (self.user_s + self.agent_s) / 60

    def with_minutes(self, minutes: float) -> "ProjectionDraft":
        """Return it with as many turns as fill so many minutes."""
        each = self.user_s + self.agent_s
        turns = round(minutes * 60 / each) if each else self.turns
        return replace(self, turns=min(max(turns, 1), MOST_TURNS))

    @property
    def plan(self) -> Plan:
        """The same, to be projected."""
        talk = self.user_s + self.agent_s
        return Plan(
            sessions_per_day=self.sessions_per_day,
            minutes=self.minutes,
            turns=self.turns,
            instructions=float(self.instructions),
            user_share=self.user_s / talk if talk else 0.5,
        )


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One turn of the curve: US dollars, cheapest and dearest; None where unpriced."""

    turn: int
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProjection:
    """One model of the page.

    Attributes:
        cells: Words under ``COLUMNS``.
        low_month, high_month: US dollars; None where unpriced.
        whatif: Its prices were changed here, and are kept nowhere.
        notes: What is not in the sum, a sentence each.
    """

    key: Key
    title: str
    row: PriceRow
    cells: tuple[str, ...]
    low_month: Decimal | None
    high_month: Decimal | None
    curve: tuple[CurvePoint, ...]
    whatif: bool = False
    notes: tuple[str, ...] = ()


def _bounded(cached: float, plan: Plan, row: PriceRow) -> Projection:
    return project(replace(plan, cached=cached), row)


class ProjectionViewModel:
    """Keeps the fields and the chosen models. Pure: nothing is asked of the engine but prices.

    Signals:
        changed: A field, a model or a price changed.
    """

    def __init__(self, prices: PricesViewModel) -> None:
        self._prices = prices
        self.draft = ProjectionDraft()
        self.chosen: tuple[Key, ...] = ()
        self._whatif: dict[Key, PriceRow] = {}
        self.workload: Workload | None = None
        self.changed = Signal[()]()
        self.models: tuple[ModelProjection, ...] = ()
        prices.changed.connect(self._compute)

    def open(self, key: Key | None = None) -> None:
        """The page is shown; ``key`` is the model that is being talked to."""
        self._prices.ask()
        if key is not None and not self.chosen:
            self.chosen = (key,)
        self._compute()

    # --- what is shown

    @property
    def offered(self) -> tuple[Key, ...]:
        """Models with a price that can be added yet, in order."""
        rows = self._prices.believed()
        priced = sorted({(row.provider, row.model) for row in rows if row.rates})
        return tuple(key for key in priced if key not in self.chosen)

    @property
    def can_add(self) -> bool:
        """Whether another model fits."""
        return len(self.chosen) < MOST_MODELS and bool(self.offered)

    @property
    def unknown(self) -> tuple[Key, ...]:
        """Chosen models that nobody has told a price of."""
        return tuple(key for key in self.chosen if self.row(key) is None)

    def row(self, key: Key) -> PriceRow | None:
        """Return the prices that a model is projected at."""
        return self._whatif.get(key) or self._prices.price_of(*key)

    @property
    def summary(self) -> str:
        """What is projected, in one sentence."""
        draft = self.draft
        return (
            f"{number(draft.sessions_per_day)} sessions a day of {number(draft.minutes)} min: "
            f"{number(draft.sessions_per_day * draft.minutes * DAYS_A_MONTH / 60)} h in a month "
            f"of {DAYS_A_MONTH} days."
        )

    @property
    def workloads(self) -> tuple[WorkloadCost, ...]:
        """The five presets at the first model's prices."""
        row = self.row(self.chosen[0]) if self.chosen else None
        return tuple(workload_cost(each, row) for each in WORKLOADS)

    @property
    def voice_words(self) -> str:
        """How many times text voice costs, computed from the first model's prices."""
        if not self.models:
            return ""
        model = self.models[0]
        times = [each.times for each in self.workloads if each.times is not None]
        if not times:
            return f"{model.title}: text or audio is unpriced, so that they cannot be compared."
        low, high = min(times), max(times)
        span = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
        return (
            f"{model.title}: the same words cost {span} times as much spoken as typed. "
            "A table that quotes text rates for a voice model is that much too low."
        )

    # --- from the user

    def update(self, draft: ProjectionDraft) -> None:
        """Use other numbers."""
        if draft != self.draft:
            self.draft = draft
            self.workload = None
            self._compute()

    def use_workload(self, workload: Workload) -> None:
        """Take turns and seconds from one of the presets."""
        speech = workload.as_speech
        user_s = speech.audio_in / 10
        self.draft = replace(
            self.draft,
            turns=workload.turns,
            user_s=round(user_s, 1),
            agent_s=round(speech.seconds - user_s, 1),
        )
        self.workload = workload
        self._compute()

    def add(self, key: Key) -> None:
        """Project one model more."""
        if key not in self.chosen and len(self.chosen) < MOST_MODELS:
            self.chosen = (*self.chosen, key)
            self._compute()

    def remove(self, key: Key) -> None:
        """Leave a model out."""
        self.chosen = tuple(each for each in self.chosen if each != key)
        self._whatif.pop(key, None)
        self._compute()

    def whatif_draft(self, key: Key) -> PriceDraft:
        """Return a draft of the prices that a model is projected at."""
        row = self.row(key)
        return PriceDraft(provider=key[0], model=key[1]) if row is None else draft_of(row)

    def what_if(self, key: Key, draft: PriceDraft) -> bool:
        """Project a model at other prices, which are kept nowhere; False if they are wrong."""
        if draft.problems():
            return False
        self._whatif[key] = draft.parse()
        self._compute()
        return True

    def as_known(self, key: Key) -> None:
        """Project a model at its known prices again."""
        if self._whatif.pop(key, None) is not None:
            self._compute()

    # --- computing

    def _compute(self) -> None:
        found = ((key, self.row(key)) for key in self.chosen)
        self.models = tuple(self._project(key, row) for key, row in found if row is not None)
        self.changed.emit()

    def _project(self, key: Key, row: PriceRow) -> ModelProjection:
        draft = self.draft
        plan = draft.plan
        low = _bounded(draft.cached_high, plan, row)
        high = _bounded(draft.cached_low, plan, row)
        cheap, dear = low.expected or low.low, high.expected or high.high
        whatif = key in self._whatif
        title = one_line(key[1], limit=60) + (" (what if)" if whatif else "")
        minutes = Decimal(str(plan.minutes))
        amounts = [
            cheap.usd,
            dear.usd,
            None if cheap.usd is None or not minutes else cheap.usd / minutes,
            None if dear.usd is None or not minutes else dear.usd / minutes,
            low.expected_month,
            high.expected_month,
        ]
        return ModelProjection(
            key=key,
            title=title,
            row=row,
            cells=(title, *(UNPRICED if each is None else usd(each) for each in amounts)),
            low_month=low.expected_month,
            high_month=high.expected_month,
            curve=self._curve(plan, row, cacheable=low.cache_priced),
            whatif=whatif,
            notes=_notes(low),
        )

    def _curve(self, plan: Plan, row: PriceRow, *, cacheable: bool) -> tuple[CurvePoint, ...]:
        """Return turn by turn at the two shares; a row without cached rates caches nothing."""
        best = self.draft.cached_high if cacheable else 0.0
        least = self.draft.cached_low if cacheable else 0.0

        def cost(turn: int, cached: float) -> Decimal | None:
            used = turn_meters(plan.exchange, turn, instructions=plan.instructions, cached=cached)
            return price(used, row).usd

        last = max(plan.turns, CURVE_TURNS)
        turns = _thinned(last)
        return tuple(CurvePoint(turn, cost(turn, best), cost(turn, least)) for turn in turns)


def _thinned(last: int) -> Sequence[int]:
    """Return at most a hundred turns up to ``last``."""
    step = -(-last // 100)
    return [*range(1, last, step), last]


def _notes(found: Projection) -> tuple[str, ...]:
    told = []
    if not found.cache_priced:
        told.append("no rate for cached tokens: everything is billed in full")
    if found.high.status is CostStatus.PARTIAL:
        names = ", ".join(METER_WORDS[each] for each in found.high.unpriced)
        told.append(f"not in the sum, for want of a rate: {names}")
    return tuple(told)


def workload_words(found: WorkloadCost) -> str:
    """Return what a preset comes to, typed and spoken."""
    text = UNPRICED if found.text.usd is None else usd(found.text.usd)
    speech = UNPRICED if found.speech.usd is None else usd(found.speech.usd)
    times = "" if found.times is None else f", {found.times:.0f} times as much"
    return f"typed {text}, spoken {speech}{times}"


def cached_words(draft: ProjectionDraft) -> str:
    """Return the two shares in words."""
    return f"cached {share(draft.cached_low)} to {share(draft.cached_high)}"

"""What conversations will cost: per turn, per session, per month. Pure.

At every response the whole conversation is billed again as input: the instructions, all audio
of both sides and the transcripts of the replies. What was there at the response before may be
cached; the user's new words never are. So a turn costs more the later it comes, and how much
of it is cached decides by how much (metrics specification, section 11).

Rates: OpenAI's guide "Managing realtime costs": user audio 1 token in 100 ms, assistant audio
1 token in 50 ms, also where it is billed again as input. Transcripts of replies: 3.5 text
tokens for a second of speech; with that, 5 s of user and 8 s of agent a turn and 500 tokens of
instructions come to the per-minute figures of the specification.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.core.money import Cost, Meter, PriceRow
from app.metrics.cost import per, price, rate_of
from app.metrics.meters import CACHED, added

USER_TOKENS_PER_S: Final = 10
AGENT_TOKENS_PER_S: Final = 20
WORD_TOKENS_PER_S: Final = 3.5
DAYS_A_MONTH: Final = 30

USER_SHARE: Final = 5 / 13
"""How much of the talk is the user's where nobody says: 5 s to the agent's 8."""

MOST_TURNS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What each turn of a conversation adds to it, in tokens; ``seconds`` is its length."""

    text_in: float = 0.0
    audio_in: float = 0.0
    text_out: float = 0.0
    audio_out: float = 0.0
    seconds: float = 0.0


def spoken(user_s: float, agent_s: float) -> Exchange:
    """Return a turn in which both sides speak for so long, one after the other."""
    return Exchange(
        audio_in=user_s * USER_TOKENS_PER_S,
        audio_out=agent_s * AGENT_TOKENS_PER_S,
        text_out=agent_s * WORD_TOKENS_PER_S,
        seconds=user_s + agent_s,
    )


def turn_meters(
    each: Exchange, turn: int, *, instructions: float = 0.0, cached: float = 0.0
) -> Mapping[Meter, float]:
    """Return what turn ``turn`` (from 1) of a conversation is billed.

    Args:
        each: What every turn adds.
        turn: Its number, from 1.
        instructions: Text tokens that stand before the conversation.
        cached: Share of what was there at the response before that is cached, 0 to 1.
    """
    before = turn - 1
    old_text = instructions + before * (each.text_in + each.text_out) if before else 0.0
    old_audio = before * (each.audio_in + each.audio_out)
    new_text = each.text_in + (0.0 if before else instructions)
    return {
        Meter.TEXT_IN: new_text + old_text * (1 - cached),
        Meter.TEXT_IN_CACHED: old_text * cached,
        Meter.AUDIO_IN: each.audio_in + old_audio * (1 - cached),
        Meter.AUDIO_IN_CACHED: old_audio * cached,
        Meter.TEXT_OUT: each.text_out,
        Meter.AUDIO_OUT: each.audio_out,
        Meter.SESSION_SECONDS: each.seconds,
    }


def conversation_meters(
    each: Exchange, turns: int, *, instructions: float = 0.0, cached: float = 0.0
) -> Mapping[Meter, float]:
    """Return what a whole conversation is billed; see ``turn_meters``."""
    numbers = range(1, turns + 1)
    return added(
        turn_meters(each, turn, instructions=instructions, cached=cached) for turn in numbers
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is going to be held.

    Attributes:
        minutes: Of a session; shared evenly by its turns.
        instructions: Text tokens.
        user_share: Of the talk; the rest is the agent's.
        cached: Share that is expected to be cached, 0 to 1, e.g. as measured; None for nobody
            knows.
    """

    sessions_per_day: float
    minutes: float
    turns: int
    instructions: float = 500.0
    user_share: float = USER_SHARE
    cached: float | None = None

    @property
    def exchange(self) -> Exchange:
        """What each turn adds."""
        turn_s = self.minutes * 60 / max(self.turns, 1)
        return spoken(turn_s * self.user_share, turn_s * (1 - self.user_share))


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnPoint:
    """A turn of the projected session: US dollars, None where unpriced."""

    turn: int
    low_usd: Decimal | None
    high_usd: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What a plan comes to at a row of prices.

    Attributes:
        low: A session of which everything that can be cached is.
        high: A session of which nothing is.
        expected: A session with the plan's share of cached tokens; None without one.
        low_month, high_month, expected_month: US dollars in ``DAYS_A_MONTH`` days.
        cache_priced: Whether cached tokens have rates; without, ``low`` equals ``high``.
        curve: Turn by turn.
    """

    plan: Plan
    row: PriceRow | None
    low: Cost
    high: Cost
    expected: Cost | None
    low_month: Decimal | None
    high_month: Decimal | None
    expected_month: Decimal | None
    low_per_minute: Decimal | None
    high_per_minute: Decimal | None
    cache_priced: bool
    curve: tuple[TurnPoint, ...]


def project(plan: Plan, row: PriceRow | None) -> Projection:
    """Return what a plan comes to; ``row`` may be any prices: a model's, or made up.

    Raises:
        ValueError: If the plan has no turns or more than ``MOST_TURNS``, or a number of it is
            negative or out of its range.
    """
    _check(plan)
    priced = row is not None and all(
        rate_of(row, kind) is not None for kind, fresh in CACHED.items() if _used(fresh, row)
    )
    best = 1.0 if priced else 0.0
    low, high = _session(plan, row, best), _session(plan, row, 0.0)
    expected = None if plan.cached is None else _session(plan, row, min(plan.cached, best))
    return Projection(
        plan=plan,
        row=row,
        low=low,
        high=high,
        expected=expected,
        low_month=_month(plan, low),
        high_month=_month(plan, high),
        expected_month=None if expected is None else _month(plan, expected),
        low_per_minute=per(low, plan.minutes),
        high_per_minute=per(high, plan.minutes),
        cache_priced=priced,
        curve=_curve(plan, row, best),
    )


def _used(fresh: Meter, row: PriceRow) -> bool:
    """Whether a plan uses tokens of this kind at these prices."""
    return fresh is not Meter.IMAGE_IN and fresh in row.rates


def _check(plan: Plan) -> None:
    shares = (plan.user_share, 0.0 if plan.cached is None else plan.cached)
    amounts = (plan.sessions_per_day, plan.minutes, plan.instructions)
    if not 1 <= plan.turns <= MOST_TURNS:
        raise ValueError(f"a session has 1 to {MOST_TURNS} turns")
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError("a share is from 0 to 1")
    if not all(0 <= amount < float("inf") for amount in amounts):
        raise ValueError("sessions, minutes and instructions are not negative")


def _session(plan: Plan, row: PriceRow | None, cached: float) -> Cost:
    used = conversation_meters(
        plan.exchange, plan.turns, instructions=plan.instructions, cached=cached
    )
    return price(used, row)


def _month(plan: Plan, cost: Cost) -> Decimal | None:
    if cost.usd is None:
        return None
    return cost.usd * Decimal(str(plan.sessions_per_day)) * DAYS_A_MONTH


def _curve(plan: Plan, row: PriceRow | None, best: float) -> tuple[TurnPoint, ...]:
    def turn_usd(turn: int, cached: float) -> Decimal | None:
        each = plan.exchange
        return price(
            turn_meters(each, turn, instructions=plan.instructions, cached=cached), row
        ).usd

    return tuple(
        TurnPoint(turn=turn, low_usd=turn_usd(turn, best), high_usd=turn_usd(turn, 0.0))
        for turn in range(1, plan.turns + 1)
    )


def cumulative(each: Iterable[Decimal | None]) -> Sequence[Decimal | None]:
    """Return the running sum; from the first unknown on it is unknown."""
    total: Decimal | None = Decimal(0)
    sums: list[Decimal | None] = []
    for usd in each:
        total = None if total is None or usd is None else total + usd
        sums.append(total)
    return sums

"""What metered use comes to at a row of prices. Pure; money is exact.

Source: metrics specification, section 11, and its rule "unknown is not zero". What cannot be
priced makes a sum PARTIAL: it is then the least that was billed, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from app.core.money import OURS, RATED_PER, Cost, CostStatus, Meter, PriceRow
from app.core.ports import PriceBook
from app.core.records import SessionRecord, TurnRecord
from app.metrics.meters import TOKENS, TRANSCRIPTION, meters, session_meters, token_meters

_INSTEAD: Final[Mapping[Meter, Meter]] = MappingProxyType({Meter.REASONING_OUT: Meter.TEXT_OUT})
"""Meters without a rate of their own, and what they are billed as."""

_BY_USE: Final = frozenset({Meter.SESSION_SECONDS, Meter.CHARACTERS})
"""What a service is billed by that does not bill tokens."""

_NEVER_OWED: Final = _BY_USE | {Meter.TEXT_MESSAGES}
"""Billed where a row says so, and else included in what it does bill."""


def price(used: Mapping[Meter, float], row: PriceRow | None, *, uncounted: bool = False) -> Cost:
    """Return what ``used`` comes to.

    Args:
        used: Raw meters.
        row: What is billed; None or one without rates is unpriced.
        uncounted: Whether the provider did not say all that was used.
    """
    if row is None or not row.rates:
        owed = tuple(meter for meter, value in used.items() if value and meter not in _NEVER_OWED)
        return Cost(
            usd=None, status=CostStatus.UNPRICED, unpriced=owed, uncounted=uncounted, row=row
        )
    parts: dict[Meter, Decimal] = {}
    unpriced: list[Meter] = []
    for meter in Meter:
        value, rate = used.get(meter, 0.0), rate_of(row, meter)
        if value and rate is not None:
            parts[meter] = amount(value, meter, rate)
        elif value and _owed(meter, row):
            unpriced.append(meter)
    missing = bool(unpriced) or uncounted
    if missing and not parts:
        status, usd = CostStatus.UNPRICED, None
    else:
        status = CostStatus.PARTIAL if missing else CostStatus.PRICED
        usd = sum(parts.values(), Decimal(0))
    return Cost(
        usd=usd,
        status=status,
        parts=parts,
        unpriced=tuple(unpriced),
        uncounted=uncounted,
        row=row,
    )


def rate_of(row: PriceRow, meter: Meter) -> Decimal | None:
    """Return US dollars for ``RATED_PER`` units of a meter, or None where it is unpriced."""
    rate = row.rates.get(meter)
    return row.rates.get(_INSTEAD[meter]) if rate is None and meter in _INSTEAD else rate


def amount(value: float, meter: Meter, rate: Decimal) -> Decimal:
    """Return what so many units of a meter cost; a meter counts to a millionth of its unit."""
    return Decimal(str(round(value, 6))) * rate / RATED_PER[meter]


def _owed(meter: Meter, row: PriceRow) -> bool:
    """Whether use of a meter that has no rate is missing in the sum."""
    if meter in _NEVER_OWED:
        return False
    family = TRANSCRIPTION if meter in TRANSCRIPTION else TOKENS
    return bool(family & row.rates.keys()) or not _BY_USE & row.rates.keys()


def price_turn(turn: TurnRecord, record: SessionRecord, row: PriceRow | None) -> Cost:
    """Return what a turn comes to.

    Args:
        turn: Whose use is priced.
        record: Of its session: our own engine costs nothing.
        row: As ``session_row`` gives it, or any other to see what it would cost.
    """
    if row is None and record.target.provider in OURS:
        return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
    return price(meters(turn), row, uncounted=uncounted_in(turn, row))


def price_session(
    turns: Sequence[TurnRecord], record: SessionRecord, book: PriceBook | None
) -> Cost:
    """Return what a session comes to, by the prices of its date.

    Our own engine is LOCAL, 0, unless the user gave it a price. Without a book, or where the
    book does not know the model, it is UNPRICED and ``usd`` is None.
    """
    return price_at(turns, record, session_row(record, book))


def price_at(turns: Sequence[TurnRecord], record: SessionRecord, row: PriceRow | None) -> Cost:
    """Return what a session comes to at a row of prices; see ``price_session``."""
    if row is None and record.target.provider in OURS:
        return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
    uncounted = any(uncounted_in(turn, row) for turn in turns)
    return price(session_meters(turns, record), row, uncounted=uncounted)


def session_row(record: SessionRecord, book: PriceBook | None) -> PriceRow | None:
    """Return what a session is billed at: its model, and who writes down the user's words."""
    if book is None:
        return None
    return row_instead(record.target.provider, record.target.model, record, book)


def row_instead(
    provider: str, model: str | None, record: SessionRecord, book: PriceBook
) -> PriceRow | None:
    """Return what a session would be billed at, had it been held with this model."""
    on = record.t0_utc[:10]
    row = book.row(provider, model, on)
    if row is None or not record.settings.transcribe_input:
        return row
    return with_transcription(row, book.row(provider, record.settings.transcription_model, on))


def with_transcription(row: PriceRow, scribe: PriceRow | None) -> PriceRow:
    """Return a model's row with the rates of another that writes down the user's words."""
    if scribe is None or TRANSCRIPTION & row.rates.keys():
        return row
    more = {meter: rate for meter, rate in scribe.rates.items() if meter in TRANSCRIPTION}
    if not more:
        return row
    told = f"The user's words by {scribe.model}: {scribe.source}"
    return replace(
        row, rates={**row.rates, **more}, notes="; ".join(filter(None, (row.notes, told)))
    )


def uncounted_in(turn: TurnRecord, row: PriceRow | None) -> bool:
    """Whether the provider billed more for a turn than it told, as far as anybody can see."""
    rates = frozenset() if row is None else row.rates.keys()
    by_tokens = not rates or bool(TOKENS & rates)
    if by_tokens and (_untold(turn) if turn.usage is None else not token_meters(turn.usage).whole):
        return True
    written = turn.user_final_ns is not None and bool(TRANSCRIPTION & rates)
    return written and not TRANSCRIPTION & meters(turn).keys()


def _untold(turn: TurnRecord) -> bool:
    """Whether a reply was asked for or begun, so that a turn without a count was billed."""
    signs = (turn.decided_ns, turn.create_ns, turn.tok1_ns, turn.done_ns)
    return any(at_ns is not None for at_ns in signs)


# --- what a cost is made of


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSplit:
    """A cost by what it is for, US dollars; the sum is ``Cost.usd``.

    Attributes:
        cached: Cached tokens of every kind.
        text: Fresh text read, and text and reasoning written.
        other: Images, transcription, time, characters and messages.
    """

    audio: Decimal = Decimal(0)
    text: Decimal = Decimal(0)
    cached: Decimal = Decimal(0)
    other: Decimal = Decimal(0)


_SPLIT: Final[Mapping[Meter, str]] = MappingProxyType({
    Meter.AUDIO_IN: "audio",
    Meter.AUDIO_OUT: "audio",
    Meter.TEXT_IN: "text",
    Meter.TEXT_OUT: "text",
    Meter.REASONING_OUT: "text",
    Meter.TEXT_IN_CACHED: "cached",
    Meter.AUDIO_IN_CACHED: "cached",
    Meter.IMAGE_IN_CACHED: "cached",
})  # fmt: skip


def split(cost: Cost) -> CostSplit:
    """Return a cost's parts by what they are for."""
    sums: dict[str, Decimal] = {}
    for meter, usd in cost.parts.items():
        name = _SPLIT.get(meter, "other")
        sums[name] = sums.get(name, Decimal(0)) + usd
    return CostSplit(**sums)


def per(cost: Cost, units: float | None) -> Decimal | None:
    """Return a cost per unit (minutes, successes ...); None where either is unknown or zero."""
    if cost.usd is None or not units:
        return None
    return cost.usd / Decimal(str(units))


def wasted_usd(turns: Iterable[TurnRecord], row: PriceRow | None) -> Decimal | None:
    """Return what audio cost that was generated and never heard.

    By ``wasted_tokens`` and the rate of audio out; None where that rate is not known, or where
    audio was wasted of which nobody says how many tokens it was.
    """
    rate = None if row is None else row.rates.get(Meter.AUDIO_OUT)
    if rate is None:
        return None
    total = Decimal(0)
    for turn in turns:
        if turn.wasted_tokens is None and turn.wasted_audio_ms:
            return None
        total += amount(turn.wasted_tokens or 0.0, Meter.AUDIO_OUT, rate)
    return total

"""What metered use comes to at a row of prices. Pure; money is exact.

Source: metrics specification, section 11, and its rule "unknown is not zero". What cannot be
priced makes a sum PARTIAL: it is then the least that was billed, and says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from app.core.money import RATED_PER, Cost, CostStatus, Meter, PriceRow
from app.core.ports import PriceBook
from app.core.records import SessionRecord, TurnRecord
from app.metrics.biller import biller_of
from app.metrics.billing import Billed, billed, is_untold, is_unwritten
from app.metrics.meters import TOKENS, TRANSCRIPTION, meters

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
        record: Of its session: our own engine costs nothing but for a language model elsewhere.
        row: As ``session_row`` gives it, or any other to see what it would cost.
    """
    who = biller_of(record)
    if row is None and who.ours:
        return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
    return price(who.of(meters(turn)), row, uncounted=uncounted_in(turn, row))


def price_session(
    turns: Sequence[TurnRecord], record: SessionRecord, book: PriceBook | None
) -> Cost:
    """Return what a session comes to, by the prices of its date.

    Our own engine is LOCAL, 0, unless the user gave it a price or its language model is served
    elsewhere. Without a book, or where the book does not know the model, it is UNPRICED and
    ``usd`` is None.
    """
    return price_at(turns, record, session_row(record, book))


def price_at(turns: Sequence[TurnRecord], record: SessionRecord, row: PriceRow | None) -> Cost:
    """Return what a session comes to at a row of prices; see ``price_session``."""
    return price_billed(billed(turns, record), row)


def price_billed(used: Billed, row: PriceRow | None) -> Cost:
    """Return what a session comes to at a row of prices, without its turns."""
    if row is None and used.ours:
        return Cost(usd=Decimal(0), status=CostStatus.LOCAL)
    uncounted = _uncounted(row, untold=used.untold, unwritten=used.unwritten)
    return price(used.meters, row, uncounted=uncounted)


def session_row(record: SessionRecord, book: PriceBook | None) -> PriceRow | None:
    """Return what a session is billed at: its model, and who writes down the user's words."""
    if book is None:
        return None
    who = biller_of(record)
    return who.told(row_instead(who.provider, who.model, record, book))


def row_instead(
    provider: str, model: str | None, record: SessionRecord, book: PriceBook
) -> PriceRow | None:
    """Return what a session would be billed at, had it been held with this model."""
    settings, words_only = record.settings, biller_of(record).words_only
    scribed = settings.transcribe_input and not words_only
    scribe = (settings.transcription_model,) if scribed else ()
    return _row(provider, model, record.t0_utc[:10], scribe, book)


def billed_row(used: Billed, book: PriceBook | None) -> PriceRow | None:
    """Return what ``session_row`` does, of what the session is billed for."""
    if book is None:
        return None
    scribe = (used.scribe,) if used.scribed else ()
    return _row(used.provider, used.model, used.on, scribe, book)


def _row(
    provider: str, model: str | None, on: str, scribe: Sequence[str | None], book: PriceBook
) -> PriceRow | None:
    """Return a model's row on a date, with the rates of whoever wrote down the user's words."""
    row = book.row(provider, model, on)
    if row is None or not scribe:
        return row
    return with_transcription(row, book.row(provider, scribe[0], on))


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
    return _uncounted(row, untold=is_untold(turn), unwritten=is_unwritten(turn))


def _uncounted(row: PriceRow | None, *, untold: bool, unwritten: bool) -> bool:
    rates = frozenset() if row is None else row.rates.keys()
    by_tokens = not rates or bool(TOKENS & rates)
    return (by_tokens and untold) or (unwritten and bool(TRANSCRIPTION & rates))


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

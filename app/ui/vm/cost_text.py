"""Money and meters in words: what was used, what it is billed at, and by whose word."""

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from app.core.money import Meter, PriceRow
from app.metrics.cost import amount as billed, rate_of
from app.metrics.cost_words import UNPRICED
from app.ui.vm.text import THIN_SPACE, UNKNOWN, one_line

FROM: Final = "from"
_CENTS = 2
_SIGNIFICANT = 3
_FINEST = 7
_TIMES = "\N{MULTIPLICATION SIGN}"

CACHED: Final = (Meter.TEXT_IN_CACHED, Meter.AUDIO_IN_CACHED, Meter.IMAGE_IN_CACHED)
UNCACHED: Final = (Meter.TEXT_IN, Meter.AUDIO_IN, Meter.IMAGE_IN)
GROUPS: Final[Mapping[str, tuple[Meter, ...]]] = MappingProxyType(
    {
        "audio": (Meter.AUDIO_IN, Meter.AUDIO_OUT),
        "text": (Meter.TEXT_IN, Meter.TEXT_OUT, Meter.REASONING_OUT),
        "cached": CACHED,
        "image": (Meter.IMAGE_IN,),
        "transcription": (
            Meter.TRANSCRIPTION_TEXT_IN,
            Meter.TRANSCRIPTION_AUDIO_IN,
            Meter.TRANSCRIPTION_OUT,
            Meter.TRANSCRIPTION_SECONDS,
        ),
        "time, characters, messages": (
            Meter.SESSION_SECONDS,
            Meter.CHARACTERS,
            Meter.TEXT_MESSAGES,
        ),
    }
)
"""The split that people ask for; every meter stands in one group."""

_PER_WORDS: Final[Mapping[Meter, str]] = MappingProxyType(
    {
        Meter.TRANSCRIPTION_SECONDS: "a minute",
        Meter.SESSION_SECONDS: "a minute",
        Meter.CHARACTERS: "1M characters",
        Meter.TEXT_MESSAGES: "1 000 messages",
    }
)
_SECONDS: Final = frozenset({Meter.TRANSCRIPTION_SECONDS, Meter.SESSION_SECONDS})


def usd(value: Decimal | float | None) -> str:
    """Return US dollars: cents from a dollar up, three significant digits below.

    Unknown is an en dash; what is too small to show, and not 0, says so.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    sign, size = ("\N{MINUS SIGN}" if value < 0 else ""), abs(float(value))
    if size == 0:
        return "$0"
    if size >= 1:
        return f"{sign}${size:,.{_CENTS}f}".replace(",", THIN_SPACE)
    decimals = _SIGNIFICANT - 1 - math.floor(math.log10(size))
    if decimals > _FINEST + _SIGNIFICANT - 1:
        return f"{sign}<$0.{'0' * (_FINEST - 1)}1"
    text = f"{size:.{min(decimals, _FINEST)}f}".rstrip("0")
    whole, _point, fraction = text.partition(".")
    return f"{sign}${whole}.{fraction:0<{_CENTS}}"


def axis_usd(value: float) -> str:
    """Return US dollars beside a line of a plot: no cents where there are none."""
    return f"${value:,.0f}".replace(",", THIN_SPACE) if value == int(value) else usd(value)


def rate(value: Decimal) -> str:
    """Return a rate as it is quoted, e.g. "$0.30" or "$10"."""
    text = f"{value.normalize():f}"
    whole, _point, fraction = text.partition(".")
    return f"${whole}.{fraction:0<{_CENTS}}" if fraction else f"${whole}"


def per_words(meter: Meter) -> str:
    """Return what a rate of a meter is for, e.g. "1M tokens"."""
    return _PER_WORDS.get(meter, "1M tokens")


def used(meter: Meter, amount: float) -> str:
    """Return what was used, e.g. "1 200" or "65.4 s"."""
    if meter in _SECONDS:
        return f"{amount:,.1f}{THIN_SPACE}s".replace(",", THIN_SPACE)
    return f"{amount:,.0f}".replace(",", THIN_SPACE)


def use_line(meter: Meter, amount: float, row: PriceRow | None) -> str:
    """Return a meter's use with its rate and what it comes to."""
    price = None if row is None else rate_of(row, meter)
    if price is None:
        return f"{used(meter, amount)} {_TIMES} {UNPRICED}"
    cost = billed(amount, meter, price)
    return f"{used(meter, amount)} {_TIMES} {rate(price)} / {per_words(meter)} = {usd(cost)}"


def share(value: float | None) -> str:
    """Return 0 to 1 as whole per cent; a share that is not quite all is never shown as all."""
    if value is None:
        return UNKNOWN
    whole = round(value * 100)
    if whole in {0, 100} and value not in {0.0, 1.0}:
        return f"{'<1' if whole == 0 else '>99'}{THIN_SPACE}%"
    return f"{whole}{THIN_SPACE}%"


def cached_of(meters: Mapping[Meter, float]) -> float | None:
    """Return the share of the tokens in that were cached, 0 to 1; None where none are known."""
    cached = sum(meters.get(each, 0.0) for each in CACHED)
    every = cached + sum(meters.get(each, 0.0) for each in UNCACHED)
    return cached / every if every > 0 else None


def split(parts: Mapping[Meter, Decimal]) -> tuple[tuple[str, Decimal], ...]:
    """Return what each group of meters comes to, in order; groups without any are left out."""
    found = (
        (name, [parts[meter] for meter in meters if meter in parts])
        for name, meters in GROUPS.items()
    )
    return tuple((name, sum(costs, Decimal(0))) for name, costs in found if costs)


def row_words(row: PriceRow | None) -> str:
    """Return which price row it is and from when it holds."""
    if row is None:
        return "none"
    since = "always" if row.valid_from is None else f"from {day(row.valid_from)}"
    return f"{one_line(row.provider)} {one_line(row.model)}, {since} ({row.origin.value})"


def source_words(row: PriceRow | None) -> str:
    """Return where a price row stands, and when that was read."""
    if row is None:
        return ""
    read = "not dated" if row.as_of is None else f"read {day(row.as_of)}"
    return ", ".join(filter(None, (one_line(row.source, limit=200), read)))


def day(iso: str | None) -> str:
    """Return an ISO date as it is, or harmless words for one that is none."""
    return UNKNOWN if iso is None else one_line(iso, limit=32)


def parse_day(text: str) -> str | None:
    """Return an ISO date as typed; "" is None.

    Raises:
        ValueError: If it is no date.
    """
    words = text.strip()
    return date.fromisoformat(words).isoformat() if words else None

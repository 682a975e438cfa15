"""Text and numbers as a report shows them.

Text from models and files may hold markup, control characters and marks that turn the direction
of writing. Markup is escaped by the template; the rest is made visible here, and each text is
kept apart from its surroundings (Unicode Standard Annex 9, isolates).
"""

import math
import unicodedata
from decimal import Decimal
from typing import Final

THIN: Final = "\u202f"
UNKNOWN: Final = "\u2013"
MINUS: Final = "\u2212"

_KEPT: Final = frozenset("\n\t\u200c\u200d")
"""Breaks, and the joiners that emoji and several scripts are spelled with."""
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_TAGS: Final = range(0xE0020, 0xE0080)
"""Flags of England, Scotland and Wales are spelled with them, after a black flag."""
_BLACK_FLAG: Final = "\U0001f3f4"
_NOTHING: Final = 1e-9
"""What rounding leaves of zero."""
_LEAST_USD: Final = Decimal("0.00001")
_HOUR_S: Final = 3600
_MINUTE_S: Final = 60


def visible(text: str) -> str:
    """Return ``text`` with control and direction marks written out, e.g. ``[U+202E]``."""
    if text.isprintable():
        return text
    shown: list[str] = []
    flag = False
    for letter in text.replace("\r\n", "\n"):
        flag = letter == _BLACK_FLAG or (flag and ord(letter) in _TAGS)
        hidden = unicodedata.category(letter) in _HIDDEN and letter not in _KEPT and not flag
        shown.append(f"[U+{ord(letter):04X}]" if hidden else letter)
    return "".join(shown)


def one_line(text: str, most: int) -> str:
    """Return ``text`` visible, in one line and of at most ``most`` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}\u2026"


def digits(value: float, significant: int = 3) -> str:
    """Return ``value`` to so many significant digits; whole numbers lose none."""
    if not math.isfinite(value):
        return UNKNOWN
    if abs(value) < _NOTHING:
        return "0"
    after = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    text = f"{abs(value):,.{after}f}".replace(",", THIN)
    return f"{MINUS}{text}" if value < 0 and float(f"{value:.{after}f}") else text


def quantity(value: float | None, unit: str = "ms") -> str:
    """Return a number with its unit, three significant digits; an en dash if unknown."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if unit == "%":
        return f"{digits(value * 100)}{THIN}%"
    return f"{digits(value)}{THIN}{unit}" if unit else digits(value)


def usd(value: Decimal | None) -> str:
    """Return US dollars: two digits after the point from a dollar on, else three significant."""
    if value is None:
        return "unpriced"
    if value == 0:
        return "$0"
    if abs(value) >= 1:
        return f"${value:,.2f}"
    if abs(value) < _LEAST_USD:
        return f"under ${_LEAST_USD}"
    return f"${value:.{2 - value.adjusted()}f}"


def clock(seconds: float) -> str:
    """Return an instant as minutes and seconds, with hours where there are any."""
    whole = max(0, math.floor(seconds))
    hours, rest = divmod(whole, _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def length(seconds: float | None) -> str:
    """Return how long something lasts, in words."""
    if seconds is None:
        return UNKNOWN
    if seconds < _MINUTE_S:
        return quantity(seconds, "s")
    whole = round(seconds)
    hours, rest = divmod(whole, _HOUR_S)
    minutes, left = divmod(rest, _MINUTE_S)
    if hours:
        return f"{hours}{THIN}h {minutes}{THIN}min"
    return f"{minutes}{THIN}min {left}{THIN}s" if left else f"{minutes}{THIN}min"


def count(n: int, one: str, many: str = "") -> str:
    """Return a number with its noun."""
    noun = one if n == 1 else many or f"{one}s"
    return f"{digits_of(n)} {noun}"


def digits_of(n: int) -> str:
    """Return a whole number with thin spaces between its thousands."""
    return f"{n:,}".replace(",", THIN)


def listed(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def when(iso: str | None) -> str:
    """Return an ISO instant to the minute, as it is spelled; an en dash if unknown."""
    if not iso:
        return UNKNOWN
    text = visible(iso)[:40]
    is_instant = len(text) > 16 and text[10] in "T "  # noqa: PLR2004 - YYYY-MM-DDTHH:MM
    if not is_instant:
        return text
    zone = " UTC" if text.endswith(("+00:00", "Z")) else text[19:].lstrip("0123456789.")
    return f"{text[:10]} {text[11:16]}{zone}"

"""Numbers and untrusted words, made ready for people."""

import math

THIN_SPACE = "\N{THIN SPACE}"
UNKNOWN = "\N{EN DASH}"
_SIGNIFICANT = 3
_PICTURES = 0x2400
_BAD = 0xFFFD
# C0 controls become their pictures, but tab and line feed stay. C1 controls, delete and lone
# surrogates are replaced. Marks that reorder or isolate what follows are dropped: an unclosed
# one would reach the next entry.
_HARMLESS: dict[int, int | None] = {
    **{code: _PICTURES + code for code in range(0x20) if chr(code) not in "\n\t"},
    **dict.fromkeys(range(0x7F, 0xA0), _BAD),
    **dict.fromkeys(range(0xD800, 0xE000), _BAD),
    **dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], None),
    0x2028: 0x0A,
    0x2029: 0x0A,
}


def number(value: float | None) -> str:
    """Return ``value`` with three significant digits and thin spaces per thousand.

    From a thousand up every digit before the point is shown, so that a reader who adds up
    the parts of a latency finds its whole. Unknown and not finite are an en dash. The sign
    of a negative value is kept.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    decimals = max(_SIGNIFICANT - 1 - exponent, 0)
    rounded = round(value, decimals)
    text = f"{rounded:,.{min(decimals, _SIGNIFICANT)}f}"
    return text.replace(",", THIN_SPACE).replace("-", "\N{MINUS SIGN}")


def quantity(value: float | None, unit: str, *, cap: float | None = None) -> str:
    """Return the number with its unit, or an en dash alone; above ``cap`` only that it is."""
    text = capped(value, cap)
    return text if text == UNKNOWN or not unit else f"{text}{THIN_SPACE}{unit}"


def capped(value: float | None, cap: float | None) -> str:
    """Return the number, or ``>cap`` for one above it: larger ones say nothing more."""
    if cap is not None and value is not None and value > cap:
        return f">{cap:g}"
    return number(value)


def whole_ms(value: float | None) -> str:
    """Return milliseconds for the large figure: no decimals from 10 up."""
    return number(value if value is None or abs(value) < _SIGNIFICANT else round(value))


def plus_minus(value_ms: float) -> str:
    """Return an uncertainty in ms, e.g. "± 6 ms": one digit more would say nothing."""
    digits = 0 if value_ms >= _SIGNIFICANT else 1
    sign = "\N{PLUS-MINUS SIGN}"
    return f"{sign}{THIN_SPACE}{value_ms:.{digits}f}{THIN_SPACE}ms"


def seconds(value_ms: float | None) -> str:
    """Return milliseconds as seconds with one decimal, without the unit."""
    return UNKNOWN if value_ms is None else f"{value_ms / 1000:.1f}"


def clock(at_ms: float) -> str:
    """Return session time as mm:ss, or h:mm:ss from an hour up."""
    total = max(int(at_ms // 1000), 0)
    minutes, second = divmod(total, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def plain(text: str, *, limit: int = 20_000) -> str:
    r"""Return untrusted words as harmless plain text.

    Line ends become ``\\n``; other control characters become their visible pictures; marks
    that override the direction of text are dropped; what exceeds ``limit`` characters is
    left out and counted.
    """
    kept = text[:limit].replace("\r\n", "\n").replace("\r", "\n")
    kept = kept.translate(_HARMLESS)
    left_out = len(text) - limit
    return (
        kept if left_out <= 0 else f"{kept} \N{HORIZONTAL ELLIPSIS} ({left_out:,} more characters)"
    )


def one_line(text: str, *, limit: int = 300) -> str:
    """Return untrusted words as a single line of harmless plain text."""
    return " ".join(plain(text, limit=limit).split())

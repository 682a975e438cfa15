"""Vector pictures as text: scales, marks and frames. No colour stands here: classes do.

Sizes are in units of the picture, of which a full width holds 720. Attributes only, no style
attribute: a page that allows no inline style shows them all the same.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from app.exports.report_text import MINUS, digits

WIDTH: Final = 720
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_GROUPED: Final = 1_000
_CHAR: Final = 6.2
"""Mean width of a letter at 11 units, generously."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values to places, linearly; a domain without extent lies in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of ``value``."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Return about ``wanted`` round values within ``low`` and ``high``, ascending."""
    if not high > low:
        return (low,)
    step = nice((high - low) / max(wanted, 1))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(k * step, 12) for k in range(first, last + 1))


def tick(value: float) -> str:
    """Return a tick's value, which is a round number, without digits that say nothing."""
    return digits(value) if abs(value) >= _GROUPED else f"{value:.6g}".replace("-", MINUS)


def nice(value: float) -> float:
    """Return the next round number at or above a positive ``value``: 1, 2, 2.5 or 5 x 10^k."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in _NICE if step * power >= value * (1 - 1e-9))


def domain(values: Iterable[float], *, zero: bool = True, wanted: int = 5) -> tuple[float, float]:
    """Return round bounds around all finite ``values``; with ``zero`` they hold 0."""
    known = [value for value in values if math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        high = low + (abs(low) or 1.0)
    step = nice((high - low) / wanted)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def number(value: float) -> str:
    """Return a coordinate to a tenth."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def element(name: str, content: str = "", **attributes: str | float | None) -> str:
    """Return an element; ``content`` is markup. ``cls`` is its class, _ in names is -."""
    told = "".join(
        f" {'class' if key == 'cls' else key.replace('_', '-')}={_quoted(value)}"
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{told}>{content}</{name}>" if content else f"<{name}{told}/>"


def _quoted(value: str | float) -> str:
    return quoteattr(value) if isinstance(value, str) else f'"{number(value)}"'


def text(x: float, y: float, words: str, *, anchor: str = "start", cls: str = "t") -> str:
    """Return words at a place, kept apart from the direction of what is around."""
    return element("text", escape(words), x=x, y=y, text_anchor=anchor, cls=cls)


def line(x1: float, y1: float, x2: float, y2: float, cls: str) -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, cls=cls)


def rectangle(x: float, y: float, width: float, height: float, cls: str) -> str:
    """Return a box by its upper left corner."""
    return element("rect", x=x, y=y, width=width, height=height, cls=cls)


def path(points: Sequence[tuple[float, float]], cls: str, *, closed: bool = False) -> str:
    """Return a line through ``points``."""
    if not points:
        return ""
    steps = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return element("path", d=f"M{steps}{'Z' if closed else ''}", cls=cls)


def told(markup: str, words: str) -> str:
    """Return ``markup`` with a text that appears when it is pointed at."""
    return element("g", f"<title>{escape(words)}</title>{markup}")


def fitting(words: str, room: float) -> str:
    """Return ``words``, cut to what fits into ``room`` units at the usual size."""
    most = int(room / _CHAR)
    return words if len(words) <= most else f"{words[: max(most - 1, 0)].rstrip()}\u2026"


def width_of(words: str) -> float:
    """Return about how wide ``words`` are at the usual size."""
    return len(words) * _CHAR


def picture(name: str, height: float, title: str, described: str, parts: Iterable[str]) -> str:
    """Return a whole picture.

    Args:
        name: Unique in the page; letters, digits and hyphens.
        height: In units of the picture.
        title: What it is, in a few words.
        described: What it shows, for those who do not see it.
        parts: Markup.
    """
    content = (
        f'<title id="{name}-t">{escape(title)}</title>'
        f'<desc id="{name}-d">{escape(described)}</desc>{"".join(parts)}'
    )
    return element(
        "svg",
        content,
        viewBox=f"0 0 {WIDTH} {number(height)}",
        role="img",
        aria_labelledby=f"{name}-t {name}-d",
    )


def y_axis(scale: Scale, left: float, right: float, label: str, unit: str = "") -> list[str]:
    """Return grid lines with their values and the label above them."""
    parts = [text(left - 8, min(scale.start, scale.end) - 12, label, anchor="start", cls="t axis")]
    for value in ticks(scale.low, scale.high):
        y = scale(value)
        parts += [
            line(left, y, right, y, "zero" if value == 0 else "grid"),
            text(left - 8, y + 4, f"{tick(value)}{unit}", anchor="end", cls="t num"),
        ]
    return parts


def x_axis(
    scale: Scale, top: float, bottom: float, label: str, at: Sequence[float] | None = None
) -> list[str]:
    """Return ticks with their values below, and the label below them."""
    values = ticks(scale.low, scale.high, 7) if at is None else at
    parts = [line(scale.start, bottom, scale.end, bottom, "base")]
    for value in values:
        x = scale(value)
        parts += [
            line(x, top, x, bottom, "grid"),
            text(x, bottom + 16, tick(value), anchor="middle", cls="t num"),
        ]
    return [*parts, text(scale.end, bottom + 34, label, anchor="end", cls="t axis")]

"""Where the time of a turn goes: one stacked bar a model, of parts that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.exports.report_text import quantity
from app.exports.svg import (
    WIDTH,
    Scale,
    domain,
    element,
    fitting,
    picture,
    rectangle,
    text,
    told,
    width_of,
    x_axis,
)

_LEFT: Final = 16.0
_RIGHT: Final = WIDTH - 90.0
_BAR: Final = 30.0
_ROW: Final = 62.0
_LEGEND_ROW: Final = 20.0
_PER_LEGEND_ROW: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One turn's parts as ``(id, ms)``, in the order of time; ``note`` says which turn."""

    label: str
    note: str
    total_ms: float
    parts: tuple[tuple[str, float], ...]


def bars_picture(name: str, bars: Sequence[Bar], names: Mapping[str, str]) -> str:
    """Return the picture. ``names`` are the parts in their order, with a name for each."""
    used = [part for part in names if any(part == id_ for bar in bars for id_, _ in bar.parts)]
    rows = -(-len(used) // _PER_LEGEND_ROW)
    top = 14.0 + rows * _LEGEND_ROW
    bottom = top + _ROW * len(bars)
    ends = [_span(bar) for bar in bars]
    low, high = domain([end for pair in ends for end in pair], wanted=7)
    across = Scale(low, high, _LEFT, _RIGHT)
    parts = [
        *_legend(used, names),
        *x_axis(across, top, bottom, "ms since the user's speech ended"),
    ]
    for place, bar in enumerate(bars):
        parts += _bar(bar, top + _ROW * place, across, names, used)
    described = "; ".join(_described(bar, names) for bar in bars)
    return picture(name, bottom + 42, "Where the time goes in a median turn", described, parts)


def _span(bar: Bar) -> tuple[float, float]:
    return (
        sum(ms for _, ms in bar.parts if ms < 0),
        sum(ms for _, ms in bar.parts if ms > 0),
    )


def _described(bar: Bar, names: Mapping[str, str]) -> str:
    told_parts = ", ".join(f"{names[id_]} {quantity(ms)}" for id_, ms in bar.parts)
    return f"{bar.label}, {bar.note}, {quantity(bar.total_ms)} in all: {told_parts}"


def _legend(used: Sequence[str], names: Mapping[str, str]) -> list[str]:
    parts = []
    for place, id_ in enumerate(used):
        row, column = divmod(place, _PER_LEGEND_ROW)
        x, y = _LEFT + column * 226, 6.0 + row * _LEGEND_ROW
        parts += [_box(x, y, 22, 12, place), text(x + 30, y + 10, names[id_])]
    return parts


def _box(x: float, y: float, width: float, height: float, place: int) -> str:
    """Return a filled box; every second part is hatched, so that neighbours differ in grey."""
    kind = f"b{place % 6}"
    parts = rectangle(x, y, width, height, f"bar {kind}")
    if place % 2:
        lines = []
        at = x + 4 - height
        while at < x + width:
            x1, x2 = max(at, x), min(at + height, x + width)
            lines.append(
                f"M{x1:.1f} {y + height - (x1 - at):.1f}L{x2:.1f} {y + at + height - x2:.1f}"
            )
            at += 6
        parts += element("path", d="".join(lines), cls="hatch")
    return parts


def _bar(
    bar: Bar, y: float, across: Scale, names: Mapping[str, str], used: Sequence[str]
) -> list[str]:
    top = y + 22
    parts = [text(_LEFT, y + 15, fitting(f"{bar.label}, {bar.note}", _RIGHT - _LEFT))]
    above, below = 0.0, 0.0
    for id_, ms in bar.parts:
        start = above if ms >= 0 else below + ms
        x, width = across(start), abs(across(ms) - across(0))
        above, below = (above + ms, below) if ms >= 0 else (above, below + ms)
        shape = _box(x, top, max(width, 0.5), _BAR, used.index(id_))
        words = digits_inside(ms, width)
        shape += (
            text(x + width / 2, top + _BAR / 2 + 4, words, anchor="middle", cls="t in")
            if words
            else ""
        )
        parts.append(told(shape, f"{names[id_]}: {quantity(ms)}"))
    parts.append(text(across(above) + 8, top + _BAR / 2 + 5, quantity(bar.total_ms), cls="t total"))
    return parts


def digits_inside(ms: float, width: float) -> str:
    """Return a part's length if it fits into its box."""
    words = quantity(ms)
    return words if width > width_of(words) + 8 else ""

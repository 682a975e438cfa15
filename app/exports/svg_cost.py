"""What each turn cost, against its place in the session, and what of it was cached."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.exports.report_text import count
from app.exports.svg import (
    WIDTH,
    Scale,
    domain,
    fitting,
    line,
    number,
    path,
    picture,
    text,
    ticks,
    y_axis,
)
from app.exports.svg_ecdf import SERIES, marker

_LEFT: Final = 64.0
_RIGHT: Final = WIDTH - 16.0
_PLOT: Final = 150.0
_SHARE: Final = 70.0
_LINE: Final = 20.0
MOST_LINES: Final = SERIES
MOST_MARKERS: Final = 80
MOST_POINTS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One session: ``(turn, US cents or None, cached share or None)`` in order."""

    label: str
    turns: tuple[tuple[int, float | None, float | None], ...]


def cost_picture(name: str, lines: Sequence[CostLine]) -> str:
    """Return the picture; one turn at least is priced."""
    top = 34.0 + _LINE * len(lines)
    bottom = top + _PLOT
    last = max((turn for each in lines for turn, _, _ in each.turns), default=1)
    across = Scale(0.5, last + 0.5, _LEFT, _RIGHT)
    cents = [cost for each in lines for _, cost, _ in each.turns if cost is not None]
    up = Scale(*domain(cents), bottom, top)
    parts = [*y_axis(up, _LEFT, _RIGHT, "cost of the turn, US cents")]
    share_top = bottom + 44
    share = Scale(0, 100, share_top + _SHARE, share_top)
    parts += y_axis(share, _LEFT, _RIGHT, "cached share of the tokens in, %")
    for place, each in enumerate(lines):
        parts += _legend(place, each, 12.0 + _LINE * place)
        parts += _series(place, [(turn, cost) for turn, cost, _ in each.turns], across, up)
        shares = [(turn, None if part is None else part * 100) for turn, _, part in each.turns]
        parts += _series(place, shares, across, share)
    parts += _turn_axis(last, across, share_top + _SHARE)
    return picture(name, share_top + _SHARE + 42, "Cost against turn", _described(lines), parts)


def _legend(place: int, each: CostLine, y: float) -> list[str]:
    return [
        line(_LEFT, y, _LEFT + 34, y, f"s{place % SERIES}"),
        marker(place, _LEFT + 17, y),
        text(_LEFT + 44, y + 4, fitting(each.label, _RIGHT - _LEFT - 44)),
    ]


def _series(
    place: int, values: Sequence[tuple[int, float | None]], across: Scale, up: Scale
) -> list[str]:
    """Return a line that breaks off where a value is unknown."""
    step = -(-len(values) // MOST_POINTS) or 1
    runs: list[list[tuple[float, float]]] = [[]]
    for turn, value in values[::step]:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((across(turn), up(value)))
    parts = [path(run, f"s{place % SERIES}") for run in runs if len(run) > 1]
    points = [point for run in runs for point in run]
    every = -(-len(points) // MOST_MARKERS) or 1
    return [*parts, *(marker(place, x, y) for x, y in points[::every])]


def _turn_axis(last: int, across: Scale, bottom: float) -> list[str]:
    whole = [at for at in ticks(1, last, 10) if at == int(at)] if last > 1 else [1.0]
    parts = [line(_LEFT, bottom, _RIGHT, bottom, "base")]
    parts += [
        text(across(at), bottom + 16, number(at), anchor="middle", cls="t num")
        for at in sorted({1.0, *whole})
    ]
    return [*parts, text(_RIGHT, bottom + 34, "turn of the session", anchor="end", cls="t axis")]


def _described(lines: Sequence[CostLine]) -> str:
    return "What each turn cost, and the share of its tokens in that was cached. " + "; ".join(
        f"{each.label}: {count(len(each.turns), 'turn')}" for each in lines
    )

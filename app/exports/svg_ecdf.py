"""How the voice-to-voice latencies of models are spread, one above another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.exports.report_text import count, quantity
from app.exports.svg import (
    WIDTH,
    Scale,
    domain,
    element,
    fitting,
    line,
    number,
    path,
    picture,
    text,
    told,
    x_axis,
    y_axis,
)

SERIES: Final = 6
"""Ways of drawing that can be told apart without colour: dash and marker."""
_LEFT: Final = 48.0
_RIGHT: Final = WIDTH - 16.0
_PLOT: Final = 220.0
_LINE: Final = 20.0
_CURVE_FROM: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One model. ``steps`` are ``(ms, share up to and with it)``, ascending."""

    label: str
    n: int
    steps: tuple[tuple[float, float], ...]
    median_ms: float | None


def ecdf_picture(name: str, curves: Sequence[Curve]) -> str:
    """Return the picture; ``curves`` hold a value at least."""
    top = 34.0 + _LINE * len(curves)
    bottom = top + _PLOT
    low, high = domain((ms for curve in curves for ms, _ in curve.steps), wanted=7)
    across = Scale(low, high, _LEFT, _RIGHT)
    up = Scale(0, 100, bottom, top)
    parts = [
        *y_axis(up, _LEFT, _RIGHT, "turns answered by then, %"),
        *x_axis(across, top, bottom, "voice-to-voice latency, ms"),
        line(_LEFT, up(50), _RIGHT, up(50), "half"),
    ]
    for place, curve in enumerate(curves):
        parts += _legend(place, curve, 12.0 + _LINE * place)
        parts += _curve(place, curve, across, up)
    return picture(
        name, bottom + 42, "Distribution of voice-to-voice latency", _described(curves), parts
    )


def _described(curves: Sequence[Curve]) -> str:
    each = [f"{curve.label}: {count(curve.n, 'value')}, {_median(curve)}" for curve in curves]
    return (
        "For each latency, the share of turns that were answered within it. "
        "Further left is faster, steeper is steadier. " + "; ".join(each) + "."
    )


def _legend(place: int, curve: Curve, y: float) -> list[str]:
    words = f"{curve.label}: n = {curve.n}, {_median(curve)}"
    return [
        line(_LEFT, y, _LEFT + 34, y, f"s{place % SERIES}"),
        marker(place, _LEFT + 17, y),
        text(_LEFT + 44, y + 4, fitting(words, _RIGHT - _LEFT - 44)),
    ]


def _median(curve: Curve) -> str:
    if curve.median_ms is None:
        return "too few for a median"
    return f"median {quantity(curve.median_ms)}"


def _curve(place: int, curve: Curve, across: Scale, up: Scale) -> list[str]:
    drawn = _steps(curve, across, up)
    kind = f"s{place % SERIES}"
    parts = [path(drawn, kind)] if curve.n >= _CURVE_FROM else []
    if curve.n < _CURVE_FROM:
        parts += [marker(place, across(ms), up(share * 100)) for ms, share in curve.steps]
    if curve.median_ms is None:
        return parts
    x, y = across(curve.median_ms), up(50)
    mark = line(x, y, x, up(0), f"{kind} drop") + marker(place, x, y)
    return [*parts, told(mark, f"{curve.label}: {_median(curve)}")]


def _steps(curve: Curve, across: Scale, up: Scale) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = [(across.start, up(0))]
    for ms, share in curve.steps:
        points += [(across(ms), points[-1][1]), (across(ms), up(share * 100))]
    return [*points, (across.end, points[-1][1])]


def marker(place: int, x: float, y: float, cls: str = "") -> str:
    """Return a filled mark whose shape tells the series without colour."""
    shape = place % SERIES
    kind = f"m{shape} {cls}".rstrip()
    if shape == 0:
        return element("circle", cx=x, cy=y, r=4.5, cls=kind)
    corners = _SHAPES[shape]
    steps = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in corners)
    return element("polygon", points=steps, cls=kind)


_SHAPES: Final[dict[int, tuple[tuple[float, float], ...]]] = {
    1: ((-4, -4), (4, -4), (4, 4), (-4, 4)),
    2: ((0, -5), (5, 4), (-5, 4)),
    3: ((0, -5.5), (5.5, 0), (0, 5.5), (-5.5, 0)),
    4: ((0, 5), (5, -4), (-5, -4)),
    5: ((-5, -1.5), (-1.5, -1.5), (-1.5, -5), (1.5, -5), (1.5, -1.5), (5, -1.5),
        (5, 1.5), (1.5, 1.5), (1.5, 5), (-1.5, 5), (-1.5, 1.5), (-5, 1.5)),
}  # fmt: skip

"""Voice-to-voice latency turn by turn, in the order of recording."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.exports.report_text import count, quantity
from app.exports.svg import (
    WIDTH,
    Scale,
    domain,
    element,
    line,
    number,
    picture,
    text,
    ticks,
    told,
    y_axis,
)

_LEFT: Final = 56.0
_RIGHT: Final = WIDTH - 78.0
_TOP: Final = 50.0
_PLOT: Final = 170.0
_RAIL: Final = 16.0
"""Below the values: turns without one."""
MOST_POINTS: Final = 4_000
FEW_POINTS: Final = 200
"""Beyond it points are drawn smaller."""


class PointKind(StrEnum):
    """What a turn's value is worth."""

    COUNTS = "counts"
    APART = "apart"
    """Measured, but not among the model's figures: the first, with a tool, spoilt."""
    PREMATURE = "premature"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Answered, or not meant to be, but without a latency."""


WORDS: Final = {
    PointKind.COUNTS: "counts",
    PointKind.APART: "shown apart, does not count",
    PointKind.PREMATURE: "premature: answered before the user had ended",
    PointKind.FAILED: "failed: no answer",
    PointKind.UNKNOWN: "without a latency",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A turn. ``ms`` is None where it has no latency; ``href`` leads to its row."""

    kind: PointKind
    ms: float | None
    told: str
    href: str = ""


def turns_picture(
    name: str,
    label: str,
    sessions: Sequence[Sequence[Point]],
    median_ms: float | None,
    bounds: Sequence[float] = (),
) -> str:
    """Return one model's turns, session after session; there is one turn at least.

    Args:
        name: Unique in the page.
        label: The model's.
        sessions: Its turns.
        median_ms: Of those that count, or None.
        bounds: Values that the scale holds too, so that several pictures have the same.
    """
    points = [point for session in sessions for point in session]
    thinned, step = _thinned(points)
    low, high = domain([*bounds, *(point.ms for point in points if point.ms is not None)])
    across = Scale(0.5, len(points) + 0.5, _LEFT, _RIGHT)
    up = Scale(low, high, _TOP + _PLOT, _TOP)
    bottom = _TOP + _PLOT + _RAIL
    marks = [_mark(place, point, across, up, bottom) for place, point in thinned]
    parts = [
        *_legend(points),
        *y_axis(up, _LEFT, _RIGHT, "voice-to-voice, ms"),
        *_bounds(sessions, across, bottom),
        *_median(median_ms, up),
        element("g", "".join(marks), cls="many" if len(points) > FEW_POINTS else None),
        *_turn_axis(len(points), across, bottom),
    ]
    words = "" if step == 1 else f"one turn in {step} is drawn, all special ones are; "
    return picture(
        name,
        bottom + 44,
        f"Voice-to-voice latency turn by turn: {label}",
        _described(points, median_ms, words),
        parts,
    )


def _thinned(points: Sequence[Point]) -> tuple[list[tuple[int, Point]], int]:
    step = -(-len(points) // MOST_POINTS)
    kept = [
        (place, point)
        for place, point in enumerate(points, 1)
        if place % step == 0 or point.kind not in {PointKind.COUNTS, PointKind.APART}
    ]
    return kept[: 2 * MOST_POINTS], step


def _described(points: Sequence[Point], median_ms: float | None, words: str) -> str:
    tally = [
        f"{sum(point.kind is kind for point in points)} {kind.value}"
        for kind in PointKind
        if any(point.kind is kind for point in points)
    ]
    return (
        f"{count(len(points), 'turn')}: {', '.join(tally)}; {words}"
        f"median of those that count {quantity(median_ms)}."
    )


def _legend(points: Sequence[Point]) -> list[str]:
    parts, x = [], _LEFT - 4
    for kind in PointKind:
        if not any(point.kind is kind for point in points):
            continue
        parts += [_glyph(kind, x + 5, 12.0), text(x + 15, 16, WORDS[kind])]
        x += 33 + 5.6 * len(WORDS[kind])
    return parts


def _bounds(sessions: Sequence[Sequence[Point]], across: Scale, bottom: float) -> list[str]:
    parts, done = [], 0
    for place, session in enumerate(sessions, 1):
        if place > 1:
            x = across(done + 0.5)
            parts.append(line(x, _TOP, x, bottom, "bound"))
        done += len(session)
    return parts


def _median(median_ms: float | None, up: Scale) -> list[str]:
    if median_ms is None:
        return []
    y = up(median_ms)
    return [
        line(_LEFT, y, _RIGHT, y, "median"),
        text(_RIGHT + 6, y - 2, "median", cls="t axis"),
        text(_RIGHT + 6, y + 11, quantity(median_ms), cls="t num"),
    ]


def _mark(place: int, point: Point, across: Scale, up: Scale, bottom: float) -> str:
    y = bottom - _RAIL / 2 if point.ms is None else up(point.ms)
    mark = told(_glyph(point.kind, across(place), y), point.told)
    return element("a", mark, href=point.href) if point.href else mark


def _glyph(kind: PointKind, x: float, y: float) -> str:
    if kind is PointKind.COUNTS:
        return element("circle", cx=x, cy=y, r=4, cls="p-counts")
    if kind is PointKind.APART:
        return element("circle", cx=x, cy=y, r=4, cls="p-apart")
    if kind is PointKind.PREMATURE:
        corners = ((0, 5), (5, -4), (-5, -4))
        places = " ".join(f"{number(x + dx)},{number(y + dy)}" for dx, dy in corners)
        return element("polygon", points=places, cls="p-premature")
    if kind is PointKind.UNKNOWN:
        return line(x - 4, y, x + 4, y, "p-unknown")
    cross = f"M{number(x - 4)} {number(y - 4)}l8 8m0 -8l-8 8"
    return element("path", d=cross, cls="p-failed")


def _turn_axis(n: int, across: Scale, bottom: float) -> list[str]:
    whole = [value for value in ticks(1, n, 10) if value == int(value)] if n > 1 else [1.0]
    shown = sorted({1.0, *whole})
    parts = [line(_LEFT, bottom, _RIGHT, bottom, "base")]
    parts += [
        text(across(at), bottom + 16, number(at), anchor="middle", cls="t num") for at in shown
    ]
    return [*parts, text(_RIGHT, bottom + 34, "turn, in the order of recording", anchor="end",
                         cls="t axis")]  # fmt: skip

"""Who spoke when: the two sides of a session as lanes, one above the other, row after row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.exports.report_text import clock, count, length, quantity
from app.exports.svg import (
    WIDTH,
    Scale,
    element,
    line,
    number,
    picture,
    rectangle,
    text,
    told,
    width_of,
)

LEFT: Final = 64.0
RIGHT: Final = WIDTH - 8.0
MOST_ROWS: Final = 20
COLUMNS: Final = 324
"""Columns of the envelope in a row; one is two units wide."""
_ROW_S: Final = 60.0
_ONE_ROW_S: Final = 80.0
_LANE: Final = 30.0
_HEAD: Final = 20.0
_FOOT: Final = 24.0
_ROW: Final = _HEAD + 2 * _LANE + 6 + _FOOT
_LEGEND: Final = 26.0
_NUMBER_ROOM: Final = 14.0
_DENSE_S: Final = 300.0
_TIMES: Final = 7
_TIME_STEPS: Final = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneTurn:
    """A turn in session time, s; None where an instant is unknown."""

    number: int
    href: str
    user: tuple[float, float] | None
    agent: tuple[float, float] | None
    v2v_ms: float | None
    failed: bool = False
    interrupted_s: float | None = None
    stall_ms: float = 0.0
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """A session.

    Attributes:
        envelope: Peaks of user and agent, 0 to 1, one for each column of each row of
            ``layout``; None where there is no sound.
        marks: Instants in s, and what happened then.
    """

    label: str
    duration_s: float
    turns: tuple[LaneTurn, ...]
    envelope: tuple[Sequence[float], Sequence[float]] | None
    marks: tuple[tuple[float, str], ...] = ()


def layout(duration_s: float) -> tuple[int, float]:
    """Return how many rows there are, and how many seconds each holds."""
    if duration_s <= _ONE_ROW_S:
        return 1, max(math.ceil(duration_s / 5) * 5.0, 5.0)
    row_s = max(_ROW_S, math.ceil(duration_s / MOST_ROWS / 60) * 60.0)
    return math.ceil(duration_s / row_s), row_s


def lanes_picture(name: str, lanes: Lanes) -> str:
    """Return the picture of one session."""
    rows, row_s = layout(lanes.duration_s)
    parts = _legend(lanes)
    for row in range(rows):
        across = Scale(row * row_s, (row + 1) * row_s, LEFT, RIGHT)
        parts += _row(lanes, row, across, _LEGEND + row * _ROW)
    described = (
        f"{length(lanes.duration_s)} with {count(len(lanes.turns), 'turn')}. Upper lane: the user; "
        "lower lane: the model. Numbers are turns; the bracket between the lanes is the "
        "voice-to-voice latency."
    )
    height = _LEGEND + rows * _ROW + 12
    return picture(name, height, f"Who spoke when: {lanes.label}", described, parts)


def _legend(lanes: Lanes) -> list[str]:
    fine = layout(lanes.duration_s)[1] <= _DENSE_S
    entries = [
        ("v2v", "voice-to-voice latency", fine and any(turn.v2v_ms for turn in lanes.turns)),
        ("cut", "interruption", any(turn.interrupted_s is not None for turn in lanes.turns)),
        ("stall", "reply with a stall", any(turn.stall_ms > 0 for turn in lanes.turns)),
        ("fail", "failed turn", any(turn.failed for turn in lanes.turns)),
        ("mark", "connection or provider event", bool(lanes.marks)),
    ]
    parts, x = [], LEFT
    for kind, words, is_used in entries:
        if is_used:
            parts += [_sign(kind, x + 6, 8.0), text(x + 18, 12, words)]
            x += 36 + 5.6 * len(words)
    return parts


def _sign(kind: str, x: float, y: float) -> str:
    if kind == "v2v":
        return element("path", d=f"M{number(x - 5)} {number(y - 3)}v6m0 -3h10m0 -3v6", cls="v2v")
    if kind == "cut":
        return element("path", d=f"M{number(x - 4)} {number(y - 4)}h8l-4 7z", cls="cut")
    if kind == "stall":
        return element("path", d=f"M{number(x - 5)} {number(y)}h3m2 0h2m2 0h2", cls="stall")
    if kind == "fail":
        return element("path", d=f"M{number(x - 4)} {number(y - 4)}l8 8m0 -8l-8 8", cls="p-failed")
    return line(x, y - 6, x, y + 6, "mark")


def _row(lanes: Lanes, row: int, across: Scale, y: float) -> list[str]:
    user_y, agent_y = y + _HEAD, y + _HEAD + _LANE + 6
    end_s = min(across.high, lanes.duration_s)
    bottom = agent_y + _LANE
    parts = []
    for name, top in (("user", user_y), ("model", agent_y)):
        middle = top + _LANE / 2
        parts += [
            text(LEFT - 8, middle + 4, name, anchor="end", cls=f"t lane-{name}"),
            line(LEFT, middle, across(end_s), middle, "grid"),
        ]
    parts += _times(across, bottom)
    if lanes.envelope is not None:
        for side, top, cls in ((0, user_y, "you"), (1, agent_y, "model")):
            peaks = lanes.envelope[side][row * COLUMNS : (row + 1) * COLUMNS]
            parts.append(_wave(peaks, top + _LANE / 2, cls))
    sounding = lanes.envelope is not None
    for turn in lanes.turns:
        parts += _turn(turn, across, user_y, agent_y, outlined=sounding and not _dense(across))
    parts += _numbers(lanes.turns, across, user_y)
    for at_s, words in lanes.marks:
        if across.low <= at_s < across.high:
            x = across(at_s)
            parts.append(told(line(x, user_y - 4, x, bottom, "mark"), f"{clock(at_s)} {words}"))
    return parts


def _times(across: Scale, bottom: float) -> list[str]:
    parts = [line(LEFT, bottom, RIGHT, bottom, "base")]
    for at in _whole_times(across.low, across.high):
        x = across(at)
        anchor = "end" if x > RIGHT - _NUMBER_ROOM else "middle"
        parts += [
            line(x, bottom, x, bottom + 4, "base"),
            text(x, bottom + 16, clock(at), anchor=anchor, cls="t num"),
        ]
    return parts


def _whole_times(low: float, high: float) -> list[float]:
    """Return round times, about seven of them."""
    wanted = (high - low) / _TIMES
    step = next((step for step in _TIME_STEPS if step >= wanted), _TIME_STEPS[-1])
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _dense(across: Scale) -> bool:
    """Whether a second is too narrow for marks of a turn's parts."""
    return across.high - across.low > _DENSE_S


def _wave(peaks: Sequence[float], middle: float, cls: str) -> str:
    """Return an envelope as one path of upright strokes."""
    step = (RIGHT - LEFT) / COLUMNS
    half = _LANE / 2 - 1
    strokes = [
        f"M{number(LEFT + (place + 0.5) * step)} {number(middle - height)}v{number(2 * height)}"
        for place, peak in enumerate(peaks)
        if (height := max(half * min(peak, 1.0), 0.0)) > 0.2  # noqa: PLR2004 - not to be seen
    ]
    return element("path", d="".join(strokes), cls=f"wave {cls}") if strokes else ""


def _turn(
    turn: LaneTurn, across: Scale, user_y: float, agent_y: float, *, outlined: bool
) -> list[str]:
    parts: list[str] = []
    for span, y, cls in ((turn.user, user_y, "you"), (turn.agent, agent_y, "model")):
        clipped = _clipped(span, across)
        if clipped is None:
            continue
        start, end = clipped
        solid = "span" if outlined else "span filled"
        width = max(end - start, 1.0)
        box = rectangle(start, y + 1, width, _LANE - 2, f"{solid} {cls}")
        parts.append(told(box, turn.told))
    parts += _latency(turn, across, agent_y)
    if turn.failed and _dense(across) and turn.user and across.low <= turn.user[0] < across.high:
        parts.append(told(_sign("fail", across(turn.user[0]), agent_y - 3), turn.told))
    if turn.interrupted_s is not None and across.low <= turn.interrupted_s < across.high:
        parts.append(told(_sign("cut", across(turn.interrupted_s), agent_y - 1), "interruption"))
    clipped = _clipped(turn.agent, across)
    if turn.stall_ms > 0 and clipped is not None:
        stroke = line(clipped[0], agent_y + _LANE + 2, clipped[1], agent_y + _LANE + 2, "stall")
        parts.append(told(stroke, f"stalls of {quantity(turn.stall_ms)} in this reply"))
    return parts


def _clipped(span: tuple[float, float] | None, across: Scale) -> tuple[float, float] | None:
    if span is None or span[1] <= across.low or span[0] >= across.high:
        return None
    return across(max(span[0], across.low)), across(min(span[1], across.high))


def _numbers(turns: Sequence[LaneTurn], across: Scale, user_y: float) -> list[str]:
    """Return the turns' numbers over their beginnings, each a link to its row.

    Where there is no room for all, those that would overlap are left out.
    """
    parts: list[str] = []
    free_from = LEFT
    for turn in turns:
        spans = [span for span in (turn.user, turn.agent) if span is not None]
        if not spans or not across.low <= spans[0][0] < across.high:
            continue
        x = across(spans[0][0])
        words = str(turn.number)
        if turn.failed and not _dense(across):
            parts.append(_sign("fail", x + 8 + 7 * len(words), user_y - 9))
        if x >= free_from and x + width_of(words) <= WIDTH:
            free_from = x + width_of(words) + _NUMBER_ROOM
            mark = told(text(x, user_y - 5, words, cls="t turn"), turn.told)
            parts.append(element("a", mark, href=turn.href) if turn.href else mark)
    return parts


def _latency(turn: LaneTurn, across: Scale, agent_y: float) -> list[str]:
    """Return the bracket from the end of the user's speech to the model's first sound."""
    if turn.user is None or turn.agent is None or turn.v2v_ms is None:
        return []
    end_s = turn.agent[0]
    if not across.low <= end_s < across.high or _dense(across):
        return []
    left, right = sorted((max(across(end_s - turn.v2v_ms / 1000), LEFT), across(end_s)))
    y = agent_y - 3
    d = f"M{number(left)} {number(y - 3)}v6m0 -3H{number(right)}m0 -3v6"
    return [told(element("path", d=d, cls="v2v"), f"turn {turn.number}: {quantity(turn.v2v_ms)}")]

"""The pictures of a report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import SESSION_RATE_HZ
from app.core.errors import StoreError
from app.core.ports import SessionReader, StoredSession
from app.core.turn_record import TurnRecord
from app.exports.report_figures import ReportFigures
from app.exports.report_text import quantity
from app.exports.report_turns import (
    FAILED,
    MOST_TURNS,
    anchor,
    answered,
    since,
    spoken,
)
from app.exports.report_view import Picture
from app.exports.svg_bars import Bar, bars_picture
from app.exports.svg_cost import MOST_LINES, CostLine, cost_picture
from app.exports.svg_ecdf import Curve, ecdf_picture
from app.exports.svg_lanes import COLUMNS, Lanes, LaneTurn, lanes_picture, layout
from app.exports.svg_turns import Point, PointKind, turns_picture

MOST_MODELS: Final = 12
_BLOCK_S: Final = 30.0
_PEAK_S: Final = 0.02
_MOST_S: Final = 86_400.0
_FULL_SCALE: Final = 32_768
_CURVES_FROM: Final = 5
_FROM: Final = 2
"""Values of a picture: one alone stands in words already."""


def result_pictures(
    sessions: Sequence[StoredSession], figures: ReportFigures, labels: Sequence[str]
) -> dict[str, tuple[Picture, ...]]:
    """Return the pictures of all sessions together, by the section they stand in."""
    return {
        "ecdf": _ecdf(figures, labels),
        "turns": _turns(sessions, figures, labels),
        "bars": _bars(figures, labels),
        "cost": _cost(sessions, figures, labels),
    }


def _ecdf(figures: ReportFigures, labels: Sequence[str]) -> tuple[Picture, ...]:
    curves = [
        Curve(label=label, n=len(model.v2v_ms), steps=model.steps, median_ms=model.median_ms)
        for label, model in zip(labels, figures.models, strict=True)
        if model.v2v_ms
    ][:MOST_MODELS]
    if all(curve.n < _FROM for curve in curves):
        return ()
    few = [curve.label for curve in curves if curve.n < _CURVES_FROM]
    words = f" With fewer than {_CURVES_FROM} values the points alone are drawn." if few else ""
    return (
        Picture(
            svg=ecdf_picture("ecdf", curves),
            caption="How voice-to-voice latency is spread: the share of turns that were answered "
            "within a time. Further left is faster, steeper is steadier; the mark at 50 % is the "
            f"median.{words}",
        ),
    )


def _turns(
    sessions: Sequence[StoredSession], figures: ReportFigures, labels: Sequence[str]
) -> tuple[Picture, ...]:
    pictures = []
    known = [turn.v2v_ms for stored in sessions for turn in stored.turns if turn.v2v_ms is not None]
    bounds = (min(known), max(known)) if known else ()
    for place, (label, model) in enumerate(zip(labels, figures.models, strict=True)):
        groups = [_points(each, sessions[each], figures) for each in model.sessions]
        filled = [group for group in groups if group]
        if sum(map(len, filled)) < _FROM or place >= MOST_MODELS:
            continue
        parted = " Thin lines part the sessions." if len(filled) > 1 else ""
        pictures.append(
            Picture(
                svg=turns_picture(f"turns-{place}", label, filled, model.median_ms, bounds),
                caption=f"{label}: voice-to-voice latency turn by turn, in the order of recording."
                f"{parted}",
            )
        )
    return tuple(pictures)


def _points(session: int, stored: StoredSession, figures: ReportFigures) -> list[Point]:
    return [
        Point(
            kind=_kind(turn, counts=told.counts),
            ms=turn.v2v_ms,
            told=f"Turn {turn.turn_id}: {quantity(turn.v2v_ms)}"
            + (f" ({told.why_not})" if told.why_not else ""),
            href=f"#{anchor(session, place)}" if place < MOST_TURNS else "",
        )
        for place, (turn, told) in enumerate(
            zip(stored.turns, figures.sessions[session].turns, strict=True)
        )
    ]


def _kind(turn: TurnRecord, *, counts: bool) -> PointKind:
    if turn.status in FAILED:
        return PointKind.FAILED
    if turn.v2v_ms is not None and turn.v2v_ms < 0:
        return PointKind.PREMATURE
    if turn.v2v_ms is None:
        return PointKind.UNKNOWN
    return PointKind.COUNTS if counts else PointKind.APART


def _bars(figures: ReportFigures, labels: Sequence[str]) -> tuple[Picture, ...]:
    bars = [
        Bar(
            label=label,
            note=f"turn {near.turn_id}",
            total_ms=near.v2v_ms,
            parts=near.parts,
        )
        for label, model in zip(labels, figures.models, strict=True)
        if (near := model.near_median) is not None
    ][:MOST_MODELS]
    if not bars:
        return ()
    return (
        Picture(
            svg=bars_picture("parts", bars, figures.part_names),
            caption="Where the time goes: the parts of one turn, the one whose latency is nearest "
            "to the middle of its model's. They add up to its voice-to-voice latency.",
        ),
    )


def _cost(
    sessions: Sequence[StoredSession], figures: ReportFigures, labels: Sequence[str]
) -> tuple[Picture, ...]:
    names = {
        session: label
        for label, model in zip(labels, figures.models, strict=True)
        for session in model.sessions
    }
    lines = [
        CostLine(
            label=f"{names.get(place, '')}, session {place + 1}",
            turns=tuple(
                (number, None if each.usd is None else float(each.usd * 100), each.cached_share)
                for number, each in enumerate(numbers.turns, 1)
            ),
        )
        for place, numbers in enumerate(figures.sessions)
        if any(each.usd for each in numbers.turns) and place < len(sessions)
    ]
    if not lines:
        return ()
    more = f" The first {MOST_LINES} of {len(lines)} sessions." if len(lines) > MOST_LINES else ""
    return (
        Picture(
            svg=cost_picture("cost", lines[:MOST_LINES]),
            caption="What each turn cost against its place in the session: the whole conversation "
            "is read again at every turn, so that cost rises where nothing is cached (lower "
            f"part).{more}",
        ),
    )


# --- lanes


@dataclass(frozen=True, slots=True)
class Sound:
    """The peaks of a recording, 0 to 1, of both sides, each over 20 ms."""

    user: NDArray[np.float32]
    agent: NDArray[np.float32]

    @property
    def length_s(self) -> float:
        """Of the recording."""
        return len(self.user) * _PEAK_S


def sound_of(
    reader: SessionReader, stored: StoredSession, check: Callable[[], None]
) -> Sound | None:
    """Read a recording piece by piece, ``check`` before each; None where there is none."""
    user: list[NDArray[np.float32]] = []
    agent: list[NDArray[np.float32]] = []
    at_s = 0.0
    while at_s < _MOST_S:
        check()
        try:
            left, right = reader.audio(stored.folder, at_s * 1000, (at_s + _BLOCK_S) * 1000)
        except StoreError:
            break
        user.append(_peaks(left))
        agent.append(_peaks(right))
        at_s += _BLOCK_S
        if len(left) < _BLOCK_S * SESSION_RATE_HZ:
            break
    found = Sound(*(np.concatenate(side) for side in (user, agent))) if user else None
    return found if found is not None and len(found.user) else None


def _peaks(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    size = round(_PEAK_S * SESSION_RATE_HZ)
    whole = np.zeros(-(-len(samples) // size) * size, np.int32)
    whole[: len(samples)] = samples
    peaks = np.abs(whole).reshape(-1, size).max(1, initial=0)
    scaled: NDArray[np.float32] = (peaks / _FULL_SCALE).astype(np.float32)
    return scaled


def lanes_of(
    session: int,
    stored: StoredSession,
    label: str,
    sound: Sound | None,
    marks: tuple[tuple[float, str], ...],
) -> str:
    """Return the picture of who spoke when, or "" where nothing is known of it."""
    t0_ns = stored.record.t0_ns
    turns = tuple(
        _lane_turn(session, place, turn, t0_ns) for place, turn in enumerate(stored.turns)
    )
    ends = [span[1] for turn in turns for span in (turn.user, turn.agent) if span is not None]
    lasted = max([*ends, sound.length_s if sound is not None else 0.0])
    if not 0 < lasted < _MOST_S:
        return ""
    rows, row_s = layout(lasted)
    envelope = None if sound is None else _envelope(sound, rows, row_s)
    lanes = Lanes(label=label, duration_s=lasted, turns=turns, envelope=envelope, marks=marks)
    return lanes_picture(f"lanes-{session + 1}", lanes)


def _lane_turn(session: int, place: int, turn: TurnRecord, t0_ns: int) -> LaneTurn:
    return LaneTurn(
        number=turn.turn_id,
        href=f"#{anchor(session, place)}" if place < MOST_TURNS else "",
        user=spoken(turn, t0_ns),
        agent=answered(turn, t0_ns),
        v2v_ms=turn.v2v_ms,
        failed=turn.status in FAILED,
        interrupted_s=since(t0_ns, turn.interrupted_ns),
        stall_ms=turn.stall_ms or 0.0,
        told=f"Turn {turn.turn_id}: {quantity(turn.v2v_ms)} voice to voice",
    )


def _envelope(sound: Sound, rows: int, row_s: float) -> tuple[list[float], list[float]]:
    """Return the largest peak of each column, on a scale on which quiet speech is seen."""
    edges = np.round(np.arange(rows * COLUMNS + 1) * row_s / COLUMNS / _PEAK_S).astype(int)
    sides = []
    for peaks in (sound.user, sound.agent):
        loudest = max(float(peaks.max(initial=0.0)), 0.05)
        columns = [
            float(np.sqrt(peaks[start : max(end, start + 1)].max(initial=0.0) / loudest))
            for start, end in pairwise(edges)
        ]
        sides.append([value if value > _SILENT else 0.0 for value in columns])
    return sides[0], sides[1]


_SILENT: Final = 0.12
"""Under 1.5 % of the loudest: room noise, drawn as the middle line."""

"""Stretches: who spoke, what was heard and what was not, interruptions, tools, our own delays."""

from typing import Final

from PySide6.QtCore import QRectF, Qt

from app.session.messages import SpanKind
from app.ui.panes.lanes.geometry import STRIP, foot
from app.ui.panes.lanes.ink import Ink
from app.ui.theme import XS
from app.ui.vm.lanes import Bars

# Where stretches are too many to be drawn one by one, they begin and end at such columns.
COLUMN: Final = 4
FINE: Final = 2
THINNEST: Final = 2
# Narrower shades have no edges, which would hide them.
EDGED: Final = 6
STALL_OVER: Final = 2
STRIP_STYLE: Final = {
    SpanKind.TOOL: ("accent", Qt.BrushStyle.NoBrush),
    SpanKind.INTERRUPTION: ("poor", Qt.BrushStyle.Dense6Pattern),
    SpanKind.CLIENT_LIMITED: ("fair", Qt.BrushStyle.BDiagPattern),
}
STRIP_WORDS: Final = {
    SpanKind.TOOL: "tool",
    SpanKind.INTERRUPTION: "interrupted",
    SpanKind.CLIENT_LIMITED: "client-limited",
}


def paint_shades(ink: Ink) -> None:
    """Shade interruptions across both lanes, their edges dashed; under everything else."""
    lanes = ink.rows.lanes
    bars, areas = _bars(ink, SpanKind.INTERRUPTION, lanes)
    ink.blocks(areas, "poor", strength=0.10)
    wide = [area for area in areas if bars.single and area.width() >= EDGED]
    ink.pen("poor", Qt.PenStyle.DashLine, 0.7)
    ink.upright([x for area in wide for x in (area.left(), area.right())], lanes)


def paint_speech(ink: Ink) -> None:
    """Underline what you said, what was heard of the model, and what never was.

    What was generated is outlined and hatched; what was heard covers its part of it.
    """
    _bars_you, said = _bars(ink, SpanKind.USER_SPEECH, foot(ink.rows.you), FINE)
    ink.blocks(said, "you")
    row = foot(ink.rows.model)
    _bars_made, made = _bars(ink, SpanKind.AGENT_GENERATED, row)
    ink.blocks(made, "model", Qt.BrushStyle.BDiagPattern)
    ink.outlines(made, "model")
    _bars_heard, heard = _bars(ink, SpanKind.AGENT_HEARD, row, FINE)
    ink.blocks(heard, "model")
    _bars_stall, stalled = _bars(ink, SpanKind.STALL, row.adjusted(0, -STALL_OVER, 0, STALL_OVER))
    ink.blocks(stalled, "raised")
    ink.blocks(stalled, "poor", Qt.BrushStyle.DiagCrossPattern)
    ink.outlines(stalled, "poor")


def paint_gaps(ink: Ink) -> None:
    """Hatch what is missing of the recording, on the side whose device was gone, and name it."""
    if not ink.vm.events.has(SpanKind.GAP):
        return
    bars, areas = _bars(ink, SpanKind.GAP, ink.rows.lanes)
    sides = [_side(ink, words) for words in bars.words] if bars.single else []
    placed = [
        QRectF(area.left(), side.top(), area.width(), side.height())
        for area, side in zip(areas, sides, strict=False)
    ] or areas
    ink.blocks(placed, "raised", strength=0.75)
    ink.blocks(placed, "fair", Qt.BrushStyle.FDiagPattern, 0.7)
    ink.outlines(placed, "fair")
    for area, words in zip(placed, bars.words, strict=False):
        what = words.removeprefix("the ")
        _name(ink, area, (f"no {what}", "gap") if what else ("gap",))


def _side(ink: Ink, words: str) -> QRectF:
    """Return the lane of what was missing: one for a device, both for the connection."""
    if "microphone" in words:
        return ink.rows.you
    return ink.rows.model if "loudspeaker" in words else ink.rows.lanes


def paint_strip(ink: Ink) -> None:
    """Paint the strip of tools, interruptions and what this computer delayed.

    Tools that ran at once stand under each other, as far as there are rows.
    """
    row = ink.rows.strip
    count = max(round(row.height() / STRIP), 1)
    first = QRectF(row.left(), row.top(), row.width(), row.height() / count)
    for kind in ink.vm.strip:
        role, pattern = STRIP_STYLE[kind]
        bars, areas = _bars(ink, kind, first.adjusted(0, 1, 0, -1))
        if kind is SpanKind.TOOL and bars.single:
            levels = _levels([(area.left(), area.right()) for area in areas], count)
            areas = [
                area.translated(0, level * first.height())
                for area, level in zip(areas, levels, strict=True)
            ]
        ink.blocks(areas, "sunken")
        ink.blocks(areas, role, pattern, 0.6)
        ink.outlines(areas, role)
        for area, words in zip(_uncovered(areas), bars.words, strict=False):
            _name(ink, area, (words or STRIP_WORDS[kind], STRIP_WORDS[kind]))


def _levels(stretches: list[tuple[float, float]], count: int) -> list[int]:
    """Return the row of each stretch, in the order of their begins; the last takes what is left."""
    ends: list[float] = []
    levels = []
    for begin, end in stretches:
        free = next((row for row, ended in enumerate(ends) if ended <= begin), len(ends))
        level = min(free, count - 1)
        if level == len(ends):
            ends.append(end)
        else:
            ends[level] = max(ends[level], end)
        levels.append(level)
    return levels


def _uncovered(areas: list[QRectF]) -> list[QRectF]:
    """Return of each area what the next one in its row leaves, so that words do not collide."""
    kept = []
    for number, area in enumerate(areas):
        row = [each for each in areas[number + 1 :] if each.top() == area.top()]
        right = min([area.right(), *(each.left() for each in row)])
        kept.append(QRectF(area.left(), area.top(), max(right - area.left(), 0), area.height()))
    return kept


def _name(ink: Ink, area: QRectF, choices: tuple[str, ...]) -> None:
    """Write into an area the first of the words that fits."""
    if area.width() < 4 * XS:
        return
    metrics = ink.painter.fontMetrics()
    middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    tall = min(area.height() - 2, metrics.height())
    top = area.center().y() - tall / 2
    for text in choices:
        width = metrics.horizontalAdvance(text)
        if width + 2 * XS <= area.width():
            ink.fill(QRectF(area.left() + 2, top, width + XS, tall), "sunken")
            ink.pen("text")
            ink.painter.drawText(area.adjusted(XS, 0, 0, 0), middle, text)
            return


def _bars(ink: Ink, kind: SpanKind, row: QRectF, column: int = COLUMN) -> tuple[Bars, list[QRectF]]:
    """Return the stretches of one kind in view, and where they stand in ``row``."""
    bars = ink.vm.bars(kind, max(int(row.width()) // column, 1), ink.scale.view)
    return bars, ink.scale.areas(bars.spans, row, least=THINNEST)

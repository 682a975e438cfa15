"""Stretches: who spoke, what was heard and what was not, interruptions, tools, our own delays."""

from typing import Final

from PySide6.QtCore import QRectF, Qt

from app.session.messages import SpanKind
from app.ui.panes.lanes.geometry import foot
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


def paint_strip(ink: Ink) -> None:
    """Paint the strip of tools, interruptions and what this computer delayed."""
    row = ink.rows.strip.adjusted(0, 1, 0, -1)
    for kind in ink.vm.strip:
        role, pattern = STRIP_STYLE[kind]
        bars, areas = _bars(ink, kind, row)
        ink.blocks(areas, "sunken")
        ink.blocks(areas, role, pattern, 0.6)
        ink.outlines(areas, role)
        _write(ink, kind, bars, areas)


def _write(ink: Ink, kind: SpanKind, bars: Bars, areas: list[QRectF]) -> None:
    """Write into each bar what it is, where that fits."""
    metrics = ink.painter.fontMetrics()
    middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
    for area, words in zip(areas, bars.words, strict=False):
        if area.width() < 4 * XS:
            continue
        for text in (words or STRIP_WORDS[kind], STRIP_WORDS[kind]):
            width = metrics.horizontalAdvance(text)
            if width + 2 * XS <= area.width():
                ground = QRectF(area.left() + 2, area.top() + 1, width + XS, area.height() - 2)
                ink.fill(ground, "sunken")
                ink.pen("text")
                ink.painter.drawText(area.adjusted(XS, 0, 0, 0), middle, text)
                break


def _bars(ink: Ink, kind: SpanKind, row: QRectF, column: int = COLUMN) -> tuple[Bars, list[QRectF]]:
    """Return the stretches of one kind in view, and where they stand in ``row``."""
    bars = ink.vm.bars(kind, max(int(row.width()) // column, 1))
    return bars, ink.scale.areas(bars.spans, row, least=THINNEST)

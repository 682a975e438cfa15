"""The event lane: shapes with short words where there is room, and density where there is none."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetrics, QPainter, QPainterPath

from app.session.messages import MarkKind
from app.ui.panes.lanes.ink import Ink
from app.ui.panes.lanes.shapes import HOLLOW, RADIUS, shape
from app.ui.theme import XS
from app.ui.vm.lanes import MarkGroup, MarkGroups
from app.ui.vm.lanes_events import RISING
from app.ui.vm.lanes_words import MARK_SHORT

Places = NDArray[np.float64]

PITCH: Final = 4
# So many groups at most have lines through the lanes; more would hide the sound.
STEM_ROOM: Final = 24
# Where shapes would stand closer than this on the average, bars alone tell how many.
CROWDED: Final = 16
LEAST_TOP: Final = 8
FULL: Final = 0.4
FAINT: Final = 0.45
GLYPH: Final = 2 * RADIUS + 3
ROLES: Final = {
    MarkKind.BARGE_IN: "poor",
    MarkKind.STALL: "poor",
    MarkKind.CANCELLED: "poor",
    MarkKind.CLOCK_JUMP: "poor",
    MarkKind.DEVICE_LOST: "poor",
    MarkKind.SELF_TRIGGERED: "poor",
    MarkKind.PROVIDER_STALL: "poor",
    MarkKind.RECONNECTING: "poor",
    MarkKind.AUDIBLE: "accent",
}
ROLE_NAMES: Final = ("muted", "accent", "poor")
ROLE_OF_RANK: Final = np.array([ROLE_NAMES.index(ROLES.get(kind, "muted")) for kind in RISING])
LOUD: Final = ROLE_OF_RANK > 0
RANKS: Final = {kind: rank for rank, kind in enumerate(RISING)}
WIDEST: Final = 2


class MarksPainter:
    """Paints the marks in view; keeps shapes and widths of words between paintings."""

    def __init__(self) -> None:
        self._shapes: dict[MarkKind, QPainterPath] = {}
        self._widths: dict[str, int] = {}

    def paint(self, ink: Ink) -> None:
        """Paint the event lane and the lines that its marks let down through the lanes."""
        width = ink.rows.events.width()
        groups = ink.vm.groups(max(int(width) // PITCH, 1), ink.scale.view)
        xs = ink.scale.xs(groups.at_ms)
        alone = 1 + int(np.count_nonzero(np.diff(xs) >= GLYPH))
        crowded = alone * CROWDED > width or len(groups) * PITCH > width * FULL
        _density(ink, xs, groups, crowded=crowded)
        _stems(ink, xs, groups)
        if not crowded:
            self._glyphs(ink, _clusters(list(zip(xs.tolist(), groups.listed(), strict=True))))

    def _glyphs(self, ink: Ink, clusters: list[tuple[float, MarkGroup]]) -> None:
        painter = ink.painter
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        y = ink.rows.events.bottom() - RADIUS - 3
        nexts = [*(x for x, _group in clusters), math.inf][1:]
        for (x, group), until in zip(clusters, nexts, strict=True):
            self._glyph(ink, group.kind, QPointF(x, y))
            self._words(ink, metrics, group, QPointF(x + GLYPH / 2 + 2, y + RADIUS), until)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _glyph(self, ink: Ink, kind: MarkKind, at: QPointF) -> None:
        if kind not in self._shapes:
            self._shapes[kind] = shape(kind)
        role = ROLES.get(kind, "text")
        ink.pen(role)
        hollow = ink.colour("raised") if kind in HOLLOW else ink.colour(role)
        ink.painter.setBrush(QBrush(hollow))
        ink.painter.drawPath(self._shapes[kind].translated(at))

    def _words(
        self, ink: Ink, metrics: QFontMetrics, group: MarkGroup, at: QPointF, until: float
    ) -> None:
        """Write what the group is, if that ends before the next one."""
        words = MARK_SHORT[group.kind]
        if group.count > 1:
            words = f"{words} +{group.count - 1}"
        if words not in self._widths:
            self._widths[words] = metrics.horizontalAdvance(words)
        width = self._widths[words]
        end = at.x() + width
        if end <= until - GLYPH / 2 and ink.fits(end):
            ink.pen(ROLES.get(group.kind, "muted"))
            ink.painter.drawText(at, words)


def _density(ink: Ink, xs: Places, groups: MarkGroups, *, crowded: bool) -> None:
    """Where marks share a column a bar tells how many, on a logarithmic scale."""
    row = ink.rows.events
    shown = groups.counts > (0 if crowded else 1)
    if not shown.any():
        return
    most = math.log(max(int(groups.counts.max()), LEAST_TOP))
    tall = XS + np.log(groups.counts) / most * (row.height() - 2 * XS)
    left = np.floor(xs / PITCH) * PITCH
    strength = 1.0 if crowded else FAINT
    for role, chosen in _by_role(groups.ranks, shown):
        pairs = zip(left[chosen].tolist(), tall[chosen].tolist(), strict=True)
        areas = [QRectF(x, row.bottom() - high, PITCH - 1, high) for x, high in pairs]
        ink.blocks(areas, role, strength=strength)


def _stems(ink: Ink, xs: Places, groups: MarkGroups) -> None:
    """Draw lines through the lanes: for all marks where they are few, else for the loud ones."""
    room = int(ink.rows.events.width()) // STEM_ROOM
    shown = np.ones(len(groups), np.bool_) if len(groups) <= room else LOUD[groups.ranks]
    if np.count_nonzero(shown) > room:
        return
    for role, chosen in _by_role(groups.ranks, shown):
        ink.pen(role, Qt.PenStyle.DotLine, 0.8)
        ink.upright(xs[chosen].tolist(), ink.rows.lanes)


def _by_role(
    ranks: NDArray[np.int64], shown: NDArray[np.bool_]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return for each colour that occurs which of the groups wear it."""
    numbers = ROLE_OF_RANK[ranks]
    found = [(role, shown & (numbers == number)) for number, role in enumerate(ROLE_NAMES)]
    return [(role, chosen) for role, chosen in found if chosen.any()]


def _clusters(placed: list[tuple[float, MarkGroup]]) -> list[tuple[float, MarkGroup]]:
    """Join what is too close for a shape each; the most telling one stands for the rest."""
    joined: list[list[tuple[float, MarkGroup]]] = []
    begun = last = -math.inf
    for x, group in placed:
        if x - last < GLYPH and x - begun < WIDEST * GLYPH:
            joined[-1].append((x, group))
        else:
            begun = x
            joined.append([(x, group)])
        last = x
    return [each[0] if len(each) == 1 else _joined(each) for each in joined]


def _joined(cluster: list[tuple[float, MarkGroup]]) -> tuple[float, MarkGroup]:
    x, telling = max(cluster, key=lambda each: RANKS[each[1].kind])
    count = sum(group.count for _x, group in cluster)
    return x, MarkGroup(telling.at_ms, telling.kind, count)

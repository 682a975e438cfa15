"""A shape for each kind of mark, told apart without colour."""

from typing import Final

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from app.session.messages import MarkKind

RADIUS: Final = 3.5

_POLYGONS: Final[dict[MarkKind, tuple[tuple[float, float], ...]]] = {
    MarkKind.VAD_ON: ((-1, 1), (0, -1), (1, 1)),
    MarkKind.VAD_OFF: ((-1, -1), (1, -1), (0, 1)),
    MarkKind.COMMITTED: ((0, -1.2), (1.2, 0), (0, 1.2), (-1.2, 0)),
    MarkKind.FIRST_TOKEN: ((-0.4, -1), (0.4, -1), (0.4, 1), (-0.4, 1)),
    MarkKind.AUDIBLE: ((-1, -1.1), (1.2, 0), (-1, 1.1)),
    MarkKind.RESPONSE_DONE: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    MarkKind.TRUNCATED: ((-1, -1), (0, -1), (0, 1), (-1, 1)),
    MarkKind.TOOL_CALLED: (
        (-1.2, -0.5),
        (0, -0.5),
        (0, -1.2),
        (1.2, 0),
        (0, 1.2),
        (0, 0.5),
        (-1.2, 0.5),
    ),
    MarkKind.TOOL_RESULT: (
        (1.2, -0.5),
        (0, -0.5),
        (0, -1.2),
        (-1.2, 0),
        (0, 1.2),
        (0, 0.5),
        (1.2, 0.5),
    ),
    MarkKind.DEVICE_LOST: (
        *((-1.1, -0.6), (-0.6, -1.1), (0, -0.5), (0.6, -1.1), (1.1, -0.6), (0.5, 0)),
        *((1.1, 0.6), (0.6, 1.1), (0, 0.5), (-0.6, 1.1), (-1.1, 0.6), (-0.5, 0)),
    ),
    MarkKind.DEVICE_BACK: (
        *((-0.4, -1.1), (0.4, -1.1), (0.4, -0.4), (1.1, -0.4), (1.1, 0.4), (0.4, 0.4)),
        *((0.4, 1.1), (-0.4, 1.1), (-0.4, 0.4), (-1.1, 0.4), (-1.1, -0.4), (-0.4, -0.4)),
    ),
    MarkKind.DEVICES_CHANGED: ((-1.2, -0.5), (1.2, -0.5), (1.2, 0.5), (-1.2, 0.5)),
    MarkKind.TURNS_CONFIGURED: ((-1.1, -0.8), (1.1, -0.8), (0.3, 0.1), (0.3, 1.1), (-0.3, 1.1)),
    MarkKind.PROCESSING_CHANGED: ((-1.1, 0.9), (-0.4, -0.9), (0.4, -0.9), (1.1, 0.9)),
    MarkKind.RENEWED: ((-1.2, -0.9), (0, -0.2), (1.2, -0.9), (1.2, 0.2), (0, 0.9), (-1.2, 0.2)),
    MarkKind.CONSENT: (
        (-1.1, 0.1),
        (-0.6, -0.4),
        (-0.2, 0.2),
        (0.8, -1.0),
        (1.2, -0.5),
        (-0.2, 1.0),
    ),
    MarkKind.CLOCK_JUMP: ((0.5, -1.2), (-0.9, 0.2), (0, 0.2), (-0.5, 1.2), (0.9, -0.2), (0, -0.2)),
}
_LINES: Final[dict[MarkKind, tuple[tuple[float, float, float, float], ...]]] = {
    MarkKind.BARGE_IN: ((-1, -1, 1, 1), (-1, 1, 1, -1)),
    MarkKind.CANCELLED: ((-0.8, 0.8, 0.8, -0.8),),
    MarkKind.STALL: ((-0.6, -1, -0.6, 1), (0.6, -1, 0.6, 1)),
    MarkKind.PROVIDER_STALL: ((-0.9, -1, -0.9, 1), (0, -1, 0, 1), (0.9, -1, 0.9, 1)),
    MarkKind.SELF_TRIGGERED: ((-0.5, 0, 0.5, 0), (0, -0.5, 0, 0.5)),
    MarkKind.RECONNECTING: ((-1, 0, 1, 0), (0.2, -0.8, 1, 0), (0.2, 0.8, 1, 0)),
}
_RINGS: Final = frozenset(
    {
        MarkKind.RESPONSE_CREATED,
        MarkKind.FIRST_AUDIO,
        MarkKind.CANCELLED,
        MarkKind.SELF_TRIGGERED,
    }
)
HOLLOW: Final = frozenset(
    {
        MarkKind.RESPONSE_CREATED,
        MarkKind.VAD_ON,
        MarkKind.COMMITTED,
        MarkKind.CANCELLED,
        MarkKind.SELF_TRIGGERED,
        MarkKind.DEVICES_CHANGED,
        MarkKind.TURNS_CONFIGURED,
        MarkKind.PROCESSING_CHANGED,
    }
)


def shape(kind: MarkKind) -> QPainterPath:
    """Return the outline of a mark around (0, 0), about ``RADIUS`` in each direction."""
    path = QPainterPath()
    if kind in _RINGS:
        path.addEllipse(QPointF(0, 0), RADIUS, RADIUS)
    if kind in _POLYGONS:
        path.addPolygon(QPolygonF([QPointF(x * RADIUS, y * RADIUS) for x, y in _POLYGONS[kind]]))
        path.closeSubpath()
    for x1, y1, x2, y2 in _LINES.get(kind, ()):
        path.moveTo(x1 * RADIUS, y1 * RADIUS)
        path.lineTo(x2 * RADIUS, y2 * RADIUS)
    return path

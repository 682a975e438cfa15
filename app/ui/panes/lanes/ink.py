"""What the parts of the turn lanes are painted with."""

from dataclasses import dataclass, field

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app.ui.panes.lanes.geometry import Rows, Scale
from app.ui.theme import Theme
from app.ui.vm.lanes import LanesViewModel


@dataclass(frozen=True, slots=True)
class Ink:
    """One painting: onto what, from what, where.

    Attributes:
        right: Where words must end: the right edge of what is seen.
        late: By how much words ended too late; they are written when the view has moved so far.
    """

    painter: QPainter
    vm: LanesViewModel
    theme: Theme
    rows: Rows
    scale: Scale
    ratio: float
    right: float
    late: list[float] = field(default_factory=list)

    def fits(self, end: float) -> bool:
        """Whether words that end at ``end`` are seen whole; those that are not are noted."""
        if end <= self.right:
            return True
        self.late.append(end - self.right)
        return False

    def colour(self, role: str, strength: float = 1.0) -> QColor:
        """Return the colour of a role, see-through where ``strength`` is under 1."""
        made = self.theme.colour(role)
        made.setAlphaF(strength)
        return made

    def pen(
        self, role: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine, strength: float = 1.0
    ) -> None:
        """Draw with lines one unit wide."""
        self.painter.setPen(QPen(self.colour(role, strength), 1, style))

    def fill(self, area: QRectF, role: str, strength: float = 1.0) -> None:
        """Fill an area."""
        self.painter.fillRect(area, self.colour(role, strength))

    def blocks(
        self,
        areas: list[QRectF],
        role: str,
        style: Qt.BrushStyle = Qt.BrushStyle.SolidPattern,
        strength: float = 1.0,
    ) -> None:
        """Fill areas, evenly or with lines."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(QBrush(self.colour(role, strength), style))
        self.painter.drawRects(areas)

    def outlines(self, areas: list[QRectF], role: str) -> None:
        """Draw the edges of areas, inside them."""
        self.pen(role)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawRects([area.adjusted(0.5, 0.5, -0.5, -0.5) for area in areas])

    def upright(self, xs: list[float], area: QRectF) -> None:
        """Draw upright lines through an area, sharp ones."""
        top, bottom = area.top(), area.bottom()
        self.painter.drawLines([QLineF(int(x) + 0.5, top, int(x) + 0.5, bottom) for x in xs])

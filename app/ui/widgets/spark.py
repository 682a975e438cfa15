"""A drawing of the newest turns beside their figures: one mark a turn, the P50 dashed."""

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.theme import XS, Theme
from app.ui.vm.spark import SparkPlan
from app.ui.widgets.labels import tip

RADIUS = 2.0
TALLER = "A taller window shows the plots."


class Spark(QWidget):
    """Shows a plan; empty without one."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._plan: SparkPlan | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(160, 28)

    def show_plan(self, plan: SparkPlan) -> None:
        """Show ``plan``."""
        self._plan = plan
        self.setAccessibleName(plan.spoken)
        self.setToolTip(tip(f"{plan.spoken}\n{TALLER}"))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._plan is None or not self._plan.heights:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self.height() - 2 * XS
        pitch = (self.width() - 2 * XS) / max(len(self._plan.heights) - 1, 1)
        if self._plan.middle is not None:
            y = self.height() - XS - self._plan.middle * room
            painter.setPen(QPen(self._theme.colour("muted"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour("accent"))
        for number, height in enumerate(self._plan.heights):
            if height is not None:
                at = QPointF(XS + number * pitch, self.height() - XS - height * room)
                painter.drawEllipse(at, RADIUS, RADIUS)
        painter.end()

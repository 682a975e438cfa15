"""The turn lanes on a made-up session, with hands to use them."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.session.messages import MarkReport, SpanKind, SpanReport
from app.ui.panes.lanes import LanesPane
from app.ui.theme import Theme
from app.ui.vm.lanes import LanesViewModel
from app.ui.widgets.frames import Frames
from tests.support.reports import envelope, marks

NONE = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton


class LanesBench:
    """A pane of 900 x 160 over a session of 63 s; lanes begin at x 60 and are 824 wide."""

    def __init__(self, theme: Theme) -> None:
        self.vm = LanesViewModel()
        self.frames = Frames()
        self.theme = theme
        self.pane = LanesPane(self.vm, theme, self.frames)
        self.frames.setParent(self.pane)  # no frame comes after the pane is gone
        self.pane.resize(900, 160)

    def fill(self) -> None:
        for turn_id in range(7):
            self.vm.take_envelope(envelope(turn_id * 9_000.0, turn_id))
            for mark in marks(turn_id):
                assert isinstance(mark, MarkReport)
                self.vm.take_mark(mark)
        self.frames.flush()

    def span(self, kind: SpanKind, start_ms: float, end_ms: float, words: str = "") -> None:
        self.vm.take_span(SpanReport(kind=kind, start_ms=start_ms, end_ms=end_ms, words=words))
        self.frames.flush()

    def x(self, at_ms: float) -> int:
        return round(self.pane._picture.scale.x(at_ms))

    def drag(self, begun: QPoint, ended: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
        for kind, at, button in (
            (QEvent.Type.MouseButtonPress, begun, LEFT),
            (QEvent.Type.MouseMove, ended, LEFT),
            (QEvent.Type.MouseButtonRelease, ended, Qt.MouseButton.NoButton),
        ):
            where = QPointF(at)
            there = self.pane.mapToGlobal(where)
            QApplication.sendEvent(self.pane, QMouseEvent(kind, where, there, LEFT, button, held))
        self.frames.flush()

    def turn(self, across: int, down: int, held: Qt.KeyboardModifier = NONE, x: int = 400) -> None:
        at = QPointF(x, 60)
        event = QWheelEvent(
            at,
            self.pane.mapToGlobal(at),
            QPoint(0, 0),
            QPoint(across, down),
            Qt.MouseButton.NoButton,
            held,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.pane, event)

    def point(self, at: QPoint) -> None:
        """Move the pointer there with no button held."""
        nothing = Qt.MouseButton.NoButton
        where = QPointF(at)
        there = self.pane.mapToGlobal(where)
        event = QMouseEvent(QEvent.Type.MouseMove, where, there, nothing, nothing, NONE)
        QApplication.sendEvent(self.pane, event)

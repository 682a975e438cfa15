"""The window: panes in their places, and what the user does handed to the view-model."""

import base64
import binascii
from collections.abc import Callable

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.clock import MonotonicClock
from app.ui.dialogs.tool_calls import CallsBar
from app.ui.keyboard import TalkKey
from app.ui.panes.banner import BannerPane
from app.ui.panes.battery import BatteryPane
from app.ui.panes.compare import ComparePane
from app.ui.panes.conversation import ConversationPane
from app.ui.panes.header import HeaderPane
from app.ui.panes.lanes import LanesPane
from app.ui.panes.library import LibraryPane
from app.ui.panes.notices import NoticesPane
from app.ui.panes.rail import RailPane
from app.ui.panes.replay import OfferBar, ReplayStrip, TransportPane
from app.ui.panes.session import SessionPane
from app.ui.panes.settings import SettingsPane
from app.ui.panes.status import StatusPane
from app.ui.panes.talk import TalkPane
from app.ui.panes.turn import TurnPane
from app.ui.theme import Theme
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.trials import TrialsViewModel
from app.ui.widgets.docks import DockTitle
from app.ui.widgets.drops import bundle_of
from app.ui.widgets.frames import Frames

SIZE = (1280, 800)
SMALLEST = (900, 600)
LAYOUT_VERSION = 3
SHORTEST_TURN = 110
LANES_SHARE = 0.23
ANY_HEIGHT = 16_777_215  # QWIDGETSIZE_MAX


def _scrolled(pane: TurnPane) -> QScrollArea:
    """Return the pane in a frame that scrolls where it is too short for it."""
    area = QScrollArea()
    area.setObjectName("pane")
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(pane)
    area.setMinimumSize(pane.minimumWidth(), SHORTEST_TURN)
    return area


class _Docks(QMainWindow):
    """Holds the panes of the live page. ``resized``: it has another size."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class MainWindow(QMainWindow):
    """Pages beside a rail. ``on_first_paint`` is called once, when it is on the screen.

    ``dropped`` carries the path of a bundle that was dropped onto it.
    """

    dropped = Signal(str)

    def __init__(
        self, vm: ConsoleViewModel, theme: Theme, *, sessions_dir: str | None = None
    ) -> None:
        super().__init__()
        self.vm = vm
        self.theme = theme
        self.frames = Frames(self)
        self.on_first_paint: Callable[[], None] | None = None
        self.on_close: Callable[[], None] | None = None
        self.setWindowTitle("Viva Voce")
        self.setMinimumSize(*SMALLEST)
        self.resize(*SIZE)
        self.header = HeaderPane(vm, theme, self.frames)
        self.banner = BannerPane(vm.problems, theme)
        self.notices = NoticesPane(vm.notices, theme)
        self.calls = CallsBar(vm.calls)
        self.conversation = ConversationPane(vm.transcript, theme, self.frames)
        self.turn = TurnPane(vm.turn, theme, self.frames)
        self.session = SessionPane(vm, theme, self.frames)
        self.lanes = LanesPane(vm.lanes, theme, self.frames)
        self.talk = TalkPane(vm, theme)
        self.status = StatusPane(vm.health, vm.accounts.privacy, theme)
        self.rail = RailPane(theme)
        self.settings = SettingsPane(vm, sessions_dir=sessions_dir)
        self.trials = TrialsViewModel(vm, MonotonicClock())
        self._make_library()
        self.compare = ComparePane(self.trials.compare, theme)
        self.battery = BatteryPane(self.trials.battery, self.trials.sweep, theme)
        self.talk_key = TalkKey(self)
        self.docks: dict[str, QDockWidget] = {}
        self.turn_area = _scrolled(self.turn)
        self.inner = self._live_docks()
        self._first_layout = self.inner.saveState(LAYOUT_VERSION)
        self.pages = self._all_pages()
        self._assemble()
        self._connect()
        self._invite()
        self._placed = False
        self._painted = False
        self.conversation.view.setFocus()

    # --- building

    def _make_library(self) -> None:
        """Make the page of recorded sessions and what replays one."""
        self.library = LibraryPane(self.vm.library, self.theme)
        self.replay_strip = ReplayStrip(self.vm.replay, self.vm.meters, self.theme, self.frames)
        self.transport = TransportPane(self.vm.replay, self.theme, self.frames)
        self.offer = OfferBar(self.trials.rerun)

    def _connect(self) -> None:
        vm = self.vm
        self.setAcceptDrops(True)
        self.turn.span_wanted.connect(vm.show_figure)
        self.turn.details.clicked.connect(self.session.find_figure)
        self.session.figure_wanted.connect(vm.show_figure)
        self.session.point_wanted.connect(self._show_point)
        self.rail.page_wanted.connect(self.show_page)
        self.settings.layout_reset_wanted.connect(self.reset_layout)
        self.inner.resized.connect(self._make_room)
        self.session.room_wanted.connect(self._make_room)
        for dock in self.docks.values():
            dock.visibilityChanged.connect(self._make_room)
            dock.dockLocationChanged.connect(self._make_room)
        vm.replay.opened.connect(self._replay_opened)
        vm.turn.changed.connect(self._title_docks)
        vm.statistics.changed.connect(self._title_docks)
        for signal in (vm.live.changed, vm.setup.changed, vm.replay.changed):
            signal.connect(self._invite)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusObjectChanged.connect(self._focus_moved)

    def _live_docks(self) -> _Docks:
        inner = _Docks()
        inner.setWindowFlags(Qt.WindowType.Widget)
        inner.setDockNestingEnabled(True)
        inner.setCentralWidget(self.conversation)
        right = Qt.DockWidgetArea.RightDockWidgetArea
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        inner.setCorner(Qt.Corner.BottomRightCorner, bottom)
        plan = (
            ("turn", "This turn", self.turn_area, right),
            ("session", "Session", self.session, right),
            ("lanes", "Turn lanes", self.lanes, bottom),
        )
        for name, words, pane, area in plan:
            dock = QDockWidget(words, inner)
            dock.setObjectName(name)
            dock.setTitleBarWidget(DockTitle(dock, self.theme))
            dock.setWidget(pane)
            inner.addDockWidget(area, dock)
            self.docks[name] = dock
        return inner

    def _live_page(self) -> QWidget:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        for widget in (self.header, self.replay_strip, self.inner, self.talk, self.transport):
            box.addWidget(widget, 1 if widget is self.inner else 0)
        return page

    def _all_pages(self) -> QStackedWidget:
        pages = QStackedWidget()
        for page in (self._live_page(), self.library, self.compare, self.battery, self.settings):
            pages.addWidget(page)
        return pages

    def _assemble(self) -> None:
        middle = QHBoxLayout()
        middle.setSpacing(0)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.notices)
        column.addWidget(self.calls)
        column.addWidget(self.offer)
        column.addWidget(self.pages, 1)
        middle.addWidget(self.rail)
        middle.addLayout(column, 1)
        whole = QWidget()
        box = QVBoxLayout(whole)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(middle, 1)
        box.addWidget(self.status)
        self.setCentralWidget(whole)

    def _replay_opened(self, opened: bool) -> None:  # noqa: FBT001 - a signal's argument
        """A recorded session stands where the live one does: say so, and steer it instead."""
        self.header.setVisible(not opened)
        self.talk.setVisible(not opened)
        self.replay_strip.refresh()
        self.transport.refresh()
        self.setWindowTitle("Viva Voce \N{EN DASH} replay" if opened else "Viva Voce")

    # --- pages and places

    def show_page(self, index: int) -> None:
        """Show the page of ``index``."""
        self.pages.setCurrentIndex(index)
        self.rail.show_page(index)

    def reset_layout(self) -> None:
        """Put every dock back where it was on the first start."""
        self.inner.restoreState(self._first_layout, LAYOUT_VERSION)
        for dock in self.docks.values():
            dock.show()
        width = max(self.width(), SMALLEST[0])
        height = max(self.height(), SMALLEST[1])
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.inner.resizeDocks([self.docks["turn"]], [round(width * 0.5)], across)
        self.inner.resizeDocks([self.docks["lanes"]], [round(height * LANES_SHARE)], down)
        upper = [self.docks["turn"], self.docks["session"]]
        self.inner.resizeDocks(upper, [1, height], down)

    def _make_room(self) -> None:
        """Show this turn whole where the window is tall enough for all; else it scrolls."""
        title = self.docks["turn"].titleBarWidget().sizeHint().height()
        others = (self.session.minimumHeight(), self.lanes.minimumHeight())
        room = self.inner.height() - sum(others) - (1 + len(others)) * title
        whole = self.turn.fit(room)
        wanted = self.turn.sizeHint().height()
        self.turn_area.setMinimumHeight(wanted if whole else SHORTEST_TURN)
        self.turn_area.setMaximumHeight(wanted if self._stacked else ANY_HEIGHT)

    @property
    def _stacked(self) -> bool:
        """Whether the session's dock stands under this turn's and takes what room is left."""
        turn, session = self.docks["turn"], self.docks["session"]
        apart = turn.isFloating() or session.isFloating() or session.isHidden()
        return not apart and turn.x() == session.x() and turn.y() != session.y()

    def places(self) -> tuple[str, str]:
        """Return the window's place and the docks' layout as text, to be remembered."""
        geometry = self.saveGeometry().data()
        layout = self.inner.saveState(LAYOUT_VERSION).data()
        return base64.b64encode(geometry).decode(), base64.b64encode(layout).decode()

    def restore_places(self, geometry: str, layout: str) -> None:
        """Go where ``places`` once was; what cannot be read is ignored."""
        try:
            where = base64.b64decode(geometry, validate=True)
            docks = base64.b64decode(layout, validate=True)
        except (binascii.Error, ValueError):
            return
        if where:
            self.restoreGeometry(QByteArray(where))
        if docks:
            self._placed = self.inner.restoreState(QByteArray(docks), LAYOUT_VERSION)

    def _title_docks(self) -> None:
        self.docks["turn"].setWindowTitle(self.vm.turn.title)
        turns = self.vm.statistics.title
        self.docks["session"].setWindowTitle(f"Session: {turns}" if turns else "Session")

    def _show_point(self, metric: str, turn_id: int) -> None:
        """A mark of a plot was pressed: its turn is shown, its span marked and played."""
        if self.vm.turn.show(turn_id):
            self.vm.show_figure(metric)

    def _focus_moved(self) -> None:
        """The release of a held key would go elsewhere."""
        self.talk_key.let_go()

    def _invite(self) -> None:
        self.conversation.say_when_empty(self.vm.invitation)

    # --- Qt

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if bundle_of(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = bundle_of(event.mimeData())
        if path:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            QTimer.singleShot(0, self.reset_layout)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._painted:
            return
        self._painted = True
        if self.on_first_paint is not None:
            QTimer.singleShot(0, self.on_first_paint)
        QTimer.singleShot(0, self.session.build_plots)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.talk_key.take(event, down=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self.talk_key.take(event, down=False):
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.talk_key.let_go()
            self.talk.let_go()
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.on_close is not None:
            self.on_close()
        super().closeEvent(event)

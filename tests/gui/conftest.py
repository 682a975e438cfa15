"""A window on a fake engine, and the loop that its tasks run on."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, Qt, QTimer
from PySide6.QtGui import QHelpEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.session.messages import ListDevices, LiveState, StateReport
from app.ui.app import WindowPorts, WindowProgram
from app.ui.theme import LIGHT, Theme, apply
from app.ui.vm.preferences import Preferences, PreferencesFile
from tests.support.lanes import LanesBench
from tests.support.ui import FakeLink, FakeSecrets, catalogue, settings_in

PATIENCE_S = 40.0
"""How long anything may take that does come: a deadline that is met costs nothing."""


class Waiting(QtBot):
    """Looks after every event whether what is waited for is there, and is patient."""

    def waitUntil(  # noqa: N802 - the name of what it overrides
        self, callback: Callable[[], bool | None], *, timeout: float = PATIENCE_S * 1000
    ) -> None:
        deadline = time.monotonic() + timeout / 1000
        tick = QTimer()  # what is waited for may come without an event
        tick.start(10)
        while not callback():
            assert time.monotonic() < deadline, f"not so within {timeout:.0f} ms"
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """Stands in for pytest-qt's own, which gives up after five seconds."""
    return Waiting(request)


class Bench:
    """A window that is open, with what it was built from."""

    def __init__(
        self, program: WindowProgram, link: FakeLink, secrets: FakeSecrets, settings: Path
    ) -> None:
        self.program = program
        self.link = link
        self.secrets = secrets
        self.settings = settings
        self.vm = program.vm
        self.window = program.window


Opener = Callable[..., Bench]


OPENAI = Preferences(model_id="openai:gpt-realtime-2.1-mini")
SPACE = Qt.Key.Key_Space


def is_in(bench: Bench, state: LiveState) -> bool:
    return bench.vm.live.state is state


def say(qtbot: QtBot, bench: Bench, *states: LiveState) -> None:
    for state in states:
        bench.link.feed(StateReport(state=state))
        qtbot.waitUntil(partial(is_in, bench, state))


def sent(bench: Bench) -> list[object]:
    return [each for each in bench.link.sent if not isinstance(each, ListDevices)]


def dialog(bench: Bench, qtbot: QtBot, kind: type[QDialog]) -> QDialog:
    qtbot.waitUntil(lambda: bool(bench.window.findChildren(kind)))
    return bench.window.findChildren(kind)[-1]


def repeat(bench: Bench) -> None:
    for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, SPACE, Qt.KeyboardModifier.NoModifier, " ", True, 1)
        QApplication.sendEvent(bench.window.conversation.view, event)


def put_away() -> None:
    """Have every closed window be gone: a style sheet dresses all there are, for the next test."""
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def light_collections() -> None:
    """Have what is loaded for good be left out of every collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def loop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    made = qasync.QEventLoop(qapp, already_running=True)
    asyncio.set_event_loop(made)
    yield made
    # Its own stop() would end the application's loops for good, since none of them is exec().
    made._QEventLoop__is_running = False
    asyncio.events._set_running_loop(None)
    made.close()
    asyncio.set_event_loop(None)


class Opening:
    """Opens windows on fake engines; the fixture of the same test closes them."""

    def __init__(
        self,
        qapp: QApplication,
        qtbot: QtBot,
        loop: asyncio.AbstractEventLoop,
        folder: Path,
    ) -> None:
        self._app = qapp
        self._qtbot = qtbot
        self._loop = loop
        self._settings = settings_in(folder)
        self._tasks: list[asyncio.Task[None]] = []
        self._programs: list[WindowProgram] = []

    def __call__(
        self,
        preferences: Preferences | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        secrets: FakeSecrets | None = None,
        link: FakeLink | None = None,
        meeting_place: str | None = None,
        sessions_dir: str | None = None,
    ) -> Bench:
        if preferences is not None:
            PreferencesFile(self._settings).save(preferences)
        link, secrets = link or FakeLink(), secrets or FakeSecrets()
        given = link
        ports = WindowPorts(
            link_factory=lambda: given,
            secrets=secrets,
            catalogue=catalogue(),
            environment=environment or {},
            settings_path=self._settings,
            samples=("/samples/a.wav",),
            meeting_place=meeting_place,
            sessions_dir=sessions_dir,
        )
        program = WindowProgram(self._app, ports)
        self._programs.append(program)
        self._tasks.append(self._loop.create_task(program.jobs.run()))
        program.window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        program.window.show()
        self._qtbot.waitUntil(lambda: bool(given.sent))
        return Bench(program, link, secrets, self._settings)

    def close(self) -> None:
        """Close every window, and wait for its tasks."""
        for program in self._programs:
            program.window.close()
        self._qtbot.waitUntil(lambda: all(task.done() for task in self._tasks))
        for program in self._programs:
            program.window.deleteLater()
        self._programs.clear()
        put_away()
        self._app.setStyleSheet("")  # the next window is built before it is dressed, too


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> Iterator[Opener]:
    opening = Opening(qapp, qtbot, loop, tmp_path)
    yield opening
    opening.close()


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[Theme]:
    apply(qapp, LIGHT)
    yield Theme()
    qapp.setStyleSheet("")
    put_away()


@pytest.fixture
def empty_lanes(qtbot: QtBot, dressed: Theme) -> LanesBench:
    bench = LanesBench(dressed)
    qtbot.addWidget(bench.pane)
    bench.pane.show()
    return bench


@pytest.fixture
def lanes(empty_lanes: LanesBench) -> LanesBench:
    empty_lanes.fill()
    return empty_lanes


def flush(bench: Bench) -> None:
    """Paint everything that waits for a frame."""
    while not bench.window.frames.resting:
        bench.window.frames.flush()


def hover(widget: QWidget, at: QPoint) -> str:
    event = QHelpEvent(QHelpEvent.Type.ToolTip, at, widget.mapToGlobal(at))
    QApplication.sendEvent(widget, event)
    return QToolTip.text()


def colours(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }

"""The whole program in its own loop, as ``vivavoce window`` runs it."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.session.messages import ListDevices, Shutdown
from app.ui.app import WindowPorts, serve
from app.ui.main_window import MainWindow
from app.ui.signals import SignalCloser
from tests.gui.conftest import put_away
from tests.support.ui import FakeLink, FakeSecrets, catalogue, settings_in


@pytest.fixture
def no_loop(qapp: QApplication) -> Iterator[None]:
    yield
    asyncio.set_event_loop(None)
    for widget in qapp.topLevelWidgets():
        if isinstance(widget, MainWindow):
            widget.deleteLater()
    put_away()
    qapp.setStyleSheet("")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window_and_everything_that_belongs_to_it(
    qapp: QApplication, no_loop: None, tmp_path: Path, number: signal.Signals
) -> None:
    link = FakeLink()
    ports = WindowPorts(
        link_factory=lambda: link,
        secrets=FakeSecrets(),
        catalogue=catalogue(),
        environment={},
        settings_path=settings_in(tmp_path),
    )
    hook, handler = sys.excepthook, signal.getsignal(number)

    QTimer.singleShot(200, lambda: os.kill(os.getpid(), number))
    code = serve(qapp, ports)

    assert code == 0
    assert link.sent == [ListDevices(), Shutdown()]
    assert link.closed
    assert settings_in(tmp_path).exists()
    assert (sys.excepthook, signal.getsignal(number)) == (hook, handler)


def test_other_signals_do_not_close_the_window(qtbot: QtBot) -> None:
    closed: list[bool] = []
    closer = SignalCloser(lambda: closed.append(True))

    closer._writer.send(bytes([signal.SIGCHLD]))
    closer._asked()
    closer._asked()
    closer.restore()

    assert closed == []

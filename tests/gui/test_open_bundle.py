"""A bundle that was opened by a double click: the window takes it in and shows the library."""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.session.messages import ImportBundle
from app.ui.app import WindowPorts, serve
from app.ui.main_window import MainWindow
from tests.gui.conftest import PATIENCE_S, put_away
from tests.support.ui import FakeLink, FakeSecrets, catalogue, settings_in

LOOK_MS = 20
MOST_LOOKS = round(PATIENCE_S * 1000 / LOOK_MS)


@pytest.fixture
def no_loop(qapp: QApplication) -> Iterator[None]:
    yield
    asyncio.set_event_loop(None)
    for widget in qapp.topLevelWidgets():
        if isinstance(widget, MainWindow):
            widget.deleteLater()
    put_away()
    qapp.setStyleSheet("")


def test_the_window_takes_the_bundle_in_that_it_was_opened_with(
    qapp: QApplication, no_loop: None, tmp_path: Path
) -> None:
    link = FakeLink()
    bundle = str(tmp_path / "talk.vivavoce")
    ports = WindowPorts(
        link_factory=lambda: link,
        secrets=FakeSecrets(),
        catalogue=catalogue(),
        environment={},
        settings_path=settings_in(tmp_path),
        sessions_dir=str(tmp_path),
        bundle=bundle,
    )

    looks = itertools.count()

    def look() -> None:
        if len(link.sent) > 1 or next(looks) > MOST_LOOKS:
            for widget in qapp.topLevelWidgets():
                if isinstance(widget, MainWindow):
                    widget.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(LOOK_MS)
    assert serve(qapp, ports) == 0
    timer.stop()

    assert ImportBundle(path=bundle, root=str(tmp_path)) in link.sent

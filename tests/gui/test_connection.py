"""The dialog of the connection follows what becomes known."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.ui.dialogs.connection import ConnectionDialog
from app.ui.theme import LIGHT, Theme
from app.ui.widgets.waterfall import ROW
from tests.gui.conftest import colours, hover
from tests.unit.ui.vm.test_connection import TIMING, connected, ping

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def dialog(qtbot: QtBot, dressed: Theme) -> ConnectionDialog:
    made = ConnectionDialog(connected(TIMING), dressed)
    qtbot.addWidget(made)
    made.show()
    return made


def test_the_stages_are_bars_with_their_meaning_on_hover(dialog: ConnectionDialog) -> None:
    assert LIGHT.accent in colours(dialog.stages)
    assert "round trip" in hover(dialog.stages, QPoint(20, 2 * ROW + 4))


def test_a_new_ping_is_shown_while_it_is_open(qtbot: QtBot, dressed: Theme) -> None:
    vm = connected(TIMING)
    dialog = ConnectionDialog(vm, dressed)
    qtbot.addWidget(dialog)
    assert "No ping" in dialog.pings.text()

    ping(vm, 12.0)

    assert dialog.pings.text() == vm.pings
    dialog.accept()
    ping(vm, 13.0)
    assert dialog.pings.text() != vm.pings


def test_copying_gives_every_line(dialog: ConnectionDialog, qtbot: QtBot) -> None:
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)

    assert "Session ready: 5.00" in QGuiApplication.clipboard().text()


def test_without_a_connection_there_are_no_empty_bars(qtbot: QtBot, dressed: Theme) -> None:
    dialog = ConnectionDialog(connected(None), dressed)
    qtbot.addWidget(dialog)
    dialog.show()

    assert not dialog.stages.isVisible()
    assert dialog.title.text() == "Connection: No connection yet"

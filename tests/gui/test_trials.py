"""The wizard, the connection and the compare page in the whole window."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.session.messages import (
    CalibrationKind,
    CalibrationReport,
    CompareSessions,
    ListDevices,
    ListSessions,
    SessionsReport,
    StartCalibration,
)
from app.ui.dialogs.calibration import CalibrationDialog
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.panes.rail import COMPARE
from tests.gui.conftest import Bench, Opener
from tests.support.reports import health, session
from tests.unit.ui.vm.test_calibration import ENGINE, ROW
from tests.unit.ui.vm.test_compare import LINES
from tests.unit.ui.vm.test_connection import TIMING

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def opened(bench: Bench, kind: type[QDialog]) -> QDialog:
    (found,) = [each for each in bench.window.findChildren(kind) if each.isVisible()]
    return found


def test_the_compare_page_lists_the_sessions_and_asks_for_a_comparison(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()

    qtbot.keyClick(bench.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    bench.vm.take(SessionsReport(LINES))
    page = bench.window.compare
    for row, column in ((0, 0), (1, 1)):
        tick = page.sessions.item(row, column)
        assert tick is not None
        tick.setCheckState(Qt.CheckState.Checked)
    qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)

    assert bench.window.pages.currentIndex() == COMPARE
    assert ListSessions() in bench.link.sent
    assert bench.link.sent[-1] == CompareSessions(("/s/2",), ("/s/1",))


def listings(bench: Bench) -> int:
    return sum(isinstance(each, ListSessions) for each in bench.link.sent)


def test_f5_looks_for_sessions_on_the_compare_page_and_for_devices_elsewhere(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    window = bench.window

    qtbot.keyClick(window, Qt.Key.Key_F5)
    before = listings(bench), bench.link.sent.count(ListDevices())
    qtbot.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.mouseClick(window.compare.again, Qt.MouseButton.LeftButton)

    assert before == (0, 2)
    assert (listings(bench), bench.link.sent.count(ListDevices())) == (3, 2)


def test_the_compare_page_lists_a_session_that_ends_while_it_is_shown(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    running = session()
    ended = replace(
        running, record=replace(running.record, ended_utc="2026-11-21T12:05:00Z", state="complete")
    )
    bench.vm.take(ended)
    assert listings(bench) == 0
    qtbot.keyClick(bench.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    bench.vm.take(running)
    before = listings(bench)

    bench.vm.take(ended)
    after = listings(bench)
    qtbot.keyClick(bench.window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    bench.vm.take(ended)

    assert (before, after, listings(bench)) == (1, 2, 2)


def test_the_wizard_asks_the_engine_and_shows_what_it_says(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    bench.program.shell.show_settings()

    qtbot.mouseClick(bench.window.settings.page.program.calibrate, Qt.MouseButton.LeftButton)
    dialog = opened(bench, CalibrationDialog)
    assert isinstance(dialog, CalibrationDialog)
    qtbot.mouseClick(dialog.full, Qt.MouseButton.LeftButton)
    bench.vm.take(CalibrationReport(rows=(ROW,), engine=ENGINE))

    assert bench.link.sent[-1] == StartCalibration(kind=CalibrationKind.ENGINE)
    assert dialog.table.rowCount() == 1
    dialog.reject()


def test_the_connection_is_told_while_the_session_runs(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    report = session()
    bench.vm.take(replace(report, record=replace(report.record, connect=TIMING)))

    qtbot.keyClick(bench.window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    dialog = opened(bench, ConnectionDialog)
    assert isinstance(dialog, ConnectionDialog)
    bench.vm.take(health(1.0, rtt_ms=41.5))

    assert "41.5" in dialog.pings.text()
    assert dialog.stages.isVisible()
    dialog.accept()

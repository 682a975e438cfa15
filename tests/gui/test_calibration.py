"""The calibration wizard as people use it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import CalibrationReport, JobReport
from app.ui.dialogs.calibration import STEPS, CalibrationDialog
from app.ui.theme import LIGHT, Theme
from tests.unit.ui.vm.test_calibration import ENGINE, ROW, Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

Opened = tuple[CalibrationDialog, Bench]


@pytest.fixture
def opened(qtbot: QtBot, dressed: Theme) -> Opened:
    bench = Bench()
    dialog = CalibrationDialog(bench.vm, dressed)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, bench


def test_a_quick_check_shows_progress_and_can_be_cancelled(qtbot: QtBot, opened: Opened) -> None:
    dialog, bench = opened
    assert not dialog.progress.isVisible()

    qtbot.mouseClick(dialog.quick, Qt.MouseButton.LeftButton)
    bench.jobs.take(JobReport(done=3, total=12, words="turn 3 of 12"))

    assert dialog.progress.isVisible()
    assert dialog.progress.value() == STEPS // 4
    assert "turn 3 of 12" in dialog.words.text()
    assert not dialog.full.isEnabled()
    qtbot.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    assert bench.stopped == 1


def test_the_result_is_a_table_that_says_in_words_what_holds(
    opened: Opened, dressed: Theme
) -> None:
    dialog, bench = opened

    bench.vm.take(CalibrationReport(rows=(ROW,), engine=ENGINE))

    assert dialog.table.isVisible()
    last = dialog.table.item(0, dialog.table.columnCount() - 1)
    assert last is not None
    assert (last.text(), last.foreground().color().name()) == ("holds", LIGHT.good)
    assert dialog.verdict.text() == bench.vm.verdict


def test_a_row_without_a_bound_holds_nothing(opened: Opened) -> None:
    dialog, bench = opened

    bench.vm.take(CalibrationReport(rows=(replace(ROW, bound=None),), engine=ENGINE))

    last = dialog.table.item(0, dialog.table.columnCount() - 1)
    assert last is not None
    assert last.text() == "\N{EN DASH}"


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, None])
def test_leaving_breaks_the_work_off(qtbot: QtBot, opened: Opened, key: Qt.Key | None) -> None:
    dialog, bench = opened
    qtbot.mouseClick(dialog.devices, Qt.MouseButton.LeftButton)

    if key is None:
        dialog.close()
    else:
        qtbot.keyClick(dialog, key)

    assert bench.stopped >= 1
    assert not dialog.isVisible()


def test_after_leaving_it_follows_nothing(qtbot: QtBot, opened: Opened) -> None:
    dialog, bench = opened
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    bench.vm.take(CalibrationReport(rows=(ROW,), engine=ENGINE))

    assert dialog.table.rowCount() == 0

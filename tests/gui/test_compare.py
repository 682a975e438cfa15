"""The compare page as people use it."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import ComparisonReport, SessionsReport
from app.ui.panes.compare import ComparePane
from app.ui.theme import LIGHT, Theme
from tests.gui.conftest import colours
from tests.unit.ui.vm.test_compare import COMPARISON, LINES, Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

Opened = tuple[ComparePane, Bench]


@pytest.fixture
def opened(qtbot: QtBot, dressed: Theme) -> Opened:
    bench = Bench()
    pane = ComparePane(bench.vm, dressed)
    qtbot.addWidget(pane)
    pane.resize(1100, 760)
    pane.show()
    bench.vm.take_sessions(SessionsReport(LINES))
    return pane, bench


def tick(pane: ComparePane, row: int, column: int) -> None:
    item = pane.sessions.item(row, column)
    assert item is not None
    item.setCheckState(Qt.CheckState.Checked)


def test_showing_the_page_asks_for_the_sessions(opened: Opened) -> None:
    assert opened[1].listed == 1


def test_ticks_choose_sides_and_the_button_asks(qtbot: QtBot, opened: Opened) -> None:
    pane, bench = opened
    assert not pane.go.isEnabled()

    tick(pane, 0, 1)
    tick(pane, 1, 0)
    qtbot.mouseClick(pane.go, Qt.MouseButton.LeftButton)

    assert bench.asked == [(("/s/1",), ("/s/2",))]


def test_a_result_is_a_table_curves_in_two_colours_and_a_sentence(opened: Opened) -> None:
    pane, bench = opened
    assert not pane.result.isVisible()

    bench.vm.take_comparison(ComparisonReport(COMPARISON))

    assert pane.result.isVisible()
    assert pane.verdict.text() == "B is 112 ms slower."
    assert {LIGHT.you, LIGHT.model} <= colours(pane.curves)


def test_the_keyboard_chooses_the_metric_that_is_drawn(qtbot: QtBot, opened: Opened) -> None:
    pane, bench = opened
    bench.vm.take_comparison(ComparisonReport(COMPARISON))
    pane.results.setFocus()

    qtbot.keyClick(pane.results, Qt.Key.Key_Down)

    assert bench.vm.metric == "odd"

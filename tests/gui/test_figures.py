"""Figures that are clicked, pressed and hovered over, by real mouse and key events."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem, QWidget
from pytestqt.qtbot import QtBot

from app.core.records import TurnStatus
from app.session.messages import LiveState, PlaySpan, StateReport, StopPlaying, TurnReport
from app.ui.panes.session import DETAILS, DISTRIBUTION, FIGURES, TURNS
from app.ui.plots.ecdf_plot import EcdfPlot
from app.ui.theme import LIGHT, Theme
from app.ui.vm.series import V2V
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.widgets.figure_tree import FigureTree
from app.ui.widgets.labels import tip
from tests.gui.conftest import Bench, Opener, colours, flush, hover, sent
from tests.support.reports import conversation, session, turn
from tests.support.verified import verification

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LEFT = Qt.MouseButton.LeftButton
HAND = Qt.CursorShape.PointingHandCursor


@pytest.fixture
def bench(open_window: Opener) -> Bench:
    made = open_window()
    for report in conversation(6):
        made.vm.take(report)
    flush(made)
    return made


def played(bench: Bench) -> list[type[object]]:
    return [type(each) for each in sent(bench)]


def row_of(tree: FigureTree, group: int, row: int) -> QTreeWidgetItem:
    head = tree.topLevelItem(group)
    assert head is not None
    found = head.child(row)
    assert found is not None
    return found


def press(widget: QWidget, key: Qt.Key) -> None:
    QTest.keyClick(widget, key)


# --- this turn


def test_a_click_on_the_large_figure_marks_and_plays_it(bench: Bench, qtbot: QtBot) -> None:
    headline = bench.window.turn.headline

    qtbot.mouseClick(headline, LEFT)

    assert bench.vm.lanes.highlight is not None
    assert not bench.vm.lanes.following
    assert played(bench) == [PlaySpan]
    assert headline.cursor().shape() is HAND


def test_escape_stops_what_plays_and_leaves_the_session(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.window.turn.headline, LEFT)

    bench.program.shell.actions["escape"].trigger()

    assert played(bench) == [PlaySpan, StopPlaying]
    assert bench.vm.live.state is LiveState.LISTENING


def test_a_figure_with_the_keyboard_wears_a_ring_and_is_pressed(bench: Bench, qtbot: QtBot) -> None:
    cell = bench.window.turn.matrix[1][1]
    before = cell.grab().toImage()

    cell.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(cell.hasFocus)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        press(cell, key)

    assert cell.grab().toImage() != before
    assert played(bench) == [PlaySpan, StopPlaying, PlaySpan]
    assert cell.accessibleName().startswith("TTFA from stop ")


def test_an_unknown_figure_is_passed_by_and_says_why(bench: Bench, qtbot: QtBot) -> None:
    cell = bench.window.turn.matrix[0][2]

    qtbot.mouseClick(cell, LEFT)

    assert cell.text() == "\N{EN DASH}"
    assert cell.focusPolicy() is Qt.FocusPolicy.NoFocus
    assert played(bench) == []
    assert "unknown" in hover(cell, QPoint(2, 2))


def test_the_hover_of_a_figure_holds_its_definition_and_the_session(
    bench: Bench, qtbot: QtBot
) -> None:
    headline = bench.window.turn.headline
    words = hover(headline, QPoint(2, 2))
    qtbot.mouseClick(headline, Qt.MouseButton.RightButton)
    press(headline, Qt.Key.Key_F12)

    assert played(bench) == []
    for part in ("Voice-to-voice", "formula", "clock", "source", "n 6", "marks and plays it"):
        assert part in words


def test_the_parts_are_chosen_by_arrows_and_played_by_enter(bench: Bench, qtbot: QtBot) -> None:
    bar = bench.window.turn.bar
    bar.setFocus(Qt.FocusReason.TabFocusReason)

    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return):
        press(bar, key)
    press(bar, Qt.Key.Key_F12)

    assert "endpointing" in bar.accessibleName()
    assert played(bench) == [PlaySpan]
    assert LIGHT.focus in colours(bar) or bar.hasFocus()


def test_a_part_of_the_bar_is_clicked(bench: Bench, qtbot: QtBot) -> None:
    bar = bench.window.turn.bar

    qtbot.mouseMove(bar, QPoint(bar.width() // 3, 4))
    qtbot.mouseClick(bar, LEFT, pos=QPoint(bar.width() // 3, 4))
    qtbot.mouseClick(bar, LEFT, pos=QPoint(bar.width() - 1, bar.height() - 1))

    assert played(bench) == [PlaySpan]


def test_earlier_turns_are_looked_at_and_the_newest_is_followed_again(
    bench: Bench, qtbot: QtBot
) -> None:
    pane, actions = bench.window.turn, bench.program.shell.actions

    qtbot.mouseClick(pane.buttons["previous"], LEFT)
    actions["previous_turn"].trigger()
    actions["next_turn"].trigger()
    flush(bench)
    bench.vm.take(TurnReport(record=turn(7)))
    flush(bench)

    assert bench.window.docks["turn"].windowTitle() == "Turn 5 of 7"
    assert pane.buttons["newest"].isEnabled()
    qtbot.mouseClick(pane.buttons["newest"], LEFT)
    flush(bench)
    assert bench.window.docks["turn"].windowTitle() == "Turn 7"
    assert not pane.buttons["next"].isEnabled()


def test_a_short_pane_leaves_what_we_add_to_the_status_line(bench: Bench) -> None:
    pane = bench.window.turn

    whole = pane.fit(1_000), pane.adds.isHidden()
    short = pane.fit(pane.sizeHint().height() - 1), pane.adds.isHidden()

    assert (whole, short) == ((True, False), (True, True))
    assert not pane.fit(20)


# --- every figure of the turn


def test_every_figure_is_found_by_typing_and_played(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.window.turn.details, LEFT)
    pane = bench.window.session

    qtbot.keyClicks(pane.wanted, "first audio end speech")
    row = row_of(pane.details, 0, 0)
    pane.details.setCurrentItem(row)
    press(pane.details, Qt.Key.Key_Return)

    assert pane.view == DETAILS
    assert row.text(1).startswith("5")
    assert played(bench) == [PlaySpan]
    place = pane.details.visualItemRect(row)
    value = QPoint(pane.details.columnViewportPosition(1) + 4, place.center().y())
    qtbot.mouseMove(pane.details.viewport(), value)
    qtbot.mouseClick(pane.details.viewport(), LEFT, pos=value)
    qtbot.mouseClick(pane.details.viewport(), LEFT, pos=place.topLeft() + QPoint(2, 2))
    assert played(bench) == [PlaySpan, StopPlaying]
    assert "formula" in hover(pane.details.viewport(), place.center())


def test_escape_in_the_search_field_leaves_it_and_not_the_session(
    bench: Bench, qtbot: QtBot
) -> None:
    bench.program.shell.actions["details"].trigger()
    qtbot.waitUntil(bench.window.session.wanted.hasFocus)

    bench.program.shell.actions["escape"].trigger()

    assert not bench.window.session.wanted.hasFocus()
    assert bench.vm.live.state is LiveState.LISTENING


def test_the_figures_follow_the_turn_that_is_shown(bench: Bench) -> None:
    pane = bench.window.session
    bench.program.shell.actions["details"].trigger()
    pane.wanted.setText("voice-to-voice at the line")

    def value() -> str:
        return row_of(pane.details, 0, 0).text(1)

    before = value()
    bench.vm.turn.show(2)
    flush(bench)

    assert before != value() != ""


# --- the session


def test_every_view_has_its_command(bench: Bench) -> None:
    plan = {
        "view_distribution": DISTRIBUTION,
        "view_figures": FIGURES,
        "details": DETAILS,
        "view_turns": TURNS,
    }
    for action, view in plan.items():
        bench.window.docks["session"].close()

        bench.program.shell.actions[action].trigger()

        assert bench.window.session.view == bench.window.session.views.checkedId() == view
        assert bench.window.docks["session"].isVisible()


def test_a_click_on_a_point_shows_its_turn_and_plays_it(bench: Bench, qtbot: QtBot) -> None:
    plot = bench.window.session.turns.groups[0].plot
    qtbot.waitUntil(lambda: plot.chart is not None)
    assert plot.chart is not None
    value = bench.vm.statistics.points(V2V)[2].value
    at = plot.chart.place(3, value).toPoint()

    qtbot.mouseMove(plot, at)
    qtbot.mouseClick(plot, LEFT, pos=at)
    qtbot.mouseClick(plot, LEFT, pos=QPoint(1, 1))

    assert bench.vm.turn.title == "Turn 3 of 6"
    assert played(bench) == [PlaySpan]
    assert plot.near(QPointF(1, 1)) == []


def test_another_metric_is_chosen_shown_and_remembered(bench: Bench, qtbot: QtBot) -> None:
    pane = bench.window.session
    qtbot.waitUntil(lambda: pane.turns.groups[0].plot.chart is not None)
    row = pane.picker.findData("endpointing_ms")

    pane.picker.activated.emit(row)
    flush(bench)

    assert [each.metric for each in pane.turns.groups[0].series] == ["endpointing_ms"]
    assert pane.turns.groups[0].plot.chart is not None
    assert bench.vm.setup.preferences.metric == "endpointing_ms"
    assert pane.picker.currentData() == "endpointing_ms"
    bench.program.shell.actions["metric"].trigger()
    pane.picker.hidePopup()


def test_the_recording_bears_out_the_figures(bench: Bench, qtbot: QtBot) -> None:
    pane = bench.window.session
    pane.show_view(FIGURES)
    bench.vm.take(StateReport(state=LiveState.STOPPED))
    bench.vm.verification.begin(session().folder)

    bench.vm.take(verification())

    assert pane.verified.text().startswith("The recording agrees: 22 turns")
    last = pane.figures.topLevelItem(pane.figures.topLevelItemCount() - 1)
    assert last is not None
    assert last.text(0) == "Turn-taking, from the recording"
    at = pane.figures.visualItemRect(row_of(pane.figures, 1, 1)).center()
    assert "Wilson" in pane._explain_session("Outcome/Availability")
    assert hover(pane.figures.viewport(), at) is not None
    assert "formula" in pane._explain_session("Stream/Delivery speed")


def test_a_failed_turn_stays_in_the_count(bench: Bench) -> None:
    bench.vm.take(TurnReport(record=turn(7, status=TurnStatus.ERROR, v2v_ms=None)))
    bench.program.shell.actions["view_figures"].trigger()

    figures = bench.window.session.figures
    outcome = [row_of(figures, 1, row) for row in range(3)]
    texts = {row.text(0): row.text(1) for row in outcome}

    assert texts["Availability"].endswith("6 of 7")
    assert texts["Failed, by class"] == "1: error 1"


def test_no_metric_is_offered_where_none_is_chosen(bench: Bench) -> None:
    session = bench.window.session
    session.show_view(DETAILS)
    beside_details = session.picker.isVisible()
    session.show_view(TURNS)

    assert (beside_details, session.picker.isVisible()) == (False, True)


def test_a_legend_says_what_hollow_and_grey_marks_are(bench: Bench) -> None:
    legend = bench.window.session.turns.groups[1].legend
    before = legend.text()

    bench.vm.take(TurnReport(record=turn(7, client_limited="loop_lag")))
    bench.vm.take(TurnReport(record=turn(8, excluded_reason="xrun")))
    flush(bench)

    assert before == "first turn apart"
    assert legend.text() == "hollow: client-limited, grey: left out; first turn apart"


def test_a_group_explains_its_rows(bench: Bench) -> None:
    group = bench.window.session.turns.groups[0]
    cell = group.cells["ttft_stop_ms"][1]

    assert "Time to first token" in hover(group, cell.geometry().center())
    assert group.explain(QPoint(-5, -5)) == ""


def test_the_distribution_is_painted(qtbot: QtBot, dressed: Theme) -> None:
    statistics = StatisticsViewModel()
    plot = EcdfPlot(statistics, dressed)
    qtbot.addWidget(plot)
    plot.resize(420, 200)
    empty = plot.grab().toImage()
    for number in range(1, 40):
        statistics.take(turn(number))

    plot.refresh()

    assert plot.grab().toImage() != empty
    assert {LIGHT.accent, LIGHT.line} <= colours(plot)
    assert plot.x_of(1e9) == plot.room.right()
    assert plot.accessibleName().startswith("Distribution of Voice-to-voice")
    plot.resize(420, 70)
    assert LIGHT.accent in colours(plot)


def test_a_hover_text_in_two_columns_is_never_markup() -> None:
    words = tip("Name <b>\nformula\ta < b & c")

    assert words.startswith("<table")
    assert "Name &lt;b&gt;" in words
    assert "a &lt; b &amp; c" in words

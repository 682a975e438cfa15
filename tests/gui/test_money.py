"""Costs, prices and projections, used as a person uses them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.core.money import Meter
from app.session.messages import ListPrices, LiveState, RemovePrice, SetPrice
from app.ui.dialogs.price_editor import PriceEditor
from app.ui.dialogs.prices import PricesDialog
from app.ui.dialogs.projection import ProjectionDialog
from app.ui.panes.session import COST
from app.ui.plots.price_history import PriceHistoryPlot
from app.ui.theme import LIGHT
from app.ui.vm.preferences import Preferences, ThemeChoice
from tests.gui.conftest import Bench, Opener, colours, dialog, flush, hover, say
from tests.support.accounts import MINE, UNPRICED, cost, priced, prices, spending
from tests.support.reports import session

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
BRIGHT = Preferences(theme=ThemeChoice.LIGHT)


def opened_prices(bench: Bench, qtbot: QtBot) -> PricesDialog:
    bench.program.shell.actions["prices"].trigger()
    bench.vm.take(prices())
    found = dialog(bench, qtbot, PricesDialog)
    assert isinstance(found, PricesDialog)
    return found


def test_the_cost_line_tells_what_the_session_costs(open_window: Opener) -> None:
    bench = open_window()
    line = bench.window.session.cost
    assert line.isHidden()

    bench.vm.take(cost(priced("0.041"), 40.0))

    assert [each.text() for each in line.values if not each.isHidden()] == [
        "$0.041",
        "$0.0615/min",
        "60\N{THIN SPACE}%",
    ]
    assert "price row" in line.values[0].toolTip()
    assert "cost $0.041" in line.accessibleName()
    assert line.set_price.isHidden()


def test_an_unpriced_session_offers_to_set_a_price_which_is_kept(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    bench.vm.take(session())
    bench.vm.take(cost(UNPRICED))

    qtbot.mouseClick(bench.window.session.cost.set_price, Qt.MouseButton.LeftButton)
    owner = dialog(bench, qtbot, PricesDialog)
    editor = owner.findChild(PriceEditor)
    assert isinstance(editor, PriceEditor)
    assert editor.texts["provider"].text() == "local"
    assert not editor.keep.isEnabled()
    editor.texts["model"].setFocus()
    qtbot.keyClicks(editor.texts["model"], "talker")
    qtbot.keyClicks(editor.rates[Meter.AUDIO_OUT], "20")
    qtbot.keyClick(editor.rates[Meter.AUDIO_OUT], Qt.Key.Key_Return)

    (kept,) = [each for each in bench.link.sent if isinstance(each, SetPrice)]
    assert kept.row.rates == {Meter.AUDIO_OUT: Decimal(20)}
    bench.vm.take(prices(problem="The disk is full."))
    assert editor.wrong.text() == "The disk is full."
    qtbot.mouseClick(editor.keep, Qt.MouseButton.LeftButton)
    bench.vm.take(prices(kept.row))
    assert owner.findChild(PriceEditor) is None or editor.isHidden()


def test_the_cost_plot_draws_bars_sum_waste_and_cached_share(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(BRIGHT)
    bench.program.shell.actions["view_cost"].trigger()
    plot = bench.window.session.cost_plot
    plot.resize(500, 200)
    for report in spending(12):
        bench.vm.take(report)
    flush(bench)

    assert bench.window.session.view == COST
    assert {LIGHT.accent, LIGHT.model, LIGHT.you, LIGHT.poor} <= colours(plot)
    place = QPoint(round(plot.x_of(4)), 60)
    assert "unpriced" in hover(plot, place)
    assert plot.near(QPointF(2, 2)) is None
    assert "12 turns" in plot.accessibleName()


def test_the_budget_is_a_notice_and_colours_the_cost(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window(BRIGHT)
    say(qtbot, bench, LiveState.LISTENING)

    bench.vm.take(cost(priced("0.41"), budget_words="The session has cost $0.41."))

    notice = bench.vm.notices.shown[0]
    assert (notice.key, notice.grave) == ("budget", False)
    assert LIGHT.fair in bench.window.session.cost.values[0].styleSheet()
    bench.vm.notices.dismiss("budget")
    bench.vm.take(cost(priced("0.42"), budget_words="The session has cost $0.41."))
    assert not bench.vm.notices.shown
    bench.vm.take(cost(priced("0.51"), budget_words="It ends.", over_budget=True))
    assert [each.grave for each in bench.vm.notices.shown] == [True]
    assert LIGHT.poor in bench.window.session.cost.values[0].styleSheet()


# --- prices


def test_the_table_is_filtered_by_typing_and_its_history_drawn(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(BRIGHT)
    table = opened_prices(bench, qtbot)
    assert any(isinstance(each, ListPrices) for each in bench.link.sent)
    assert table.table.rowCount() == 6

    qtbot.keyClicks(table.filter, "contract")
    assert table.table.rowCount() == 1
    table.table.setFocus()
    qtbot.keyClick(table.table, Qt.Key.Key_Down)

    assert table.remove.isEnabled()
    assert table.model.text() == "History of gpt-realtime"
    assert {LIGHT.you, LIGHT.accent} <= colours(table.plot)
    plan = table.plot.plan
    assert plan is not None
    rung = plan.rungs[-1]
    at = table.plot.place(plan, rung.day, float(rung.usd))
    assert "our contract" in hover(table.plot, at.toPoint())
    table.filter.clear()
    assert table.table.rowCount() == 6
    assert table.line is not None
    assert table.line.row == MINE


def test_ones_own_price_is_edited_and_removed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    table = opened_prices(bench, qtbot)
    assert table.choose(MINE.provider, MINE.model)
    assert not table.choose("nobody", "nothing")

    qtbot.mouseClick(table.remove, Qt.MouseButton.LeftButton)
    assert RemovePrice(provider="openai", model="gpt-realtime", valid_from="2026-06-01") in (
        bench.link.sent
    )
    bench.vm.take(prices(problem="It could not be written."))
    assert table.wrong.text() == "It could not be written."

    qtbot.mouseClick(table.edit, Qt.MouseButton.LeftButton)
    editor = table.findChild(PriceEditor)
    assert isinstance(editor, PriceEditor)
    editor.rates[Meter.AUDIO_IN].setText("ten")
    assert "audio in" in editor.wrong.text()
    qtbot.keyClick(editor, Qt.Key.Key_Escape)


def test_a_price_of_others_is_edited_as_a_copy(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    table = opened_prices(bench, qtbot)
    table.choose("elevenlabs", "convai")

    assert table.edit.text() == "Edit a copy"
    assert not table.remove.isEnabled()
    qtbot.mouseClick(table.edit, Qt.MouseButton.LeftButton)
    editor = table.findChild(PriceEditor)
    assert isinstance(editor, PriceEditor)
    assert editor.rates[Meter.SESSION_SECONDS].text() == "0.08"
    assert editor.texts["source"].text().startswith("Changed from")


def test_a_history_without_a_model_says_so(qtbot: QtBot, open_window: Opener) -> None:
    bench = open_window()
    plot = PriceHistoryPlot(bench.program.theme)
    qtbot.addWidget(plot)
    plot.resize(300, 120)

    assert plot.accessibleName() == "No model is chosen"
    assert hover(plot, QPoint(40, 40)) == ""
    plot.grab()


# --- projection


def test_models_are_projected_beside_each_other_and_what_if(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window(BRIGHT)
    bench.program.shell.actions["projection"].trigger()
    bench.vm.take(prices())
    page = dialog(bench, qtbot, ProjectionDialog)
    assert isinstance(page, ProjectionDialog)
    assert not page.whatif.isEnabled()

    page.add.activated.emit(page.add.findText("openai gpt-realtime-mini"))
    page.add.activated.emit(page.add.findText("openai gpt-realtime"))

    assert page.table.rowCount() == 2
    assert "times as much" in page.voice.text()
    assert {LIGHT.accent, LIGHT.you} <= colours(page.curves)
    assert "gpt-realtime-mini" in page.month.accessibleName()
    page.table.setCurrentCell(1, 0)
    qtbot.mouseClick(page.whatif, Qt.MouseButton.LeftButton)
    editor = page.findChild(PriceEditor)
    assert isinstance(editor, PriceEditor)
    editor.rates[Meter.AUDIO_OUT].setText("1")
    qtbot.mouseClick(editor.keep, Qt.MouseButton.LeftButton)
    first = page.table.item(1, 0)
    assert first is not None
    assert first.text() == "gpt-realtime (what if)"
    qtbot.mouseClick(page.known, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    assert page.table.rowCount() == 1


def test_the_fields_of_a_projection_follow_each_other(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    vm = bench.vm.accounts.projection
    bench.program.shell.show_settings()
    page = bench.window.settings.page
    page.show_section(page.cost)
    qtbot.mouseClick(page.cost.projection, Qt.MouseButton.LeftButton)
    shown = dialog(bench, qtbot, ProjectionDialog)
    assert isinstance(shown, ProjectionDialog)

    shown.minutes.setValue(13.0)
    assert (vm.draft.turns, shown.turns.value()) == (60, 60)
    shown.low.setValue(80)
    shown.high.setValue(50)
    assert (vm.draft.cached_low, vm.draft.cached_high) == (0.5, 0.5)
    shown.preset.setCurrentIndex(1)
    shown.preset.activated.emit(1)
    assert shown.turns.value() == 10
    assert shown.preset_words.text().startswith("A complete support conversation.")


# --- the budget's fields


def test_a_budget_is_stored_once_it_is_right(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    bench.program.shell.show_settings()
    page = bench.window.settings.page
    page.show_section(page.cost)
    section = page.cost
    section.warn.setFocus()

    qtbot.keyClicks(section.warn, "0.6")
    qtbot.keyClick(section.warn, Qt.Key.Key_Return)
    section.stop.setFocus()
    qtbot.keyClicks(section.stop, "0.5")
    assert "stop before it warns" in section.wrong.text()
    qtbot.keyClick(section.stop, Qt.Key.Key_Return)
    assert bench.vm.setup.preferences.budget_stop == ""
    section.stop.selectAll()
    qtbot.keyClicks(section.stop, "0.8")
    qtbot.keyClick(section.stop, Qt.Key.Key_Return)

    budget = bench.vm.setup.budget
    assert (budget.warn_usd, budget.stop_usd) == (Decimal("0.6"), Decimal("0.8"))
    section.unpriced.setValue(20)
    assert bench.vm.setup.budget.stop_unpriced_s == 1200.0
    assert section.warn.accessibleDescription()


def test_a_dialog_that_is_open_is_raised_and_not_doubled(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    first = opened_prices(bench, qtbot)
    second = bench.program.shell.accounts.show_prices()

    assert second is first
    first.close()
    QApplication.processEvents()
    bench.vm.take(replace(prices(), problem="late"))

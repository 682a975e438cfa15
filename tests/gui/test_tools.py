"""The tools' dialog, the bar that asks, and the list of calls, under real keys and clicks."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.core.events import ToolOutcome
from app.session.messages import AllowTool, AnswerTool, EngineRequest, ToolReport, ToolState
from app.ui.dialogs.tool_calls import ROWS_SHOWN, CallsBar, ToolCallsDialog
from app.ui.dialogs.tools import ToolsDialog
from app.ui.theme import Theme
from app.ui.vm.preferences import Preferences
from app.ui.vm.tool_calls import ToolCallsViewModel
from app.ui.vm.tool_drafts import ServerDraft
from app.ui.vm.tools import ToolsViewModel, examples
from tests.gui.conftest import Opener, dialog, sent
from tests.support.tools import MemoryCaller, MemoryMcp
from tests.unit.ui.vm.test_setup import setup
from tests.unit.ui.vm.test_tool_calls import report

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
LEFT = Qt.MouseButton.LeftButton
CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
Open = Callable[..., ToolsDialog]


def at_once(work: Coroutine[Any, Any, object], _name: str) -> None:
    asyncio.run(work)


@pytest.fixture
def opened(qtbot: QtBot, dressed: Theme) -> Iterator[Open]:
    """Opens the dialog on the bundled examples, and keeps it."""
    kept: list[ToolsDialog] = []

    def show(*servers: ServerDraft, tools: bool = True) -> ToolsDialog:
        preferences = Preferences(tools=examples() if tools else (), mcp_servers=servers)
        vm = ToolsViewModel(setup(preferences))
        vm.reach(MemoryCaller(), MemoryMcp({"box": ()}))
        kept.append(ToolsDialog(vm, dressed, at_once))
        qtbot.addWidget(kept[-1])
        kept[-1].show()
        return kept[-1]

    yield show
    assert kept


def names(shown: ToolsDialog) -> list[str]:
    return [shown.list.item(row).text() for row in range(shown.list.count())]


def type_over(qtbot: QtBot, field: Any, words: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, words)


def test_a_first_start_invites_to_add_a_tool(qtbot: QtBot, opened: Open) -> None:
    shown = opened(tools=False)
    assert shown.empty.isVisible()
    assert not shown.delete.isEnabled()

    qtbot.mouseClick(shown.add, LEFT)

    assert shown.editor.isVisible()
    assert names(shown) == ["new_tool"]
    assert shown.words.text() == "The next session offers 1 tool."
    qtbot.keyClicks(shown.focusWidget(), "lookup")  # its name is selected, to be overwritten
    assert names(shown) == ["lookup"]


def test_an_example_is_added_from_the_menu(qtbot: QtBot, opened: Open) -> None:
    shown = opened(tools=False)

    qtbot.mouseClick(shown.more, LEFT)
    menu = shown.findChild(QMenu)
    assert menu is not None
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)

    assert names(shown) == ["get_weather"]


def test_what_is_wrong_is_told_while_it_is_typed(qtbot: QtBot, opened: Open) -> None:
    shown = opened()
    editor = shown.editor
    assert not editor.verdicts["schema"].isVisible()  # type: ignore[index]

    type_over(qtbot, editor.schema, '{"type": "object",')
    qtbot.keyClick(editor.schema, Qt.Key.Key_Return)
    qtbot.keyClicks(editor.schema, '"required": "a"}')
    type_over(qtbot, editor.name, "two words")

    told = {field.value: each.text() for field, each in editor.verdicts.items() if each.text()}
    assert told == {
        "name": "A tool's name has 1 to 64 letters a to z, digits, _ or -.",
        "schema": "Line 2: 'a' is not of type 'array'.",
    }
    assert editor.schema.toPlainText().endswith('"required": "a"}')
    assert not shown.list.item(0).icon().isNull()
    assert shown.list.item(1).icon().isNull()
    assert shown.words.text() == "The next session offers 4 tools."


def test_the_fields_follow_the_kind_of_answer(qtbot: QtBot, opened: Open) -> None:
    editor = opened().editor
    assert editor.answer.isVisible()

    editor.kind.setFocus()
    for _ in range(3):
        qtbot.keyClick(editor.kind, Qt.Key.Key_Down)

    assert editor.url.isVisible()
    assert not editor.answer.isVisible()
    assert editor.draft.kind == "http"
    assert "The first call" in editor.hint.text()


def test_a_tool_is_tried(qtbot: QtBot, opened: Open) -> None:
    shown = opened()
    shown.list.setFocus()
    qtbot.keyClick(shown.list, Qt.Key.Key_Down)
    editor = shown.editor
    assert editor.name.text() == "order_status"
    assert not editor.output.isVisible()

    type_over(qtbot, editor.sample, '{"order": "A 7"}')
    qtbot.keyClick(editor.sample, Qt.Key.Key_Return)
    assert editor.told.text() == "The model is told:"
    assert '"order": "A 7",' in editor.output.toPlainText()

    type_over(qtbot, editor.sample, "{}")
    assert not editor.output.isVisible()
    qtbot.mouseClick(editor.try_button, LEFT)
    assert "required property" in editor.output.toPlainText()


def test_deleting_is_undone(qtbot: QtBot, opened: Open) -> None:
    shown = opened()
    before = names(shown)
    shown.list.setCurrentRow(2)

    qtbot.mouseClick(shown.delete, LEFT)
    assert names(shown) == [each for each in before if each != "calculate"]
    assert shown.words.text() == "Deleted calculate."
    qtbot.mouseClick(shown.undo, LEFT)

    assert names(shown) == before
    assert not shown.undo.isVisible()


def test_a_copy_has_a_name_of_its_own_and_a_check_mark_takes_a_tool_out(
    qtbot: QtBot, opened: Open
) -> None:
    shown = opened()

    qtbot.mouseClick(shown.copy, LEFT)
    assert names(shown)[-1] == "get_weather_2"
    shown.list.setFocus()
    qtbot.keyClick(shown.list, Qt.Key.Key_Space)

    assert not shown._vm.drafts[-1].enabled
    assert shown.words.text() == "The next session offers 5 tools."


def test_what_was_written_is_remembered_when_the_dialog_closes(qtbot: QtBot, opened: Open) -> None:
    shown = opened()
    kept = shown._vm._setup
    type_over(qtbot, shown.editor.description, "Another.")
    assert kept.preferences.tools[0].description != "Another."

    qtbot.keyClick(shown, Qt.Key.Key_Escape)

    assert kept.preferences.tools[0].description == "Another."


def test_a_server_is_added_asked_and_deleted(qtbot: QtBot, opened: Open) -> None:
    shown = opened()
    qtbot.mouseClick(shown.remote, LEFT)
    qtbot.mouseClick(shown.servers.add, LEFT)
    (card,) = shown.servers.cards
    assert not card.ask.isEnabled()

    type_over(qtbot, card.url, "ws://h/mcp")
    assert "http://" in card.verdict.text()
    type_over(qtbot, card.url, "http://h/mcp")
    type_over(qtbot, card.label, "box")
    qtbot.mouseClick(card.ask, LEFT)

    assert card.verdict.text() == "No tools."
    assert "1 MCP server" in shown.words.text()
    qtbot.mouseClick(card.delete, LEFT)
    assert shown.servers.cards == []
    qtbot.mouseClick(shown.undo, LEFT)
    assert shown.servers.cards[0].url.text() == "http://h/mcp"


# --- calls ----------------------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, dressed: Theme) -> tuple[CallsBar, list[EngineRequest]]:
    requests: list[EngineRequest] = []
    made = CallsBar(ToolCallsViewModel(requests.append))
    qtbot.addWidget(made)
    return made, requests


def test_the_bar_shows_what_wants_the_user_and_goes_with_it(
    qtbot: QtBot, bar: tuple[CallsBar, list[EngineRequest]]
) -> None:
    shown, requests = bar
    assert not shown.isVisible()

    for number in range(ROWS_SHOWN + 2):
        asks = report(f"c{number}", ToolState.ASKS, where="POST http://h/", arguments='{"a":\n1}')
        shown._vm.take(asks)
    rows = list(shown.rows.values())
    assert [row.sentence.text() for row in rows] == ["a wants to call POST http://h/"] * ROWS_SHOWN
    assert rows[0].arguments.text() == '{"a": 1}'
    assert shown.more.text() == "2 more wait."

    qtbot.mouseClick(rows[0].allow, LEFT)
    qtbot.mouseClick(rows[1].always, LEFT)
    qtbot.mouseClick(rows[2].refuse, LEFT)
    for row in list(shown.rows.values()):
        qtbot.mouseClick(row.refuse, LEFT)

    words = [(w.allow, w.remember) for w in requests if isinstance(w, AllowTool)]
    assert words[:3] == [(True, False), (True, True), (False, False)]
    assert len(words) == ROWS_SHOWN + 2
    assert not shown.isVisible()


def test_an_answer_by_hand_is_written_while_other_calls_come(
    qtbot: QtBot, bar: tuple[CallsBar, list[EngineRequest]]
) -> None:
    shown, requests = bar
    shown._vm.take(report("c1", ToolState.BY_HAND))
    (row,) = shown.rows.values()

    qtbot.keyClicks(row.answer, '{"a":')
    assert row.kind.text() == 'Sent as words: {"result": ...}'
    shown._vm.take(report("c2", ToolState.ASKS))
    qtbot.keyClicks(row.answer, " 1}")
    assert row.kind.text() == "Sent as JSON"
    qtbot.keyClick(row.answer, Qt.Key.Key_Return)

    assert requests == [AnswerTool(call_id="c1", output='{"a": 1}', failed=False)]  # type: ignore[arg-type]
    assert [key[0] for key in shown.rows] == ["c2"]


def test_the_list_shows_arguments_and_answer_of_the_chosen_call(
    qtbot: QtBot, dressed: Theme
) -> None:
    vm = ToolCallsViewModel(lambda _: None)
    shown = ToolCallsDialog(vm, dressed)
    qtbot.addWidget(shown)
    shown.show()
    assert shown.empty.isVisible()

    for number in range(3):
        ended = {"outcome": ToolOutcome.ANSWERED, "elapsed_ms": 5.0, "output": f"[{number}]"}
        vm.take(report(f"c{number}", ToolState.ENDED, **ended))
    qtbot.keyClick(shown.table, Qt.Key.Key_Down)
    assert shown.output.toPlainText() == "[1]"
    vm.take(report("c3"))  # a new one comes first; the chosen one stays chosen

    assert shown.table.currentRow() == 2
    assert shown.output.toPlainText() == "[1]"
    items = [shown.table.item(1, column) for column in range(5)]
    cells = [item.text() for item in items if item is not None]
    assert cells == ["1.2 s", "a", "HTTP", "answered", "5 ms"]


def test_the_window_opens_both_by_key_and_asks(qtbot: QtBot, open_window: Opener) -> None:
    bench = open_window()
    for _ in range(2):  # a second time raises the same
        qtbot.keyClick(bench.window, Qt.Key.Key_T, CTRL_SHIFT)
    tools = dialog(bench, qtbot, ToolsDialog)
    assert len(bench.window.findChildren(ToolsDialog)) == 1
    assert isinstance(tools, ToolsDialog)
    qtbot.mouseClick(tools.close_button, LEFT)
    qtbot.keyClick(bench.window, Qt.Key.Key_K, CTRL_SHIFT)
    dialog(bench, qtbot, ToolCallsDialog).close()

    asks = ToolReport(call_id="c1", name="a", state=ToolState.ASKS, at_ms=0.0, where="POST x")
    bench.link.feed(asks)
    qtbot.waitUntil(bench.window.calls.isVisible)
    (row,) = bench.window.calls.rows.values()
    qtbot.mouseClick(row.allow, LEFT)

    assert sent(bench) == [AllowTool(call_id="c1", allow=True, remember=False)]  # type: ignore[arg-type]
    QApplication.processEvents()

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import (
    Speaker,
)
from tests.gui.conftest import Bench, Opener, flush
from tests.support.reports import conversation, said


def text_of(bench: Bench) -> list[str]:
    bench.window.frames.flush()
    return bench.window.conversation.view.toPlainText().split("\n")


def test_both_sides_are_shown_in_the_order_of_speaking(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 2_000, "Hello."))
    bench.vm.take(said("u", Speaker.USER, 1_000, "Hi", final=False))
    bench.vm.take(said("u", Speaker.USER, 1_000, "Hi there"))
    bench.vm.take(said("x", Speaker.MODEL, 3_000, "Bye", interrupted=True))

    assert text_of(bench) == [
        "00:01\tYou\t\u2068Hi there\u2069",
        "00:02\tModel\t\u2068Hello.\u2069",
        "00:03\tModel\t\u2068Bye\u2069",
        "interrupted",
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=alert(1)><b>bold</b>",
        "\x00\x1b[2J\u202eevil\u2067",
        "\n\n\n".join("abc"),
        "שלום עולם. 👩‍👩‍👧 مرحبا!",
        "x" * 60_000,
        "\t" * 50,
    ],
    ids=["markup", "controls", "lines", "right to left", "long", "tabs"],
)
def test_hostile_words_stay_one_plain_entry(open_window: Opener, hostile: str) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 1_000, hostile))
    bench.vm.take(said("u", Speaker.USER, 2_000, "next"))

    bench.window.frames.flush()
    document = bench.window.conversation.view.document()
    assert document.blockCount() == 2
    assert document.findBlockByNumber(1).text() == "00:02\tYou\t\u2068next\u2069"


def test_markup_is_shown_as_it_was_said(open_window: Opener) -> None:
    bench = open_window()

    bench.vm.take(said("m", Speaker.MODEL, 1_000, "<b>bold</b> &amp; <img src=x>"))

    assert text_of(bench) == ["00:01\tModel\t\u2068<b>bold</b> &amp; <img src=x>\u2069"]


def test_a_copy_is_plain_and_has_no_marks(open_window: Opener) -> None:
    bench = open_window()
    bench.vm.take(said("m", Speaker.MODEL, 1_000, "one\ntwo"))
    view = bench.window.conversation.view

    view.selectAll()
    data = view.createMimeDataFromSelection()

    assert data.formats() == ["text/plain"]
    assert data.text() == "00:01\tModel\tone\ntwo"


def test_a_new_session_begins_with_an_empty_conversation(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    for report in conversation(2):
        bench.vm.take(report)

    bench.vm.transcript.clear()

    assert text_of(bench) == [""]
    assert bench.window.conversation.empty.isVisible()


def test_the_reader_is_not_moved_while_reading_above(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()
    for report in conversation(60):
        bench.vm.take(report)
    bar = bench.window.conversation.view.verticalScrollBar()
    bar.setValue(10)

    bench.vm.take(said("new", Speaker.USER, 1e9, "A new entry"))

    assert bar.value() == 10
    assert bench.window.conversation.chip.isVisible()
    qtbot.mouseClick(bench.window.conversation.chip, Qt.MouseButton.LeftButton)
    assert bar.value() == bar.maximum()
    assert not bench.window.conversation.chip.isVisible()


def test_200_turns_are_shown_and_followed(open_window: Opener, qtbot: QtBot) -> None:
    bench = open_window()

    bench.link.feed(*conversation(200))
    qtbot.waitUntil(lambda: len(bench.vm.statistics.turns) == 200)
    flush(bench)

    assert bench.window.conversation.view.document().blockCount() == 400
    bar = bench.window.conversation.view.verticalScrollBar()
    assert bar.value() == bar.maximum()
    assert bench.window.docks["session"].windowTitle() == (
        "Session: 200 turns, 1 failed, 1 left out, 2 client-limited"
    )
    assert bench.window.turn.headline.text() == bench.vm.turn.headline

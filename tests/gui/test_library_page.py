"""The library's page as people use it: its table, filters and panel, with keys and the mouse."""

from collections.abc import Iterator
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.session.messages import ChangeLibrary
from app.ui.panes.library.page import LibraryPage
from app.ui.theme import LIGHT, Theme
from app.ui.vm.library_filters import LibraryFilters
from app.ui.vm.library_lines import Column
from tests.gui.conftest import colours
from tests.unit.ui.vm.test_library import Bench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Library:
    """The page on a library in memory."""

    def __init__(self, theme: Theme, qtbot: QtBot, count: int) -> None:
        self.bench = Bench(count)
        self.vm, self.shelf = self.bench.vm, self.bench.shelf
        self.wanted: list[str] = []
        self.page = LibraryPage(self.vm, theme)
        self.page.wanted.connect(self._want)
        self._qtbot = qtbot
        qtbot.addWidget(self.page)
        self.page.resize(1200, 700)
        self.page.show()
        self.page.take_keyboard()
        self.vm.open()

    def _want(self, name: str) -> None:
        self.wanted.append(name)
        if name == "trash":
            self.vm.trash()

    @property
    def changes(self) -> list[ChangeLibrary]:
        return self.bench.changes

    def click(self, row: int, column: Column = Column.MODEL, *, ctrl: bool = False) -> None:
        table = self.page.table
        at = table.visualRect(table.rows.index(row, column)).center()
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        self._qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._qtbot.keyClick(self.page.table, key, held)

    def press(self, button: QPushButton) -> None:
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def shown(self, row: int, column: Column) -> str:
        return str(self.page.table.rows.index(row, column).data())


@pytest.fixture
def library(qtbot: QtBot, dressed: Theme) -> Iterator[Library]:
    made = Library(dressed, qtbot, 450)
    yield made
    made.page.close()


def test_sessions_stand_in_a_table_with_their_sums_below(library: Library) -> None:
    assert library.page.table.rows.rowCount() == 450
    assert library.shown(0, Column.MODEL) == "GPT Realtime 2.1 mini"
    assert library.shown(3, Column.COST) == "unpriced"
    assert library.shown(1, Column.COST) == "0 (local)"
    assert library.page.footer.text().startswith("450 sessions")
    assert not library.page.side.isVisible()


def test_a_row_that_is_not_there_yet_is_fetched_when_it_is_looked_at(library: Library) -> None:
    library.bench.hold = True
    before = library.shown(300, Column.MODEL)
    library.bench.release()

    assert before == "\N{HORIZONTAL ELLIPSIS}"
    assert library.shown(300, Column.MODEL) == "GPT Realtime 2.1 mini"


def test_the_search_asks_once_the_keys_rest_and_shows_the_words(
    library: Library, qtbot: QtBot
) -> None:
    asked = len(library.shelf.queries)
    library.page.search()
    qtbot.keyClicks(library.page.filters.search, "restaurant")
    qtbot.waitUntil(lambda: library.vm.wish.text == "restaurant")

    assert len(library.shelf.queries) == asked + 1
    assert library.page.table.rows.rowCount() == 112
    assert library.page.table.rowHeight(0) > 40
    assert LIGHT.accent in colours(library.page.table.viewport())
    qtbot.keyClick(library.page.filters.search, Qt.Key.Key_Down)
    assert library.page.table.hasFocus()


def test_nothing_found_offers_to_clear_the_filters(library: Library) -> None:
    library.vm.narrow(LibraryFilters(starred=True, tags=("nowhere",)))
    assert library.page.empty.title.text() == "Nothing was found."

    library.press(library.page.empty.button)

    assert library.vm.pages.total == 450
    assert library.page.table.isVisible()


def test_filters_offer_what_there_is_and_chips_take_them_away(library: Library) -> None:
    filters = library.page.filters
    menu = filters.menus["models"].menu()
    menu.aboutToShow.emit()
    offered = [each.text().split("\t")[0] for each in menu.actions()]
    menu.actions()[0].trigger()

    assert offered == ["gpt-realtime-2.1-mini", "gemini-live-2.5-flash", "voice-1"]
    assert filters.menus["models"].text() == "Model (1)"
    assert library.vm.pages.total == 113
    chip = filters.chips.findChildren(QPushButton)[0]
    library.press(chip)
    assert library.vm.pages.total == 450


def test_days_and_ranges(library: Library, qtbot: QtBot) -> None:
    filters = library.page.filters
    filters._today = lambda: date(2026, 11, 21)
    menu = filters.when.menu()
    menu.aboutToShow.emit()
    menu.actions()[1].trigger()
    assert library.vm.wish.filters.since == "2026-11-15"

    library.press(filters.more)
    least = filters.ranges.fields["minutes"][0]
    qtbot.keyClicks(least, "many")
    qtbot.keyClick(least, Qt.Key.Key_Return)
    assert filters.ranges.wrong.isVisible()
    least.setText("2")
    qtbot.keyClick(least, Qt.Key.Key_Return)

    assert not filters.ranges.wrong.isVisible()
    assert library.vm.wish.filters.minutes == (2.0, None)


def test_the_chosen_session_stands_beside_with_tags_and_note(
    library: Library, qtbot: QtBot
) -> None:
    library.click(0)
    side = library.page.side
    assert side.isVisible()
    assert side.title.text() == "GPT Realtime 2.1 mini"
    assert side.note.toPlainText() == "Ask again with the headset."

    library.key(Qt.Key.Key_T)
    qtbot.keyClicks(side.tag, "fresh, loud")
    qtbot.keyClick(side.tag, Qt.Key.Key_Return)
    side.note.setPlainText("Heard.")
    library.click(1)

    tags, note = library.changes
    assert tags.annotation.add_tags == ("fresh", "loud")
    assert (note.annotation.note, note.keys) == ("Heard.", (library.shelf.rows[0].key,))
    assert library.shown(0, Column.TAGS) == "fresh, loud"


def test_a_tag_is_completed_from_those_there_are_and_taken_away_by_its_cross(
    library: Library,
) -> None:
    library.click(1)
    side = library.page.side

    assert side._words.stringList()[0] == "demo"
    library.press(side.tags.findChildren(QPushButton)[0])

    assert library.changes[-1].annotation.remove_tags == ("demo",)


def test_stars_by_key_and_by_mouse(library: Library) -> None:
    library.click(1)
    library.key(Qt.Key.Key_S)
    library.click(2, Column.STAR)

    assert [each.annotation.starred for each in library.changes] == [True, True]
    assert library.shown(2, Column.STAR) == "\N{BLACK STAR}"


def test_delete_moves_to_the_trash_and_undo_brings_back(library: Library) -> None:
    library.click(0)
    library.click(2, ctrl=True)
    library.key(Qt.Key.Key_Delete)
    told = library.page.told
    gone = library.vm.pages.total, told.isVisible(), told.words.text()

    library.press(told.undo)

    assert gone == (448, True, "2 sessions moved to the trash.")
    assert library.vm.pages.total == 450


def test_all_are_chosen_even_those_not_yet_there(library: Library) -> None:
    library.key(Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert library.page.side.title.text() == "450 sessions"

    library.key(Qt.Key.Key_S)

    assert len(library.changes[-1].keys) == 450


def test_a_folder_can_be_copied(library: Library) -> None:
    library.click(0)

    library.page.side._copy_folder()

    assert QGuiApplication.clipboard().text() == library.shelf.rows[0].folder

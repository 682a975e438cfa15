"""The library in the window, on a fake engine: what leads to other pages and to the engine."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.core.library import Retention, SortBy
from app.session.messages import (
    ChangeLibrary,
    ImportBundle,
    ImportReport,
    LibraryDeed,
    LiveState,
    OpenReplay,
    PlaySpan,
    StopPlaying,
    VerifySession,
)
from app.ui.dialogs.library_rules import RulesDialog
from app.ui.panes.library.page import LibraryPage
from app.ui.panes.rail import COMPARE, LIBRARY, LIVE
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.library_lines import Column
from app.ui.vm.preferences import Preferences, PreferencesFile
from tests.gui.conftest import Bench, Opener, dialog, say, sent
from tests.support.shelf import Shelf, rows

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Library:
    """A window whose fake engine answers for a library."""

    def __init__(self, bench: Bench, qtbot: QtBot, count: int) -> None:
        self.bench = bench
        self.vm = bench.vm.library
        self.shelf = Shelf(list(rows(count)))
        self._answered = 0
        self._qtbot = qtbot
        bench.window.resize(1280, 800)
        bench.program.shell.actions["page_library"].trigger()
        self.answer()

    @property
    def page(self) -> LibraryPage:
        return self.bench.window.library.page

    def answer(self) -> None:
        """Have the engine answer everything that it was asked."""
        while self._answered < len(self.bench.link.sent):
            request = self.bench.link.sent[self._answered]
            self._answered += 1
            for report in self.shelf.answer(request):
                self.bench.vm.take(report)

    @property
    def changes(self) -> list[ChangeLibrary]:
        return [each for each in self.bench.link.sent if isinstance(each, ChangeLibrary)]

    def click(self, row: int, column: Column = Column.MODEL, *, ctrl: bool = False) -> None:
        table = self.page.table
        at = table.visualRect(table.rows.index(row, column)).center()
        held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
        self._qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, held, at)
        self.answer()

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self._qtbot.keyClick(self.page.table, key, held)
        self.answer()

    def press(self, button: QPushButton) -> None:
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.answer()

    def shown(self, row: int, column: Column) -> str:
        return str(self.page.table.rows.index(row, column).data())


@pytest.fixture
def library(open_window: Opener, qtbot: QtBot) -> Library:
    return Library(open_window(), qtbot, 450)


def test_escape_empties_the_search_then_leaves_it(library: Library, qtbot: QtBot) -> None:
    escape = library.bench.program.shell.actions["escape"]
    search = library.page.filters.search
    library.bench.program.shell.actions["find"].trigger()
    qtbot.keyClicks(search, "xyz")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    search.setFocus()
    library.answer()
    assert library.page.empty.isVisible()

    escape.trigger()
    library.answer()
    emptied = search.text(), library.vm.pages.total
    escape.trigger()

    assert emptied == ("", 450)
    assert library.page.table.hasFocus()


def test_headings_sort_and_are_remembered_with_widths_and_filters(library: Library) -> None:
    header = library.page.table.horizontalHeader()
    header.sectionClicked.emit(Column.COST)
    header.sectionClicked.emit(Column.COST)
    header.sectionClicked.emit(Column.RESULT)
    library.page.filters.starred.click()
    library.page.table.setColumnWidth(Column.TAGS, 90)
    library.page.table._keep_widths()

    kept = PreferencesFile(library.bench.settings).load().library
    assert (kept.sort, kept.descending) == (SortBy.COST, False)
    assert kept.filters.starred
    assert kept.widths[Column.TAGS] == 90


def test_the_trash_restores_and_asks_before_it_deletes(library: Library, qtbot: QtBot) -> None:
    for row in (0, 0, 0):
        library.click(row)
        library.key(Qt.Key.Key_Delete)
    library.press(library.page.trash)
    assert library.page.trash.text() == "Trash (3)"
    library.click(0)
    library.press(library.page.side.buttons["restore"])
    library.click(0)

    library.key(Qt.Key.Key_Delete)
    box = dialog(library.bench, qtbot, QMessageBox)
    before = [each.deed for each in library.changes][-1]
    library.press(box.findChildren(QPushButton)[0])

    assert before is LibraryDeed.RESTORE
    assert library.changes[-1].deed is LibraryDeed.DELETE
    assert library.vm.trash_n == 1


def test_enter_replays_and_space_listens(library: Library) -> None:
    library.click(0)
    row = library.shelf.rows[0]

    library.key(Qt.Key.Key_Space)
    library.key(Qt.Key.Key_Space)
    library.key(Qt.Key.Key_Return)

    listened, stopped, opened = sent(library.bench)[-3:]
    assert isinstance(listened, PlaySpan)
    assert (listened.folder, listened.end_ms) == (row.folder, 42_000.0)
    assert isinstance(stopped, StopPlaying)
    assert isinstance(opened, OpenReplay)
    assert opened.folder == row.folder


def test_a_session_that_runs_is_not_disturbed(library: Library, qtbot: QtBot) -> None:
    say(qtbot, library.bench, LiveState.LISTENING)
    library.click(0)

    library.key(Qt.Key.Key_Return)

    assert library.vm.told is not None
    assert library.vm.told.bad
    assert not any(isinstance(each, OpenReplay) for each in library.bench.link.sent)
    library.key(Qt.Key.Key_S)
    assert library.changes


def test_two_chosen_sessions_are_compared(library: Library) -> None:
    library.click(0)
    compare = library.page.side.buttons["compare"]
    alone = compare.isEnabled()
    library.click(3, ctrl=True)

    library.press(compare)

    assert not alone
    assert library.bench.window.pages.currentIndex() == COMPARE
    first, second = library.bench.link.sent[-1], library.shelf.rows[0].folder
    assert getattr(first, "second", None) == (second,)


def test_the_menu_of_a_row_offers_what_the_panel_does(library: Library) -> None:
    library.click(0)

    menu = library.page.make_menu()
    words = [each.text() for each in menu.actions() if each.text()]
    verify = next(each for each in menu.actions() if each.text() == "Verify")
    verify.trigger()

    assert words[0] == "Replay"
    assert "Move to trash" in words
    assert isinstance(library.bench.link.sent[-1], VerifySession)
    assert "against the recording" in library.page.side.verified.text()
    menu.deleteLater()


def test_a_bundle_that_is_dropped_is_imported_and_chosen(library: Library, tmp_path: Path) -> None:
    window = library.bench.window
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.vivavoce"))])
    held = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton)
    enter = QDragEnterEvent(QPoint(5, 5), *held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, enter)
    drop = QDropEvent(QPointF(5, 5), *held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, drop)

    assert enter.isAccepted()
    assert library.bench.link.sent[-1] == ImportBundle(path=str(tmp_path / "a.vivavoce"))
    library.bench.vm.take(ImportReport(added=(library.shelf.rows[7].key,)))
    library.answer()
    assert library.vm.keys == (library.shelf.rows[7].key,)


def test_rules_are_tried_then_applied(library: Library, qtbot: QtBot) -> None:
    library.press(library.page.rules)
    rules = dialog(library.bench, qtbot, RulesDialog)
    assert isinstance(rules, RulesDialog)
    rules.age.setValue(30)
    before = rules.apply.isEnabled()

    library.press(rules.preview)
    tried = rules.words.text()
    library.press(rules.apply)
    rules.reject()

    assert not before
    assert tried == "2 sessions would be moved to the trash."
    assert library.changes[-1].retention.older_than_days == 30
    assert library.vm.kept.retention.older_than_days == 30


def test_without_a_session_the_page_leads_to_the_first(open_window: Opener, qtbot: QtBot) -> None:
    library = Library(open_window(), qtbot, 0)
    assert library.page.empty.title.text() == "No session is recorded yet."

    library.press(library.page.empty.button)

    assert library.bench.window.pages.currentIndex() == LIVE


def test_filters_of_the_last_time_are_there(open_window: Opener, qtbot: QtBot) -> None:
    first = Library(open_window(), qtbot, 12)
    first.page.filters.starred.click()
    kept = PreferencesFile(first.bench.settings).load()

    again = Library(open_window(kept), qtbot, 12)

    assert isinstance(kept, Preferences)
    assert again.page.filters.starred.isChecked()
    assert again.vm.pages.total == 2
    assert again.bench.window.pages.currentIndex() == LIBRARY


@pytest.mark.parametrize(("named", "deeds"), [(None, [LibraryDeed.RETAIN]), ("/elsewhere", [])])
def test_rules_hold_for_the_users_own_folder_and_for_no_other(
    open_window: Opener, named: str | None, deeds: list[LibraryDeed]
) -> None:
    kept = LibraryKept(retention=Retention(older_than_days=30), by_itself=True)
    bench = open_window(Preferences(library=kept), sessions_dir=named)

    bench.program.apply_rules()

    asked = [each for each in sent(bench) if isinstance(each, ChangeLibrary)]
    assert [each.deed for each in asked] == deeds

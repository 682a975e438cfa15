"""The library's page without its widgets: what it asks, what it shows, what it does."""

from dataclasses import replace

import pytest

from app.core.library import Retention, SortBy
from app.session.messages import (
    ChangeLibrary,
    EngineRequest,
    ImportReport,
    LibraryChanged,
    LibraryDeed,
    LibraryReport,
    QueryLibrary,
)
from app.ui.vm.library import LibraryViewModel, Told
from app.ui.vm.library_filters import LibraryFilters
from app.ui.vm.library_kept import LibraryKept
from app.ui.vm.library_pages import BLOCK
from tests.support.shelf import Shelf, rows


class Bench:
    """A page on a library in memory; ``hold`` keeps the answers back until ``release``."""

    def __init__(self, count: int = 0, kept: LibraryKept | None = None) -> None:
        self.shelf = Shelf(list(rows(count)))
        self.sent: list[EngineRequest] = []
        self.kept: list[LibraryKept] = []
        self.hold = False
        self.held: list[EngineRequest] = []
        self.chosen: list[tuple[str, ...]] = []
        self.vm = LibraryViewModel(
            self.send, lambda: "/root", kept or LibraryKept(), self.kept.append
        )
        self.vm.choose_wanted.connect(self.chosen.append)

    def send(self, request: EngineRequest) -> None:
        self.sent.append(request)
        self.held.append(request)
        if not self.hold:
            self.release()

    def release(self) -> None:
        while self.held:
            for report in self.shelf.answer(self.held.pop(0)):
                if isinstance(report, LibraryReport):
                    self.vm.take(report)
                elif isinstance(report, LibraryChanged):
                    self.vm.take_changed(report)

    @property
    def queries(self) -> list[QueryLibrary]:
        return [each for each in self.sent if isinstance(each, QueryLibrary)]

    @property
    def changes(self) -> list[ChangeLibrary]:
        return [each for each in self.sent if isinstance(each, ChangeLibrary)]

    def keys(self, *places: int) -> tuple[str, ...]:
        found = [self.vm.pages.row(place) for place in places]
        return tuple(each.key for each in found if each is not None)

    def choose(self, *places: int) -> tuple[str, ...]:
        keys = self.keys(*places)
        self.vm.choose(keys)
        return keys


@pytest.fixture
def bench() -> Bench:
    made = Bench(450)
    made.vm.open()
    return made


def test_opening_the_page_reads_the_folders_and_shows_the_first_block(bench: Bench) -> None:
    assert [(each.refresh, each.root, each.query.offset) for each in bench.queries] == [
        (True, "/root", 0)
    ]
    assert bench.vm.pages.total == 450
    assert bench.vm.footer.startswith("450 sessions  \N{MIDDLE DOT}  ")
    assert bench.vm.empty == ""


def test_rows_are_fetched_in_blocks_as_they_are_looked_at(bench: Bench) -> None:
    assert bench.vm.pages.row(0) is not None
    assert bench.vm.pages.row(BLOCK + 1) is not None or len(bench.queries) == 2

    bench.vm.pages.row(BLOCK + 1)

    assert [each.query.offset for each in bench.queries] == [0, BLOCK]


def test_an_answer_to_an_older_question_is_dropped(bench: Bench) -> None:
    bench.hold = True
    bench.vm.search("paris")
    bench.vm.search("table")
    late, current = (each for each in bench.held if isinstance(each, QueryLibrary))

    bench.vm.take(LibraryReport(ticket=late.ticket, page=bench.shelf.page(late.query)))
    before = bench.vm.pages.total
    bench.vm.take(LibraryReport(ticket=current.ticket, page=bench.shelf.page(current.query)))

    assert (before, bench.vm.pages.late_n) == (450, 1)
    assert bench.vm.pages.total == 113


def test_a_second_answer_to_the_same_question_replaces_the_first(bench: Bench) -> None:
    ticket = bench.queries[-1].ticket
    bench.shelf.rows = bench.shelf.rows[:3]

    page = bench.shelf.page(bench.queries[-1].query)
    bench.vm.take(LibraryReport(ticket=ticket, page=page))

    assert bench.vm.pages.total == 3


def test_a_second_answer_of_the_same_length_makes_the_other_blocks_void(bench: Bench) -> None:
    bench.vm.pages.row(BLOCK + 1)
    asked = bench.queries[0]

    bench.vm.take(LibraryReport(ticket=asked.ticket, page=bench.shelf.page(asked.query)))

    assert {index // BLOCK for index, _row in bench.vm.pages.known()} == {0}


def test_what_was_shown_stays_until_the_new_answer_is_there(bench: Bench) -> None:
    first = bench.vm.pages.row(0)
    bench.hold = True

    bench.vm.search("zürich")

    assert bench.vm.pages.row(0) is first
    assert not bench.vm.pages.settled


def test_a_search_is_sorted_by_relevance_until_another_order_is_chosen(bench: Bench) -> None:
    bench.vm.search("paris")
    searched = bench.queries[-1].query
    bench.vm.sort(SortBy.COST, descending=True)
    bench.vm.search("paris weather")
    sorted_by = bench.queries[-1].query.sort
    bench.vm.search("")

    assert (searched.sort, searched.text) == (SortBy.RELEVANCE, "paris")
    assert sorted_by is SortBy.COST
    assert bench.queries[-1].query.sort is SortBy.COST


def test_typing_only_spaces_asks_nothing(bench: Bench) -> None:
    bench.vm.search("   ")

    assert len(bench.queries) == 1


@pytest.mark.parametrize(
    ("count", "text", "trash", "why"),
    [
        (0, "", False, "sessions"),
        (3, "xylophone", False, "found"),
        (3, "", True, "trash"),
        (3, "", False, ""),
    ],
)
def test_an_empty_table_says_why(count: int, text: str, trash: bool, why: str) -> None:  # noqa: FBT001
    bench = Bench(count)
    assert bench.vm.empty == ""
    bench.vm.open()

    bench.vm.show_trash(shown=trash)
    bench.vm.search(text)

    assert bench.vm.empty == why


def test_filters_and_order_are_remembered_and_used_at_the_next_start(bench: Bench) -> None:
    wanted = LibraryFilters(tags=("demo",), starred=True)
    bench.vm.narrow(wanted)
    bench.vm.sort(SortBy.DURATION, descending=False)
    bench.vm.widen([40] * 11)

    later = Bench(5, bench.kept[-1])
    later.vm.open()

    asked = later.queries[0].query
    assert (asked.tags, asked.starred) == (("demo",), True)
    assert (asked.sort, asked.descending) == (SortBy.DURATION, False)
    assert later.vm.kept.widths == (40,) * 11


def test_clearing_shows_everything_again(bench: Bench) -> None:
    bench.vm.narrow(LibraryFilters(starred=True))
    bench.vm.search("paris")

    bench.vm.clear_filters()

    assert not bench.vm.wish.narrowed
    assert bench.vm.pages.total == 450


def test_a_star_is_shown_at_once_and_sent(bench: Bench) -> None:
    bench.hold = True
    keys = bench.choose(1, 2)

    bench.vm.star()

    assert all(row.starred for row in bench.vm.selected)
    assert (bench.changes[-1].keys, bench.changes[-1].annotation.starred) == (keys, True)
    bench.release()
    bench.vm.star()
    assert bench.changes[-1].annotation.starred is False


def test_the_star_of_one_row_is_flipped_whatever_is_chosen(bench: Bench) -> None:
    row = bench.vm.pages.row(0)
    assert row is not None
    bench.choose(3)

    bench.vm.star_one(row)

    assert (bench.changes[-1].keys, bench.changes[-1].annotation.starred) == ((row.key,), False)


def test_tags_are_cleaned_before_they_are_added(bench: Bench) -> None:
    bench.choose(0)

    bench.vm.tag(" #new ", "", "new", "a\x1bb", "x" * 200)
    added = bench.changes[-1].annotation.add_tags
    bench.vm.untag("new")
    bench.vm.tag("  ", ",")

    assert added[:2] == ("new", "a\N{SYMBOL FOR ESCAPE}b")
    assert len(added) == 3
    assert bench.changes[-1].annotation.remove_tags == ("new",)
    assert "new" not in bench.vm.selected[0].tags


def test_a_note_is_sent_only_when_it_changed(bench: Bench) -> None:
    (key,) = bench.choose(4)

    bench.vm.write_note(key, "")
    bench.vm.write_note(key, "Heard twice.")
    bench.vm.write_note(key, "Heard twice.")

    assert [each.annotation.note for each in bench.changes] == ["Heard twice."]


def test_what_is_trashed_is_gone_at_once_and_can_be_taken_back(bench: Bench) -> None:
    bench.hold = True
    keys = bench.choose(0, 1)

    bench.vm.trash()
    gone = bench.vm.pages.total
    bench.hold = False
    bench.release()
    told = bench.vm.told
    bench.vm.undo()

    assert gone == 448
    assert told == Told(words="2 sessions moved to the trash.", undo=keys)
    assert bench.changes[-1].deed is LibraryDeed.RESTORE
    assert bench.vm.pages.total == 450


def test_the_trash_restores_and_deletes(bench: Bench) -> None:
    bench.choose(0, 1, 2)
    bench.vm.restore()
    bench.vm.delete()
    bench.vm.trash()
    bench.vm.show_trash(shown=True)
    bench.choose(0)
    bench.vm.trash()
    bench.vm.restore()
    bench.choose(0)
    bench.vm.delete()

    deeds = [each.deed for each in bench.changes]
    assert deeds == [LibraryDeed.TRASH, LibraryDeed.RESTORE, LibraryDeed.DELETE]
    assert (bench.vm.trash_n, bench.vm.pages.total) == (1, 1)


def test_the_whole_trash_is_deleted_once_every_row_of_it_is_known() -> None:
    bench = Bench(450)
    bench.shelf.rows = [
        replace(each, trashed_utc="2026-11-21T00:00:00+00:00") for each in bench.shelf.rows
    ]
    bench.vm.open()
    bench.vm.show_trash(shown=True)

    bench.vm.empty_trash()

    deeds = [(each.deed, len(each.keys)) for each in bench.changes]
    assert deeds == [(LibraryDeed.DELETE, 450)]
    assert bench.vm.empty == "trash"


def test_choosing_all_reads_every_row(bench: Bench) -> None:
    bench.vm.choose(bench.keys(0, 1), bench.vm.pages.total)

    assert bench.vm.all_known
    assert len(bench.vm.keys) == 450


def test_a_request_carries_so_many_keys_at_most() -> None:
    bench = Bench(1_200)
    bench.vm.open()
    bench.vm.choose((), 1_200)

    bench.vm.tag("all")

    assert [len(each.keys) for each in bench.changes] == [500, 500, 200]


def test_problems_of_a_deed_are_told() -> None:
    bench = Bench(1)
    problems = tuple(f"No {number}\n" for number in range(5))

    bench.vm.take_changed(LibraryChanged(deed=LibraryDeed.DELETE, problems=problems))

    assert bench.vm.told == Told(words="No 0 No 1 No 2 And 2 more.", bad=True)
    bench.vm.dismiss()
    assert bench.vm.told is None


def test_folders_that_change_by_themselves_are_shown_without_a_word(bench: Bench) -> None:
    bench.shelf.rows = bench.shelf.rows[:7]

    bench.vm.take_changed(LibraryChanged(deed=None))

    assert (bench.vm.told, bench.vm.pages.total) == (None, 7)


def test_a_hidden_page_asks_nothing(bench: Bench) -> None:
    bench.vm.close()
    bench.vm.session_ended()
    bench.vm.take_changed(LibraryChanged(deed=None))
    bench.vm.engine_back()

    assert len(bench.queries) == 1


def test_what_an_engine_that_is_gone_was_asked_is_asked_again(bench: Bench) -> None:
    bench.hold = True
    bench.vm.look_again()
    bench.held.clear()
    bench.vm.engine_lost()
    bench.hold = False

    bench.vm.engine_back()

    assert bench.vm.pages.settled


def test_imported_sessions_are_chosen_once_they_are_there(bench: Bench) -> None:
    bench.vm.narrow(LibraryFilters(starred=True))
    last = bench.shelf.rows[-1].key

    bench.vm.take_import(ImportReport(added=(last,), known=("a",), odd=("It is\x00 odd.",)))

    assert bench.chosen == [(last,)]
    assert not bench.vm.wish.filters.any
    assert bench.vm.told is not None
    assert bench.vm.told.words.startswith("1 session imported. 1 session was there before")


def test_rules_are_applied_at_the_start_only_if_that_is_wanted() -> None:
    rule = Retention(older_than_days=30)
    by_itself = Bench(3, LibraryKept(retention=rule, by_itself=True))
    never = Bench(3, LibraryKept(retention=rule))

    for bench in (by_itself, never):
        bench.vm.open()
        assert bench.changes == [], "the page has no part in it"
        bench.vm.begin()
        bench.vm.begin()

    assert [(each.deed, each.retention) for each in by_itself.changes] == [
        (LibraryDeed.RETAIN, rule)
    ]
    assert never.changes == []


def test_the_index_can_be_made_anew(bench: Bench) -> None:
    bench.vm.rebuild()

    assert bench.changes[-1].deed is LibraryDeed.REBUILD
    assert bench.vm.told is not None

"""The rows of the library: blocks asked for as they are looked at, and kept within bounds."""

import pytest

from app.core.library import LibraryPage, SortBy
from app.session.messages import LibraryReport, QueryLibrary
from app.ui.vm.library_details import heading
from app.ui.vm.library_filters import Wish
from app.ui.vm.library_pages import AHEAD, AT_ONCE, BLOCK, MAX_BLOCKS, LibraryPages
from tests.support.shelf import row
from tests.unit.ui.vm.test_compare import Bench as CompareBench
from tests.unit.ui.vm.test_library import Bench


class Desk:
    """Pages whose questions are kept, and answered when asked to."""

    def __init__(self, total: int, most: int = MAX_BLOCKS) -> None:
        self.asked: list[QueryLibrary] = []
        self.total = total
        self.pages = LibraryPages(self.asked.append, lambda: None, most=most)

    def answer(self, query: QueryLibrary) -> None:
        first = query.query.offset
        rows = tuple(row(each) for each in range(first, min(first + BLOCK, self.total)))
        page = LibraryPage(rows=rows, total=self.total)
        self.pages.take(LibraryReport(ticket=query.ticket, page=page))


def offsets(desk: Desk) -> list[int]:
    return [each.query.offset for each in desk.asked]


def test_only_so_many_questions_are_open_and_the_newest_look_goes_first() -> None:
    desk = Desk(5 * BLOCK)
    desk.pages.again()
    desk.answer(desk.asked[0])

    for block in (1, 2, 3, 4, 3, 1):
        desk.pages.row(block * BLOCK)
    waiting = offsets(desk)
    desk.answer(desk.asked[1])

    assert waiting == [0, BLOCK, 2 * BLOCK][: 1 + AT_ONCE]
    assert offsets(desk)[-1] == 3 * BLOCK


@pytest.mark.parametrize(
    ("place", "asked"),
    [
        (BLOCK + AHEAD, []),
        (2 * BLOCK - AHEAD - 1, []),
        (2 * BLOCK - AHEAD, [2]),
        (2 * BLOCK - 1, [2]),
        (BLOCK + AHEAD - 1, []),
        (BLOCK, []),
    ],
)
def test_what_lies_next_is_fetched_before_it_is_looked_at(place: int, asked: list[int]) -> None:
    desk = Desk(3 * BLOCK)
    desk.pages.again()
    desk.answer(desk.asked[0])
    desk.pages.row(BLOCK + AHEAD)
    desk.answer(desk.asked[1])

    desk.pages.row(place)
    desk.pages.row(place)

    assert offsets(desk)[2:] == [block * BLOCK for block in asked]


def test_what_lies_above_is_fetched_too_but_never_before_what_is_looked_at() -> None:
    desk = Desk(6 * BLOCK)
    desk.pages.again()
    desk.answer(desk.asked[0])
    desk.pages.row(4 * BLOCK + AHEAD)
    desk.answer(desk.asked[1])

    desk.pages.row(2 * BLOCK)
    desk.pages.row(3 * BLOCK)
    desk.pages.row(BLOCK)
    desk.pages.row(4 * BLOCK)
    for query in desk.asked[2:4]:
        desk.answer(query)
    desk.pages.row(5 * BLOCK - 1)

    assert offsets(desk)[2:] == [2 * BLOCK, 3 * BLOCK, BLOCK, 5 * BLOCK]


def test_nothing_is_asked_before_the_first_answer_or_past_the_end() -> None:
    desk = Desk(10)
    desk.pages.need(0)
    desk.pages.again()
    desk.answer(desk.asked[0])

    desk.pages.row(10 * BLOCK)

    assert (len(desk.asked), desk.pages.row(50)) == (1, None)
    assert desk.pages.total == 10


def test_the_same_wish_asks_where_it_is_looked_at_and_another_from_its_beginning() -> None:
    desk = Desk(5 * BLOCK)
    desk.pages.again()
    desk.answer(desk.asked[0])
    desk.pages.row(3 * BLOCK)

    desk.pages.show(Wish())
    desk.pages.show(Wish(sort=SortBy.COST))

    assert offsets(desk)[-2:] == [3 * BLOCK, 0]


def test_a_place_that_is_gone_is_left() -> None:
    desk = Desk(5 * BLOCK)
    desk.pages.again()
    desk.answer(desk.asked[0])
    desk.pages.row(4 * BLOCK)
    desk.pages.again()
    desk.total = 3

    desk.answer(desk.asked[-1])
    desk.pages.row(0)

    assert offsets(desk)[-1] == 0
    assert desk.pages.total == 3


def test_no_more_than_so_many_blocks_are_kept() -> None:
    desk = Desk(3 * BLOCK, most=2)
    desk.pages.again()
    desk.answer(desk.asked[0])
    for block in (1, 2):
        desk.pages.row(block * BLOCK)
        desk.answer(desk.asked[-1])

    assert {index // BLOCK for index, _row in desk.pages.known()} == {1, 2}


def test_rows_that_are_not_there_change_nothing() -> None:
    desk = Desk(3)
    desk.pages.remove(("a",))
    desk.pages.again()
    desk.answer(desk.asked[0])

    desk.pages.remove(("a",))
    desk.pages.change(("a",), lambda each: each)

    assert desk.pages.total == 3


def test_what_stands_around_the_table() -> None:
    bench = Bench(3)
    before = bench.vm.footer, bench.vm.facets.tags, bench.vm.trash_n, bench.vm.problem
    bench.vm.open()
    bench.vm.look_again()
    bench.vm.session_ended()
    bench.choose(0)

    assert before == ("", (), 0, "")
    assert bench.vm.facets.providers[0][1] == 1
    assert bench.vm.chips == ()
    assert bench.vm.folders == (bench.shelf.rows[0].folder,)
    assert heading(bench.shelf.rows[0]) == "GPT Realtime 2.1 mini"
    bench.vm.tell("Said.", bad=True)
    assert bench.vm.told is not None
    bench.vm.dismiss()
    bench.vm.undo()
    assert bench.changes == []


def test_two_sessions_are_opposed_whatever_was_ticked() -> None:
    bench = CompareBench()
    bench.vm.put("/s/9", "A")

    bench.vm.oppose("/s/1", "/s/2")

    assert bench.asked == [(("/s/1",), ("/s/2",))]

import math

import pytest

from app.session.messages import MarkKind, MarkReport, PlayingReport
from app.ui.vm.lanes_events import LaneEvents
from app.ui.vm.lanes_marked import Cursor, Marked
from app.ui.vm.lanes_view import Span, Viewport


class Desk:
    """What is marked in a session of a minute, with what was asked for."""

    def __init__(self) -> None:
        self.asked: list[Span | None] = []
        self.redrawn = 0
        self.moves = 0
        self.marked = Marked(self.redraw)
        self.viewport = Viewport(lambda: 60_000.0, lambda: None)
        self.cursor = Cursor(self.viewport, self.marked, self.moved)
        self.events = LaneEvents()
        self.marked.play_wanted.connect(self.asked.append)
        self.marked.stop_wanted.connect(lambda: self.asked.append(None))

    def redraw(self) -> None:
        self.redrawn += 1

    def moved(self) -> None:
        self.moves += 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


def playing(at_ms: float | None) -> PlayingReport:
    return PlayingReport(at_ms=at_ms, start_ms=1_000.0, end_ms=2_000.0)


def test_nothing_is_marked_at_first(desk: Desk) -> None:
    desk.marked.play()

    assert (desk.marked.span, desk.marked.words, desk.asked) == (None, "", [])


def test_a_selection_replaces_a_highlight_and_the_reverse(desk: Desk) -> None:
    desk.marked.show(Span(1, 2))
    desk.marked.select(30, 10)
    selected = (desk.marked.highlight, desk.marked.selection)
    desk.marked.show(Span(5, 6))

    assert selected == (None, Span(10, 30))
    assert (desk.marked.highlight, desk.marked.selection) == (Span(5, 6), None)


def test_what_is_marked_says_how_long_it_is(desk: Desk) -> None:
    desk.marked.show(Span(1_000, 1_612))

    assert desk.marked.words == "612\N{THIN SPACE}ms"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
def test_a_stretch_of_impossible_times_marks_nothing(desk: Desk, bad: float) -> None:
    desk.marked.show(Span(1, 2))

    assert not desk.marked.show(Span(0, bad))
    assert desk.marked.span is None


def test_too_short_a_selection_unmarks(desk: Desk) -> None:
    desk.marked.select(10, 500)

    desk.marked.select(10, 10.5)

    assert desk.marked.span is None


def test_a_negative_stretch_is_played_from_its_earlier_instant(desk: Desk) -> None:
    desk.marked.show(Span(900, 400))

    desk.marked.toggle_playing()

    assert desk.asked == [Span(400, 900)]


def test_a_stretch_without_length_is_not_played(desk: Desk) -> None:
    desk.marked.show(Span(900, 900))

    desk.marked.play()

    assert desk.asked == []


def test_what_plays_is_stopped_by_the_same_key(desk: Desk) -> None:
    desk.marked.show(Span(1_000, 2_000))
    desk.marked.take_playing(playing(1_200.0))

    desk.marked.toggle_playing()

    assert desk.asked == [None]


def test_playing_tells_when_it_begins_and_ends(desk: Desk) -> None:
    told = [desk.marked.take_playing(playing(at)) for at in (1_000.0, 1_500.0, None, math.nan)]

    assert told == [True, False, True, False]
    assert (desk.marked.playing, desk.marked.playing_ms) == (None, None)


def test_escape_first_stops_then_unmarks_then_is_nobodys(desk: Desk) -> None:
    desk.marked.show(Span(1_000, 2_000))
    desk.marked.take_playing(playing(1_200.0))

    taken = [desk.marked.escape()]
    desk.marked.take_playing(playing(None))
    taken += [desk.marked.escape(), desk.marked.escape()]

    assert (taken, desk.asked, desk.marked.span) == ([True, True, False], [None], None)


def test_the_cursor_moves_only_when_it_moves(desk: Desk) -> None:
    for at_ms in (5.0, 5.0, None, None):
        desk.cursor.look(at_ms)

    assert desk.moves == 2


def test_the_cursor_goes_from_mark_to_mark_and_the_view_goes_with_it(desk: Desk) -> None:
    for at_ms in (10_000.0, 50_000.0):
        desk.events.add_mark(MarkReport(kind=MarkKind.AUDIBLE, at_ms=at_ms))

    stops = []
    for later in (True, True, False, False):
        desk.cursor.look_beside(desk.events, later=later)
        stops.append((desk.cursor.at_ms, desk.viewport.span))

    seen, back = Span(40_000, 60_000), Span(0, 20_000)
    assert stops == [(50_000, seen), (50_000, seen), (10_000, back), (10_000, back)]


def test_without_a_cursor_the_search_backwards_begins_at_the_right_edge(desk: Desk) -> None:
    desk.events.add_mark(MarkReport(kind=MarkKind.AUDIBLE, at_ms=45_000.0))

    desk.cursor.look_beside(desk.events, later=False)

    assert desk.cursor.at_ms == 45_000


def test_the_keyboard_selects_from_the_middle_and_back_over_it(desk: Desk) -> None:
    selections = []
    for share in (0.1, 0.1, -0.3):
        desk.cursor.extend(share)
        selections.append(desk.marked.selection)

    assert selections == [
        Span(50_000, 52_000),
        Span(50_000, 54_000),
        Span(48_000, 50_000),
    ]


def test_the_keyboard_shrinks_a_selection_from_its_left_edge(desk: Desk) -> None:
    desk.marked.select(48_000, 50_000)
    desk.cursor.look(48_000.0)

    desk.cursor.extend(0.05)

    assert desk.marked.selection == Span(49_000, 50_000)


def test_the_keyboard_selects_no_further_than_the_view(desk: Desk) -> None:
    desk.cursor.extend(7.0)

    assert desk.marked.selection == Span(50_000, 60_000)


def test_an_instant_is_told_with_what_is_near(desk: Desk) -> None:
    desk.events.add_mark(MarkReport(kind=MarkKind.STALL, at_ms=1_005.0))

    words = desk.cursor.about(desk.events, 1_000.0, 10.0)

    assert words == "00:01.000\nplayback stalled at 00:01.005"

import math

import numpy as np
import pytest

from app.session.messages import (
    EnvelopeReport,
    MarkKind,
    MarkReport,
    PlayingReport,
    SpanKind,
    SpanReport,
)
from app.ui.vm.lanes import LanesViewModel, Span
from app.ui.vm.lanes_events import MOST_ROWS


def envelope(start_ms: float, *values: float) -> EnvelopeReport:
    return EnvelopeReport(start_ms=start_ms, step_ms=20.0, user=values, model=values)


def mark(at_ms: float, kind: MarkKind = MarkKind.AUDIBLE) -> MarkReport:
    return MarkReport(kind=kind, at_ms=at_ms)


def span(start_ms: float, end_ms: float, kind: SpanKind = SpanKind.TOOL) -> SpanReport:
    return SpanReport(kind=kind, start_ms=start_ms, end_ms=end_ms)


def filled(seconds: int) -> LanesViewModel:
    vm = LanesViewModel()
    vm.take_envelope(envelope(0, *([0.5] * (seconds * 50))))
    return vm


def counted(vm: LanesViewModel) -> list[str]:
    heard: list[str] = []
    vm.changed.connect(lambda: heard.append("picture"))
    vm.overlay_changed.connect(lambda: heard.append("overlay"))
    return heard


def test_the_view_follows_the_newest_sound() -> None:
    vm = filled(30)

    assert (vm.empty, vm.end_ms, vm.view) == (False, 30_000, Span(10_000, 30_000))


def test_sound_ahead_of_which_marks_come_does_not_wait_for_them() -> None:
    vm = filled(30)

    vm.take_mark(mark(30_200))
    vm.take_span(span(29_000, 35_000, SpanKind.AGENT_GENERATED))

    assert vm.end_ms == 30_000


def test_without_sound_the_newest_mark_is_the_end() -> None:
    vm = LanesViewModel()

    vm.take_mark(mark(25_000))

    assert (vm.empty, vm.end_ms) == (False, 25_000)


def test_nothing_changes_with_reports_that_cannot_be() -> None:
    vm = filled(1)
    heard = counted(vm)

    vm.take_envelope(EnvelopeReport(start_ms=0, step_ms=0, user=(0.1,), model=(0.1,)))
    vm.take_mark(mark(math.nan))
    vm.take_span(span(5, 1))

    assert (heard, vm.version, vm.events.refused) == ([], 0, 2)


def test_columns_and_overview_show_the_view_and_the_whole() -> None:
    vm = filled(60)
    vm.take_envelope(envelope(0, 0.9))

    assert vm.columns(2)[0].tolist() == [0.5, 0.5]
    assert vm.overview(2)[0].tolist() == pytest.approx([0.9, 0.5])


def test_only_marks_in_view_are_grouped() -> None:
    vm = filled(60)
    for at_ms in (39_999, 40_001, 59_000):
        vm.take_mark(mark(at_ms))

    assert [group.at_ms for group in vm.groups(30).listed()] == [40_001, 59_000]


def test_marks_share_a_column_whatever_the_view() -> None:
    vm = filled(60)
    vm.take_mark(mark(50_010))
    vm.take_mark(mark(50_030))
    counts = []

    for _step in range(20):
        counts.append([group.count for group in vm.groups(200).listed()])
        vm.take_envelope(envelope(vm.end_ms, 0.1))

    assert counts == [[2]] * 20


def test_bars_are_those_of_the_view() -> None:
    vm = filled(60)
    vm.take_span(span(1_000, 2_000))
    vm.take_span(span(30_000, 45_000))

    assert vm.bars(SpanKind.TOOL, 100).spans.tolist() == [[30_000, 45_000]]


def test_the_strip_takes_no_room_until_it_is_needed() -> None:
    vm = filled(1)
    vm.take_span(span(0, 9, SpanKind.USER_SPEECH))
    before = vm.strip

    vm.take_span(span(0, 9, SpanKind.CLIENT_LIMITED))

    assert (before, vm.strip) == ((), (SpanKind.CLIENT_LIMITED,))


def test_a_span_is_marked_and_brought_into_view() -> None:
    vm = filled(600)

    vm.show_span(Span(100_000, 105_000))

    assert (vm.highlight, vm.selection) == (Span(100_000, 105_000), None)
    assert (vm.following, vm.view) == (False, Span(92_500, 112_500))


def test_taking_the_mark_away_leaves_the_view() -> None:
    vm = filled(60)

    vm.show_span(None)
    vm.show_span(Span(0, math.nan))

    assert (vm.highlight, vm.following) == (None, True)


def test_freezing_and_following() -> None:
    vm = filled(60)

    vm.freeze()
    frozen = vm.following
    vm.follow()

    assert (frozen, vm.following) == (False, True)


def test_what_plays_moves_only_a_line_over_the_picture() -> None:
    vm = filled(60)
    heard = counted(vm)

    for at_ms in (1_000.0, 1_033.0, None):
        vm.take_playing(PlayingReport(at_ms=at_ms, start_ms=1_000.0, end_ms=2_000.0))
    vm.cursor.look(5.0)

    assert heard == ["picture", "overlay", "picture", "overlay"]


def test_the_wishes_of_the_marked_stretch_are_the_lanes_own() -> None:
    vm = filled(60)
    asked: list[Span] = []
    vm.play_wanted.connect(asked.append)

    vm.show_span(Span(5, 9))
    vm.marked.play()

    assert asked == [Span(5, 9)]


def test_a_new_session_begins_empty() -> None:
    vm = filled(60)
    vm.take_mark(mark(1_000))
    vm.show_span(Span(0, 100))
    vm.cursor.look(5.0)

    vm.clear()

    assert (vm.empty, vm.end_ms, len(vm.events)) == (True, 0.0, 0)
    assert (vm.marked.span, vm.cursor.at_ms, vm.following) == (None, None, True)


def test_no_order_and_no_number_of_reports_is_an_error() -> None:
    vm = LanesViewModel()
    chance = np.random.default_rng(3)
    marks, spans = list(MarkKind), list(SpanKind)
    odd = (-1e9, -1.0, 0.0, 1.0, 5e3, 6e8, 1e18, math.nan, math.inf)

    for _round in range(3_000):
        start, end = chance.choice(odd, 2).tolist()
        vm.take_mark(mark(start, marks[chance.integers(len(marks))]))
        vm.take_span(span(start, end, spans[chance.integers(len(spans))]))
        vm.take_envelope(EnvelopeReport(start_ms=start, step_ms=end, user=(start,), model=(end,)))
        vm.take_playing(PlayingReport(at_ms=start, start_ms=start, end_ms=end))
    for width in (1e-9, 1e9):
        vm.viewport.zoom(width, 0.5)
        assert len(vm.columns(700)[0]) == 700
        assert all(group.count > 0 for group in vm.groups(200).listed())
        assert all(len(vm.bars(kind, 400).spans) <= 400 for kind in SpanKind)
        assert vm.cursor.about(vm.events, vm.view.start_ms, 1e9)


@pytest.mark.parametrize(
    ("stretches", "rows"),
    [
        ([(0, 100), (200, 300)], 1),
        ([(0, 100), (50, 150)], 2),
        ([(50, 80), (0, 100), (100, 200)], 2),
        ([(0, 100)] * 9, MOST_ROWS),
    ],
)
def test_tools_that_run_at_once_have_rows_of_their_own(
    stretches: list[tuple[float, float]], rows: int
) -> None:
    vm = LanesViewModel()
    before = vm.strip_rows

    for start_ms, end_ms in stretches:
        vm.take_span(SpanReport(kind=SpanKind.TOOL, start_ms=start_ms, end_ms=end_ms))

    assert (before, vm.strip_rows) == (0, rows)


def test_sound_that_goes_on_is_told_apart_from_all_else() -> None:
    vm = LanesViewModel()
    heard: list[str] = []
    vm.grown.connect(lambda: heard.append("grown"))
    vm.changed.connect(lambda: heard.append("changed"))

    vm.take_envelope(EnvelopeReport(start_ms=0.0, step_ms=20.0, user=(0.1,), model=(0.0,)))
    vm.set_telephone(telephone=True)
    vm.set_telephone(telephone=True)

    assert heard == ["grown", "changed"]


def test_the_overview_is_drawn_again_as_it_grows_by_a_column_or_a_second() -> None:
    vm = LanesViewModel()
    places = []
    for end_ms in (600_000.0, 600_020.0, 601_020.0):
        vm.take_envelope(
            EnvelopeReport(start_ms=end_ms - 20.0, step_ms=20.0, user=(0.1,), model=(0.0,))
        )
        places.append(vm.overview_place(100))

    assert places[0] == places[1] != places[2]

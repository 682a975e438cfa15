import pytest

from app.session.messages import EnvelopeReport, MarkKind, MarkReport
from app.ui.vm.lanes import MARK_NAMES, MAX_VALUES, LanesViewModel, Span


def envelope(start_ms: float, *values: float, step_ms: float = 20.0) -> EnvelopeReport:
    return EnvelopeReport(
        start_ms=start_ms, step_ms=step_ms, user=values, model=tuple(-v for v in values)
    )


def filled(seconds: int) -> LanesViewModel:
    vm = LanesViewModel()
    vm.take_envelope(envelope(0, *([0.5] * (seconds * 50))))
    return vm


@pytest.mark.parametrize("kind", list(MarkKind))
def test_every_mark_has_a_name(kind: MarkKind) -> None:
    assert MARK_NAMES[kind]


def test_columns_are_the_largest_value_of_their_stretch() -> None:
    vm = LanesViewModel()
    vm.width_ms = 80.0
    vm.take_envelope(envelope(0, 0.1, 0.4, 0.2, 0.3))

    user, model = vm.columns(2)

    assert user.tolist() == pytest.approx([0.4, 0.3])
    assert model.tolist() == pytest.approx([-0.1, -0.2])


def test_a_column_narrower_than_a_step_shows_the_step_it_is_in() -> None:
    vm = LanesViewModel()
    vm.width_ms = 40.0
    vm.take_envelope(envelope(0, 0.1, 0.4))

    user, _model = vm.columns(4)

    assert user.tolist() == pytest.approx([0.1, 0.1, 0.4, 0.4])


def test_without_sound_every_column_is_zero() -> None:
    user, model = LanesViewModel().columns(3)

    assert user.tolist() == model.tolist() == [0.0, 0.0, 0.0]


def test_a_hole_is_silence_and_an_overlap_replaces() -> None:
    vm = LanesViewModel()
    vm.width_ms = 80.0

    vm.take_envelope(envelope(0, 0.1))
    vm.take_envelope(envelope(60, 0.4))
    vm.take_envelope(envelope(0, 0.2))

    assert vm.columns(4)[0].tolist() == pytest.approx([0.2, 0.0, 0.0, 0.4])


@pytest.mark.parametrize(
    "bad",
    [
        envelope(0, 0.1, step_ms=0),
        EnvelopeReport(start_ms=0, step_ms=20, user=(0.1,), model=()),
        envelope(-1_000, 0.1),
        envelope(1e12, 0.1),
    ],
    ids=["no step", "sides differ", "before the start", "far ahead"],
)
def test_an_envelope_that_cannot_be_is_ignored(bad: EnvelopeReport) -> None:
    vm = filled(1)

    vm.take_envelope(bad)

    assert vm.end_ms == 1_000


def test_the_view_follows_the_newest_instant() -> None:
    vm = filled(30)

    assert vm.view == Span(10_000, 30_000)


def test_a_young_session_begins_at_the_left() -> None:
    vm = filled(2)

    assert vm.view == Span(0, 20_000)


def test_panning_stops_following_and_reaching_the_end_follows_again() -> None:
    vm = filled(60)

    vm.pan(-0.5)
    back = (vm.following, vm.view)
    vm.pan(0.5)

    assert back == (False, Span(30_000, 50_000))
    assert vm.following


def test_panning_does_not_go_before_the_start() -> None:
    vm = filled(60)

    vm.pan(-9)

    assert vm.view.start_ms == 0


def test_zooming_keeps_what_is_under_the_pointer() -> None:
    vm = filled(60)
    vm.pan(-0.5)

    vm.zoom(0.5, 0.25)

    assert vm.view == Span(32_500, 42_500)


def test_zooming_while_following_keeps_the_newest_instant() -> None:
    vm = filled(60)

    vm.zoom(0.5, 0.0)

    assert vm.view == Span(50_000, 60_000)


@pytest.mark.parametrize(("factor", "width"), [(1e-9, 1_000), (1e9, 3_600_000)])
def test_zoom_has_bounds(factor: float, width: float) -> None:
    vm = filled(1)

    vm.zoom(factor, 0.5)

    assert vm.width_ms == width


def test_following_again_goes_to_the_end() -> None:
    vm = filled(60)
    vm.pan(-1)

    vm.follow()

    assert vm.view.end_ms == 60_000


def test_a_span_is_marked_and_brought_into_view() -> None:
    vm = filled(600)

    vm.show_span(Span(1_000, 61_000))

    assert vm.highlight == Span(1_000, 61_000)
    assert vm.view == Span(0, 90_000)


def test_taking_the_mark_away_leaves_the_view() -> None:
    vm = filled(60)

    vm.show_span(None)

    assert (vm.highlight, vm.following) == (None, True)


def test_only_marks_in_view_are_shown() -> None:
    vm = filled(60)
    near = MarkReport(kind=MarkKind.AUDIBLE, at_ms=59_000)

    vm.take_mark(MarkReport(kind=MarkKind.VAD_ON, at_ms=1_000))
    vm.take_mark(near)

    assert vm.visible_marks() == [near]


def test_marks_that_came_late_stand_in_their_place() -> None:
    vm = filled(60)
    late = MarkReport(kind=MarkKind.AUDIBLE, at_ms=50_000)
    newest = MarkReport(kind=MarkKind.RESPONSE_DONE, at_ms=55_000)
    before = MarkReport(kind=MarkKind.VAD_ON, at_ms=35_000)

    for mark in (newest, late, before):
        vm.take_mark(mark)

    assert vm.visible_marks() == [late, newest]


def test_the_search_for_marks_ends_where_they_are_old() -> None:
    vm = filled(60)
    hidden = MarkReport(kind=MarkKind.AUDIBLE, at_ms=50_000)

    vm.take_mark(hidden)
    vm.take_mark(MarkReport(kind=MarkKind.VAD_ON, at_ms=1_000))

    assert vm.visible_marks() == []


def test_the_oldest_values_go_when_there_are_too_many() -> None:
    vm = LanesViewModel()
    surplus = MAX_VALUES // 16

    vm.take_envelope(envelope(0, *([0.5] * MAX_VALUES)))
    vm.take_envelope(envelope(MAX_VALUES * 20.0, *([0.25] * surplus)))

    assert vm.end_ms == (MAX_VALUES + surplus) * 20.0
    assert vm.columns(4)[0].tolist() == pytest.approx([0.25] * 4)


def test_a_new_session_begins_empty() -> None:
    vm = filled(60)
    vm.take_mark(MarkReport(kind=MarkKind.VAD_ON, at_ms=1_000))
    vm.show_span(Span(0, 1))

    vm.clear()

    assert (vm.end_ms, list(vm.marks), vm.highlight, vm.following) == (0.0, [], None, True)


def test_columns_keep_their_shape_while_the_view_moves_on() -> None:
    vm = LanesViewModel()
    vm.width_ms = 1_000.0
    vm.take_envelope(envelope(0, *(index % 7 / 10 for index in range(100))))
    before = vm.columns(5)[0].tolist()

    vm.take_envelope(envelope(2_000, 0.9))

    assert vm.columns(5)[0].tolist() == before

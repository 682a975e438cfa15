import math

import pytest

from app.ui.vm.lanes_view import Span, Viewport


class Session:
    """A session of a length, with a view of it that counts its moves."""

    def __init__(self, end_ms: float) -> None:
        self.end_ms = end_ms
        self.moves = 0
        self.view = Viewport(lambda: self.end_ms, self.moved)

    def moved(self) -> None:
        self.moves += 1


def test_the_view_follows_the_newest_instant() -> None:
    session = Session(30_000)
    assert session.view.span == Span(10_000, 30_000)

    session.end_ms = 31_000

    assert session.view.span == Span(11_000, 31_000)


def test_a_young_session_begins_at_the_left() -> None:
    assert Session(2_000).view.span == Span(0, 20_000)


def test_a_frozen_view_stays_whatever_comes() -> None:
    session = Session(30_000)

    session.view.toggle()
    session.end_ms = 90_000

    assert (session.view.following, session.view.span) == (False, Span(10_000, 30_000))


def test_the_same_toggle_follows_again() -> None:
    session = Session(30_000)

    session.view.toggle()
    session.view.toggle()

    assert session.view.following


def test_panning_stops_following_and_reaching_the_end_follows_again() -> None:
    session = Session(60_000)

    session.view.pan(-0.5)
    back = (session.view.following, session.view.span)
    session.view.pan(0.5)

    assert back == (False, Span(30_000, 50_000))
    assert session.view.following


def test_panning_does_not_leave_the_session() -> None:
    session = Session(60_000)

    session.view.pan(-9)
    first = session.view.span
    session.view.pan(99)

    assert (first, session.view.span) == (Span(0, 20_000), Span(40_000, 60_000))


def test_zooming_keeps_what_is_under_the_pointer() -> None:
    session = Session(60_000)
    session.view.pan(-0.5)

    session.view.zoom(0.5, 0.25)

    assert session.view.span == Span(32_500, 42_500)


def test_zooming_while_following_keeps_the_newest_instant() -> None:
    session = Session(60_000)

    session.view.zoom(0.5, 0.0)

    assert session.view.span == Span(50_000, 60_000)


@pytest.mark.parametrize(
    ("end_ms", "factor", "width"),
    [(60_000, 1e-9, 50), (60_000, 1e9, 60_000), (1_000, 1e9, 20_000), (36e6, 1e9, 36e6)],
)
def test_zoom_reaches_from_50_ms_to_the_whole_session(
    end_ms: float, factor: float, width: float
) -> None:
    session = Session(end_ms)

    session.view.zoom(factor, 0.5)

    assert session.view.span.length_ms == width


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
def test_a_zoom_that_cannot_be_does_nothing(factor: float) -> None:
    session = Session(60_000)

    session.view.zoom(factor, 0.5)

    assert (session.moves, session.view.span) == (0, Span(40_000, 60_000))


def test_centring_stays_inside_the_session() -> None:
    session = Session(60_000)

    spans = []
    for at_ms in (30_000, 0, 60_000):
        session.view.centre(at_ms)
        spans.append(session.view.span)

    assert spans == [Span(20_000, 40_000), Span(0, 20_000), Span(40_000, 60_000)]
    assert not session.view.following


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        (Span(100_000, 105_000), Span(92_500, 112_500)),
        (Span(100_000, 100_600), Span(99_100, 101_500)),
        (Span(100_600, 100_000), Span(99_100, 101_500)),
        (Span(100_000, 100_010), Span(99_505, 100_505)),
        (Span(100_000, 200_000), Span(0, 400_000)),
        (Span(500_000, 1_000_000), Span(375_000, 1_125_000)),
        (Span(-50, 100), Span(0, 1_000)),
    ],
    ids=["fits", "short", "negative", "tiny", "long", "longer than the session", "at the begin"],
)
def test_a_span_is_brought_into_view_at_a_width_that_shows_it(asked: Span, shown: Span) -> None:
    session = Session(600_000)

    session.view.show(asked)

    assert (session.view.span, session.view.following) == (shown, False)


def test_the_whole_session_is_shown_from_its_begin_to_its_end() -> None:
    session = Session(600_000)
    session.view.pan(-3)

    session.view.show_all()

    assert (session.view.span, session.view.following) == (Span(0, 600_000), True)

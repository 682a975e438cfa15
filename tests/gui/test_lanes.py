"""The turn lanes as a widget: what is painted, and its buttons."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from app.session.messages import (
    EnvelopeReport,
    MarkKind,
    MarkReport,
    PlayingReport,
    SpanKind,
    SpanReport,
)
from app.ui.panes.lanes.geometry import LEAST_HEIGHT, rows
from app.ui.panes.lanes.shapes import shape
from app.ui.theme import DARK, LIGHT
from app.ui.vm.lanes import Span
from tests.gui.conftest import colours, hover
from tests.support.lanes import LEFT, LanesBench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


# --- the picture


def test_both_lanes_are_painted_in_their_colours(lanes: LanesBench) -> None:
    assert {LIGHT.you, LIGHT.model} <= colours(lanes.pane)


def test_an_empty_session_says_what_will_be_here(empty_lanes: LanesBench) -> None:
    found = colours(empty_lanes.pane)

    assert not {LIGHT.you, LIGHT.model} & found
    assert len(found) > 2
    assert not empty_lanes.pane.controls.freeze.isEnabled()


def test_the_other_theme_is_worn_at_once(lanes: LanesBench) -> None:
    lanes.theme.use(DARK)

    assert {DARK.raised, DARK.you, DARK.model} <= colours(lanes.pane)


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (SpanKind.USER_SPEECH, "you"),
        (SpanKind.AGENT_HEARD, "model"),
        (SpanKind.AGENT_GENERATED, "model"),
        (SpanKind.STALL, "poor"),
        (SpanKind.INTERRUPTION, "poor"),
        (SpanKind.TOOL, "accent"),
        (SpanKind.CLIENT_LIMITED, "fair"),
        (SpanKind.GAP, "fair"),
    ],
)
def test_every_kind_of_span_is_painted(empty_lanes: LanesBench, kind: SpanKind, role: str) -> None:
    silence = (0.0,) * 1_000
    empty_lanes.vm.take_envelope(
        EnvelopeReport(start_ms=0, step_ms=20, user=silence, model=silence)
    )
    empty_lanes.vm.viewport.zoom(0.5, 1.0)
    empty_lanes.frames.flush()
    before = empty_lanes.pane.grab().toImage()

    empty_lanes.span(kind, 14_000, 18_000, "get_weather")

    after = empty_lanes.pane.grab().toImage()
    top = int(empty_lanes.pane._picture.rows.you.top())
    bottom = int(empty_lanes.pane._picture.rows.axis.top())
    changed = {
        after.pixelColor(x, y).name()
        for x in range(empty_lanes.x(14_000), empty_lanes.x(18_000))
        for y in range(top, bottom)
        if after.pixelColor(x, y) != before.pixelColor(x, y)
    }
    assert getattr(LIGHT, role) in changed or len(changed) > 3


def test_many_thousand_spans_and_marks_at_one_instant_are_painted(lanes: LanesBench) -> None:
    for span_kind in SpanKind:
        for _each in range(300):
            lanes.vm.take_span(SpanReport(kind=span_kind, start_ms=60_000, end_ms=60_050))
    for mark_kind in MarkKind:
        for at_ms in np.linspace(43_000, 63_000, 300).tolist():
            lanes.vm.take_mark(MarkReport(kind=mark_kind, at_ms=at_ms))
    lanes.frames.flush()

    assert LIGHT.poor in colours(lanes.pane)
    assert "more" in hover(lanes.pane, QPoint(lanes.x(60_010), 60))


@pytest.mark.parametrize("kind", list(MarkKind))
def test_every_kind_of_mark_has_a_shape_of_its_own(kind: MarkKind) -> None:
    others = [shape(each) for each in MarkKind if each is not kind]

    assert not shape(kind).isEmpty()
    ours = shape(kind)
    filled = {MarkKind.RESPONSE_CREATED, MarkKind.FIRST_AUDIO}
    assert kind in filled or all(ours != other for other in others)


@pytest.mark.parametrize(("height", "overview"), [(LEAST_HEIGHT, 0), (160, 14)])
def test_a_low_pane_keeps_its_room_for_the_lanes(height: int, overview: int) -> None:
    found = rows(900, height, strip=True)

    assert found.overview.height() == overview
    assert found.you.height() == found.model.height() >= 20
    assert found.axis.bottom() <= height


def test_a_picture_that_did_not_change_is_not_painted_again(lanes: LanesBench) -> None:
    lanes.pane.grab()
    before = lanes.pane._painted

    lanes.vm.take_envelope(EnvelopeReport(start_ms=62_980, step_ms=20.0, user=(0.1,), model=(0.1,)))
    lanes.frames.flush()

    assert lanes.pane._painted == before
    assert not lanes.pane._picture._stale


def sound_at(lanes: LanesBench, start_ms: float) -> None:
    lanes.vm.take_envelope(
        EnvelopeReport(start_ms=start_ms, step_ms=20.0, user=(0.5,) * 5, model=(0.2,) * 5)
    )
    lanes.frames.flush()


def test_while_the_session_goes_on_marks_and_spans_are_shifted_and_not_painted(
    lanes: LanesBench,
) -> None:
    lanes.pane.grab()
    before = lanes.pane._picture.painted

    for index in range(8):
        sound_at(lanes, 63_000 + index * 100)
        lanes.pane.grab()

    assert lanes.pane._picture.painted == before
    sound_at(lanes, 66_000)
    lanes.pane.grab()
    assert lanes.pane._picture.painted == before + 1


def test_a_shifted_picture_is_the_one_that_would_be_painted(lanes: LanesBench) -> None:
    step_ms = lanes.vm.view.length_ms / lanes.pane._picture.rows.you.width()
    lanes.vm.take_envelope(EnvelopeReport(start_ms=63_000, step_ms=20.0, user=(0.0,), model=(0.0,)))
    lanes.frames.flush()
    lanes.pane.grab()
    lanes.vm.envelope.end_ms += 20 * step_ms
    lanes.pane._picture.outdate()
    shifted = lanes.pane.grab().toImage()

    lanes.pane._picture._layers = None
    lanes.pane._picture.outdate()
    anew = lanes.pane.grab().toImage()

    area = lanes.pane._picture.rows.time.adjusted(20, 0, -20, 0).toRect()
    differ = sum(
        shifted.pixel(x, y) != anew.pixel(x, y)
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    )
    # A line that stands between two pixels may fall on either.
    assert differ <= 2 * area.height()


@pytest.mark.parametrize("what", ["mark", "zoom", "theme", "size"])
def test_whatever_else_changes_is_painted(lanes: LanesBench, what: str) -> None:
    changes: dict[str, Callable[[], object]] = {
        "mark": lambda: lanes.vm.take_mark(MarkReport(kind=MarkKind.STALL, at_ms=60_000)),
        "zoom": lambda: lanes.vm.viewport.zoom(0.5, 0.5),
        "theme": lambda: lanes.theme.use(DARK),
        "size": lambda: lanes.pane.resize(700, 160),
    }
    lanes.pane.grab()
    before = lanes.pane._picture.painted

    changes[what]()
    lanes.frames.flush()
    lanes.pane.grab()

    assert lanes.pane._picture.painted == before + 1


def test_what_came_while_it_was_hidden_is_painted_when_it_is_shown(lanes: LanesBench) -> None:
    lanes.pane.grab()
    lanes.pane.hide()

    lanes.theme.use(DARK)
    lanes.vm.show_span(Span(54_000, 57_000))
    lanes.frames.flush()
    lanes.pane.show()

    assert {DARK.raised, DARK.accent} <= colours(lanes.pane)
    assert lanes.pane.controls.play.isVisible()


def test_the_cursor_and_what_plays_are_lines_over_the_picture(lanes: LanesBench) -> None:
    lanes.pane.grab()

    lanes.vm.cursor.look(50_000.0)
    lanes.vm.take_playing(PlayingReport(at_ms=55_000.0, start_ms=54_000.0, end_ms=57_000.0))
    lanes.frames.flush()

    image = lanes.pane.grab().toImage()
    assert image.pixelColor(lanes.x(50_000), 30).name() == LIGHT.text
    assert image.pixelColor(lanes.x(55_000), 30).name() == LIGHT.accent


# --- the buttons


def test_the_length_stands_on_the_marked_span_and_plays_it(lanes: LanesBench, qtbot: QtBot) -> None:
    asked: list[Span | None] = []
    lanes.vm.play_wanted.connect(asked.append)
    lanes.vm.stop_wanted.connect(lambda: asked.append(None))
    lanes.vm.show_span(Span(54_000, 54_612))
    lanes.frames.flush()
    button = lanes.pane.controls.play

    words = (button.text(), button.accessibleName())
    qtbot.mouseClick(button, LEFT)
    lanes.vm.take_playing(PlayingReport(at_ms=54_100.0, start_ms=54_000.0, end_ms=54_612.0))
    lanes.frames.flush()
    playing = button.accessibleName()
    qtbot.mouseClick(button, LEFT)

    assert words == ("612\N{THIN SPACE}ms", "Play the marked 612\N{THIN SPACE}ms")
    assert playing.startswith("Stop")
    assert asked == [Span(54_000, 54_612), None]


@pytest.mark.parametrize(
    ("span", "right_of_it"),
    [(Span(54_000, 54_100), True), (Span(62_900, 63_000), False)],
    ids=["room on the right", "at the right edge"],
)
def test_the_length_of_a_narrow_span_stands_beside_it(
    lanes: LanesBench, span: Span, *, right_of_it: bool
) -> None:
    lanes.vm.marked.show(span)
    lanes.frames.flush()

    assert (lanes.pane.controls.play.x() > lanes.x(span.start_ms)) is right_of_it


def test_a_span_out_of_view_has_no_button(lanes: LanesBench) -> None:
    lanes.vm.marked.show(Span(1_000, 2_000))
    lanes.frames.flush()

    assert not lanes.pane.controls.play.isVisible()


def test_freeze_and_live_are_buttons_too(lanes: LanesBench, qtbot: QtBot) -> None:
    qtbot.mouseClick(lanes.pane.controls.freeze, LEFT)
    lanes.frames.flush()
    frozen = lanes.vm.following
    qtbot.mouseClick(lanes.pane.controls.live, LEFT)

    assert (frozen, lanes.vm.following) == (False, True)
    assert lanes.pane.accessibleDescription()

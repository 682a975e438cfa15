"""What the mouse and the keyboard do in the turn lanes."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.session.messages import (
    SpanKind,
)
from app.ui.vm.lanes import Span
from tests.gui.conftest import hover
from tests.support.lanes import LEFT, NONE, LanesBench

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


# --- the keyboard


@pytest.mark.parametrize(
    ("key", "held", "view"),
    [
        (Qt.Key.Key_Left, NONE, Span(41_000, 61_000)),
        (Qt.Key.Key_Right, NONE, Span(43_000, 63_000)),
        (Qt.Key.Key_PageUp, NONE, Span(25_000, 45_000)),
        (Qt.Key.Key_PageDown, NONE, Span(43_000, 63_000)),
        (Qt.Key.Key_Plus, NONE, Span(47_000, 63_000)),
        (Qt.Key.Key_Plus, SHIFT, Span(47_000, 63_000)),
        (Qt.Key.Key_Equal, NONE, Span(47_000, 63_000)),
        (Qt.Key.Key_Minus, NONE, Span(38_000, 63_000)),
        (Qt.Key.Key_Home, NONE, Span(0, 20_000)),
        (Qt.Key.Key_End, NONE, Span(43_000, 63_000)),
        (Qt.Key.Key_0, NONE, Span(0, 63_000)),
        (Qt.Key.Key_A, NONE, Span(43_000, 63_000)),
        (Qt.Key.Key_Home, CONTROL, Span(43_000, 63_000)),
    ],
)
def test_the_keyboard_moves_the_lanes(
    lanes: LanesBench, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier, view: Span
) -> None:
    qtbot.keyClick(lanes.pane, key, held)

    assert lanes.vm.view == view


def test_the_same_key_freezes_and_follows(lanes: LanesBench, qtbot: QtBot) -> None:
    qtbot.keyClick(lanes.pane, Qt.Key.Key_F)
    lanes.frames.flush()
    frozen = (lanes.vm.following, lanes.pane.controls.live.isVisible())
    qtbot.keyClick(lanes.pane, Qt.Key.Key_F)
    lanes.frames.flush()

    assert frozen == (False, True)
    assert lanes.vm.following
    assert not lanes.pane.controls.live.isVisible()


def test_the_keyboard_goes_from_mark_to_mark_and_tells_them(
    lanes: LanesBench, qtbot: QtBot
) -> None:
    qtbot.keyClick(lanes.pane, Qt.Key.Key_Right, CONTROL)
    first = lanes.vm.cursor.at_ms
    qtbot.keyClick(lanes.pane, Qt.Key.Key_Left, CONTROL)

    assert first == 45_060
    assert lanes.vm.cursor.at_ms == 40_900
    assert "reply complete at 00:40.900" in lanes.pane.accessibleDescription()


def test_the_keyboard_selects_and_plays(lanes: LanesBench, qtbot: QtBot) -> None:
    asked: list[Span] = []
    lanes.vm.play_wanted.connect(asked.append)

    for _each in range(3):
        qtbot.keyClick(lanes.pane, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(lanes.pane, Qt.Key.Key_Return)
    lanes.frames.flush()

    assert asked == [Span(53_000, 53_600)]
    assert lanes.pane.controls.play.text() == "600\N{THIN SPACE}ms"


def test_the_keyboard_zooms_around_the_cursor(lanes: LanesBench, qtbot: QtBot) -> None:
    lanes.vm.freeze()
    lanes.vm.cursor.look(43_000.0)

    qtbot.keyClick(lanes.pane, Qt.Key.Key_Plus)

    assert lanes.vm.view == Span(43_000, 59_000)


@pytest.mark.parametrize("marked", [True, False])
def test_escape_is_taken_only_while_something_is_marked(lanes: LanesBench, *, marked: bool) -> None:
    if marked:
        lanes.vm.show_span(Span(54_000, 57_000))
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, NONE)
    event.ignore()

    QApplication.sendEvent(lanes.pane, event)

    assert event.isAccepted() is marked


def test_escape_unmarks(lanes: LanesBench, qtbot: QtBot) -> None:
    lanes.vm.show_span(Span(54_000, 57_000))

    qtbot.keyClick(lanes.pane, Qt.Key.Key_Escape)
    lanes.frames.flush()

    assert lanes.vm.highlight is None
    assert not lanes.pane.controls.play.isVisible()


# --- the mouse


@pytest.mark.parametrize(
    ("across", "down", "held", "view"),
    [
        (0, 120, NONE, Span(47_000, 63_000)),
        (0, -120, NONE, Span(38_000, 63_000)),
        (0, 120, SHIFT, Span(41_000, 61_000)),
        (120, 0, NONE, Span(41_000, 61_000)),
        (-120, 0, NONE, Span(43_000, 63_000)),
    ],
    ids=["in", "out", "shift", "left", "right"],
)
def test_the_wheel_zooms_and_sideways_it_pans(
    lanes: LanesBench, across: int, down: int, held: Qt.KeyboardModifier, view: Span
) -> None:
    lanes.turn(across, down, held)

    assert lanes.vm.view == view


def test_the_wheel_zooms_at_the_pointer_once_the_view_is_frozen(lanes: LanesBench) -> None:
    lanes.vm.freeze()
    under = lanes.pane._picture.scale.at_ms(200)

    lanes.turn(0, 120, x=200)

    assert lanes.pane._picture.scale.at_ms(200) == pytest.approx(under)


def test_two_fingers_zoom(lanes: LanesBench) -> None:
    lanes.vm.freeze()

    lanes.pane._hands.pinch(0.25, QPointF(60, 50))

    assert lanes.vm.view == Span(43_000, 59_000)


def test_dragging_pans_and_a_double_click_follows_again(lanes: LanesBench, qtbot: QtBot) -> None:
    lanes.drag(QPoint(300, 50), QPoint(712, 50))
    dragged = lanes.vm.view
    lanes.vm.show_span(Span(1, 500))
    qtbot.mouseDClick(lanes.pane, LEFT)

    assert dragged == Span(33_000, 53_000)
    assert (lanes.vm.following, lanes.vm.highlight) == (True, None)


@pytest.mark.parametrize("held", [SHIFT, CONTROL])
def test_dragging_with_a_key_held_selects(lanes: LanesBench, held: Qt.KeyboardModifier) -> None:
    lanes.drag(QPoint(472, 50), QPoint(266, 50), held)

    assert lanes.vm.selection == Span(48_000, 53_000)
    assert not lanes.vm.following
    assert lanes.pane.controls.play.text() == "5\N{THIN SPACE}000\N{THIN SPACE}ms"


def test_dragging_in_the_overview_moves_the_view(lanes: LanesBench) -> None:
    y = int(lanes.pane._picture.rows.overview.center().y())

    lanes.drag(QPoint(60, y), QPoint(472, y))

    assert lanes.vm.view == Span(21_500, 41_500)


def test_other_buttons_do_nothing(lanes: LanesBench, qtbot: QtBot) -> None:
    qtbot.mousePress(lanes.pane, Qt.MouseButton.RightButton, pos=QPoint(300, 50))
    qtbot.mouseMove(lanes.pane, QPoint(500, 50))

    assert lanes.vm.following


def test_the_pointer_looks_and_leaves(lanes: LanesBench) -> None:
    lanes.point(QPoint(472, 50))
    looked = lanes.vm.cursor.at_ms
    QApplication.sendEvent(lanes.pane, QEvent(QEvent.Type.Leave))

    assert (looked, lanes.vm.cursor.at_ms) == (53_000, None)


def test_a_pointer_that_rests_looks_at_what_moves_under_it(lanes: LanesBench) -> None:
    lanes.point(QPoint(472, 50))

    lanes.vm.viewport.pan(-0.1)
    lanes.frames.flush()

    assert lanes.vm.cursor.at_ms == 51_000


def test_the_keyboards_cursor_stays_where_it_is_put(lanes: LanesBench, qtbot: QtBot) -> None:
    lanes.point(QPoint(472, 50))

    qtbot.keyClick(lanes.pane, Qt.Key.Key_Right, CONTROL)
    lanes.vm.viewport.pan(-0.1)
    lanes.frames.flush()

    assert lanes.vm.cursor.at_ms == 54_060


def test_the_pointer_outside_the_lanes_looks_at_nothing(lanes: LanesBench) -> None:
    lanes.point(QPoint(5, 50))

    assert lanes.vm.cursor.at_ms is None


def test_what_is_near_is_told_on_hover(lanes: LanesBench) -> None:
    lanes.vm.show_span(Span(54_000, 57_000))
    lanes.span(SpanKind.TOOL, 54_000, 54_500, "<b>find</b>")

    words = hover(lanes.pane, QPoint(lanes.x(54_060), 40))

    assert "speech detected at 00:54.060" in words
    assert "&lt;b&gt;find&lt;/b&gt;" in words
    assert lanes.pane._words_at(QPoint(5, 40)) == ""

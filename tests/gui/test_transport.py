"""The transport bar of a replay, with keys and the mouse."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.session.messages import EngineRequest, Solo, SteerReplay
from app.ui.panes.replay import TransportPane
from app.ui.theme import Theme
from app.ui.vm.replay import ReplayViewModel
from app.ui.widgets.frames import Frames
from tests.unit.ui.vm.test_replay import FIRST, NULL, ON

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


class Bar:
    """The bar on a replay that is open."""

    def __init__(self, theme: Theme) -> None:
        self.sent: list[EngineRequest] = []
        self.vm = ReplayViewModel(self.sent.append, lambda: NULL)
        self.frames = Frames()
        self.pane = TransportPane(self.vm, theme, self.frames)
        self.vm.take(FIRST)
        self.vm.take(ON)
        self.pane.resize(1000, 90)
        self.frames.flush()
        self.pane.show()
        self.sent.clear()

    @property
    def steered(self) -> list[EngineRequest]:
        return self.sent


@pytest.fixture
def bar(qtbot: QtBot, dressed: Theme) -> Iterator[Bar]:
    made = Bar(dressed)
    qtbot.addWidget(made.pane)
    yield made
    made.frames.flush()
    made.pane.close()


def test_the_bar_plays_and_steps_and_hears_one_side(bar: Bar, qtbot: QtBot) -> None:
    for button in (
        bar.pane.play,
        bar.pane.back,
        bar.pane.next,
        bar.pane.loop,
        bar.pane.solo.button(2),
    ):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    bar.pane._menu.actions()[-1].trigger()

    assert bar.steered == [
        SteerReplay(playing=False),
        SteerReplay(seek_ms=25_000.0),
        SteerReplay(seek_ms=60_000.0),
        SteerReplay(loop_turn=3),
        SteerReplay(solo=Solo.AGENT),
        SteerReplay(speed=8.0),
    ]


def test_the_bar_says_what_it_does(bar: Bar) -> None:
    bar.vm.take(replace(ON, playing=False, speed=4.0, loop_turn=2, solo=Solo.USER))
    bar.frames.flush()

    assert bar.pane.speed.text() == "4 \N{MULTIPLICATION SIGN}, silent"
    assert bar.pane.loop.isChecked()
    assert bar.pane.solo.checkedId() == 1
    assert bar.pane.play.accessibleName() == "Play"
    assert bar.pane.times.text() == "00:30 / 01:30"
    assert "3 turns" in bar.pane.track.accessibleDescription()


def test_a_press_on_the_track_goes_there_when_it_is_let_go(bar: Bar, qtbot: QtBot) -> None:
    track = bar.pane.track
    middle = QPoint(track.width() // 2, track.height() // 2)
    qtbot.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(20, middle.y()))
    qtbot.mouseMove(track, middle)
    held, looked = list(bar.steered), bar.pane.times.text()
    qtbot.mouseRelease(track, Qt.MouseButton.LeftButton, pos=middle)

    (went,) = bar.steered
    assert (held, looked) == ([], "00:45 / 01:30")
    assert isinstance(went, SteerReplay)
    assert went.seek_ms == pytest.approx(45_000, abs=200)


def test_the_track_is_moved_by_keys(bar: Bar, qtbot: QtBot) -> None:
    track = bar.pane.track

    qtbot.keyClick(track, Qt.Key.Key_PageUp)
    qtbot.keyClick(track, Qt.Key.Key_Home)

    assert bar.steered == [SteerReplay(seek_ms=40_000.0), SteerReplay(seek_ms=0.0)]


def test_ticks_and_the_played_part_are_painted(bar: Bar) -> None:
    before = bar.pane.track.grab().toImage()

    bar.vm.take(replace(ON, at_ms=80_000.0, loop_turn=3))
    bar.frames.flush()

    assert bar.pane.track.grab().toImage() != before

from pytestqt.qtbot import QtBot

from app.ui.theme import FRAME_MS
from app.ui.widgets.frames import Frames


def test_what_is_marked_twice_is_painted_once(qtbot: QtBot) -> None:
    frames = Frames()
    painted: list[str] = []

    def draw() -> None:
        painted.append("x")

    frames.mark(draw)
    frames.mark(draw)
    qtbot.waitUntil(lambda: frames.resting)

    assert painted == ["x"]


def test_the_timer_rests_while_nothing_is_dirty(qtbot: QtBot) -> None:
    frames = Frames()

    frames.flush()

    assert (frames.resting, frames.count) == (True, 0)


def test_frames_are_33_ms_apart(qtbot: QtBot) -> None:
    frames = Frames()
    frames.mark(lambda: None)
    frames.flush()

    frames.mark(lambda: None)

    gone_ms = frames._clock.elapsed() - frames._frame_ms  # however long the machine was away
    assert FRAME_MS - gone_ms <= frames._timer.interval() <= FRAME_MS


def test_what_is_marked_slowly_is_painted_less_often(qtbot: QtBot) -> None:
    frames = Frames()
    painted: list[str] = []

    def slow() -> None:
        painted.append("slow")

    frames.mark(slow, every_ms=10_000)
    qtbot.waitUntil(lambda: frames.resting)
    frames.mark(slow, every_ms=10_000)
    frames.mark(lambda: painted.append("fast"))
    qtbot.waitUntil(lambda: len(painted) > 1)
    waiting = not frames.resting
    frames.mark(slow)
    qtbot.waitUntil(lambda: frames.resting)

    assert waiting
    assert painted == ["slow", "fast", "slow"]

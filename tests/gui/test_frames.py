from pytestqt.qtbot import QtBot

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

    assert 20 <= frames._timer.remainingTime() <= 36  # Qt's coarse timers are 5 % off


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

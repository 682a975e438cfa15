"""The talk key, as platforms tell it."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from app.session.messages import HoldToTalk, LiveState
from app.ui.keyboard import TalkKey
from tests.gui.conftest import SPACE, Opener, say, sent

NONE = Qt.KeyboardModifier.NoModifier


class Hand:
    """Presses keys of a talk key, and keeps what it told."""

    def __init__(self, patience_ms: int) -> None:
        self.key = TalkKey(patience_ms=patience_ms)
        self.told: list[str] = []
        self.key.pressed.connect(lambda: self.told.append("down"))
        self.key.released.connect(lambda: self.told.append("up"))

    def send(self, *, down: bool, key: Qt.Key = SPACE, repeat: bool = False) -> bool:
        kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
        return self.key.take(QKeyEvent(kind, key, NONE, "", repeat), down=down)


def test_a_held_key_that_comes_as_releases_and_presses_is_one_hold(qtbot: QtBot) -> None:
    hand = Hand(20)

    hand.send(down=True)
    for _ in range(20):
        hand.send(down=False)
        hand.send(down=True)
    held = list(hand.told)
    hand.send(down=False)
    qtbot.waitUntil(lambda: len(hand.told) > 1)

    assert (held, hand.told) == (["down"], ["down", "up"])


def test_where_repeats_say_so_a_release_is_told_at_once(qtbot: QtBot) -> None:
    hand = Hand(0)

    hand.send(down=True)
    hand.send(down=True, repeat=True)
    hand.send(down=False, repeat=True)
    hand.send(down=False)

    assert hand.told == ["down", "up"]


def test_another_key_neither_holds_nor_lets_go(qtbot: QtBot) -> None:
    hand = Hand(0)

    hand.send(down=True)
    taken = hand.send(down=True, key=Qt.Key.Key_A), hand.send(down=False, key=Qt.Key.Key_A)
    hand.send(down=True, key=Qt.Key.Key_F2)
    hand.send(down=False, key=Qt.Key.Key_F2)

    assert taken == (False, False)
    assert (hand.told, hand.key.down) == (["down"], True)


def test_losing_the_keyboard_while_a_release_waits_tells_it_once(qtbot: QtBot) -> None:
    hand = Hand(20)
    hand.send(down=True)
    hand.send(down=False)

    hand.key.let_go()
    hand.key.let_go()

    assert hand.told == ["down", "up"]


def test_space_on_the_large_button_itself_is_the_talk_key(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    say(qtbot, bench, LiveState.LISTENING)
    bench.window.talk.talk.setFocus(Qt.FocusReason.TabFocusReason)

    qtbot.keyPress(bench.window.talk.talk, SPACE)
    qtbot.keyRelease(bench.window.talk.talk, SPACE)

    assert sent(bench) == [HoldToTalk(down=True), HoldToTalk(down=False)]

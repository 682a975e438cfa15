"""A second start: the window that is open comes to the front and takes in what was opened."""

import logging
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.session.messages import ImportBundle
from app.ui.doorkeeper import MOST, Doorkeeper
from app.ui.handover import DONE, LONGEST, Wish, meeting_place, written
from app.ui.panes.rail import LIBRARY, SETTINGS
from tests.gui.conftest import Opener

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

BUNDLE = "/home/me/talk.vivavoce"


class Door:
    """A socket that is listened at, and what was asked for."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder / "sub" / "s")
        self.wishes: list[Wish] = []
        self.keeper = Doorkeeper(self.place, self.wishes.append)

    def call(self, said: bytes = b"") -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        end.connect(self.place)
        end.sendall(said)
        end.setblocking(False)
        return end


def hung_up(end: socket.socket) -> bool:
    try:
        return end.recv(64) == b""
    except ConnectionResetError:
        return True
    except BlockingIOError:
        return False


@pytest.fixture
def door(qtbot: QtBot, short_path: Path) -> Iterator[Door]:
    made = Door(short_path)
    yield made
    made.keeper.close()
    qtbot.waitUntil(lambda: made.keeper.callers == 0)


def test_a_wish_is_followed_and_answered(door: Door, qtbot: QtBot) -> None:
    with door.call() as end:
        for piece in (written(Wish(BUNDLE))[:9], written(Wish(BUNDLE))[9:]):
            end.sendall(piece)
            qtbot.waitUntil(lambda: door.keeper.callers > 0 or bool(door.wishes))
        qtbot.waitUntil(lambda: bool(door.wishes))

        assert door.wishes == [Wish(BUNDLE)]
        assert end.recv(64) == DONE


@pytest.mark.expects_log
@pytest.mark.parametrize(
    "said",
    [b"GET / HTTP/1.1\r\n\r\n", b'{"bundle": "/etc/passwd"}\n', b"x" * (LONGEST + 1)],
    ids=["another protocol", "no bundle", "too long"],
)
def test_a_hostile_message_is_refused_without_a_word(
    door: Door, qtbot: QtBot, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    with caplog.at_level(logging.WARNING), door.call(said) as end:
        qtbot.waitUntil(lambda: hung_up(end))

    assert door.wishes == []
    assert "refused" in caplog.text
    assert "passwd" not in caplog.text


def test_more_callers_than_can_be_heard_are_sent_away(door: Door, qtbot: QtBot) -> None:
    ends = [door.call() for _ in range(MOST)]
    qtbot.waitUntil(lambda: door.keeper.callers == MOST)

    with door.call() as late:
        qtbot.waitUntil(lambda: hung_up(late))

    assert door.keeper.callers == MOST
    for end in ends:
        end.close()
    qtbot.waitUntil(lambda: door.keeper.callers == 0)


def test_only_the_user_can_reach_the_socket(door: Door) -> None:
    found = Path(door.place).stat()

    assert stat.S_IMODE(found.st_mode) & 0o077 == 0
    assert stat.S_IMODE(Path(door.place).parent.stat().st_mode) == 0o700


def test_who_has_given_up_is_not_followed_late(door: Door, qtbot: QtBot) -> None:
    with door.call(written(Wish(BUNDLE))):
        pass
    with door.call(written(Wish())) as next_one:
        qtbot.waitUntil(lambda: Wish() in door.wishes)

        assert next_one.recv(64) == DONE
    assert door.wishes == [Wish()]


def test_who_calls_while_the_window_closes_gets_no_answer(
    open_window: Opener, qtbot: QtBot, short_path: Path
) -> None:
    place = str(short_path / "s")
    bench = open_window(meeting_place=place)
    with socket.socket(socket.AF_UNIX) as early, socket.socket(socket.AF_UNIX) as late:
        early.connect(place)
        qtbot.waitUntil(lambda: bench.program.door is not None and bench.program.door.callers > 0)
        late.connect(place)
        for end in (early, late):
            end.sendall(written(Wish(BUNDLE)))
            end.setblocking(False)

        bench.window.close()
        qtbot.waitUntil(lambda: hung_up(early) and hung_up(late))

    assert not bench.window.isVisible()
    assert not Path(place).exists()


def test_what_a_killed_window_left_behind_is_taken_over(qtbot: QtBot, short_path: Path) -> None:
    place = str(short_path / "s")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(place)

    keeper = Doorkeeper(place, lambda _wish: None)

    assert keeper.listening
    keeper.close()
    assert not Path(place).exists()


def test_a_window_that_lost_its_place_leaves_it_to_the_one_that_has_it(
    door: Door, qtbot: QtBot
) -> None:
    wishes: list[Wish] = []
    other = Doorkeeper(door.place, wishes.append)

    door.keeper.close()

    with door.call(written(Wish())):
        qtbot.waitUntil(lambda: bool(wishes))
    other.close()
    assert list(Path(door.place).parent.iterdir()) == []


@pytest.mark.expects_log
def test_where_no_socket_can_be_the_window_does_without(
    qtbot: QtBot, short_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (short_path / "file").write_bytes(b"")

    keeper = Doorkeeper(str(short_path / "file" / "s"), lambda _wish: None)

    assert not keeper.listening
    assert "no socket for other starts: File exists" in caplog.text


def test_the_window_comes_back_and_takes_the_bundle_in(open_window: Opener) -> None:
    bench = open_window()
    bench.window.show_page(SETTINGS)
    bench.window.setWindowState(Qt.WindowState.WindowMinimized)

    bench.program.come_forward(Wish())
    shown = bench.window.pages.currentIndex()
    bench.program.come_forward(Wish(BUNDLE))

    assert not bench.window.isMinimized()
    assert (shown, bench.window.pages.currentIndex()) == (SETTINGS, LIBRARY)
    asked = [each for each in bench.link.sent if isinstance(each, ImportBundle)]
    assert [each.path for each in asked] == [BUNDLE]


def test_a_bundle_that_comes_while_the_engine_is_gone_waits_for_the_next(
    open_window: Opener, qtbot: QtBot
) -> None:
    bench = open_window()
    bench.link.die()
    qtbot.waitUntil(lambda: not bench.program.bridge.running)

    bench.program.come_forward(Wish(BUNDLE))
    bench.program.shell.retry()

    asked = [each for each in bench.link.sent if isinstance(each, ImportBundle)]
    assert [each.path for each in asked] == [BUNDLE]


_WINDOW = """
import sys
from pathlib import Path
from app.bootstrap import window
from app.ui import app as program

def told(*ports):
    print(ports[-2:], flush=True)
    return 0

program.run = told
sys.exit(window.open_window(sys.argv[1:]))
"""


def test_a_second_start_hands_its_bundle_over_and_ends(qtbot: QtBot, short_path: Path) -> None:
    config, root = short_path / "config", short_path / "root"
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(config),
        "XDG_RUNTIME_DIR": str(short_path),
        "QT_QPA_PLATFORM": "offscreen",
    }
    place = meeting_place(config / "vivavoce" / "window.json", root, environment)
    assert place is not None
    wishes: list[Wish] = []
    keeper = Doorkeeper(place, wishes.append)
    second = subprocess.Popen(
        [sys.executable, "-c", _WINDOW, "talk.vivavoce", "--out", str(root)],
        cwd=short_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

    qtbot.waitUntil(lambda: second.poll() is not None, timeout=60_000)

    out, err = second.communicate()
    assert (second.returncode, out) == (0, b"")
    assert b"open already" in err
    assert wishes == [Wish(str(short_path / "talk.vivavoce"))]
    keeper.close()

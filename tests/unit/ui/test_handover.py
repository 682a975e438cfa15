"""What a second start of the program says to the first, and what the first takes."""

import json
import socket
import threading
from pathlib import Path

import pytest

from app.ui.handover import DONE, Wish, hand_over, meeting_place, read, written

BUNDLE = "/home/me/Döner \N{SNOWMAN}.vivavoce"


@pytest.mark.parametrize("bundle", [None, BUNDLE, "/" + "\N{SNOWMAN}" * 4_000 + ".vivavoce"])
def test_a_wish_is_read_as_it_was_written(bundle: str | None) -> None:
    line = written(Wish(bundle))

    assert line.count(b"\n") == 1
    assert read(line.rstrip(b"\n")) == Wish(bundle)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff\xfe",
        b"GET / HTTP/1.1",
        b"[" * 10_000,
        b"null",
        b'["bundle"]',
        b"{}",
        b'{"bundle": null, "run": "rm"}',
        b'{"bundle": 7}',
        b'{"bundle": true}',
        b'{"bundle": ["/a.vivavoce"]}',
        b'{"bundle": "a.vivavoce"}',
        b'{"bundle": "~/a.vivavoce"}',
        b'{"bundle": "/etc/passwd"}',
        b'{"bundle": "/a\\u0000.vivavoce"}',
        b'{"bundle": "/a\\n.vivavoce"}',
        b'{"bundle": "/a\\ud800.vivavoce"}',
        b'{"bundle": "/a\\u202e.vivavoce"}',
    ],
)
def test_a_message_of_another_form_asks_for_nothing(line: bytes) -> None:
    assert read(line) is None


def test_a_window_onto_other_places_has_another_socket(short_path: Path) -> None:
    settings = short_path / "window.json"
    sessions, others = short_path / "a", short_path / "b"
    mine = {"XDG_RUNTIME_DIR": str(short_path), "DISPLAY": ":0"}

    found = [
        meeting_place(settings, sessions, mine),
        meeting_place(settings, others, mine),
        meeting_place(short_path / "other.json", sessions, mine),
        meeting_place(settings, sessions, mine | {"DISPLAY": ":1"}),
        meeting_place(settings, sessions, mine | {"WAYLAND_DISPLAY": "wayland-0"}),
    ]

    assert len(set(found)) == len(found)
    assert meeting_place(settings, short_path / "c" / ".." / "a", mine) == found[0]


@pytest.mark.parametrize("runtime", ["", "relative", "/nowhere/at/all"])
def test_without_a_runtime_folder_it_lies_beside_the_settings(runtime: str) -> None:
    place = meeting_place(Path("/c/vivavoce/window.json"), Path("/s"), {"XDG_RUNTIME_DIR": runtime})

    assert place is not None
    assert Path(place).parent == Path("/c/vivavoce")


def test_a_path_that_no_socket_can_have_is_none() -> None:
    assert meeting_place(Path("/" + "c" * 100 + "/window.json"), Path("/s"), {}) is None


def answering(place: str, answer: bytes) -> tuple[threading.Thread, list[bytes]]:
    """Have somebody listen at ``place`` who hears one line and says ``answer``."""
    heard: list[bytes] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(place)
    server.listen()

    def serve() -> None:
        with server, server.accept()[0] as end:
            heard.append(end.makefile("rb").readline())
            end.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread, heard


@pytest.mark.parametrize(
    ("answer", "taken"), [(DONE, True), (b"", False), (b"no\n", False), (b"done?", False)]
)
def test_only_a_window_that_says_so_has_taken_it(
    short_path: Path, answer: bytes, *, taken: bool
) -> None:
    place = str(short_path / "s")
    thread, heard = answering(place, answer)

    assert hand_over(place, Wish(BUNDLE)) is taken
    thread.join()
    assert json.loads(heard[0]) == {"bundle": BUNDLE}


def test_where_nobody_listens_nothing_is_handed_over(short_path: Path) -> None:
    left = short_path / "left"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))

    assert not hand_over(str(left), Wish())
    assert not hand_over(str(short_path / "none"), Wish())

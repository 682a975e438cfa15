import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.bootstrap.display import Display, find_display, x11_addresses

DEAD = ":59997"
NUMBER = 59_983
SOCKETS = "/tmp/.X11-unix"  # noqa: S108 - where every X server has it
ABSTRACT = f"\0{SOCKETS}/X{NUMBER}"


@contextmanager
def listening(address: str | tuple[str, int]) -> Iterator[socket.socket]:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()
        yield server


@pytest.mark.parametrize(
    ("name", "addresses"),
    [
        (":0", [f"\0{SOCKETS}/X0", f"{SOCKETS}/X0", ("localhost", 6000)]),
        ("unix:1.0", [f"\0{SOCKETS}/X1", f"{SOCKETS}/X1"]),
        ("far:10.2", [("far", 6010)]),
        ("tcp/far:1", [("far", 6001)]),
        ("[::1]:2", [("::1", 6002)]),
        ("::1:2", [("::1", 6002)]),
        ("/run/launchd/org.x:0", ["/run/launchd/org.x:0"]),
        (":59999", [f"\0{SOCKETS}/X59999", f"{SOCKETS}/X59999"]),
        ("far:59999", []),
        ("nonsense", []),
        (":", []),
        (":x", []),
        (":²", []),
        (":" + "9" * 5000, []),
    ],
)
def test_a_display_has_the_addresses_that_xlib_tries(
    name: str, addresses: list[str | tuple[str, int]]
) -> None:
    assert list(x11_addresses(name)) == addresses


def test_a_local_display_that_listens_answers() -> None:
    with listening(ABSTRACT):
        found = find_display({"DISPLAY": f":{NUMBER}.0"})

    assert found == Display(f"DISPLAY=:{NUMBER}.0")


def test_a_display_over_the_network_answers() -> None:
    with listening(("127.0.0.1", 0)) as server:
        name = f"127.0.0.1:{server.getsockname()[1] - 6000}"

        assert find_display({"DISPLAY": name}).problem == ""


def test_a_wayland_display_answers_in_the_runtime_folder_or_at_its_path(tmp_path: Path) -> None:
    path = str(tmp_path / "wayland-7")
    with listening(path):
        below = find_display({"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)})
        there = find_display({"WAYLAND_DISPLAY": path})

    assert (below.problem, there.problem) == ("", "")


def test_one_display_that_answers_is_enough() -> None:
    with listening(ABSTRACT):
        found = find_display({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": f":{NUMBER}"})

    assert found == Display(f"DISPLAY=:{NUMBER}")


@pytest.mark.parametrize(
    ("environment", "problem"),
    [
        ({}, "there is no display"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, "there is no display"),
        ({"DISPLAY": DEAD}, f"the display {DEAD} does not answer"),
        ({"DISPLAY": "\x1b[2J:0\n"}, "the display ?[2J:0? does not answer"),
        ({"DISPLAY": "a\0b:0"}, "the display a?b:0 does not answer"),
        ({"DISPLAY": "." * 300 + ":0"}, f"the display {'.' * 80} does not answer"),
        ({"DISPLAY": "/x" * 200}, f"the display {'/x' * 40} does not answer"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "the display wayland-0 does not answer"),
        (
            {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": DEAD},
            f"the displays wayland-0 and {DEAD} do not answer",
        ),
    ],
)
def test_what_is_wrong_is_said(environment: dict[str, str], problem: str) -> None:
    assert find_display(environment) == Display(problem=problem)


def test_a_platform_that_is_named_is_believed() -> None:
    found = find_display({"QT_QPA_PLATFORM": "offscreen", "DISPLAY": DEAD})

    assert found == Display("QT_QPA_PLATFORM=offscreen")

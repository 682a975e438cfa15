"""Whether a window can open here: the display's socket is tried, in milliseconds and without Qt.

Qt ends the process where the display does not answer, so this is asked before it starts.
"""

import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

ANSWER_LIMIT_S: Final = 0.5
"""For each address that a display can have: a local one answers at once, or never."""

_TCP_PORT = 6000
_LAST_PORT = 65_535
_SOCKETS = "/tmp/.X11-unix"  # noqa: S108 - where every X server has it
_LONGEST_NAME = 80
_NONE = "there is no display"

_Address: TypeAlias = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Display:
    """What was found.

    Attributes:
        source: The setting that names it, e.g. ``DISPLAY=:0``, or "" where none is needed.
        problem: Why no window can open, without a full stop, or "".
    """

    source: str = ""
    problem: str = ""


def find_display(environment: Mapping[str, str]) -> Display:
    """Return the display that answers, or what is wrong. Blocks for two seconds at most.

    A platform that is named to Qt itself is believed.
    """
    if chosen := environment.get("QT_QPA_PLATFORM"):
        return Display(f"QT_QPA_PLATFORM={_clean(chosen)}")
    if sys.platform != "linux":
        return Display()
    named = {
        variable: name
        for variable in ("WAYLAND_DISPLAY", "DISPLAY")
        if (name := environment.get(variable, ""))
    }
    for variable, name in named.items():
        wayland = variable == "WAYLAND_DISPLAY"
        addresses = _wayland_addresses(name, environment) if wayland else x11_addresses(name)
        if any(map(_answers, addresses)):
            return Display(f"{variable}={_clean(name)}")
    if not named:
        return Display(problem=_NONE)
    shown = " and ".join(map(_clean, named.values()))
    does = "does" if len(named) == 1 else "do"
    plural = "" if len(named) == 1 else "s"
    return Display(problem=f"the display{plural} {shown} {does} not answer")


def x11_addresses(name: str) -> Iterator[_Address]:
    """Yield where an X display of this name may listen, in the order in which Xlib tries.

    ``name`` is ``[protocol/][host]:number[.screen]``, or a socket's path; a name that is neither
    has no address.
    """
    if name.startswith("/"):
        yield name
        return
    place, colon, numbers = name.rpartition(":")
    host = place.rpartition("/")[2].removeprefix("[").removesuffix("]")
    digits = numbers.partition(".")[0]
    if not colon or not (digits.isascii() and digits.isdigit()) or len(digits) > len("65535"):
        return
    if host in {"", "unix"}:
        yield f"\0{_SOCKETS}/X{int(digits)}"
        yield f"{_SOCKETS}/X{int(digits)}"
    if host != "unix" and (port := _TCP_PORT + int(digits)) <= _LAST_PORT:
        yield host or "localhost", port


def _wayland_addresses(name: str, environment: Mapping[str, str]) -> Iterator[_Address]:
    if name.startswith("/"):
        yield name
    elif folder := environment.get("XDG_RUNTIME_DIR"):
        yield f"{folder}/{name}"


def _answers(address: _Address) -> bool:
    # ValueError: a name that cannot be a host's, or is too long for a socket's path
    with suppress(OSError, ValueError):
        if isinstance(address, tuple):
            with socket.create_connection(address, ANSWER_LIMIT_S):
                return True
        with socket.socket(socket.AF_UNIX) as trial:
            trial.settimeout(ANSWER_LIMIT_S)
            trial.connect(address)
            return True
    return False


def _clean(name: str) -> str:
    """Return a name that cannot steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in name[:_LONGEST_NAME])

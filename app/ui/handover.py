"""One window a user and a place: what a second start says to the first, without Qt.

The two speak through a socket in a folder of the user's own. Its name is made of where settings
and sessions are kept and of the screen, so that a window onto others opens as it is asked to.
What is said is one line of JSON, and the answer one word.
"""

import hashlib
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REACH_S: Final = 1.0
ANSWER_S: Final = 5.0
"""Longer than a window takes to draw what it is asked for; a hung one delays a start so long."""

LONGEST: Final = 32_768
"""Of a message, in bytes: the longest path with every letter escaped, and more."""

DONE: Final = b"done\n"
SCREENS: Final = ("WAYLAND_DISPLAY", "DISPLAY")
BUNDLE: Final = ".vivavoce"
_LONGEST_ADDRESS: Final = 100
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Wish:
    """What the window that is open is asked for: to come to the front.

    Attributes:
        bundle: The whole path of a bundle to take in as well, or None.
    """

    bundle: str | None = None


def meeting_place(settings: Path, sessions: Path, environment: Mapping[str, str]) -> str | None:
    """Return the path of the socket for these settings, sessions and screen; creates nothing.

    It lies in the user's folder for such things (``XDG_RUNTIME_DIR``), else beside the settings.
    None where there are no such sockets, or where its path would be too long for one.
    """
    if not hasattr(socket, "AF_UNIX"):
        return None
    screens = (environment.get(name, "") for name in SCREENS)
    places = "\0".join([*(str(each.resolve()) for each in (settings, sessions)), *screens])
    digest = hashlib.sha256(os.fsencode(places)).hexdigest()[:_DIGITS]
    runtime = Path(environment.get("XDG_RUNTIME_DIR", ""))
    folder = runtime if runtime.is_absolute() and runtime.is_dir() else settings.parent
    path = str(folder / f"vivavoce-{digest}.socket")
    return path if len(os.fsencode(path)) <= _LONGEST_ADDRESS else None


def written(wish: Wish) -> bytes:
    """Return ``wish`` as a message."""
    return json.dumps({"bundle": wish.bundle}).encode("ascii") + b"\n"


def read(line: bytes) -> Wish | None:
    """Return what a message asks for; None for one of any other form than ``written`` makes.

    A bundle is an absolute path of letters that can be shown, with the ending of bundles.
    """
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or set(told) != {"bundle"}:
        return None
    bundle = told["bundle"]
    if bundle is None:
        return Wish()
    good = isinstance(bundle, str) and bundle.isprintable() and bundle.endswith(BUNDLE)
    return Wish(bundle) if good and Path(bundle).is_absolute() else None


def hand_over(place: str, wish: Wish) -> bool:
    """Ask the window that is open; return whether it said that it does as it is asked.

    False as well where none is open. Blocks for ``ANSWER_S`` at most, or a little more.
    """
    with socket.socket(socket.AF_UNIX) as end:
        end.settimeout(REACH_S)
        try:
            end.connect(place)
            end.settimeout(ANSWER_S)
            end.sendall(written(wish))
            answer = end.recv(len(DONE), socket.MSG_WAITALL)
        except OSError:  # nobody is there, or nobody answers
            return False
    return answer == DONE

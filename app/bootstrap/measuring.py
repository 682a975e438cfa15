"""The measuring engine as a process behind the window's pipe."""

import socket
import sys
from collections.abc import Sequence
from functools import partial

from app.audio.supervisor import AudioChild
from app.bootstrap.desks import make_desks
from app.bootstrap.engine import make_parts, open_output
from app.bootstrap.jobs import Jobs
from app.bootstrap.known import PROGRAM, catalogue
from app.bootstrap.loop import run_precisely
from app.bootstrap.mending import mend_sessions
from app.core.clock import MonotonicClock
from app.core.errors import ConfigError, StoreError
from app.session.playback import SpanPlayer
from app.session.service import EngineService


def run_engine(arguments: Sequence[str]) -> int:
    """Mend the sessions of ``--out`` or of the user, then serve the window.

    ``arguments`` end with the file number of the pipe at whose other end it is.

    Raises:
        ConfigError: If that is no pipe.
    """
    try:
        folder, number = _told(arguments)
        pipe = socket.socket(fileno=number)
    except (ValueError, OverflowError, OSError):
        raise ConfigError(
            "The engine needs the window at the other end of its pipe.",
            hint="Run `vivavoce`, which starts both.",
        ) from None
    try:
        mend_sessions(folder)
    except StoreError as error:  # the session that is then begun there tells its own story
        sys.stderr.write(f"{error.sentence}\n")
    clock = MonotonicClock()
    known = catalogue()
    parts = make_parts(clock, known)
    # a child of its own: one child has one loudspeaker, and the session has it
    make_output = partial(open_output, clock, AudioChild(clock, PROGRAM))
    play = SpanPlayer(clock, parts.reader, make_output, parts.aside)
    service = EngineService(pipe, parts, clock, Jobs(parts, known), play, desks=make_desks(parts))
    run_precisely(service.run())
    return 0


def _told(arguments: Sequence[str]) -> tuple[str | None, int]:
    """Return the sessions folder, if one is named, and the pipe's file number.

    Raises:
        ValueError: If it is not said in these words.
    """
    match list(arguments):
        case [number]:
            return None, int(number)
        case ["--out", folder, number]:
            return folder, int(number)
        case _:
            raise ValueError(arguments)

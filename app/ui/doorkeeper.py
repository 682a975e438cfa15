"""Listens for other starts of the program while the window is open: see ``handover``."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from app.ui.handover import DONE, LONGEST, Wish, read

LOG = logging.getLogger("app.ui")

PATIENCE_MS: Final = 2_000
"""A caller who has said nothing whole by then is sent away."""

MOST: Final = 8
"""So many callers are listened to at once; more are sent away."""

FOLDER_MODE: Final = 0o700

Asked: TypeAlias = Callable[[Wish], None]


class Doorkeeper(QObject):
    """Calls ``asked`` with what other starts ask for. All calls on the GUI thread.

    Nobody but the user can reach the socket. A message of another form is refused, and told in
    the log; its sender learns nothing.

    Attributes:
        listening: False where no socket could be made: a second start then opens a window.
    """

    def __init__(self, place: str, asked: Asked, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asked = asked
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(MOST)
        self._server.newConnection.connect(self._greet)
        self._callers: set[_Caller] = set()
        self._mine: tuple[int, int] | None = None
        problem = self._listen(place)
        self.listening = not problem
        if problem:
            LOG.warning("! no socket for other starts: %s", problem)

    def _listen(self, place: str) -> str:
        """Listen, in place of whoever did not answer this start; return what prevents it, or ""."""
        try:
            Path(place).parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as exc:
            return str(exc.strerror)
        QLocalServer.removeServer(place)
        if not self._server.listen(place):
            return self._server.errorString()
        self._mine = _mark(Path(place))
        return ""

    @property
    def callers(self) -> int:
        """How many are listened to now."""
        return len(self._callers)

    def close(self) -> None:
        """Listen no more, and hang up on who has no answer yet. Safe to call twice."""
        if self.listening:
            self._leave(Path(self._server.fullServerName()))
        self.listening = False
        for caller in tuple(self._callers):
            caller.end()

    def _leave(self, place: Path) -> None:
        """Give up the socket, but not that of another window which took this one for hung.

        Qt removes what lies there, whosever it is.
        """
        aside = place.with_name(f"{place.name}.{os.getpid()}")
        others = _mark(place) not in {None, self._mine}
        with suppress(OSError):
            if others:
                place.rename(aside)
        self._server.close()
        with suppress(OSError):
            if others:
                aside.rename(place)

    def _greet(self) -> None:
        while self._server.hasPendingConnections():
            caller = _Caller(self._server.nextPendingConnection(), self)
            self._callers.add(caller)
            if self.callers > MOST:
                caller.end()
            else:
                caller.listen()

    def follow(self, caller: "_Caller", line: bytes) -> None:
        """Do what a line asks for, or refuse it."""
        wish = read(line)
        if wish is None:
            LOG.warning("! a message of another form was refused at the window's socket")
            caller.end()
            return
        if caller.gone:  # while the window hung: it has done by itself what it was asked for
            caller.end()
            return
        caller.end(DONE)
        self._asked(wish)

    def forget(self, caller: "_Caller") -> None:
        """A caller has gone."""
        self._callers.discard(caller)


def _mark(place: Path) -> tuple[int, int] | None:
    """Return what tells a socket from one that is made in its place; None where there is none."""
    try:
        found = place.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


class _Caller(QObject):
    """One who calls: heard until the end of a line, for a moment."""

    def __init__(self, link: QLocalSocket, keeper: Doorkeeper) -> None:
        super().__init__(keeper)
        self._keeper = keeper
        self._heard = b""
        self._ended = False
        self._socket = link
        link.setParent(self)
        link.setReadBufferSize(LONGEST)
        link.disconnected.connect(self.end)

    def listen(self) -> None:
        """Hear what is said from now on."""
        self._socket.readyRead.connect(self._read)
        QTimer.singleShot(PATIENCE_MS, self, self.end)
        self._read()

    def _read(self) -> None:
        if self._ended:
            return
        self._heard += self._socket.readAll().data()
        line, ended, _more = self._heard.partition(b"\n")
        if ended or len(line) > LONGEST:
            self._socket.readyRead.disconnect(self._read)
            self._keeper.follow(self, line if ended else b"")

    @property
    def gone(self) -> bool:
        """Whether it has hung up, which Qt tells only when all that it said has been read."""
        try:
            with socket.socket(fileno=os.dup(int(self._socket.socketDescriptor()))) as end:
                return not end.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def end(self, answer: bytes = b"") -> None:
        """Say ``answer`` and hang up. Safe to call twice."""
        if self._ended:
            return
        self._ended = True
        self._socket.disconnected.disconnect(self.end)  # also told by a socket that is destroyed
        self._keeper.forget(self)
        if answer:
            self._socket.write(answer)
            self._socket.flush()
        self._socket.disconnectFromServer()
        self.setParent(None)  # else a keeper that goes first would have it deleted twice
        self.deleteLater()

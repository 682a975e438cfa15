"""The engine process, seen from the window: start it, talk to it, notice when it is gone."""

import contextlib
import os
import select
import socket
import subprocess
import threading
from collections.abc import Iterable, Sequence

from app.core.clock import Clock
from app.core.errors import EngineError
from app.session.link import VERSION, Decoder, Heartbeat, Hello, LinkMessage, Unreadable, encode
from app.session.messages import EngineReport, EngineRequest
from app.session.problems import unreadable_problem

START_LIMIT_S = 60.0
"""Until an engine's first word: a busy machine takes many seconds to load it."""
HEARTBEAT_LIMIT_S = 5.0
LOOK_S = 1.0
"""Between two looks of the watchdog."""
SEND_LIMIT_S = 1.0
END_LIMIT_S = 8.0
LEFT_LIMIT_S = 0.3
"""For the exit of an engine that has closed its end of the pipe, the last thing it does."""

_READ = 262_144
_GONE = "The measuring engine stopped."
_HINT = "Its recording is complete up to the last second; press Retry to start it again."


class EngineProcess:
    """Owns the engine's process and the window's end of its pipe.

    All methods are called on one thread (the window's); a watchdog thread of its own ends an
    engine whose heartbeat has failed for HEARTBEAT_LIMIT_S, after which ``receive`` says so; one
    that has said nothing yet has START_LIMIT_S.

    Args:
        command: How to start the engine; the number of the pipe's file is appended.
        clock: For the watchdog.
        drop: Environment variables that the engine and its children do not get: the window reads
            the keys and sends each where it is used.

    Raises:
        EngineError: If the process cannot be started.
    """

    def __init__(self, command: Sequence[str], clock: Clock, *, drop: Iterable[str] = ()) -> None:
        self._command = tuple(command)
        self._drop_variables = frozenset(drop)
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: socket.socket | None = None
        self._left = False
        self._decoder = Decoder()
        self._beat_ns = clock.now_ns()
        self._limit_s = START_LIMIT_S
        self._quit = threading.Event()
        self._watchdog: threading.Thread | None = None
        self._start()

    @property
    def pid(self) -> int | None:
        """The engine's process id, or None while there is none."""
        return self._process.pid if self._process else None

    def fileno(self) -> int:
        """Return the pipe's file number: readable when reports wait, or the engine is gone."""
        return -1 if self._pipe is None else self._pipe.fileno()

    def receive(self) -> list[EngineReport]:
        """Return the reports that wait; never blocks.

        Raises:
            EngineError: If the engine is gone or speaks another version.
        """
        if self._pipe is None:
            raise EngineError(_GONE, hint=_HINT)
        messages: list[LinkMessage] = []
        try:
            while True:
                data = self._pipe.recv(_READ)
                if not data:
                    raise self._lost()
                messages += self._decoder.feed(data)
        except BlockingIOError:
            pass
        except OSError as exc:
            raise self._lost() from exc
        return [report for each in messages if (report := self._report(each)) is not None]

    def send(self, request: EngineRequest) -> None:
        """Send one request.

        Raises:
            EngineError: If the engine is gone or does not read.
            LocalProtocolError: If it is longer than the pipe takes; nothing was sent.
        """
        if self._pipe is None:
            raise EngineError(_GONE, hint=_HINT)
        try:
            _send_all(self._pipe, encode([request]))
        except TimeoutError as exc:  # it is there and may still close its recording
            self._drop()
            raise EngineError(_GONE, hint=_HINT) from exc
        except OSError as exc:
            raise self._lost() from exc

    def restart(self) -> None:
        """End what is left of the engine and start another.

        Raises:
            EngineError: If it cannot be started.
        """
        self.close()
        self._start()

    def close(self) -> None:
        """End the engine: it closes its recording first, for END_LIMIT_S at most.

        One that has closed its end of the pipe has done so. Safe to call twice.
        """
        self._quit.set()
        self._drop()
        if self._process is not None:
            try:
                self._process.wait(LEFT_LIMIT_S if self._left else END_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._watchdog is not None:
            self._watchdog.join()
            self._watchdog = None

    def _start(self) -> None:
        try:
            ours, self._process = self._spawn()
        except OSError as exc:
            raise EngineError(
                f"The measuring engine could not be started: {exc.strerror}.",
                hint="Run `vivavoce doctor`.",
            ) from exc
        ours.setblocking(False)
        self._pipe = ours
        self._left = False
        self._decoder = Decoder()
        self._beat_ns = self._clock.now_ns()
        self._limit_s = START_LIMIT_S
        self._quit = threading.Event()
        self._watchdog = threading.Thread(
            target=self._watch, args=(self._process, ours, self._quit), name="engine watchdog"
        )
        self._watchdog.start()

    def _spawn(self) -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
        environment = {k: v for k, v in os.environ.items() if k not in self._drop_variables}
        with contextlib.ExitStack() as undo:
            ours, theirs = socket.socketpair()
            undo.enter_context(ours)
            with theirs:
                process = subprocess.Popen(  # noqa: S603 - our own program
                    [*self._command, str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl+C is for the window, which closes the pipe
                    env=environment,
                )
            undo.pop_all()
        return ours, process

    def _watch(
        self,
        process: "subprocess.Popen[bytes]",
        pipe: socket.socket,
        quit_: threading.Event,
    ) -> None:
        """Run on the watchdog's thread: end an engine that no longer beats."""
        while not quit_.wait(LOOK_S):
            if process.poll() is not None:
                return
            if self._silent(pipe):
                with contextlib.suppress(OSError):
                    process.kill()
                process.wait()  # the window may not close it for a long time
                return

    def _silent(self, pipe: socket.socket) -> bool:
        """Whether the engine has said nothing for too long, not just the window read nothing."""
        if (self._clock.now_ns() - self._beat_ns) / 1e9 <= self._limit_s:
            return False
        try:
            return not select.select([pipe], [], [], 0)[0]
        except (OSError, ValueError):
            return False  # the window has just closed it

    def _report(self, message: LinkMessage) -> EngineReport | None:
        self._beat_ns = self._clock.now_ns()
        self._limit_s = HEARTBEAT_LIMIT_S
        match message:
            case Hello(version=version) if version != VERSION:
                self._drop()
                raise EngineError(
                    f"The engine speaks version {version} of the pipe, the window {VERSION}.",
                    hint="Install the program anew.",
                )
            case Hello() | Heartbeat():
                return None
            case Unreadable(kind=kind, reason=reason):
                return unreadable_problem(kind, reason)
            case _:
                return message  # type: ignore[return-value]  # the engine sends reports only

    def _lost(self) -> EngineError:
        """Note that the engine has closed its end of the pipe; return what to raise."""
        self._drop()
        self._left = True
        return EngineError(_GONE, hint=_HINT)

    def _drop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _send_all(pipe: socket.socket, data: bytes) -> None:
    """Send on a socket that never blocks.

    Raises:
        OSError: If the peer is gone or takes nothing for SEND_LIMIT_S.
    """
    while data:
        if not select.select([], [pipe], [], SEND_LIMIT_S)[1]:
            raise TimeoutError
        data = data[pipe.send(data) :]

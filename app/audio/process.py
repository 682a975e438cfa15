"""One life of an audio child: its process, its socket, its memory and the tail of what it said."""

import contextlib
import json
import os
import select
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.audio.shared import create_memory, map_memory

END_WAIT_S: Final = 0.5
KEPT_STDERR: Final = 4_096

_DRAIN_BYTES = 65_536
_MAX_CONTROL_BYTES = 65_536


class ChildProcess:
    """A running audio child. All calls on one thread; only ``wait_answer`` and ``end`` wait.

    Attributes:
        memory: Shared with it, both directions' parts.

    Args:
        command: Starts it, without the descriptors it inherits.
    """

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        descriptor = create_memory()
        try:
            self.memory = map_memory(descriptor)
            self._popen = subprocess.Popen(  # noqa: S603 - our own program
                [*command, "--control", str(theirs.fileno()), "--memory", str(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(), descriptor),
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(descriptor)
        assert self._popen.stderr is not None
        os.set_blocking(self._popen.stderr.fileno(), False)
        ours.setblocking(False)
        self._control = ours
        self._stderr = b""
        self._buffered = b""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._popen.poll() is None

    def request(self, message: Mapping[str, Any]) -> None:
        """Send it a message; a dead child is noticed by ``alive``."""
        with contextlib.suppress(ConnectionError):
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Return the messages that are here, and drain what the child wrote to its stderr."""
        self._drain()
        try:
            received = self._control.recv(_MAX_CONTROL_BYTES)
        except (BlockingIOError, ConnectionError):
            return ()
        *lines, self._buffered = (self._buffered + received).split(b"\n")
        return [json.loads(line) for line in lines]

    def wait_answer(self, timeout_s: float) -> None:
        """Wait until there is something to read; a dead child counts."""
        assert self._popen.stderr is not None
        watched = [self._control.fileno(), self._popen.stderr.fileno()]
        select.select(watched, [], [], timeout_s)

    @property
    def last_words(self) -> str:
        """The last line of its stderr."""
        lines = self._stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it at once, by its id. Does not wait."""
        self._control.close()
        self._popen.kill()

    def reaped(self) -> bool:
        """Whether a killed process is gone; closes the last of it."""
        if self.alive:
            return False
        self._close_stderr()
        return True

    def end(self) -> None:
        """Let it stop its stream and end, or kill it. Waits, half a second at most."""
        self._control.close()
        try:
            self._popen.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._close_stderr()

    def _drain(self) -> None:
        """Keep the tail of its stderr: a child may write gigabytes there."""
        assert self._popen.stderr is not None
        with contextlib.suppress(BlockingIOError, ValueError):
            written = os.read(self._popen.stderr.fileno(), _DRAIN_BYTES)
            self._stderr = (self._stderr + written)[-KEPT_STDERR:]

    def _close_stderr(self) -> None:
        if self._popen.stderr is not None:
            self._popen.stderr.close()

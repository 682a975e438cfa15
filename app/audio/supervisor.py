"""The life of the audio child: start it, watch it, kill it, start it again.

``AudioChild`` serves both directions; ``app.audio.host`` makes a microphone and a loudspeaker
of them. Nothing here waits but ``open`` and ``close``; ``supervise`` goes with every poll.
"""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.audio.shared import Direction, Slot, StreamMemory, create_memory, map_memory
from app.core.clock import Clock
from app.core.errors import DeviceError

PROGRAM: Final = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""
OPEN_DEADLINE_S: Final = 8.0
STALE_NS: Final = 500_000_000
"""Without a callback for this long a stream is lost."""
WAKING_NS: Final = 3_000_000_000
"""After opening: a sleeping sound server takes up to two seconds, and pauses meanwhile."""
GONE_NS: Final = 15_000_000_000
"""A stream that stays lost for this long is lost for good."""
LOOK_NS: Final = 20_000_000
RETRY_NS: Final = 1_000_000_000
END_WAIT_S: Final = 0.5
KEPT_STDERR: Final = 4_096

_DRAIN_BYTES = 65_536
_MAX_CONTROL_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedStream:
    """What the child says of a stream that runs."""

    device: str
    rate_hz: int
    block_frames: int
    channels: int
    latency_ns: int

    @classmethod
    def parse(cls, message: Mapping[str, Any]) -> "OpenedStream":
        """Return what an ``opened`` message says."""
        return cls(
            device=str(message["device"]),
            rate_hz=int(message["rate_hz"]),
            block_frames=int(message["block_frames"]),
            channels=int(message["channels"]),
            latency_ns=round(message["latency_s"] * 1e9),
        )


class StreamLink:
    """One direction of the child, through all its lives.

    Attributes:
        device: Name to open; once opened, the name that was found.
        opened: What runs now, or None while it is being opened (again).
        memory: This life's memory.
        life: Grows by one with every life that runs.
        refused: Whether this life's answer was a refusal.
        problem: Why it does not run, one sentence, or "".
        lost_ns: When it was lost, or None while it runs.
    """

    def __init__(self, direction: Direction, device: str | None) -> None:
        self.direction = direction
        self.device = device
        self.rate_hz: int | None = None
        self.opened: OpenedStream | None = None
        self.memory: StreamMemory | None = None
        self.life = 0
        self.refused = False
        self.problem = ""
        self.opened_ns = 0
        self.lost_ns: int | None = None

    def is_gone(self, now_ns: int) -> bool:
        """Whether it has been lost for too long."""
        return self.lost_ns is not None and now_ns - self.lost_ns > GONE_NS

    def stale(self, now_ns: int) -> bool:
        """Whether callbacks have stopped, or never came."""
        if self.opened is None or self.memory is None:
            return False
        last_ns = int(self.memory.slots[Slot.LAST_CALLBACK_NS])
        broken = self.memory.slots[Slot.FINISHED] or self.memory.slots[Slot.LOST_ROWS]
        waking = now_ns - self.opened_ns < WAKING_NS
        limit_ns = WAKING_NS if waking or last_ns == 0 else STALE_NS
        return bool(broken) or now_ns - max(last_ns, self.opened_ns) > limit_ns

    def take(self, message: Mapping[str, Any], now_ns: int) -> None:
        """Take the child's answer in."""
        if message["event"] == "failed":
            self.problem = str(message["message"])
            self.refused = True
            return
        self.opened = OpenedStream.parse(message)
        self.opened_ns = now_ns
        self.lost_ns = None
        self.rate_hz = self.opened.rate_hz
        self.device = self.device and self.opened.device
        self.problem = ""
        self.life += 1


class _Process:
    """One life of the child: process, socket, memory, and the tail of what it said."""

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
        self.control = ours
        self._stderr = deque[int](maxlen=KEPT_STDERR)
        self._buffered = b""

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def request(self, message: Mapping[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):  # a dead child is noticed by ``alive``
            self.control.sendall(json.dumps(message).encode() + b"\n")

    def answers(self) -> Sequence[Mapping[str, Any]]:
        """Return the messages that are here, and drain what the child wrote to its stderr."""
        self._drain()
        try:
            received = self.control.recv(_MAX_CONTROL_BYTES)
        except (BlockingIOError, ConnectionError):
            return ()
        *lines, self._buffered = (self._buffered + received).split(b"\n")
        return [json.loads(line) for line in lines]

    def wait_answer(self, timeout_s: float) -> None:
        """Wait until there is something to read; a dead child counts."""
        assert self._popen.stderr is not None
        watched = [self.control.fileno(), self._popen.stderr.fileno()]
        select.select(watched, [], [], timeout_s)

    @property
    def last_words(self) -> str:
        """The last line of its stderr."""
        lines = bytes(self._stderr).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def kill(self) -> None:
        """End it at once, by its id. Does not wait."""
        self.control.close()
        self._popen.kill()

    def reaped(self) -> bool:
        """Whether a killed process is gone; closes the last of it."""
        if self.alive:
            return False
        self._close_stderr()
        return True

    def end(self) -> None:
        """Let it stop its streams and end, or kill it."""
        self.control.close()
        try:
            self._popen.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._close_stderr()

    def _drain(self) -> None:
        assert self._popen.stderr is not None
        with contextlib.suppress(BlockingIOError, ValueError):
            self._stderr.extend(os.read(self._popen.stderr.fileno(), _DRAIN_BYTES))

    def _close_stderr(self) -> None:
        if self._popen.stderr is not None:
            self._popen.stderr.close()


class AudioChild:
    """Both directions' streams in one child process, kept alive.

    All calls on one thread. The child starts with the first ``open`` and ends with the last
    ``close``. A stream without callbacks for half a second loses the child its life; both
    streams are then opened anew at the rate they had, and again every second until they run.

    Args:
        clock: The session's; its instants must be the system's monotonic ones.
        program: The words before ``audio-child``: an interpreter and this program.
        open_deadline_s: How long the sound system may take to open a device.
    """

    def __init__(
        self,
        clock: Clock,
        program: Sequence[str] = PROGRAM,
        *,
        open_deadline_s: float = OPEN_DEADLINE_S,
    ) -> None:
        self._restarts = 0
        self._clock = clock
        self._command = (*program, "audio-child")
        self._open_deadline_ns = round(open_deadline_s * 1e9)
        self._links: dict[Direction, StreamLink] = {}
        self._process: _Process | None = None
        self._dying: list[_Process] = []
        self._retry_ns: int | None = None
        self._lost = False
        self._looked_ns = 0

    @property
    def restarts(self) -> int:
        """Lives that were lost."""
        return self._restarts

    @property
    def pid(self) -> int | None:
        """The child's process id, or None where there is none."""
        return None if self._process is None else self._process.pid

    def open(self, direction: Direction, device: str | None) -> StreamLink:
        """Open a device by name, None being the default. Waits for it.

        Raises:
            DeviceError: If it cannot be opened.
        """
        link = self._links[direction] = StreamLink(direction, device)
        if self._process is None:
            self._process = _Process(self._command)
        self._ask(self._process, link)
        deadline_ns = self._clock.now_ns() + self._open_deadline_ns
        while link.opened is None and not link.problem:
            left_s = (deadline_ns - self._clock.now_ns()) / 1e9
            if left_s <= 0:
                link.problem = "the sound system does not answer"
            elif not self._process.alive:
                words = self._process.last_words
                link.problem = f"the audio process ended: {words}".removesuffix(": ")
            else:
                self._process.wait_answer(min(left_s, 0.1))
                self._take_answers(self._process)
        if link.opened is None:
            problem = link.problem
            self.close(link)
            raise DeviceError(problem, hint=_hint(problem))
        return link

    def supervise(self) -> None:
        """Take the child's messages in; replace it if it or a stream of it is lost.

        Called with every poll of either device; looks at most every 20 ms.

        Raises:
            DeviceError: If a stream has been lost for 15 s; told once, so that closing works.
        """
        now_ns = self._clock.now_ns()
        if now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        self._give_up_what_is_gone(now_ns)
        self._dying = [process for process in self._dying if not process.reaped()]
        if self._process is not None:
            self._take_answers(self._process)
            if self._is_lost(now_ns):
                self._lose(now_ns)
        elif self._links and self._retry_ns is not None and now_ns >= self._retry_ns:
            self._respawn(now_ns)

    def close(self, link: StreamLink) -> None:
        """Give a stream up; the last one ends the child. Safe to call twice."""
        if self._links.get(link.direction) is not link:
            return
        del self._links[link.direction]
        if self._links:
            return
        self._retry_ns = None
        self._lost = False
        if self._process is not None:
            self._process.end()
            self._process = None
        for process in self._dying:
            process.end()
        self._dying = []

    def _give_up_what_is_gone(self, now_ns: int) -> None:
        gone = next((link for link in self._links.values() if link.is_gone(now_ns)), None)
        if gone is None:
            return
        for link in self._links.values():
            link.lost_ns = None
        raise DeviceError(
            f"the sound device did not come back: {gone.problem}", hint=_hint(gone.problem)
        )

    def _ask(self, process: _Process, link: StreamLink) -> None:
        link.memory = process.memory[link.direction]
        process.request(
            {"direction": link.direction, "device": link.device, "rate_hz": link.rate_hz}
        )

    def _take_answers(self, process: _Process) -> None:
        for message in process.answers():
            link = self._links.get(Direction(message["direction"]))
            if link is not None:
                link.take(message, self._clock.now_ns())
        if all(link.opened is not None for link in self._links.values()):
            self._lost = False

    def _is_lost(self, now_ns: int) -> bool:
        assert self._process is not None
        links = self._links.values()
        overdue = self._retry_ns is not None and now_ns >= self._retry_ns
        unopened = any(link.opened is None for link in links)
        return (
            not self._process.alive
            or any(link.stale(now_ns) for link in links)
            or (unopened and (overdue or any(link.refused for link in links)))
        )

    def _lose(self, now_ns: int) -> None:
        assert self._process is not None
        self._process.kill()
        self._dying.append(self._process)
        self._process = None
        for link in self._links.values():
            link.opened = None
            link.lost_ns = now_ns if link.lost_ns is None else link.lost_ns
            link.problem = link.problem or "the sound device was lost"
        if self._lost:
            self._retry_ns = now_ns + RETRY_NS
            return
        self._lost = True
        self._restarts += 1
        self._respawn(now_ns)

    def _respawn(self, now_ns: int) -> None:
        self._process = _Process(self._command)
        self._retry_ns = now_ns + self._open_deadline_ns
        for link in self._links.values():
            link.refused = False
            self._ask(self._process, link)


def _hint(problem: str) -> str:
    if "PortAudio does not load" in problem:
        return "Install PortAudio, e.g. `apt install libportaudio2`."
    if "there is no" in problem:
        return "Connect one, choose another, or use a file and no loudspeaker."
    return "Choose another device, or close the program that uses it."

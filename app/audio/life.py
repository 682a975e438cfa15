"""One direction's stream, kept alive: opened, watched, opened anew, handed from device to device.

Each stream has a process of its own, so that whatever becomes of one device the other goes on.
Another device is opened beside the present one and takes over once it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.audio.link import WAKING_NS, LinkChange, LinkNotice, OpenedStream, StreamLink
from app.audio.process import ChildProcess
from app.audio.shared import Direction, Slot
from app.core.clock import Clock
from app.core.errors import DeviceError

LOOK_NS: Final = 20_000_000
NAME_LIMIT: Final = 1_000
"""Characters of a device's name; a longer one is none, and is not looked for."""
SETTLE_NS: Final = 300_000_000
"""Another device takes over when its callbacks have come for so long."""
LINGER_NS: Final = 300_000_000
"""What a loudspeaker was handed before it was changed may still sound for so long."""
STAND_IN_NS: Final = 600_000_000
"""A device that is away for longer is stood in for by the default one."""
HURRY_NS: Final = 2_000_000_000
"""For so long after a loss, or after devices came, it is tried again every quarter second."""
FIRST_RETRIES_NS: Final = 250_000_000
FIRST_PAUSE_NS: Final = 1_000_000_000
SLOWEST_RETRY_NS: Final = 5_000_000_000


class _Why(StrEnum):
    """Why a device is being opened."""

    WANTED = "wanted"
    STAND_IN = "stand_in"
    SWITCH = "switch"


@dataclass(slots=True)
class _Attempt:
    """A device that is being opened in a process of its own."""

    process: ChildProcess
    device: str | None
    why: _Why
    begun_ns: int
    opened: OpenedStream | None = None
    opened_ns: int = 0
    refusal: str = ""


class StreamLife:
    """Keeps one stream alive. All calls on one thread; only ``open`` and ``close`` wait.

    A stream without callbacks for half a second loses its process its life. Its device is then
    opened anew at the rate it had; one that stays away is stood in for by the default one.
    It is asked for again and again, every five seconds at last, for as long as it takes.

    Args:
        clock: The session's; its instants must be the system's monotonic ones.
        command: Starts an audio child.
        device: Name, or None for the default.
        open_deadline_ns: How long the sound system may take to open a device.
    """

    def __init__(
        self,
        clock: Clock,
        command: Sequence[str],
        direction: Direction,
        device: str | None,
        open_deadline_ns: int,
    ) -> None:
        self.link = StreamLink(direction, device)
        self._clock = clock
        self._command = command
        self._open_deadline_ns = open_deadline_ns
        self._process: ChildProcess | None = None
        self._coming: _Attempt | None = None
        self._leaving: list[tuple[int, ChildProcess]] = []
        self._retry_ns: int | None = None
        self._pause_ns = FIRST_PAUSE_NS
        self._hurried_until_ns = 0
        self._stood_in_last = False
        self._looked_ns = 0

    def open(self) -> None:
        """Open the device. Waits for it.

        Raises:
            DeviceError: If it cannot be opened; nothing is left behind.
        """
        attempt = self._begin(self.link.chosen, _Why.WANTED)
        while attempt.opened is None and not attempt.refusal:
            attempt.process.wait_answer(0.1)
            self._examine(attempt, self._clock.now_ns())
        if attempt.opened is None:
            self.close()
            raise DeviceError(attempt.refusal, hint=hint_for(attempt.refusal))
        self._adopt(attempt, self._clock.now_ns())

    def supervise(self) -> None:
        """Take in what the processes say, and act on it; looks at most every 20 ms."""
        now_ns = self._clock.now_ns()
        if now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        self._reap(now_ns)
        if self._process is not None:
            self._process.answers()
            if not self._process.alive or self.link.stale(now_ns):
                self._lose(now_ns)
        if self._coming is not None:
            self._look_at(self._coming, now_ns)
        elif self._process is None and self._retry_ns is not None and now_ns >= self._retry_ns:
            self._try_again(now_ns)

    def switch(self, device: str | None) -> None:
        """Open another device beside the present one, which it replaces once it runs.

        One that does not open is told by a notice, and changes nothing.
        """
        self._give_up_coming()
        self._begin(device, _Why.SWITCH)

    def look_again(self) -> None:
        """Try at once what would be tried again later: devices have come."""
        if self.link.lost_ns is not None:
            self._hurry(self._clock.now_ns())

    def close(self) -> None:
        """End the processes; waits half a second at most. Safe to call twice."""
        self._retry_ns = None
        self._give_up_coming()
        for _, process in self._leaving:
            process.kill()
        if self._process is not None:
            self._process.end()
            self._process = None
        for _, process in self._leaving:
            process.end()
        self._leaving = []

    # --- a device that is being opened -----------------------------------------------------------

    def _begin(self, device: str | None, why: _Why) -> _Attempt:
        link = self.link
        process = ChildProcess(self._command)
        self._coming = _Attempt(process, device, why, self._clock.now_ns())
        if device is not None and len(device) > NAME_LIMIT:
            self._coming.refusal = f"a name has at most {NAME_LIMIT} characters"
        else:
            message = {"direction": link.direction, "device": device, "rate_hz": link.rate_hz}
            process.request(message)
        return self._coming

    def _examine(self, attempt: _Attempt, now_ns: int) -> None:
        """Find out whether it has opened or was refused."""
        for message in attempt.process.answers():
            if message["event"] == "failed":
                attempt.refusal = str(message["message"])
            else:
                attempt.opened, attempt.opened_ns = OpenedStream.parse(message), now_ns
        if attempt.opened is not None or attempt.refusal:
            return
        if not attempt.process.alive:
            words = attempt.process.last_words
            attempt.refusal = f"the audio process ended: {words}".removesuffix(": ")
        elif now_ns - attempt.begun_ns > self._open_deadline_ns:
            attempt.refusal = "the sound system does not answer"

    def _look_at(self, attempt: _Attempt, now_ns: int) -> None:
        self._examine(attempt, now_ns)
        if attempt.opened is None and not attempt.refusal:
            return
        if attempt.refusal or not attempt.process.alive:
            self._refuse(attempt, now_ns)
        elif self._process is None or self._has_settled(attempt):
            self._adopt(attempt, now_ns)
        elif now_ns - attempt.opened_ns > WAKING_NS:
            attempt.refusal = "it opens and stays silent"
            self._refuse(attempt, now_ns)

    def _has_settled(self, attempt: _Attempt) -> bool:
        slots = attempt.process.memory[self.link.direction].slots
        return int(slots[Slot.LAST_CALLBACK_NS]) - attempt.opened_ns > SETTLE_NS

    def _refuse(self, attempt: _Attempt, now_ns: int) -> None:
        self._give_up_coming()
        refusal = attempt.refusal or "the audio process ended"
        if attempt.why is _Why.SWITCH:
            name = attempt.device or "default"
            self.link.notices.append(LinkNotice(LinkChange.REFUSED, now_ns, name, refusal))
        else:
            self.link.problem = refusal
        if self._process is None:
            self._retry_ns = now_ns + self._pause(now_ns)

    def _pause(self, now_ns: int) -> int:
        """Return how long to wait before the next try: longer each time, after a while."""
        if now_ns < self._hurried_until_ns:
            return FIRST_RETRIES_NS
        pause_ns, self._pause_ns = self._pause_ns, min(2 * self._pause_ns, SLOWEST_RETRY_NS)
        return pause_ns

    def _adopt(self, attempt: _Attempt, now_ns: int) -> None:
        """Let the device that has opened be the one that runs."""
        assert attempt.opened is not None
        link = self.link
        if self._process is not None:
            self._leaving.append((now_ns + LINGER_NS, self._process))
        switched = attempt.why is _Why.SWITCH
        if switched or (attempt.why is _Why.WANTED and attempt.device is not None):
            link.chosen = attempt.device and attempt.opened.device
        self._process, self._coming = attempt.process, None
        link.memory = attempt.process.memory[link.direction]
        link.process_id = attempt.process.pid
        link.opened, link.opened_ns = attempt.opened, attempt.opened_ns
        link.rate_hz = link.rate_hz or attempt.opened.rate_hz
        link.standing_in = attempt.why is _Why.STAND_IN
        link.life += 1
        if link.life > 1:
            change = LinkChange.SWITCHED if switched else LinkChange.RUNS
            link.notices.append(LinkNotice(change, now_ns, link.name))
        link.problem, link.lost_ns = "", None
        self._retry_ns, self._stood_in_last = None, False

    # --- a device that is lost -------------------------------------------------------------------

    def _lose(self, now_ns: int) -> None:
        assert self._process is not None
        link = self.link
        reason = "the sound device was lost"
        until_ns = link.worked_until_ns(now_ns)
        link.notices.append(LinkNotice(LinkChange.LOST, until_ns, link.name, reason))
        self._process.kill()
        self._leaving.append((now_ns, self._process))
        self._process = None
        link.opened, link.process_id, link.standing_in = None, None, False
        link.lost_ns, link.problem = now_ns, reason
        link.restarts += 1
        self._hurry(now_ns)

    def _hurry(self, now_ns: int) -> None:
        """Try at once, and again soon for a while."""
        self._retry_ns = now_ns
        self._pause_ns = FIRST_PAUSE_NS
        self._hurried_until_ns = now_ns + HURRY_NS

    def _try_again(self, now_ns: int) -> None:
        """Ask for the device again, and in turns with the default one once it stays away."""
        link = self.link
        away_ns = now_ns - (now_ns if link.lost_ns is None else link.lost_ns)
        stand_in = link.chosen is not None and away_ns >= STAND_IN_NS and not self._stood_in_last
        self._stood_in_last = stand_in
        self._retry_ns = None
        self._begin(None if stand_in else link.chosen, _Why.STAND_IN if stand_in else _Why.WANTED)

    # --- processes that end ----------------------------------------------------------------------

    def _give_up_coming(self) -> None:
        if self._coming is not None:
            self._coming.process.kill()
            self._leaving.append((0, self._coming.process))
            self._coming = None

    def _reap(self, now_ns: int) -> None:
        for end_ns, process in self._leaving:
            if process.alive and now_ns >= end_ns:
                process.kill()
        self._leaving = [each for each in self._leaving if not each[1].reaped()]


def hint_for(problem: str) -> str:
    """Return what to do about a device that does not open."""
    if "PortAudio does not load" in problem:
        return "Install PortAudio, e.g. `apt install libportaudio2`."
    if "there is no" in problem:
        return "Connect one, choose another, or use a file and no loudspeaker."
    return "Choose another device, or close the program that uses it."

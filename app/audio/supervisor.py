"""The audio children of one owner: a process for each direction, started and ended as needed.

``app.audio.host`` makes a microphone and a loudspeaker of them.
"""

import sys
from collections.abc import Sequence
from typing import Final

from app.audio.life import StreamLife
from app.audio.link import StreamLink
from app.audio.shared import Direction
from app.core.clock import Clock, Nanoseconds

PROGRAM: Final = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""
OPEN_DEADLINE_S: Final = 8.0


class AudioChild:
    """The streams of one owner, one a direction, each in a child process of its own.

    All calls on one thread. A child starts with ``open`` and ends with ``close``; between them
    ``app.audio.life`` keeps it alive.

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
        self._clock = clock
        self._command = (*program, "audio-child")
        self._open_deadline_ns = round(open_deadline_s * 1e9)
        self._lives: dict[Direction, StreamLife] = {}

    def now_ns(self) -> Nanoseconds:
        """Return the session clock's present."""
        return self._clock.now_ns()

    @property
    def process_ids(self) -> Sequence[int]:
        """The processes that hold a stream now."""
        ids = (life.link.process_id for life in self._lives.values())
        return tuple(each for each in ids if each is not None)

    def open(self, direction: Direction, device: str | None) -> StreamLink:
        """Open a device by name, None being the default. Waits for it.

        Raises:
            DeviceError: If it cannot be opened.
        """
        former = self._lives.pop(direction, None)
        if former is not None:
            former.close()
        life = StreamLife(self._clock, self._command, direction, device, self._open_deadline_ns)
        life.open()
        self._lives[direction] = life
        return life.link

    def supervise(self, link: StreamLink) -> None:
        """Look after a stream; called with every poll of its device."""
        life = self._life(link)
        if life is not None:
            life.supervise()

    def switch(self, link: StreamLink, device: str | None) -> None:
        """Go over to another device, None being the default, once it runs. Does not wait."""
        life = self._life(link)
        if life is not None:
            life.switch(device)

    def look_again(self, link: StreamLink) -> None:
        """Look for a lost device at once."""
        life = self._life(link)
        if life is not None:
            life.look_again()

    def close(self, link: StreamLink) -> None:
        """Give a stream up; that ends its process. Safe to call twice."""
        life = self._life(link)
        if life is not None:
            del self._lives[link.direction]
            life.close()

    def _life(self, link: StreamLink) -> StreamLife | None:
        life = self._lives.get(link.direction)
        return life if life is not None and life.link is link else None

"""What the microphone heard just before it may be sent."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds

FRAMES: Final = 15
"""300 ms in frames of 20 ms: what was said just before the talk key went down is not lost."""

MOST_FRAMES: Final = 1500
"""30 s: a key that is held while the connection opens, or that the socket keeps waiting."""


@dataclass(frozen=True, slots=True)
class HeardFrame:
    """A frame as the model may hear it; ``recorded`` where it was sent before."""

    at_ns: Nanoseconds
    samples: Samples
    recorded: bool


class Preroll:
    """The last 300 ms, or all since the talk key went down. One owner.

    Attributes:
        holding: Nothing is forgotten, up to MOST_FRAMES: the key is down.
        forgotten: Frames that were lost while it was.
    """

    def __init__(self) -> None:
        self._frames: deque[HeardFrame] = deque()
        self.holding = False
        self.forgotten = 0

    def add(self, frame: HeardFrame) -> None:
        """Take the newest frame in; the oldest goes where there are too many."""
        self._frames.append(frame)
        limit = MOST_FRAMES if self.holding else FRAMES
        while len(self._frames) > limit:
            self._frames.popleft()
            self.forgotten += self.holding

    def next(self) -> HeardFrame | None:
        """Return the oldest frame and forget it; None if there is none."""
        return self._frames.popleft() if self._frames else None

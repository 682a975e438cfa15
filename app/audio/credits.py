"""Which replies the last frames were credited to: a device that dies did not sound them all."""

from collections import deque
from typing import Final

from app.audio.reply import ReplyAudio

KEPT_FRAMES: Final = 96_000
"""More than any device holds."""

Span = tuple[ReplyAudio | None, int]
"""Frames at the device's rate, and the reply they belong to, or None where it was dropped."""


class Credits:
    """The last frames that a loudspeaker took, in their order. One owner."""

    def __init__(self) -> None:
        self._spans: deque[Span] = deque()
        self._frames = 0

    def add(self, reply: ReplyAudio | None, frames: int) -> None:
        """Note what was taken."""
        self._spans.append((reply, frames))
        self._frames += frames
        while self._frames > KEPT_FRAMES:
            self._frames -= self._spans.popleft()[1]

    def take_back(self, frames: int) -> list[Span]:
        """Take the last frames back from their replies; return them, the last first."""
        taken: list[Span] = []
        while frames and self._spans:
            reply, count = self._spans.pop()
            back = min(count, frames)
            if count > back:
                self._spans.append((reply, count - back))
            if reply is not None:
                reply.unsound(back)
            taken.append((reply, back))
            frames -= back
            self._frames -= back
        return taken

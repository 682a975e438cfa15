"""What the loudspeaker sounded, on its way to the recording."""

from collections import deque
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, PlayedBlock
from app.core.clock import Nanoseconds
from app.core.ports import Recording

MOST: Final = 500
"""Blocks that wait: five seconds of them, more than any device holds."""

_SECOND_NS = 1_000_000_000


class HeardAudio:
    """Holds what was handed to the loudspeaker until it has sounded, then records it.

    A device that is lost never sounds what it was handed last: that is not recorded.
    All calls on the engine's loop.

    Args:
        recording: Gets what was heard.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._held: deque[PlayedBlock] = deque()

    def put(self, block: PlayedBlock) -> None:
        """Take a block, at 24 kHz; one without frames tells that a device was lost."""
        if block.unheard_frames:
            self._forget(block.played_ns)
            return
        self._held.append(block)
        while len(self._held) > MOST:
            self._record(self._held.popleft())

    def settle(self, until_ns: Nanoseconds) -> None:
        """Record what has sounded by ``until_ns``, when the device is known to have worked."""
        while self._held and _end_ns(self._held[0]) <= until_ns:
            self._record(self._held.popleft())

    def close(self) -> None:
        """Record the rest: it sounds while the session closes."""
        while self._held:
            self._record(self._held.popleft())

    def _forget(self, since_ns: Nanoseconds) -> None:
        """Forget what was to sound from ``since_ns`` on."""
        kept = [block for block in self._held if block.played_ns < since_ns]
        self._held.clear()
        for block in kept:
            heard = (since_ns - block.played_ns) * SESSION_RATE_HZ // _SECOND_NS
            self._recording.agent_audio(block.played_ns, block.samples[:heard])

    def _record(self, block: PlayedBlock) -> None:
        self._recording.agent_audio(block.played_ns, block.samples)


def _end_ns(block: PlayedBlock) -> int:
    return block.played_ns + len(block.samples) * _SECOND_NS // SESSION_RATE_HZ

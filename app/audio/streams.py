"""What the audio child asks of a sound system: to open a stream."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from app.audio.shared import Direction, StreamMemory


class OpenError(Exception):
    """A stream could not be opened or the devices not listed; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is asked of a device; ``index`` is the sound system's number of it."""

    index: int
    rate_hz: int
    block_frames: int
    channels: int


class OpenStream(Protocol):
    """A stream that is open. Its callbacks come after ``start``, on a thread of its own."""

    @property
    def device(self) -> str:
        """Name of the device that was found."""
        ...

    @property
    def shape(self) -> Shape:
        """What it agreed to."""
        ...

    @property
    def latency_s(self) -> float:
        """What the device claims."""
        ...

    def start(self) -> None:
        """Let callbacks come.

        Raises:
            OpenError: If the device refuses at last.
        """
        ...

    def time_s(self) -> float | None:
        """Return the stream's clock; None where there is none or the stream is dead."""
        ...

    def close(self) -> None:
        """Stop at once; a device that is gone already does not mind."""
        ...


Opener: TypeAlias = Callable[[Direction, str | None, int | None, StreamMemory], OpenStream]
"""Opens a device by name (None: the default) at a rate (None: its own), or raises OpenError."""

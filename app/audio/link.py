"""What an audio child says of its stream, and what becomes of a stream through all its lives."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.audio.shared import Direction, Slot, StreamMemory

STALE_NS: Final = 500_000_000
"""Without a callback for this long a stream is lost."""
WAKING_NS: Final = 3_000_000_000
"""After opening: a sleeping sound server takes up to two seconds, and pauses meanwhile."""

_NOTICES = 64
_SECOND_NS = 1_000_000_000


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


class LinkChange(StrEnum):
    """What became of a stream."""

    LOST = "lost"
    RUNS = "runs"
    SWITCHED = "switched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """A change of a stream.

    Attributes:
        at_ns: LOST: the last instant at which the device still worked, as far as is known.
        name: The device's: the one that was lost, that runs now, or that does not open.
        reason: LOST and REFUSED: why, without a full stop.
    """

    change: LinkChange
    at_ns: int
    name: str
    reason: str = ""


class StreamLink:
    """One direction's stream through all its lives, for its reader. Its keeper writes it.

    Attributes:
        chosen: The device that is wanted by name; None is the default.
        rate_hz: What the first life agreed to: later ones are asked for the same.
        opened: What runs now, or None while nothing does.
        memory: The present or the last life's memory.
        life: Grows by one with every life that runs.
        restarts: Times it was lost.
        process_id: Of the process that holds the stream, or None.
        problem: Why it does not run, one sentence without its full stop, or "".
        lost_ns: When it was lost, or None while it runs.
        standing_in: Another device than ``chosen`` runs.
        notices: What happened, oldest first, for its reader to take.
    """

    def __init__(self, direction: Direction, device: str | None) -> None:
        self.direction = direction
        self.chosen = device
        self.rate_hz: int | None = None
        self.opened: OpenedStream | None = None
        self.memory: StreamMemory | None = None
        self.life = 0
        self.restarts = 0
        self.process_id: int | None = None
        self.problem = ""
        self.opened_ns = 0
        self.lost_ns: int | None = None
        self.standing_in = False
        self.notices: deque[LinkNotice] = deque(maxlen=_NOTICES)

    @property
    def name(self) -> str:
        """Name of the device that runs or ran last, for people and records."""
        if self.standing_in and self.opened is not None:
            return self.opened.device
        return self.chosen or "default"

    def stale(self, now_ns: int) -> bool:
        """Whether callbacks have stopped, or never came."""
        if self.opened is None or self.memory is None:
            return False
        last_ns = int(self.memory.slots[Slot.LAST_CALLBACK_NS])
        broken = self.memory.slots[Slot.FINISHED_NS] or self.memory.slots[Slot.LOST_ROWS]
        waking = now_ns - self.opened_ns < WAKING_NS
        limit_ns = WAKING_NS if waking or last_ns == 0 else STALE_NS
        return bool(broken) or now_ns - max(last_ns, self.opened_ns) > limit_ns

    def worked_until_ns(self, now_ns: int) -> int:
        """Return the last instant at which the device is known to have worked.

        That is when its stream said that it ended, or a block after its last callback.
        """
        if self.opened is None or self.memory is None:
            return now_ns
        slots = self.memory.slots
        block_ns = self.opened.block_frames * _SECOND_NS // self.opened.rate_hz
        last_ns = int(slots[Slot.LAST_CALLBACK_NS]) or self.opened_ns
        ended_ns = int(slots[Slot.FINISHED_NS])
        return min(ended_ns or last_ns + block_ns, now_ns)

"""How the engine takes frames back from a loudspeaker's ring while callbacks read from it.

A device fetches blocks in bursts, in another process: what is left in the ring may be handed
over long after it was decided that nothing more shall sound. So nothing is left. Two words in
shared memory do it, each 64 bits, aligned, with one writer:

* HOLD is the engine's: while it stands, a callback hands over silence and leaves the ring alone.
* BUSY is the callback's: it grows by one before the look at HOLD, and again when the frames are
  read and their row is left. It is odd while a callback is under way.

The engine raises HOLD and waits until BUSY is even, or another than it was at the first look: a
callback that begins later meets HOLD. From then on no callback reads, all that was read is in
the rows, and the ring can be emptied to the last frame.

Each side stores its own word before it loads the other's, which processors may swap: a callback
could look at HOLD early and be seen as not under way. A callback must never wait, hence no fence
there; the engine pays for both. Between its store and its look it rests, 50 us or more, and
passes through the kernel's scheduler, which is a full barrier: its store is then seen by all,
and a callback that looked before has long drained its own store, which takes less than a
microsecond (if it was interrupted, that was a barrier too). A second rest before HOLD falls
orders the ring's new end before it, and a read that went past that end all the same is believed.
"""

import time
from collections.abc import Callable
from typing import Final

from app.audio.shared import Slot, StreamMemory

PATIENCE_NS: Final = 2_000_000
"""A callback takes 20 us; one that takes longer than this lost the processor, or died."""

_REST_S = 50e-6


def rest() -> None:
    """Sleep some 50 us: what a callback needs to end, and a barrier."""
    time.sleep(_REST_S)


def take_back(
    memory: StreamMemory,
    block_frames: int,
    *,
    pause: Callable[[], None] = rest,
    now_ns: Callable[[], int] = time.perf_counter_ns,
) -> int:
    """Take back all that no callback has read; return the frames. Waits some 0.2 ms.

    A callback that stays under way for 2 ms is left the block that it may be reading, and it
    may be the next one that hands it over: then ``readable`` is not 0 at once.

    Args:
        memory: The output part; the engine is its writer.
        block_frames: The most that a callback reads.
        pause: Lets some time pass, and is a barrier.
        now_ns: Tells how much.
    """
    slots, samples = memory.slots, memory.samples
    slots[Slot.HOLD] = 1
    try:
        until_ns = now_ns() + PATIENCE_NS
        pause()
        met = int(slots[Slot.BUSY])
        while met % 2 and slots[Slot.BUSY] == met and now_ns() < until_ns:
            pause()
        stuck = met % 2 and slots[Slot.BUSY] == met
        dropped = samples.take_back(keep=block_frames if stuck else 0)
        pause()
        return dropped - samples.catch_up()
    finally:
        slots[Slot.HOLD] = 0

import os
from pathlib import Path

import numpy as np

from app.audio.shared import TOTAL_BYTES, Direction, Slot, create_memory, map_memory
from tests.support.audio import ramp


def test_two_mappings_are_one_memory_and_the_parts_do_not_touch() -> None:
    descriptor = create_memory()
    ours, theirs = map_memory(descriptor), map_memory(descriptor)
    os.close(descriptor)

    for direction in Direction:
        part = theirs[direction]
        part.slots[Slot.LAST_CALLBACK_NS] = 5
        part.samples.write(ramp(part.samples.capacity))
        part.stamps.write(np.full((part.stamps.capacity, 6), 7, np.int64))
        part.pairs.write(np.full((part.pairs.capacity, 3), 9, np.int64))

    for direction in Direction:
        part = ours[direction]
        heard = np.zeros(part.samples.capacity, np.int16)
        assert part.slots.tolist() == [5, 0, 0, 0, 0, 0, 0, 0]
        assert part.samples.read_into(heard) == len(heard)
        assert np.array_equal(heard, ramp(len(heard)))
        assert part.stamps.readable == part.stamps.capacity
        assert part.pairs.readable == part.pairs.capacity


def test_the_memory_is_small_and_has_no_name() -> None:
    descriptor = create_memory()
    target = str(Path(f"/proc/self/fd/{descriptor}").readlink())
    os.close(descriptor)

    assert TOTAL_BYTES < 1_100_000
    assert target.startswith("/memfd:")

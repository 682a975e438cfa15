from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.audio.ring import COUNTERS, FrameRing, local_ring, ring_bytes, ring_over

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 20)),
        st.tuples(st.just("read"), st.integers(0, 20)),
        st.tuples(st.just("take_back"), st.integers(0, 20)),
    ),
    max_size=60,
)


def frames(first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.arange(first, first + count, dtype=np.int16)


@given(capacity=st.integers(1, 13), operations=OPERATIONS)
def test_a_ring_is_a_queue_that_refuses_when_full(
    capacity: int, operations: list[tuple[str, int]]
) -> None:
    ring = local_ring(capacity, np.int16)
    model: deque[int] = deque()
    first = refused = 0
    for name, count in operations:
        if name == "write":
            fits = min(count, capacity - len(model))
            assert ring.write(frames(first, count)) == fits
            model.extend(range(first, first + fits))
            first += fits
            refused += count - fits
        elif name == "read":
            out = np.full(count, -1, np.int16)
            got = ring.read_into(out)
            assert out[:got].tolist() == [model.popleft() for _ in range(min(count, len(model)))]
            assert (out[got:] == -1).all()
        else:
            dropped = max(len(model) - count, 0)
            assert ring.take_back(keep=count) == dropped
            for _ in range(dropped):
                model.pop()
        assert ring.readable == len(model)
        assert ring.refused == refused


def test_rows_travel_whole() -> None:
    ring = FrameRing(np.zeros((3, 2), np.int64), np.zeros(COUNTERS, np.int64))
    out = np.zeros((3, 2), np.int64)

    ring.write(np.array([[1, 2], [3, 4]]))
    ring.read_into(out[:1])
    ring.write(np.array([[5, 6], [7, 8]]))

    assert ring.read_into(out) == 3
    assert out.tolist() == [[3, 4], [5, 6], [7, 8]]


def test_both_sides_see_one_ring_in_shared_memory() -> None:
    memory = memoryview(bytearray(8 + ring_bytes(5, np.int16)))
    writer = ring_over(memory, 8, 5, np.int16)
    reader = ring_over(memory, 8, 5, np.int16)
    out = np.zeros(5, np.int16)

    assert writer.write(frames(1, 7)) == 5

    assert (reader.capacity, reader.written, reader.read, reader.refused) == (5, 5, 0, 2)
    assert reader.read_into(out) == 5
    assert out.tolist() == [1, 2, 3, 4, 5]
    assert writer.readable == 0


@pytest.mark.parametrize("columns", [1, 3])
def test_a_ring_takes_a_multiple_of_eight_octets(columns: int) -> None:
    assert ring_bytes(5, np.int16, columns) % 8 == 0


class EagerReader(np.ndarray[tuple[int], np.dtype[np.int64]]):
    """Counters whose reader reads on in the instant before the writer publishes an end."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if key == 0 and value < self[0]:
            super().__setitem__(1, 20)
        super().__setitem__(key, value)


def test_a_reader_that_went_past_the_new_end_is_believed() -> None:
    counters = np.zeros(COUNTERS, np.int64).view(EagerReader)
    ring = FrameRing(np.zeros(100, np.int16), counters)
    ring.write(frames(0, 50))

    dropped = ring.take_back(keep=10)

    assert dropped == 30
    assert ring.readable == 0
    ring.write(frames(0, 5))
    assert ring.readable == 5


def test_a_reader_found_past_the_end_later_costs_nothing_that_is_written_then() -> None:
    counters = np.zeros(COUNTERS, np.int64)
    ring = FrameRing(np.zeros(100, np.int16), counters)
    ring.write(frames(0, 50))
    ring.take_back(keep=0)
    counters[1] = 20  # a read that was under way, with the end as it was before

    assert ring.write(frames(60, 30)) == 30

    out = np.zeros(40, np.int16)
    assert ring.read_into(out) == 30
    assert out[:30].tolist() == list(range(60, 90))
    assert (ring.catch_up(), ring.readable) == (0, 0)

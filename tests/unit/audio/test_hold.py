"""Taking frames back from a ring while a callback is at any point of its work."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

import numpy as np
import pytest

from app.audio.callbacks import PlaybackCallback
from app.audio.hold import PATIENCE_NS, rest, take_back
from app.audio.ring import COUNTERS, FrameRing
from app.audio.shared import Direction, Slot, Stamp, StreamMemory
from tests.support.audio import ramp
from tests.support.fake_audio_child import fresh_memory

QUEUED: Final = 1_000
BLOCK: Final = 480
WAIT_S: Final = 10


class Gate:
    """Stops the one thread that comes to a named point, until it is let on."""

    def __init__(self, point: str) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self._point = point

    def at(self, point: str) -> None:
        if point == self._point and not self.reached.is_set():
            self.reached.set()
            assert self.opened.wait(WAIT_S)


class WatchedSlots(np.ndarray[tuple[int], np.dtype[np.int64]]):
    """Slots that tell a gate what their callback is at."""

    gate: Gate | None = None

    def __setitem__(self, key: Any, value: Any) -> None:
        if self.gate is not None and key == Slot.BUSY:
            self.gate.at("before it says so" if value % 2 else "before it says it is done")
        super().__setitem__(key, value)

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        if self.gate is not None and key == Slot.HOLD:
            self.gate.at("after its look")
        return value


@dataclass
class Times:
    """PortAudio's times; asked for between the frames and their row."""

    gate: Gate
    outputBufferDacTime: float = 100.5  # noqa: N815
    inputBufferAdcTime: float = 0.0  # noqa: N815

    @property
    def currentTime(self) -> float:  # noqa: N802
        self.gate.at("before its row")
        return 100.25


@dataclass
class Loudspeaker:
    """A memory with a callback under way in a thread of its own, stopped at a point."""

    point: str
    memory: StreamMemory = field(init=False)
    theirs: StreamMemory = field(init=False)
    gate: Gate = field(init=False)
    block: Any = field(default_factory=lambda: np.full(BLOCK, 77, np.int16))

    def __post_init__(self) -> None:
        self.memory = fresh_memory()[Direction.OUTPUT]
        self.memory.samples.write(ramp(QUEUED))
        self.gate = Gate(self.point)
        slots = self.memory.slots.view(WatchedSlots)
        slots.gate = self.gate
        self.theirs = replace(self.memory, slots=slots)
        self._callback = PlaybackCallback(self.theirs, 1, BLOCK)
        self._thread = threading.Thread(target=self.call)

    def call(self) -> None:
        self._callback(self.block, BLOCK, Times(self.gate), 0)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        self._thread.start()
        try:
            assert self.gate.reached.wait(WAIT_S)
            yield
        finally:
            self.finish()

    def finish(self) -> None:
        self.gate.opened.set()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def moved(self) -> list[int]:
        rows = np.zeros((8, len(Stamp)), np.int64)
        got: list[int] = rows[: self.memory.stamps.read_into(rows), Stamp.MOVED].tolist()
        return got

    def plays_next(self) -> list[int]:
        """What a later callback hands over, of fresh audio too."""
        self.call()
        left = np.count_nonzero(self.block)
        self.memory.samples.write(ramp(300))
        self.call()
        return [int(left), *self.block[:301].tolist()]


NOTHING_OLD = [0, *ramp(300).tolist(), 0]


@pytest.mark.parametrize(
    ("point", "handed", "pauses"),
    [
        pytest.param("before it says so", 0, 1, id="comes-while-held"),
        pytest.param("after its look", BLOCK, 1, id="has-looked-before"),
        pytest.param("after its look", BLOCK, 3, id="has-looked-before-and-takes-long"),
        pytest.param("before its row", BLOCK, 1, id="has-read"),
        pytest.param("before its row", BLOCK, 3, id="has-read-and-takes-long"),
        pytest.param("before it says it is done", BLOCK, 1, id="has-left-its-row"),
        pytest.param("before it says it is done", BLOCK, 3, id="has-left-its-row-and-takes-long"),
    ],
)
def test_nothing_is_left_wherever_a_callback_is(point: str, handed: int, pauses: int) -> None:
    speaker, left = Loudspeaker(point), iter(range(pauses - 1, -9, -1))

    def pause() -> None:
        if next(left) == 0:
            speaker.finish()

    with speaker.under_way():
        dropped = take_back(speaker.memory, BLOCK, pause=pause, now_ns=lambda: 0)

    assert dropped == QUEUED - handed
    assert speaker.moved() == [handed]
    assert np.count_nonzero(speaker.block) == np.count_nonzero(ramp(handed))
    assert speaker.memory.samples.readable == 0
    assert (speaker.memory.slots[Slot.HOLD], speaker.memory.slots[Slot.BUSY]) == (0, 2)
    assert speaker.plays_next() == NOTHING_OLD


@pytest.mark.parametrize(
    ("calls_before", "handed"), [pytest.param(0, 0, id="none"), pytest.param(1, BLOCK, id="one")]
)
def test_nothing_is_left_where_no_callback_is_under_way(calls_before: int, handed: int) -> None:
    speaker = Loudspeaker("")
    for _ in range(calls_before):
        speaker.call()
    pauses: list[int] = []

    dropped = take_back(
        speaker.memory,
        BLOCK,
        pause=lambda: pauses.append(int(speaker.memory.slots[Slot.HOLD])),
    )

    assert (dropped, sum(speaker.moved())) == (QUEUED - handed, handed)
    assert pauses == [1, 1]
    assert speaker.plays_next() == NOTHING_OLD


def test_callbacks_of_a_burst_that_meet_the_hold_hand_over_silence_and_leave_rows() -> None:
    speaker = Loudspeaker("")

    dropped = take_back(speaker.memory, BLOCK, pause=speaker.call)

    assert dropped == QUEUED
    assert speaker.moved() == [0, 0]
    assert not speaker.block.any()
    assert speaker.plays_next() == NOTHING_OLD


@pytest.mark.parametrize(
    ("point", "left"),
    [
        pytest.param("after its look", 0, id="it-reads-what-it-was-left"),
        pytest.param("before its row", BLOCK, id="it-had-read-already"),
    ],
)
def test_a_callback_that_is_stuck_costs_the_bound_and_is_left_one_block(
    point: str, left: int
) -> None:
    speaker, clock = Loudspeaker(point), count(0, PATIENCE_NS // 4)
    pauses: list[None] = []

    with speaker.under_way():
        dropped = take_back(
            speaker.memory, BLOCK, pause=lambda: pauses.append(None), now_ns=lambda: next(clock)
        )

    assert len(pauses) <= 6
    assert dropped == QUEUED - BLOCK - left
    assert speaker.memory.samples.readable == left
    assert speaker.moved() == [BLOCK]
    assert speaker.memory.slots[Slot.HOLD] == 0


def test_in_a_burst_only_the_callback_that_began_before_the_hold_is_waited_for() -> None:
    speaker = Loudspeaker("after its look")
    pauses: list[int] = []

    def pause() -> None:
        pauses.append(int(speaker.memory.slots[Slot.BUSY]))
        if len(pauses) == 2:
            speaker.finish()
            speaker.memory.slots[Slot.BUSY] += 1  # the next one has begun

    with speaker.under_way():
        dropped = take_back(speaker.memory, BLOCK, pause=pause, now_ns=lambda: 0)

    assert (dropped, speaker.memory.samples.readable) == (QUEUED - BLOCK, 0)
    assert pauses == [1, 1, 3]


def test_no_frame_is_lost_or_handed_over_twice_in_a_storm_of_stops() -> None:
    speaker, over = Loudspeaker(""), threading.Event()
    written, dropped, moved = QUEUED, 0, 0

    def callbacks() -> None:
        while not over.is_set():
            for _ in range(4):
                speaker.call()
            rest()

    thread = threading.Thread(target=callbacks)
    thread.start()
    try:
        for _ in range(100):
            written += speaker.memory.samples.write(ramp(5 * BLOCK + 7))
            dropped += take_back(speaker.memory, BLOCK, now_ns=lambda: 0)
            read = speaker.memory.samples.read
            rest()
            assert speaker.memory.samples.read == read
            while rows := speaker.moved():
                moved += sum(rows)
    finally:
        over.set()
        thread.join(WAIT_S)
    moved += sum(speaker.moved())

    assert (speaker.memory.slots[Slot.LOST_ROWS], speaker.memory.samples.readable) == (0, 0)
    assert moved + dropped == written


def test_one_that_died_at_it_costs_no_more_each_time() -> None:
    speaker = Loudspeaker("")
    speaker.memory.slots[Slot.BUSY] = 1

    assert take_back(speaker.memory, BLOCK) == QUEUED - BLOCK
    assert take_back(speaker.memory, BLOCK) == 0
    assert take_back(speaker.memory, 0) == BLOCK


def test_a_read_that_went_past_the_end_unseen_is_believed() -> None:
    counters = np.zeros(COUNTERS, np.int64)
    ring = FrameRing(np.zeros(4_800, np.int16), counters)
    memory = replace(fresh_memory()[Direction.OUTPUT], samples=ring)
    ring.write(ramp(QUEUED))
    pauses = count()

    def pause() -> None:
        if next(pauses) == 1:  # it had looked at the ring's old end
            counters[1] += BLOCK

    assert take_back(memory, BLOCK, pause=pause) == QUEUED - BLOCK
    assert (ring.readable, ring.written) == (0, BLOCK)


def test_a_wait_that_is_interrupted_leaves_no_hold() -> None:
    speaker = Loudspeaker("")

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_back(speaker.memory, BLOCK, pause=interrupted)

    assert speaker.memory.slots[Slot.HOLD] == 0


def test_a_callback_without_room_for_its_row_is_done_too() -> None:
    speaker = Loudspeaker("")
    stamps = speaker.memory.stamps
    stamps.write(np.zeros((stamps.capacity, len(Stamp)), np.int64))

    speaker.call()

    assert speaker.memory.slots[Slot.BUSY] == 2
    assert take_back(speaker.memory, BLOCK) == QUEUED

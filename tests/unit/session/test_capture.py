"""The microphone's way to the socket."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, strategies as st

from app.audio.sources import SilentMicrophone
from app.core.audio_format import AudioBlock
from app.core.clock import Clock, Nanoseconds
from app.session.capture import FRAME, Framer
from app.session.live import LiveSession
from app.session.parts import OpenedInput
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start
from tests.unit.session.test_user_actions import Obliging

T0 = 5_000_000_000


def blocks(rate_hz: int, sizes: list[int]) -> list[AudioBlock]:
    at, made = 0, []
    for size in sizes:
        samples = np.arange(at, at + size).astype(np.int16)
        instant = Nanoseconds(T0 + at * 1_000_000_000 // rate_hz)
        made.append(
            AudioBlock(samples=samples, rate_hz=rate_hz, captured_ns=instant, first_frame=at)
        )
        at += size
    return made


@given(sizes=st.lists(st.integers(1, 1500), max_size=30))
def test_any_blocks_become_whole_frames_with_their_own_instants(sizes: list[int]) -> None:
    framer = Framer(24_000)

    frames = [frame for block in blocks(24_000, sizes) for frame in framer.push(block)]

    assert len(frames) == sum(sizes) // FRAME
    for index, (at_ns, samples) in enumerate(frames):
        assert samples.tolist() == [
            (value + 2**15) % 2**16 - 2**15 for value in range(index * FRAME, (index + 1) * FRAME)
        ]
        assert abs(at_ns - (T0 + index * 20_000_000)) <= len(sizes)


def test_a_gap_in_the_device_moves_the_instants() -> None:
    framer = Framer(24_000)
    first, second = blocks(24_000, [FRAME, FRAME])
    late = Nanoseconds(second.captured_ns + 70_000_000)
    delayed = AudioBlock(
        samples=second.samples, rate_hz=24_000, captured_ns=late, first_frame=4 * FRAME
    )

    framer.push(first)

    assert framer.push(delayed)[0][0] == T0 + 90_000_000


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_another_rate_keeps_a_pulse_where_it_was(rate_hz: int) -> None:
    framer = Framer(rate_hz)
    samples = np.zeros(rate_hz, np.int16)
    samples[rate_hz // 2] = 20_000
    step = rate_hz // 100
    made = [
        AudioBlock(
            samples=samples[at : at + step],
            rate_hz=rate_hz,
            captured_ns=Nanoseconds(T0 + at * 1_000_000_000 // rate_hz),
            first_frame=at,
        )
        for at in range(0, rate_hz, step)
    ]

    frames = [frame for block in made for frame in framer.push(block)]

    at_ns, loudest = max(frames, key=lambda frame: int(np.abs(frame[1].astype(int)).max()))
    peak = int(np.abs(loudest.astype(int)).argmax())
    found_ms = (at_ns - T0 + peak * 1e9 / 24_000) / 1e6
    assert found_ms == pytest.approx(500, abs=1)


class Returning(SilentMicrophone):
    """Tells of three seconds at once; ``looks`` are the frames sent at each turn of the loop."""

    def __init__(self, clock: Clock, peer: Peer) -> None:
        super().__init__(clock)
        self.looks: list[int] = []
        self._peer = peer

    def next_ready_ns(self) -> Nanoseconds | None:
        return None

    def poll(self) -> Sequence[AudioBlock]:
        if self.looks or asyncio.get_running_loop().time() < 1:
            return ()
        self._look()
        return blocks(24_000, [72_000])

    def _look(self) -> None:
        self.looks.append(round(self._peer.appended_ms / 20))
        if len(self.looks) < 200:
            asyncio.get_running_loop().call_soon(self._look)


def test_seconds_that_a_device_tells_of_at_once_leave_the_loop_to_the_others() -> None:
    async def run() -> list[int]:
        peer = Peer(Obliging())
        world = World(peer)
        parts = world.parts()
        source = Returning(parts.clock, peer)
        opened = OpenedInput(source=source, script=None)
        session = LiveSession(
            replace(parts, make_input=lambda _: opened), start(), world.reports.append
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            await asyncio.sleep(2)
            session.end("Done.")
        return source.looks

    looks = run_virtual(run())

    assert looks[-1] - looks[0] > 100
    assert max(later - before for before, later in pairwise(looks)) <= 2

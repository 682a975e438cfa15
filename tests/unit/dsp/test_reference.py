"""What a loudspeaker sounded, as one unbroken stream."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from numpy.typing import NDArray

from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.dsp.reference import KEPT_S, FarEnd

BLOCK = 240
BLOCK_NS = 10_000_000
T0 = 7_000_000_000


def at(ms: float) -> Nanoseconds:
    return Nanoseconds(T0 + round(ms * 1e6))


def counted(block: int) -> Samples:
    """A block whose samples say where they belong."""
    return (np.arange(block * BLOCK, (block + 1) * BLOCK) % 30_000).astype(np.int16)


def played(block: int, ms: float | None = None, *, taken: int = BLOCK) -> PlayedBlock:
    instant = at(10.0 * block if ms is None else ms)
    return PlayedBlock(counted(block), 24_000, instant, block * BLOCK, taken)


def filled(blocks: Iterable[int]) -> FarEnd:
    far = FarEnd()
    for block in blocks:
        far.put(played(block))
    return far


def test_what_sounded_at_an_instant_is_given() -> None:
    far = filled(range(10))

    assert far.read(at(20), BLOCK).tolist() == counted(2).tolist()
    assert far.read(at(30), 2 * BLOCK).tolist() == [*counted(3), *counted(4)]
    assert far.missed_frames == 0


def test_nothing_sounded_before_the_first_block_nor_after_the_last() -> None:
    empty, far = FarEnd(), filled(range(2))

    assert not empty.read(at(0), BLOCK).any()
    assert not empty.sounding(at(0), at(100))
    assert not far.read(at(-10), BLOCK).any()
    far.read(at(0), 2 * BLOCK)
    assert not far.read(at(20), BLOCK).any()
    assert far.missed_frames == BLOCK


def test_a_late_block_is_missed_and_the_stream_goes_on_where_it_belongs() -> None:
    far = filled(range(2))
    for block in range(3):
        far.read(at(10 * block), BLOCK)

    far.put(played(2))
    far.put(played(3))

    assert far.missed_frames == BLOCK
    assert far.read(at(30), BLOCK).tolist() == counted(3).tolist()
    assert far.jumps == 0


def test_a_block_that_was_lost_is_silence_of_its_length() -> None:
    far = filled([0, 1, 3, 4])

    assert not far.read(at(20), BLOCK).any()
    assert far.read(at(30), BLOCK).tolist() == counted(3).tolist()


def test_after_a_hole_that_is_longer_than_what_is_kept_only_what_came_after_it_is_there() -> None:
    far, later = filled(range(10)), 100 * KEPT_S + 200
    far.read(at(0), BLOCK)

    far.put(played(later))

    heard = [far.read(at(10 * later), BLOCK) for _ in range(3)]
    assert heard[-1].tolist() == counted(later).tolist()
    assert not far.read(at(50), BLOCK).any()


@pytest.mark.parametrize("ms", [300.0, 12_000.0])
def test_a_device_that_began_anew_is_found_at_its_own_instants(ms: float) -> None:
    far = filled(range(10))
    far.read(at(0), BLOCK)

    for block in range(10):
        far.put(played(block, ms + 10 * block))

    heard = [far.read(at(ms + 10 * block), BLOCK) for block in range(10)]
    assert heard[-1].tolist() == counted(9).tolist()
    assert far.jumps == 1


def test_what_overlaps_what_is_there_is_cut() -> None:
    far = filled(range(10))

    far.put(PlayedBlock(counted(50), 24_000, at(95), 0, BLOCK))
    far.put(PlayedBlock(counted(51), 24_000, at(20), 0, BLOCK))

    assert far.read(at(90), BLOCK).tolist() == counted(9).tolist()
    assert far.read(at(100), 120).tolist() == counted(50)[120:].tolist()
    assert not far.read(at(105), BLOCK).any()


def test_a_clock_that_stepped_for_good_is_followed_and_one_stray_stamp_is_not() -> None:
    stray, stepped = filled(range(5)), filled(range(5))

    stray.put(played(5, 90.0))
    stray.put(played(6))
    for block in range(5, 12):
        stepped.put(played(block, 10 * block + 200.0))

    assert stray.read(at(60), BLOCK).tolist() == counted(6).tolist()
    assert stepped.read(at(310), BLOCK).tolist() == counted(11).tolist()


def test_a_reader_whose_instants_jump_for_good_is_followed_and_one_stray_instant_is_not() -> None:
    far = filled(range(100))

    stray = [far.read(at(ms), BLOCK) for ms in (0, 10, 90, 30)]
    assert stray[-1].tolist() == counted(3).tolist()
    assert far.jumps == 0

    jumped = [far.read(at(ms), BLOCK) for ms in (500, 510, 520)]
    assert jumped[-1].tolist() == counted(52).tolist()
    assert far.jumps == 1


@pytest.mark.parametrize("speaker_ppm", [-200.0, 0.0, 200.0])
@pytest.mark.parametrize("microphone_ppm", [-150.0, 100.0])
def test_drift_is_followed_without_tearing_the_sound(
    speaker_ppm: float, microphone_ppm: float
) -> None:
    """Half a minute of a 200 Hz tone: it stays whole, and within 0.75 ms of its place."""
    far, rng = FarEnd(), np.random.default_rng(5)
    tone = np.sin(2 * np.pi * 200 * np.arange(BLOCK * 3000) / 24_000) * 8000
    read: list[NDArray[np.int16]] = []
    for block in range(3000):
        jitter_ms = rng.normal(0, 0.2)
        spoken = tone[block * BLOCK : (block + 1) * BLOCK].astype(np.int16)
        ms = 10 * block * (1 + speaker_ppm / 1e6) + jitter_ms
        far.put(PlayedBlock(spoken, 24_000, at(ms), block * BLOCK, BLOCK))
        if block >= 10:
            heard_ms = 10 * (block - 10) * (1 + microphone_ppm / 1e6) + rng.normal(0, 0.2)
            read.append(far.read(at(heard_ms), BLOCK))

    heard = np.concatenate(read)
    assert far.jumps == 0
    assert far.missed_frames == 0
    assert np.abs(np.diff(heard.astype(int))).max() < 1.2 * 8000 * 2 * np.pi * 200 / 24_000
    now = (len(heard) - 2400) * (1 + microphone_ppm / 1e6) / (1 + speaker_ppm / 1e6)
    expected = np.sin(2 * np.pi * 200 * (now + np.arange(2400)) / 24_000) * 8000
    assert np.corrcoef(expected, heard[-2400:])[0, 1] > np.cos(2 * np.pi * 200 * 0.75e-3)


def test_an_offset_is_mended_by_no_more_than_its_own_length() -> None:
    """Frames are dropped or doubled one by one, and only as many as were off."""
    far = FarEnd()
    for block in range(400):
        far.put(played(block, taken=0))
    for block in range(50):
        far.read(at(10 * block), BLOCK)
    later = [far.read(at(10 * block + 1.0), BLOCK) for block in range(50, 350)]

    mended = later[-1].astype(int) - counted(349).astype(int)
    assert 20 <= int(np.median(mended)) <= 24 + 1
    assert far.jumps == 0


def test_it_is_known_whether_a_reply_was_sounding() -> None:
    far = FarEnd()
    for block in range(20):
        far.put(played(block, taken=BLOCK if 5 <= block < 8 else 120 if block == 8 else 0))

    spans = [(0, 50), (0, 51), (60, 61), (84, 90), (85, 90), (100, 200)]
    assert [far.sounding(at(a), at(b)) for a, b in spans] == [
        False, True, True, True, False, False,
    ]  # fmt: skip


def test_it_forgets_what_is_too_old() -> None:
    far = filled(range(100 * KEPT_S + 50))

    assert not far.read(at(490), BLOCK).any()
    assert far.read(at(500), BLOCK).tolist() == counted(50).tolist()


def test_only_blocks_of_the_sessions_rate_are_taken() -> None:
    with pytest.raises(ValueError, match="48000 Hz"):
        FarEnd().put(PlayedBlock(counted(0), 48_000, at(0), 0, 0))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12),
            st.integers(0, 2**40),
            st.integers(0, 2 * KEPT_S * 24_000),
            st.integers(-(10**12), 10**12),
        ),
        max_size=12,
    )
)
def test_no_blocks_however_odd_make_it_fail(odd: list[tuple[int, int, int, int]]) -> None:
    far = FarEnd()
    for played_ns, first_frame, frames, read_ns in odd:
        samples = np.ones(frames, np.int16)
        far.put(PlayedBlock(samples, 24_000, Nanoseconds(played_ns), first_frame, frames))
        assert far.read(Nanoseconds(read_ns), BLOCK).shape == (BLOCK,)
        far.sounding(Nanoseconds(read_ns - 10**9), Nanoseconds(read_ns))

import numpy as np
import pytest

from app.audio.session_rate import SessionRateBlocks
from app.core.audio_format import PlayedBlock, Samples
from app.dsp.pcm import concat
from app.dsp.resample import resample
from tests.support.audio import babble, correlation, ns, tone


def blocks_of(rate_hz: int, samples: Samples, *, first_frame: int = 0) -> list[PlayedBlock]:
    frames = rate_hz // 100
    return [
        PlayedBlock(
            samples[i * frames : (i + 1) * frames],
            rate_hz,
            ns(10 * i),
            first_frame + i * frames,
            frames if i else frames // 2,
        )
        for i in range(len(samples) // frames)
    ]


def test_blocks_of_the_sessions_rate_pass() -> None:
    blocks = blocks_of(24_000, tone(0.03))

    assert SessionRateBlocks(24_000).push(blocks) is blocks


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000])
def test_blocks_of_another_rate_come_out_one_for_one(rate_hz: int) -> None:
    converter = SessionRateBlocks(rate_hz)
    sound = babble(1.0, rate_hz=rate_hz)
    given = blocks_of(rate_hz, sound)

    out = [block for one in given for block in converter.push([one])]

    assert 95 <= len(out) < 100
    assert [b.played_ns for b in out] == [b.played_ns for b in given[: len(out)]]
    assert out[0].taken_frames == 120
    assert all(b.rate_hz == 24_000 for b in out)
    assert all(abs(len(b.samples) - 240) <= 1 for b in out)
    assert [b.first_frame for b in out[1:]] == [b.first_frame + len(b.samples) for b in out[:-1]]
    likeness, lag = correlation(concat([b.samples for b in out]), resample(sound, rate_hz, 24_000))
    assert likeness > 0.97
    assert lag == 0


def test_a_jump_ends_what_was_under_way_and_begins_anew() -> None:
    converter = SessionRateBlocks(48_000)
    before = blocks_of(48_000, tone(0.1, rate_hz=48_000))
    after = blocks_of(48_000, tone(0.1, rate_hz=48_000), first_frame=48_000)

    out = [*converter.push(before), *converter.push(after)]

    frames = [b.first_frame for b in out]
    assert frames[:10] == [240 * i for i in range(10)]
    assert len(frames) >= 15
    assert frames[10:] == [24_000 + 240 * i for i in range(len(out) - 10)]
    assert sum(len(b.samples) for b in out[:10]) == 2_400
    assert not out[0].samples.flags.writeable
    assert np.abs(out[9].samples).max() > 1_000

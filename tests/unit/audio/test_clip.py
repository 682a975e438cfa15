from pathlib import Path

import numpy as np
import pytest

from app.audio.clip import AHEAD_FRAMES, Clip, SpeechMap
from app.dsp.pcm import concat, silence
from tests.support.audio import SECOND, babble, ramp, tone, write_wav


def test_a_clip_of_the_sessions_rate_is_taken_bit_for_bit(tmp_path: Path) -> None:
    said = ramp(10_000)
    clip = Clip(write_wav(tmp_path / "a.wav", said))

    pieces = [clip.take(480) for _ in range(22)]

    assert [len(piece) for piece in pieces[-2:]] == [400, 0]
    assert concat(pieces).tolist() == said.tolist()


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_another_rate_keeps_its_length(tmp_path: Path, rate_hz: int) -> None:
    clip = Clip(write_wav(tmp_path / "a.wav", tone(1.0, rate_hz=rate_hz), rate_hz=rate_hz))

    assert len(clip.take(100_000)) == SECOND


def test_no_more_than_a_minute_is_decoded_ahead(tmp_path: Path) -> None:
    clip = Clip(write_wav(tmp_path / "a.wav", tone(62.0)))

    steps = 0
    while clip.decode_step():
        steps += 1

    assert steps * SECOND // 4 == AHEAD_FRAMES
    assert [len(clip.take(31 * SECOND)) for _ in range(3)] == [31 * SECOND, 31 * SECOND, 0]


def test_a_clip_that_was_cut_short_warns_while_and_after_it_is_read(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(1.0))
    path.write_bytes(path.read_bytes()[:24_044])
    clip = Clip(path)

    assert "cut short" in clip.warning
    assert len(clip.take(SECOND)) == SECOND // 2
    assert "cut short" in clip.warning


def speech_between(start_s: float, end_s: float, length_s: float) -> SpeechMap:
    samples = silence(round(length_s * SECOND))
    said = babble(end_s - start_s)
    samples[round(start_s * SECOND) : round(start_s * SECOND) + len(said)] = said
    speech = SpeechMap()
    for first in range(0, len(samples), 7_001):
        speech.push(samples[first : first + 7_001])
    return speech


@pytest.mark.parametrize(
    ("at_s", "end_s"),
    [(0.4, None), (0.9, 0.9), (1.5, 1.5), (2.0, 1.5), (9.0, 1.5)],
    ids=["before", "within", "at-the-end", "after", "beyond"],
)
def test_the_end_of_speech_is_the_last_before_the_instant(at_s: float, end_s: float | None) -> None:
    speech = speech_between(0.5, 1.5, 3.0)

    found = speech.end_before(round(at_s * SECOND))

    assert found is None if end_s is None else found == pytest.approx(end_s * SECOND, abs=240)


def test_the_start_of_speech_bridges_pauses() -> None:
    speech = SpeechMap()
    speech.push(concat((silence(SECOND), babble(0.5), silence(4_800), babble(0.5, seed=2))))
    speech.push(concat((silence(SECOND), babble(0.5, seed=3), silence(SECOND))))

    assert speech.start_before(SECOND // 2, pause_ms=300) is None
    assert speech.start_before(SECOND + 60, pause_ms=300) == pytest.approx(SECOND, abs=240)
    first = speech.start_before(round(2.1 * SECOND), pause_ms=300)
    second = speech.start_before(round(4.0 * SECOND), pause_ms=300)

    assert first == pytest.approx(SECOND, abs=240)
    assert second == pytest.approx(3.2 * SECOND, abs=240)


def test_a_clip_of_minutes_is_annotated() -> None:
    speech = speech_between(100.0, 101.0, 130.0)

    assert speech.end_before(130 * SECOND) == pytest.approx(101 * SECOND, abs=240)
    assert speech.end_before(99 * SECOND) is None


def test_no_speech_has_neither_start_nor_end() -> None:
    speech = SpeechMap()
    speech.push(np.zeros(SECOND, np.int16))

    assert speech.end_before(SECOND) is None
    assert speech.start_before(SECOND, pause_ms=300) is None

"""WebRTC's audio processing, as it is used here."""

import builtins
import sys
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from app.audio.processing import FRAME, WebRtcProcessor, processing_installed
from app.core.audio_format import Samples
from app.core.conduct import Processing
from app.core.errors import EngineError
from app.dsp.pcm import from_float, rms_dbfs, silence, to_float
from tests.support.room import EchoRoom, voice

VOICE = voice(4.0)
SWITCHES = ("echo_cancellation", "noise_suppression", "auto_gain", "high_pass")


def processed(processing: Processing, near: Samples, far: Samples | None = None) -> Samples:
    processor = WebRtcProcessor(processing)
    played = silence(len(near)) if far is None else far
    starts = range(0, len(near) // FRAME * FRAME, FRAME)
    return np.concatenate(
        [processor.process(near[at : at + FRAME], played[at : at + FRAME]) for at in starts]
    )


def lateness_frames(before: Samples, after: Samples) -> int:
    """By how much ``after`` is late, in the band of speech."""
    size = 1 << (2 * len(before)).bit_length()
    cross = np.conj(np.fft.rfft(to_float(before), size)) * np.fft.rfft(to_float(after), size)
    hz = np.fft.rfftfreq(size, 1 / 24_000)
    cross[(hz < 800) | (hz > 6000)] = 0
    correlation = np.fft.irfft(cross / np.sqrt(np.abs(cross) + 1e-9), size)
    return int(correlation[:2000].argmax())


@pytest.mark.parametrize(
    "switches", [on for on in product((False, True), repeat=4) if any(on)], ids=str
)
def test_what_comes_out_is_late_by_what_is_stated(switches: Sequence[bool]) -> None:
    processing = Processing(**dict(zip(SWITCHES, switches, strict=True)))

    late = lateness_frames(VOICE, processed(processing, VOICE))

    assert abs(late - WebRtcProcessor(processing).delay_frames) <= 1


def test_an_echo_is_cancelled_and_speech_without_one_is_kept() -> None:
    far = voice(8.0)
    room = EchoRoom(noise_dbfs=-80.0)
    near = np.concatenate(
        [room.pass_block(far[at : at + 240], 0.0) for at in range(0, 192_000, 240)]
    )
    processing = Processing(echo_cancellation=True)

    cancelled = processed(processing, near, far)
    kept = processed(processing, VOICE)

    assert _level(near[72_000:]) - _level(cancelled[72_000:]) > 20
    assert abs(_level(kept[24_000:]) - _level(VOICE[24_000:])) < 1


def test_noise_is_lowered_by_noise_suppression() -> None:
    hiss = np.random.default_rng(1).standard_normal(24_000 * 6) * 0.005
    noise = from_float(hiss.astype(np.float32))

    left = processed(Processing(noise_suppression=True), noise)

    assert _level(noise[-48_000:]) - _level(left[-48_000:]) > 5


def test_a_quiet_voice_is_lifted_by_gain_and_not_beyond_its_bound() -> None:
    quiet = voice(12.0, active_dbfs=-40.0)

    lifted = processed(Processing(auto_gain=True), quiet)

    assert 6 < _level(lifted[-96_000:]) - _level(quiet[-96_000:]) <= 12.5


def test_what_cancellation_left_is_not_lifted_and_speech_into_a_reply_is() -> None:
    far, gained = voice(8.0), Processing(echo_cancellation=True, auto_gain=True)
    speech = voice(3.0, active_dbfs=-35.0, first=4)
    room = EchoRoom(noise_dbfs=-75.0, user=[(5.0, speech)])
    blocks = range(0, 192_000, 240)
    near = np.concatenate([room.pass_block(far[at : at + 240], at / 24_000) for at in blocks])

    plain = processed(Processing(echo_cancellation=True), near, far)
    lifted = processed(gained, near, far)

    alone, both = slice(48_000, 115_000), slice(126_000, 190_000)
    assert _level(lifted[alone]) - _level(plain[alone]) < 1
    assert _level(lifted[both]) - _level(plain[both]) > 6
    steps = np.abs(np.diff(lifted[alone].astype(int)))
    assert steps.max() < 200


def test_a_high_pass_takes_away_what_is_no_sound() -> None:
    constant = np.full(24_000, 3000, np.int16)

    assert _level(processed(Processing(high_pass=True), constant)[-2400:]) < -60


@pytest.mark.parametrize(("near", "far"), [(FRAME, FRAME + 1), (2 * FRAME, FRAME), (0, FRAME)])
def test_only_frames_of_ten_milliseconds_are_taken(near: int, far: int) -> None:
    processor = WebRtcProcessor(Processing(echo_cancellation=True))

    with pytest.raises(ValueError, match="240"):
        processor.process(silence(near), silence(far))


def test_samples_that_may_not_be_written_or_lie_apart_are_taken() -> None:
    processor = WebRtcProcessor(Processing(echo_cancellation=True))
    apart = np.zeros(2 * FRAME, np.int16)[::2]
    apart.setflags(write=False)

    assert processor.process(apart, apart).shape == (FRAME,)


def test_a_library_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def broken(name: str, *args: Any, **more: Any) -> Any:
        if name == "pywebrtc_audio":
            raise ImportError("libstdc++ is too old")
        return real(name, *args, **more)

    monkeypatch.delitem(sys.modules, "pywebrtc_audio", raising=False)
    monkeypatch.setattr(builtins, "__import__", broken)

    with pytest.raises(EngineError, match="does not load: libstdc") as raised:
        WebRtcProcessor(Processing(high_pass=True))
    assert "half-duplex" in raised.value.hint


def test_it_is_known_whether_the_library_is_there() -> None:
    assert processing_installed()


def _level(samples: Samples) -> float:
    level = rms_dbfs(samples)
    return -120.0 if level is None else level

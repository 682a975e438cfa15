import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.store.wav import CAPACITY_FRAMES, KEPT_FRAMES, StereoFile, mend_header, wav_header

RATE = 24_000


def ramp(frames: int, start: int = 1) -> NDArray[np.int16]:
    return (np.arange(start, start + frames) % 30_000 + 1).astype(np.int16)


def read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").reshape(-1, 2)


def test_an_empty_recording_is_a_valid_file(tmp_path: Path) -> None:
    StereoFile(tmp_path / "a.wav").close()

    assert len(read(tmp_path / "a.wav")) == 0


def test_both_sides_lie_on_one_clock(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "a.wav")
    user, agent = ramp(480), ramp(240, 7)

    file.put(0, 0, user)
    file.put(1, 300, agent)
    file.flush()
    file.close()

    frames = read(tmp_path / "a.wav")
    assert len(frames) == file.frames == 540
    assert (frames[:480, 0] == user).all()
    assert (frames[300:, 1] == agent).all()
    assert not frames[480:, 0].any()
    assert not frames[:300, 1].any()


def test_a_side_that_comes_later_is_laid_beside_what_was_flushed(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "a.wav")
    user = ramp(KEPT_FRAMES)

    file.put(0, 0, user)
    file.flush()
    late = file.put(1, 0, user)
    file.flush()
    file.close()

    assert late == 0
    assert (read(tmp_path / "a.wav") == user[:, None]).all()


def test_a_side_that_comes_too_late_is_cut_and_counted(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "a.wav")
    file.put(0, 0, ramp(KEPT_FRAMES + 100))
    file.flush()

    assert file.put(1, 0, ramp(150)) == 100
    assert file.put(1, 0, ramp(50)) == 50

    file.flush()
    file.close()
    frames = read(tmp_path / "a.wav")
    assert not frames[:100, 1].any()
    assert (frames[100:150, 1] == ramp(150)[100:]).all()


@pytest.mark.parametrize("silence", [RATE, CAPACITY_FRAMES, 60 * RATE])
def test_a_gap_of_any_length_is_silence(tmp_path: Path, silence: int) -> None:
    file = StereoFile(tmp_path / "a.wav")
    piece = ramp(480)

    file.put(0, 0, piece)
    file.put(1, 480 + silence, piece)
    file.flush()
    file.close()

    frames = read(tmp_path / "a.wav")
    assert len(frames) == 960 + silence
    assert (frames[:480, 0] == piece).all()
    assert (frames[-480:, 1] == piece).all()
    assert not frames[480:-480].any()


def test_one_block_may_be_longer_than_the_memory(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "a.wav")
    long = ramp(3 * CAPACITY_FRAMES + 5)

    file.put(0, 0, long)
    file.flush()
    file.close()

    assert (read(tmp_path / "a.wav")[:, 0] == long).all()


def test_a_flush_without_news_writes_nothing(tmp_path: Path) -> None:
    file = StereoFile(tmp_path / "a.wav")
    file.put(0, 0, ramp(10))
    file.flush()
    (tmp_path / "a.wav").write_bytes(b"")

    file.flush()
    file.close()

    assert (tmp_path / "a.wav").read_bytes() == b""


def test_a_header_is_read_by_others() -> None:
    with wave.open(io.BytesIO(wav_header(3) + bytes(12))) as file:
        assert file.getnframes() == 3


def test_past_four_gibibytes_the_sizes_have_64_bits() -> None:
    frames = 1 << 31

    header = wav_header(frames)

    assert len(header) == len(wav_header(0)) == 80
    assert header[:4] == b"RF64"
    assert header[12:16] == b"ds64"
    assert struct.unpack_from("<QQQ", header, 20) == (8 * (1 << 30) + 72, frames * 4, frames)
    assert struct.unpack_from("<I", header, 76) == (0xFFFF_FFFF,)


def test_the_header_is_mended_from_the_size_and_half_a_frame_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(0) + ramp(20).tobytes() + b"\x01\x02\x03")

    assert mend_header(path) == 10
    assert (read(path).reshape(-1) == ramp(20)).all()
    assert path.stat().st_size == 120


def test_a_file_that_ends_within_its_header_becomes_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF")

    assert mend_header(path) == 0
    assert len(read(path)) == 0

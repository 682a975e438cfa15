import struct
from pathlib import Path

import numpy as np
import pytest

from app.audio.wav import WavReader, read_wav_info
from app.core.audio_format import Samples
from app.core.errors import DeviceError
from app.dsp.g711 import alaw_encode, ulaw_encode
from tests.support.audio import ramp, tone, wav_bytes, write_wav

VALUES = np.array([0, 1, -1, 16_384, -16_384, 32_767, -32_768], np.int16)


def read_all(path: Path) -> Samples:
    reader = WavReader(path)
    pieces = [reader.read(3)]
    while len(pieces[-1]):
        pieces.append(reader.read(3))
    reader.close()
    return np.concatenate(pieces)


def put(folder: Path, content: bytes) -> Path:
    path = folder / "sound.wav"
    path.write_bytes(content)
    return path


def int24(samples: Samples) -> bytes:
    return b"".join(struct.pack("<i", int(s) << 8)[:3] for s in samples)


ENCODINGS = [
    pytest.param(1, 8, ((VALUES >> 8) + 128).astype(np.uint8).tobytes(), 256, id="8-bit"),
    pytest.param(1, 16, VALUES.tobytes(), 0, id="16-bit"),
    pytest.param(1, 24, int24(VALUES), 0, id="24-bit"),
    pytest.param(1, 32, (VALUES.astype("<i4") << 16).tobytes(), 0, id="32-bit"),
    pytest.param(3, 32, (VALUES / 32_768).astype("<f4").tobytes(), 0, id="float"),
    pytest.param(3, 64, (VALUES / 32_768).astype("<f8").tobytes(), 0, id="double"),
    pytest.param(6, 8, alaw_encode(VALUES), 1_024, id="a-law"),
    pytest.param(7, 8, ulaw_encode(VALUES), 1_024, id="mu-law"),
]


@pytest.mark.parametrize(("tag", "bits", "data", "tolerance"), ENCODINGS)
def test_every_encoding_is_read(
    tmp_path: Path, tag: int, bits: int, data: bytes, tolerance: int
) -> None:
    path = put(tmp_path, wav_bytes(data, tag=tag, bits=bits))

    samples = read_all(path)

    assert np.abs(samples.astype(int) - VALUES.astype(int)).max() <= tolerance


def test_the_tag_of_an_extensible_file_is_found(tmp_path: Path) -> None:
    fmt = struct.pack("<HHIIHHHHIH14s", 0xFFFE, 1, 24_000, 48_000, 2, 16, 22, 16, 4, 1, bytes(14))
    head = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", 4)
    body = b"WAVE" + head + VALUES[:2].tobytes()

    path = put(tmp_path, b"RIFF" + struct.pack("<I", len(body)) + body)

    assert read_all(path).tolist() == [0, 1]


@pytest.mark.parametrize("channels", [2, 6, 32])
def test_channels_are_mixed_to_one(tmp_path: Path, channels: int) -> None:
    left_only = np.zeros((4, channels), "<i2")
    left_only[:, 0] = 3_200

    path = put(tmp_path, wav_bytes(left_only.tobytes(), channels=channels))

    assert read_all(path).tolist() == [3_200 // channels] * 4


def test_values_that_are_no_numbers_are_silence_and_loud_ones_are_clipped(tmp_path: Path) -> None:
    data = np.array([np.nan, np.inf, -np.inf, 5.0], "<f4").tobytes()

    path = put(tmp_path, wav_bytes(data, tag=3, bits=32))

    assert read_all(path).tolist() == [0, 32_767, -32_768, 32_767]


def test_chunks_before_the_sound_are_skipped_even_of_odd_length(tmp_path: Path) -> None:
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"

    path = put(tmp_path, wav_bytes(VALUES.tobytes(), before=odd))

    assert read_all(path).tolist() == VALUES.tolist()


def test_a_file_of_more_than_four_gigabytes_names_its_length_elsewhere(tmp_path: Path) -> None:
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 8, 4, 0)
    content = wav_bytes(VALUES.tobytes(), before=ds64, data_size=0xFFFF_FFFF)

    path = put(tmp_path, b"RF64" + content[4:])

    assert read_all(path).tolist() == VALUES[:4].tolist()
    assert read_wav_info(path).warning == ""


@pytest.mark.parametrize(
    "before", [b"", b"ds64" + struct.pack("<IQ", 8, 0)], ids=["no-size", "short-size"]
)
def test_a_streamed_file_goes_to_its_end(tmp_path: Path, before: bytes) -> None:
    path = put(tmp_path, wav_bytes(VALUES.tobytes(), before=before, data_size=0xFFFF_FFFF))

    assert read_all(path).tolist() == VALUES.tolist()


def test_a_recording_that_was_never_finished_is_read_with_a_warning(tmp_path: Path) -> None:
    path = put(tmp_path, wav_bytes(VALUES.tobytes(), data_size=0, riff_size=0))

    assert read_all(path).tolist() == VALUES.tolist()
    assert "never finished" in read_wav_info(path).warning


def test_a_file_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = put(tmp_path, wav_bytes(ramp(24_000).tobytes(), data_size=96_000))

    info = read_wav_info(path)

    assert info.frames == 24_000
    assert info.seconds == 1.0
    assert info.warning == f"{path} is cut short: it promises 2.0 s and holds 1.0 s"


def test_a_file_that_shrinks_while_it_is_read_ends_there(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "sound.wav", tone(10.0))
    reader = WavReader(path)
    reader.read(1_000)

    path.write_bytes(path.read_bytes()[:100_000])
    rest = reader.read(400_000)

    assert 0 < len(rest) < 230_000
    assert len(reader.read(10)) == 0
    assert "became shorter" in reader.warning
    reader.close()


def test_the_header_alone_is_read_of_a_long_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    frames = 3 * 3600 * 8_000
    with path.open("wb") as file:
        file.write(wav_bytes(b"", rate_hz=8_000, data_size=2 * frames))
        file.truncate(44 + 2 * frames)

    assert read_wav_info(path).seconds == 3 * 3600

    with path.open("r+b") as file:
        file.write(wav_bytes(b"", rate_hz=8_000, data_size=2 * frames + 2))
        file.truncate(44 + 2 * frames + 2)
    with pytest.raises(DeviceError, match=r"is 3\.0 hours long"):
        read_wav_info(path)

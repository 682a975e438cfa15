"""Sound files that cannot be used: each ends in one sentence with what to do."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.audio.clip import Clip
from app.audio.sources import ScriptedMicrophone
from app.audio.wav import WavReader
from app.core.errors import DeviceError
from tests.support.audio import correlation, tone, wav_bytes, write_wav
from tests.support.clocks import ManualClock

PCM = tone(0.1).tobytes()


def folder(path: Path) -> None:
    path.mkdir()


def named_pipe(path: Path) -> None:
    os.mkfifo(path)


def holding(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def without_format() -> bytes:
    return b"RIFF" + struct.pack("<I", 12) + b"WAVEdata" + struct.pack("<I", 4) + bytes(4)


def short_format() -> bytes:
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", 4) + bytes(4) + b"data\4\0\0\0" + bytes(4)


def many_chunks() -> bytes:
    return b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 2_000


CASES = [
    pytest.param(lambda _: None, "there is no file", "path", id="missing"),
    pytest.param(folder, "is a folder", "WAV file", id="folder"),
    pytest.param(named_pipe, "is not an ordinary file", "WAV file", id="named-pipe"),
    pytest.param(holding(b""), "is empty", "Record", id="empty"),
    pytest.param(holding(b"RIF"), "is not a WAV file", "WAV", id="three-octets"),
    pytest.param(holding(b"hello, world, how are you"), "is not a WAV file", "WAV", id="text"),
    pytest.param(holding(bytes(1_000)), "is not a WAV file", "WAV", id="zeros"),
    pytest.param(holding(b"ID3\4" + bytes(50)), "is an MP3 file", "ffmpeg", id="mp3"),
    pytest.param(holding(b"fLaC" + bytes(50)), "is a FLAC file", "ffmpeg", id="flac"),
    pytest.param(holding(b"OggS" + bytes(50)), "is an Ogg file", "ffmpeg", id="ogg"),
    pytest.param(holding(bytes(4) + b"ftypM4A " + bytes(9)), "is an MP4", "ffmpeg", id="m4a"),
    pytest.param(holding(b"RIFF\0\0\0\0AVI " + bytes(9)), "is a video", "ffmpeg", id="avi"),
    pytest.param(holding(without_format()), "its format part is missing", "WAV", id="no-format"),
    pytest.param(holding(short_format()), "format part is too short", "WAV", id="short-format"),
    pytest.param(holding(wav_bytes(b"")[:36]), "its sound part is missing", "WAV", id="no-sound"),
    pytest.param(holding(many_chunks()), "its format part is missing", "WAV", id="many-chunks"),
    pytest.param(holding(wav_bytes(b"")), "holds no sound", "Record", id="no-frames"),
    pytest.param(holding(wav_bytes(b"\0")), "holds no sound", "Record", id="half-a-frame"),
    pytest.param(holding(wav_bytes(PCM, tag=85)), "WAV format 85", "16-bit PCM", id="mp3-in-wav"),
    pytest.param(holding(wav_bytes(PCM, bits=12)), "with 12 bits", "16-bit PCM", id="12-bit"),
    pytest.param(holding(wav_bytes(PCM, channels=0)), "0 channels", "WAV", id="no-channels"),
    pytest.param(holding(wav_bytes(PCM, channels=33)), "33 channels", "WAV", id="33-channels"),
    pytest.param(holding(wav_bytes(PCM, align=3)), "3 octets a frame", "WAV", id="odd-frames"),
    pytest.param(holding(wav_bytes(PCM, rate_hz=4_000)), "4000 Hz", "8000 to", id="4-kHz"),
    pytest.param(holding(wav_bytes(PCM, rate_hz=384_000)), "384000 Hz", "8000 to", id="384-kHz"),
    pytest.param(holding(wav_bytes(PCM, rate_hz=0)), "rate of 0 Hz", "8000 to", id="0-Hz"),
]


@pytest.mark.parametrize(("make", "sentence", "hint"), CASES)
def test_an_unusable_file_ends_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], object], sentence: str, hint: str
) -> None:
    path = tmp_path / "sound.wav"
    make(path)
    microphone = ScriptedMicrophone([path], ManualClock())

    with pytest.raises(DeviceError, match=sentence) as caught:
        microphone.open()

    assert str(path) in str(caught.value)
    assert hint in caught.value.hint
    microphone.close()


@pytest.mark.parametrize("path", ["\0", "x" * 5_000], ids=["nul", "too-long"])
def test_an_impossible_path_ends_in_one_sentence(path: str) -> None:
    with pytest.raises(DeviceError, match="cannot open") as caught:
        Clip(Path(path))

    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_file_ends_in_one_sentence(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "sound.wav", tone(0.1))
    path.chmod(0)

    with pytest.raises(DeviceError, match="may not be read"):
        Clip(path)


@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(8_000, 1), (96_000, 6), (192_000, 32), (44_100, 2)]
)
def test_an_unusual_file_is_spoken(tmp_path: Path, rate_hz: int, channels: int) -> None:
    said = tone(0.2, rate_hz=rate_hz)
    clip = Clip(write_wav(tmp_path / "a.wav", said, rate_hz=rate_hz, channels=channels))

    spoken = clip.take(24_000)

    assert len(spoken) == 4_800
    likeness, lag = correlation(np.concatenate([np.zeros(4_800, np.int16), spoken]), tone(0.2))
    assert likeness > 0.99
    assert abs(lag - 4_800) <= 1


def test_a_file_of_three_hours_is_opened_at_once_and_read_a_little_at_a_time(
    tmp_path: Path,
) -> None:
    path, frames = tmp_path / "long.wav", 3 * 3600 * 48_000
    with path.open("wb") as file:
        file.write(wav_bytes(b"", rate_hz=48_000, data_size=2 * frames))
        file.truncate(44 + 2 * frames)
    clock = ManualClock()
    microphone = ScriptedMicrophone([path], clock)

    microphone.open()
    microphone.speak_next()
    clock.advance_ms(200)
    blocks = microphone.poll()

    assert len(blocks) == 10
    assert microphone.speaking
    microphone.close()


class FailingDisk:
    """A file that opens and then cannot be read."""

    def read(self, size: int) -> bytes:
        raise OSError(5, "Input/output error")

    def close(self) -> None:
        pass


def test_a_disk_that_fails_ends_the_clip_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = WavReader(write_wav(tmp_path / "a.wav", tone(1.0)))
    reader._file.close()
    monkeypatch.setattr(reader, "_file", FailingDisk())

    assert len(reader.read(100)) == 0
    assert "Input/output error" in reader.warning
    reader.close()

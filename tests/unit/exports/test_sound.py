import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import StoreError
from app.core.exporting import ExportFormat
from app.core.ports import StoredSession
from app.core.privacy import LeftOut, Redaction
from app.exports import sound
from app.exports.job import ExportJob
from app.exports.run import writer_of
from app.exports.sound import BLOCK_MS, LARGEST_WAV, container
from tests.support import bundles
from tests.support.memory import MemoryReader
from tests.support.recording import session_record

FRAMES_A_BLOCK = BLOCK_MS * SESSION_RATE_HZ // 1000


@dataclass
class LongReader(MemoryReader):
    """Sound of so many frames that is made when it is asked for; remembers the largest block."""

    frames: int = 0
    asked: list[int] = field(default_factory=list)

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        first = min(round(start_ms * 24), self.frames)
        last = self.frames if end_ms is None else min(round(end_ms * 24), self.frames)
        self.asked.append(last - first)
        user = np.arange(first, last).astype(np.int16)
        return user, -user


def long_job(out: Path, frames: int, **more: object) -> tuple[ExportJob, LongReader]:
    stored = StoredSession(folder=Path("/no/one"), record=session_record(), turns=())
    reader = LongReader(frames=frames)
    given = {"sessions": (stored,), "reader": reader, "out": out, "made_utc": "", **more}
    return ExportJob(app_version="0.1.0", **given), reader  # type: ignore[arg-type]


def sides_of(path: Path) -> Samples:
    import soundfile  # noqa: PLC0415

    samples, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == SESSION_RATE_HZ
    read: Samples = samples
    return read


@pytest.mark.parametrize("form", [ExportFormat.WAV, ExportFormat.FLAC])
def test_both_sides_are_in_one_file_user_left(form: ExportFormat, tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", frames=5000)
    user, agent = bundles.READER.audio(folder)

    exported = writer_of(form)(bundles.job(tmp_path / "out", folder))

    (file,) = map(Path, exported.files)
    assert file == tmp_path / "out" / f"{folder.name}.{form.value}"
    assert exported.bytes_n == file.stat().st_size
    samples = sides_of(file)
    np.testing.assert_array_equal(samples[:, 0], user)
    np.testing.assert_array_equal(samples[:, 1], agent)


@pytest.mark.parametrize("form", [ExportFormat.WAV_SIDES, ExportFormat.FLAC_SIDES])
def test_each_side_has_its_own_file(form: ExportFormat, tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", frames=5000)
    user, agent = bundles.READER.audio(folder)

    exported = writer_of(form)(bundles.job(tmp_path / "out", folder))

    first, second = map(Path, exported.files)
    assert (first.name[-9:-5], second.name[-10:-5]) in {(".use", ".agen"), ("user", "agent")}
    np.testing.assert_array_equal(sides_of(first), user)
    np.testing.assert_array_equal(sides_of(second), agent)


def test_a_wav_file_is_one_that_everybody_reads(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", frames=5000)

    (file,) = writer_of(ExportFormat.WAV)(bundles.job(tmp_path / "x.wav", folder)).files

    assert file == str(tmp_path / "x.wav")
    with wave.open(file) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (2, 2, 24_000)
        assert read.getnframes() == 5000


@pytest.mark.parametrize("frames", [1, FRAMES_A_BLOCK, 2 * FRAMES_A_BLOCK + 7])
def test_long_sound_passes_in_blocks(frames: int, tmp_path: Path) -> None:
    job, reader = long_job(tmp_path / "x.flac", frames)

    writer_of(ExportFormat.FLAC)(job)

    assert max(reader.asked) <= FRAMES_A_BLOCK
    samples = sides_of(tmp_path / "x.flac")
    assert len(samples) == frames
    np.testing.assert_array_equal(samples[:, 0], np.arange(frames).astype(np.int16))


def test_a_recording_without_a_sample_is_told(tmp_path: Path) -> None:
    job, _ = long_job(tmp_path / "x.flac", 0)

    with pytest.raises(StoreError, match="no sound"):
        writer_of(ExportFormat.FLAC)(job)


def test_what_a_wav_header_cannot_count_is_rf64(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert container(ExportFormat.WAV, LARGEST_WAV) == "WAV"
    assert container(ExportFormat.WAV, LARGEST_WAV + 1) == "RF64"
    assert container(ExportFormat.FLAC, LARGEST_WAV + 1) == "FLAC"
    monkeypatch.setattr(sound, "LARGEST_WAV", 9_999)
    folder = bundles.recorded(tmp_path / "s", frames=5000)
    user, _agent = bundles.READER.audio(folder)

    writer_of(ExportFormat.WAV)(bundles.job(tmp_path / "x.wav", folder))

    assert (tmp_path / "x.wav").read_bytes()[:4] == b"RF64"
    np.testing.assert_array_equal(sides_of(tmp_path / "x.wav")[:, 0], user)


@pytest.mark.parametrize("form", [ExportFormat.WAV, ExportFormat.FLAC_SIDES])
def test_an_export_that_is_broken_off_leaves_no_half_a_file(
    form: ExportFormat, tmp_path: Path
) -> None:
    calls = iter(range(9))
    job, _ = long_job(tmp_path, 3 * FRAMES_A_BLOCK, told=lambda _done, _total: next(calls) < 1)

    with pytest.raises(StoreError, match="broken off"):
        writer_of(form)(job)

    assert not list(tmp_path.iterdir())


def test_a_session_without_sound_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    whole = bundles.recorded(tmp_path / "s", "20261121T102030Z-aaaaaaaa")
    mute = bundles.recorded(tmp_path / "s", "20261121T102030Z-bbbbbbbb")
    (mute / "stereo.wav").unlink()

    exported = writer_of(ExportFormat.WAV)(bundles.job(tmp_path / "out", mute, whole))

    assert [Path(file).stem for file in exported.files] == [whole.name]
    assert mute.name in exported.odd[0]
    with pytest.raises(StoreError, match="holds no recording"):
        writer_of(ExportFormat.WAV)(bundles.job(tmp_path / "out", mute))
    with pytest.raises(StoreError, match="No session"):
        writer_of(ExportFormat.WAV)(bundles.job(tmp_path / "out", mute, mute))


def test_sound_that_is_left_out_is_not_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s")
    redaction = Redaction(left_out=(LeftOut.AUDIO,))

    with pytest.raises(StoreError, match="left out"):
        writer_of(ExportFormat.FLAC)(bundles.job(tmp_path / "out", folder, redaction=redaction))

    assert not (tmp_path / "out").exists()

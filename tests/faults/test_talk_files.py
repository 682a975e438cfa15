"""``talk`` with files that cannot be spoken, and with odd ones that can."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGINT

import numpy as np
import pytest

from app.bootstrap import main
from app.dsp.resample import resample
from tests.support.audio import wav_bytes, write_wav
from tests.support.program import (
    QUICK,
    Ended,
    assert_whole,
    peak_mb,
    program,
    run,
    spoken,
    stereo,
    utterance,
)

MOST_MEMORY_MB = 160.0


def folder(path: Path) -> None:
    path.mkdir()


def holding(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


UNUSABLE = [
    pytest.param(lambda _: None, "There is no file {}.", id="missing"),
    pytest.param(folder, "{} is a folder.", id="folder"),
    pytest.param(holding(b""), "{} is empty.", id="empty"),
    pytest.param(holding(wav_bytes(bytes(9600))[:30]), "{} is damaged: its", id="truncated-head"),
    pytest.param(holding(wav_bytes(bytes(9600))[:44]), "{} holds no sound.", id="truncated-sound"),
    pytest.param(holding(b"#!/bin/sh\necho hello\n"), "{} is not a WAV file.", id="non-audio"),
    pytest.param(holding(b"ID3\4" + bytes(99)), "{} is an MP3 file", id="mp3"),
]


@pytest.mark.parametrize(("make", "sentence"), UNUSABLE)
def test_an_unusable_file_is_refused_before_anything_is_started(
    make: Callable[[Path], object],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VIVAVOCE_SESSIONS", str(tmp_path / "sessions"))
    path = tmp_path / "said.wav"
    make(path)

    good = str(spoken(tmp_path / "good.wav"))
    code = main(["talk", "--model", "simulator", "--json", "--input", good, "--input", str(path)])

    out, err = capsys.readouterr()
    assert code == 1
    assert err.startswith(sentence.format(path))
    assert len(err.splitlines()) == 1
    assert err.rstrip().endswith(".")
    (row,) = map(json.loads, out.splitlines())
    assert (row["type"], row["turns"]) == ("summary", 0)
    assert err.startswith(row["error"])
    assert not (tmp_path / "sessions").exists()


def test_the_process_ends_with_the_same_sentence_and_code(tmp_path: Path) -> None:
    ended = run(tmp_path, "talk", "--model", "simulator", "--input", "/nowhere.wav", "--json")

    assert (ended.code, ended.err) == (1, "There is no file /nowhere.wav. Check the path.\n")
    assert ended.summary["error"] == "There is no file /nowhere.wav."


# --- odd files that are spoken ----------------------------------------------------------------


def eight_bit(path: Path) -> Path:
    octets = (utterance().astype(np.int32) // 256 + 128).astype(np.uint8)
    path.write_bytes(wav_bytes(octets.tobytes(), bits=8))
    return path


def many_channels(path: Path) -> Path:
    fast = resample(utterance(), 24_000, 96_000)
    return write_wav(path, fast, rate_hz=96_000, channels=6)


def cut_short(path: Path) -> Path:
    said = utterance().tobytes()
    path.write_bytes(wav_bytes(said, data_size=4 * len(said)))
    return path


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    home = tmp_path_factory.mktemp("odd")
    files = (
        eight_bit(home / "8-bit.wav"),
        many_channels(home / "96-kHz-6-channels.wav"),
        cut_short(home / "cut.wav"),
    )
    words = [word for file in files for word in ("--input", str(file))]
    return run(home, "talk", "--model", "simulator", "--json", *QUICK, *words)


def test_odd_files_are_spoken_and_answered(odd: Ended) -> None:
    assert odd.code == 0
    assert odd.summary["error"] is None
    names = ["8-bit.wav", "96-kHz-6-channels.wav", "cut.wav"]
    assert [turn["input_name"] for turn in odd.turns] == names
    assert {turn["status"] for turn in odd.turns} == {"ok"}
    assert_whole(odd.folder, turns=3)


def test_a_file_that_is_cut_short_is_said_to_be(odd: Ended) -> None:
    assert "cut.wav is cut short: it promises 2.4 s and holds 0.6 s. What" in odd.err


def test_what_was_spoken_is_on_the_left(odd: Ended) -> None:
    left = np.abs(stereo(odd.folder)[:, 0].astype(np.int32))

    assert np.count_nonzero(left > 800) > 3 * 4000


# --- three hours ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    home = tmp_path_factory.mktemp("long")
    path, size = home / "long.wav", 3 * 3600 * 48_000 * 2
    with path.open("wb") as file:
        head = resample(utterance(), 24_000, 48_000).tobytes()
        file.write(wav_bytes(head, rate_hz=48_000, data_size=size))
        file.truncate(44 + size)
    yield home, path
    path.unlink()


def test_three_hours_start_at_once_fill_no_memory_and_can_be_stopped(
    long_file: tuple[Path, Path],
) -> None:
    home, path = long_file
    words = ("talk", "--model", "simulator", "--json", *QUICK, "--input", str(path))

    with program(home, *words) as running:
        first = json.loads(running.line())
        memory_mb = peak_mb(running.pid)
        running.signal(SIGINT)
        ended = running.end()

    assert (first["type"], first["status"]) == ("turn", "ok")
    assert memory_mb < MOST_MEMORY_MB
    assert ended.code == 130
    assert ended.summary["end_reason"] == "Interrupted by the user."
    assert_whole(ended.folder, turns=1)

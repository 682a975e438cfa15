import json
import threading
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import EngineError, WeightsError
from app.localengine.stages.espeak import Phonemizer
from app.localengine.stages.piper import PiperVoice
from app.localengine.stages.piper_split import split_voice
from app.localengine.weights_store import sha256_of
from tests.support.voices import tiny_voice

TEXT = "Seven men made a nice evening of it, and then ten more men came and sat there too."


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer()


def spoken(voice: PiperVoice, text: str = TEXT) -> list[np.ndarray]:
    return list(voice.speak(text, speed=1.0, stop=threading.Event()))


def test_a_voice_is_cut_once_and_its_halves_are_kept(tmp_path: Path) -> None:
    path = tiny_voice(tmp_path)

    first = split_voice(path, tmp_path / "derived")
    assert first is not None
    made_ns = first.decoder.stat().st_mtime_ns
    second = split_voice(path, tmp_path / "derived")

    assert second == first
    assert first.cut == "latent"
    assert first.decoder.stat().st_mtime_ns == made_ns
    assert first.decoder.parent.name == sha256_of(path)
    note = json.loads((first.decoder.parent / "split.json").read_text())
    assert note["source_sha256"] == sha256_of(path)


def test_a_damaged_half_is_made_again(tmp_path: Path) -> None:
    path = tiny_voice(tmp_path)
    halves = split_voice(path, tmp_path / "derived")
    assert halves is not None
    good = halves.decoder.read_bytes()
    halves.decoder.write_bytes(good[:-1] + b"?")

    assert split_voice(path, tmp_path / "derived") == halves
    assert halves.decoder.read_bytes() == good


def test_a_network_without_a_decoder_of_its_own_is_not_cut(tmp_path: Path) -> None:
    path = tiny_voice(tmp_path, decoder_node="/other/Conv")

    assert split_voice(path, tmp_path / "derived") is None


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "voice.onnx"
    path.write_bytes(b"\xff" * 100)

    with pytest.raises(WeightsError, match=r"voice\.onnx is not an ONNX voice"):
        split_voice(path, tmp_path / "derived")


def test_windows_joined_are_the_whole_sentence(tmp_path: Path, phonemizer: Phonemizer) -> None:
    streamed = PiperVoice(tiny_voice(tmp_path), tmp_path / "derived", phonemizer)
    (tmp_path / "whole").mkdir()
    path = tiny_voice(tmp_path / "whole", decoder_node="/other/Conv")
    whole = PiperVoice(path, tmp_path / "derived", phonemizer)

    windows, sentence = spoken(streamed), spoken(whole)

    assert (streamed.streams, whole.streams) == (True, False)
    assert [len(window) for window in windows[:2]] == [24, 48]
    assert len(sentence) == 1
    assert np.array_equal(np.concatenate(windows), sentence[0])


def test_a_voice_with_speakers_speaks_as_the_first(tmp_path: Path, phonemizer: Phonemizer) -> None:
    voice = PiperVoice(tiny_voice(tmp_path, speakers=3), tmp_path / "derived", phonemizer)

    assert voice.streams
    assert np.concatenate(spoken(voice)).any()


def test_stopping_ends_between_windows(tmp_path: Path, phonemizer: Phonemizer) -> None:
    voice = PiperVoice(tiny_voice(tmp_path), tmp_path / "derived", phonemizer)
    stop = threading.Event()
    pieces = voice.speak(TEXT, speed=1.0, stop=stop)

    next(pieces)
    stop.set()

    assert list(pieces) == []


def test_text_without_sounds_is_a_short_silence(tmp_path: Path, phonemizer: Phonemizer) -> None:
    voice = PiperVoice(tiny_voice(tmp_path), tmp_path / "derived", phonemizer)

    windows = spoken(voice, "\U0001f600 ...")

    assert [len(window) for window in windows] == [2205]
    assert not windows[0].any()


def test_a_network_of_another_kind_fails_in_one_sentence(
    tmp_path: Path, phonemizer: Phonemizer
) -> None:
    voice = PiperVoice(tiny_voice(tmp_path), tmp_path / "derived", phonemizer)
    voice._encoder = voice._decoder._network  # type: ignore[union-attr]  # another network's inputs

    with pytest.raises(EngineError, match="failed on its input"):
        spoken(voice)


def test_a_text_that_cannot_be_described_is_refused(tmp_path: Path, phonemizer: Phonemizer) -> None:
    path = tiny_voice(tmp_path)
    path.with_name("tiny.onnx.json").unlink()

    with pytest.raises(WeightsError, match="does not describe a Piper voice"):
        PiperVoice(path, tmp_path / "derived", phonemizer)

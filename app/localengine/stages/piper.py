"""Piper voices (VITS) by onnxruntime, streamed: the decoder runs on windows of a sentence.

Twelve frames of context on each side of a window make the joins inaudible (94 dB against the
whole sentence). A voice whose network cannot be cut speaks whole sentences.
"""

import json
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.errors import WeightsError
from app.localengine.ports import Waveform
from app.localengine.stages.espeak import Phonemizer
from app.localengine.stages.networks import open_network, run_network
from app.localengine.stages.piper_split import SplitVoice, split_voice

_FIRST_FRAMES, _MOST_FRAMES, _CONTEXT_FRAMES = 24, 64, 12
_SILENCE_S = 0.1
_PAD, _BEGIN, _END = "_", "^", "$"
_SLOWEST, _FASTEST = 0.25, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PiperConfig:
    """What a voice's JSON file says.

    Attributes:
        phoneme_ids: Network inputs of each phoneme, one character each.
        scales: Noise, length and phoneme-width noise.
        speakers: 1, or how many voices the network has.
    """

    rate_hz: int
    language: str
    phoneme_ids: Mapping[str, tuple[int, ...]]
    scales: tuple[float, float, float]
    speakers: int = 1

    @classmethod
    def read(cls, path: Path) -> "PiperConfig":
        """Read the file beside a voice.

        Raises:
            WeightsError: If it is missing or not such a file.
        """
        try:
            table: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
            inference = table.get("inference", {})
            ids = {key: tuple(map(int, row)) for key, row in table["phoneme_id_map"].items()}
            ids = {mark: ids[mark] for mark in (_PAD, _BEGIN, _END)} | ids
            return cls(
                rate_hz=int(table["audio"]["sample_rate"]),
                language=str(table["espeak"]["voice"]),
                phoneme_ids=ids,
                scales=(
                    float(inference.get("noise_scale", 0.667)),
                    float(inference.get("length_scale", 1.0)),
                    float(inference.get("noise_w", 0.8)),
                ),
                speakers=int(table.get("num_speakers") or 1),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
            raise WeightsError(
                f"{path.name} does not describe a Piper voice",
                hint="A voice is two files: NAME.onnx and NAME.onnx.json beside it.",
            ) from exc

    def ids(self, phonemes: str) -> list[int]:
        """Return the network's input for ``phonemes``; unknown ones are left out."""
        pad = self.phoneme_ids[_PAD]
        ids = [*self.phoneme_ids[_BEGIN], *pad]
        for phoneme in unicodedata.normalize("NFD", phonemes):
            if known := self.phoneme_ids.get(phoneme):
                ids += [*known, *pad]
        return [*ids, *self.phoneme_ids[_END]]


class PiperVoice:
    """A ``Voice``. One thread at a time.

    Args:
        path: The network (.onnx); its description lies beside it as ``.onnx.json``.
        derived: Folder where the halves of a cut voice are kept.
        phonemizer: Shared by all voices.

    Raises:
        WeightsError: If a file is not what it must be.
    """

    def __init__(self, path: Path, derived: Path, phonemizer: Phonemizer) -> None:
        self._config = PiperConfig.read(path.with_name(path.name + ".json"))
        self._phonemizer = phonemizer
        split = split_voice(path, derived)
        self._encoder = open_network(split.encoder if split else path)
        self._decoder = _Decoder(split, self._feeds_speaker()) if split else None

    def _feeds_speaker(self) -> bool:
        return any(node.name == "sid" for node in self._encoder.get_inputs())

    @property
    def rate_hz(self) -> int:
        """Rate of what it speaks."""
        return self._config.rate_hz

    @property
    def streams(self) -> bool:
        """Whether the first audio of a sentence comes before its last is made."""
        return self._decoder is not None

    def speak(self, text: str, *, speed: float, stop: threading.Event) -> Iterator[Waveform]:
        """Speak ``text`` piece by piece; text without sounds is a short silence.

        Raises:
            EngineError: If the network fails.
        """
        phonemes = self._phonemizer.phonemes(text, self._config.language)
        if not phonemes:
            yield np.zeros(int(self.rate_hz * _SILENCE_S), dtype=np.float32)
            return
        output = run_network(self._encoder, self._inputs(phonemes, speed))
        if self._decoder is None:
            yield output.reshape(-1)
            return
        for window in self._decoder.windows(output):
            yield window
            if stop.is_set():
                return

    def _inputs(self, phonemes: str, speed: float) -> dict[str, NDArray[Any]]:
        ids = self._config.ids(phonemes)
        noise, length, width = self._config.scales
        pace = min(max(speed, _SLOWEST), _FASTEST)
        inputs: dict[str, NDArray[Any]] = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": np.array([noise, length / pace, width], dtype=np.float32),
        }
        if self._feeds_speaker():
            inputs["sid"] = np.zeros(1, dtype=np.int64)
        return inputs


class _Decoder:
    """The second half of a cut voice."""

    def __init__(self, split: SplitVoice, speaker: bool) -> None:  # noqa: FBT001 - private
        self._network = open_network(split.decoder)
        self._cut = split.cut
        self._extra = {"sid": np.zeros(1, dtype=np.int64)} if speaker else {}

    def windows(self, latent: NDArray[np.float32]) -> Iterator[Waveform]:
        """Decode ``latent``, shape (1, channels, frames): a short window, then longer ones."""
        frames = latent.shape[2]
        at, size = 0, _FIRST_FRAMES
        while at < frames:
            end = min(frames, at + size)
            if frames - end < _CONTEXT_FRAMES:
                end = frames
            first = max(0, at - _CONTEXT_FRAMES)
            last = min(frames, end + _CONTEXT_FRAMES)
            feeds: dict[str, NDArray[Any]] = {self._cut: latent[:, :, first:last], **self._extra}
            samples = run_network(self._network, feeds).reshape(-1)
            hop = len(samples) // (last - first)
            yield samples[(at - first) * hop : (end - first) * hop]
            at, size = end, min(_MOST_FRAMES, size * 2)

"""Kokoro-82M (int8) by onnxruntime: a slower and more natural voice, clause by clause.

Phonemes come from espeak-ng and are respelled to the ones the network was trained on.

Source: the model's published symbol table; 510 symbols at most, 24 kHz.
"""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from app.core.errors import EngineError, WeightsError
from app.localengine.ports import Waveform
from app.localengine.stages.espeak import Phonemizer
from app.localengine.stages.networks import NETWORK_ERRORS, open_network

RATE_HZ = 24_000
_STYLE_ROWS, _STYLE_SIZE = 510, 256
_MOST_SYMBOLS = 500
_QUIET = 0.003
_STOP_POLL_S = 0.02
_LEAD = RATE_HZ * 30 // 1000
_SLOWEST, _FASTEST = 0.5, 2.0

# Runs of consecutive numbers of the symbol table.
_RUNS = (
    (1, ";:,.!?"),
    (9, '—…"()“” '),
    (17, "\u0303ʣʥʦʨᵝ"),
    (24, "A"), (25, "I"), (31, "O"), (33, "Q"), (35, "ST"), (39, "W"), (41, "Yᵊ"),
    (43, "abcdef"), (50, "hijklmnopqrstuvwxyz"),
    (69, "ɑɐɒæ"), (75, "βɔɕç"), (80, "ɖðʤə"), (85, "ɚɛɜ"), (90, "ɟ"), (92, "\u0261"), (99, "ɥ"),
    (101, "ɨɪʝ"), (110, "ɯɰŋɳɲɴø"), (118, "ɸθœ"), (123, "ɹ"), (125, "ɾɻ"), (128, "ʁɽʂʃʈʧ"),
    (135, "ʊʋ"), (138, "ʌɣɤ"), (142, "χʎ"), (147, "ʒʔ"), (156, "ˈˌː"), (162, "ʰ"), (164, "ʲ"),
    (169, "↓"), (171, "→↗↘"), (177, "ᵻ"),
)  # fmt: skip
SYMBOLS = {char: start + n for start, chars in _RUNS for n, char in enumerate(chars)}

_BOTH = (
    ("e\u026a", "A"), ("a\u026a", "I"), ("aʊ", "W"), ("ɔɪ", "Y"), ("dʒ", "ʤ"), ("tʃ", "ʧ"),
    ("ɐ", "ə"), ("r", "ɹ"), ("x", "k"), ("ɬ", "l"), ("ʲ", "j"), ("ɚ", "əɹ"), ("\u0329", ""),
)  # fmt: skip
_AMERICAN = (("oʊ", "O"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("\u026aə", "iə"), ("\u02d0", ""))
_BRITISH = (("əʊ", "Q"), ("eə", "ɛː"), ("iə", "\u026aə"))


class KokoroNetwork:
    """The network, loaded when it is first needed. One thread at a time.

    Args:
        find: Returns the path of the checked file.
    """

    def __init__(self, find: Callable[[], Path]) -> None:
        self._find = find
        self._network: onnxruntime.InferenceSession | None = None

    def run(
        self, symbols: list[int], style: NDArray[np.float32], speed: float, stop: threading.Event
    ) -> Waveform | None:
        """Return the audio of ``symbols`` without the silence before it, or None once stopped.

        A run takes about half as long as its sound; ``stop`` breaks it off within 20 ms.

        Raises:
            WeightsError: If the file is missing or damaged.
        """
        if self._network is None:
            self._network = open_network(self._find())
        feeds: dict[str, NDArray[Any]] = {
            "tokens": np.array([[0, *symbols, 0]], dtype=np.int64),
            "style": style,
            "speed": np.array([speed], dtype=np.float32),
        }
        audio = _run_until(stop, self._network, feeds)
        if audio is None:
            return None
        loud = np.flatnonzero(np.abs(audio) > _QUIET)
        return audio[max(0, int(loud[0]) - _LEAD) :] if len(loud) else audio


def _run_until(
    stop: threading.Event, network: onnxruntime.InferenceSession, feeds: dict[str, NDArray[Any]]
) -> Waveform | None:
    options = onnxruntime.RunOptions()
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_STOP_POLL_S):
            if stop.is_set():
                options.terminate = True
                return

    watcher = threading.Thread(target=watch, name="kokoro-stop", daemon=True)
    watcher.start()
    try:
        audio: Waveform = network.run(None, feeds, options)[0].reshape(-1)
    except NETWORK_ERRORS as exc:
        if stop.is_set():
            return None
        raise EngineError("the voice failed to speak") from exc
    finally:
        done.set()
        watcher.join()
    return audio


class KokoroVoice:
    """A ``Voice`` of the network. One thread at a time.

    Args:
        network: Shared by the voices.
        find_style: Returns the path of this voice's checked file: (510, 256) float32.
        british: Whether it speaks British English.
        phonemizer: Shared by all voices.
    """

    def __init__(
        self,
        network: KokoroNetwork,
        find_style: Callable[[], Path],
        phonemizer: Phonemizer,
        *,
        british: bool,
    ) -> None:
        self._network = network
        self._find_style = find_style
        self._phonemizer = phonemizer
        self._british = british
        self._styles: NDArray[np.float32] | None = None

    @property
    def rate_hz(self) -> int:
        """Rate of what it speaks."""
        return RATE_HZ

    def speak(self, text: str, *, speed: float, stop: threading.Event) -> Iterator[Waveform]:
        """Speak ``text``, 500 symbols at a time; text without sounds is a short silence.

        Raises:
            WeightsError: If a file is missing or damaged.
        """
        language = "en-gb" if self._british else "en-us"
        symbols = to_symbols(self._phonemizer.phonemes(text, language), british=self._british)
        if not symbols:
            yield np.zeros(RATE_HZ // 10, dtype=np.float32)
        pace = min(max(speed, _SLOWEST), _FASTEST)
        for at in range(0, len(symbols), _MOST_SYMBOLS):
            part = symbols[at : at + _MOST_SYMBOLS]
            audio = self._network.run(part, self._style(len(part)), pace, stop)
            if audio is None:
                return
            yield audio

    def _style(self, length: int) -> NDArray[np.float32]:
        if self._styles is None:
            path = self._find_style()
            styles = np.fromfile(path, dtype="<f4").astype(np.float32)
            if styles.size != _STYLE_ROWS * _STYLE_SIZE:
                raise WeightsError(f"{path.name} is not a Kokoro voice")
            self._styles = styles.reshape(_STYLE_ROWS, 1, _STYLE_SIZE)
        style: NDArray[np.float32] = self._styles[length]
        return style


def to_symbols(phonemes: str, *, british: bool) -> list[int]:
    """Return the network's numbers for espeak-ng's phonemes; unknown ones are left out."""
    for old, new in (*_BOTH, *(_BRITISH if british else _AMERICAN)):
        phonemes = phonemes.replace(old, new)
    return [SYMBOLS[char] for char in phonemes if char in SYMBOLS]

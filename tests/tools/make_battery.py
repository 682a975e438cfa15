"""Makes ``resources/battery``: ``python -m tests.tools.make_battery [FOLDER]``.

Speech is synthesised by Kokoro (voice ``af_heart``; Apache-2.0) from the user's own weights,
the cough and the door are computed from noise with a fixed seed, and the television is a
public-domain recording of ``resources/samples``. The same weights give the same files. What
the built-in recogniser and speech detector make of each is printed at the end.
"""

import json
import sys
import threading
import wave
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import lfilter

from app.core.audio_format import SESSION_RATE_HZ
from app.core.resources import resource
from app.dsp.pcm import from_float, to_bytes
from app.dsp.speech import block_levels_dbfs, speech_bounds
from app.inference.silero import SileroNetwork, SileroVad
from app.localengine.stages.espeak import Phonemizer
from app.localengine.stages.kokoro import KokoroNetwork, KokoroVoice, to_symbols
from app.localengine.stages.moonshine import Moonshine
from app.localengine.weights import KOKORO, KOKORO_FOLDER, MOONSHINE, SILERO, open_store
from app.localengine.weights_store import WeightStore

VOICE: Final = "af_heart"
USER_DBFS: Final = -20.0
TELEVISION_DBFS: Final = USER_DBFS - 10.0
SEED: Final = 20
TAIL_MS: Final = 60
RANGE_DB: Final = 20.0
NETWORK_RATE_HZ: Final = 16_000
HOP: Final = 512

Waveform = NDArray[np.float32]

SPOKEN: Final = (
    ("prompt", "prompt", "Please count slowly from one to forty.", None),
    ("correction", "interruption", "No wait, I meant from ten to fifty.", None),
    ("stop", "interruption", "Stop, please.", None),
    ("question", "interruption", "What time is it in Tokyo?", None),
    ("mm-hm", "backchannel", "Mm-hm.", "mh\u02c8m."),
    ("right-right", "backchannel", "Right, right.", None),
    ("side-talk", "side_talk", "One sec, not you.", None),
    ("table-1", "pause", "I would like to book a table for,", None),
    ("table-2", "pause", "four people at eight o'clock.", None),
    ("number-1", "pause", "My number is five five five,", None),
    ("number-2", "pause", "two nine eight one.", None),
    ("letter-1", "pause", "Please send the letter to,", None),
    ("letter-2", "pause", "my brother in London.", None),
)
"""Name, kind, words, and the phonemes where the words alone would be spelt out."""

SPEECH_LICENCE: Final = "synthesised by Kokoro-82M (Apache-2.0)"
NOISE_LICENCE: Final = "computed; Apache-2.0 as the program"
TELEVISION: Final = "librivox_austen_0880.wav"


class Speaker:
    """Speaks with the user's own weights."""

    def __init__(self, store: WeightStore) -> None:
        self._phonemizer = Phonemizer()
        self._network = KokoroNetwork(lambda: store.verified(KOKORO))
        find = partial(store.verified, f"{KOKORO_FOLDER}/{VOICE}.bin")
        self._voice = KokoroVoice(self._network, find, self._phonemizer, british=False)
        self._style = np.fromfile(find(), dtype="<f4").reshape(-1, 1, 256)

    def say(self, words: str, phonemes: str | None) -> Waveform:
        """Return the sound of ``words``, 24 kHz, from its first to its last loud frame."""
        stop = threading.Event()
        if phonemes is None:
            sound = np.concatenate(list(self._voice.speak(words, speed=1.0, stop=stop)))
        else:
            symbols = to_symbols(phonemes, british=False)
            style = self._style[len(symbols)].astype(np.float32)
            said = self._network.run(symbols, style, 1.0, stop)
            assert said is not None
            sound = said
        return trimmed(sound)


def trimmed(sound: Waveform) -> Waveform:
    """Return ``sound`` from its first to its last loud frame, whatever silence is around it.

    Without any silence the rule asks for most: where its bounds are the sound's own, they are
    so everywhere.
    """
    while True:
        bounds = speech_bounds(from_float(sound), SESSION_RATE_HZ)
        assert bounds is not None
        if bounds.end - bounds.start == len(sound):
            return sound
        sound = sound[bounds.start : bounds.end]


def active_dbfs(sound: Waveform) -> float:
    """Return the level of the blocks of 10 ms that are within 20 dB of the loudest."""
    levels = block_levels_dbfs(from_float(sound), SESSION_RATE_HZ // 100)
    loud = levels[levels > levels.max() - RANGE_DB]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def at_level(sound: Waveform, level_dbfs: float) -> Waveform:
    """Return ``sound`` with this active level, trimmed."""
    sound = trimmed(sound)
    scaled: Waveform = sound * np.float32(10 ** ((level_dbfs - active_dbfs(sound)) / 20))
    return trimmed(scaled)


def cough(random: np.random.Generator) -> Waveform:
    """Return two coughs: a burst of noise each, through the resonances of an open mouth."""
    parts = [_one_cough(random, 0.26), np.zeros(SESSION_RATE_HZ // 10), _one_cough(random, 0.2)]
    return np.concatenate(parts).astype(np.float32)


def _one_cough(random: np.random.Generator, lasts_s: float) -> NDArray[np.float64]:
    seconds = np.arange(round(lasts_s * SESSION_RATE_HZ)) / SESSION_RATE_HZ
    burst = np.exp(-seconds / 0.02) + 0.35 * np.exp(-seconds / 0.09)
    noise = random.standard_normal(len(seconds)) * burst * np.minimum(1.0, seconds / 0.002)
    shaped = sum(
        weight * _resonance(noise, hz) for hz, weight in ((650, 1), (1400, 0.7), (2900, 0.4))
    )
    fade = np.minimum(1.0, (seconds[-1] - seconds) / 0.03)
    return np.asarray(shaped * fade)


def _resonance(noise: NDArray[np.float64], hz: float, width_hz: float = 250) -> NDArray[np.float64]:
    radius = np.exp(-np.pi * width_hz / SESSION_RATE_HZ)
    turn = 2 * np.pi * hz / SESSION_RATE_HZ
    return np.asarray(lfilter([1 - radius], [1, -2 * radius * np.cos(turn), radius**2], noise))


def door(random: np.random.Generator) -> Waveform:
    """Return a slam: a click, the door's own low modes, and a rattle that dies away."""
    seconds = np.arange(round(0.6 * SESSION_RATE_HZ)) / SESSION_RATE_HZ
    modes = sum(
        weight * np.exp(-seconds / decay) * np.sin(2 * np.pi * hz * seconds)
        for hz, decay, weight in (
            (62, 0.3, 1.0),
            (118, 0.22, 0.7),
            (205, 0.13, 0.5),
            (390, 0.03, 0.3),
        )
    )
    click = random.standard_normal(len(seconds)) * np.exp(-seconds / 0.006)
    rattle = _resonance(random.standard_normal(len(seconds)) * np.exp(-seconds / 0.15), 900)
    fade = np.minimum(1.0, (seconds[-1] - seconds) / 0.03)
    return np.asarray((modes + 0.8 * click + 0.8 * rattle) * fade, dtype=np.float32)


def television() -> Waveform:
    """Return a man who reads, as it comes out of the television."""
    with wave.open(str(resource("samples", TELEVISION))) as file:
        rate_hz = file.getframerate()
        said = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return trimmed(soxr.resample(said.astype(np.float32) / 32768, rate_hz, SESSION_RATE_HZ, "VHQ"))


def write(folder: Path, name: str, sound: Waveform) -> Path:
    """Write ``sound``, with silence after it, as 24 kHz mono 16 bit."""
    path = folder / f"{name}.wav"
    tail = np.zeros(SESSION_RATE_HZ * TAIL_MS // 1000, np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SESSION_RATE_HZ)
        file.writeframes(to_bytes(np.concatenate((from_float(sound), tail))))
    return path


def make(folder: Path) -> list[dict[str, Any]]:
    """Write every file and the manifest; return its entries."""
    folder.mkdir(parents=True, exist_ok=True)
    speaker, random = Speaker(open_store()), np.random.default_rng(SEED)
    made = [
        (name, kind, words, SPEECH_LICENCE, at_level(speaker.say(words, phonemes), USER_DBFS))
        for name, kind, words, phonemes in SPOKEN
    ]
    words = "He was not an ill-disposed young man."
    licence = f"LibriVox, public domain; resources/samples/{TELEVISION}"
    made += [
        ("cough", "noise", "", NOISE_LICENCE, at_level(cough(random), USER_DBFS)),
        ("door", "noise", "", NOISE_LICENCE, at_level(door(random), USER_DBFS)),
        ("television", "background", words, licence, at_level(television(), TELEVISION_DBFS)),
    ]
    entries = []
    for name, kind, said, terms, sound in made:
        write(folder, name, sound)
        entries.append({"name": name, "kind": kind, "words": said, "licence": terms})
    text = json.dumps({"stimuli": entries}, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")
    return entries


def heard(path: Path, recogniser: Moonshine, network: SileroNetwork) -> str:
    """Return what the built-in detector and recogniser make of a file."""
    with wave.open(str(path)) as file:
        said = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    sounding: Waveform = said.astype(np.float32) / np.float32(32768)
    sound = soxr.resample(sounding, SESSION_RATE_HZ, NETWORK_RATE_HZ)
    around = np.zeros(NETWORK_RATE_HZ // 4, np.float32)
    sound = np.concatenate((around, sound, around)).astype(np.float32)
    detector = SileroVad(network)
    hops = [detector.probability(sound[at : at + HOP]) for at in range(0, len(sound) - HOP, HOP)]
    speech = sum(each >= 0.5 for each in hops)
    return (
        f"{len(said) / SESSION_RATE_HZ:.2f} s, {active_dbfs(sounding):.1f} dBFS, "
        f"speech in {speech} of {len(hops)} hops, {recogniser.transcribe(sound)!r}"
    )


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else resource("battery")
    entries, store = make(folder), open_store()
    recogniser = Moonshine(
        encoder=store.verified(f"{MOONSHINE}/encoder_model.ort"),
        decoder=store.verified(f"{MOONSHINE}/decoder_model_merged.ort"),
        tokenizer=store.verified(f"{MOONSHINE}/tokenizer.bin"),
    )
    network = SileroNetwork(store.verified(SILERO))
    for entry in entries:
        path = folder / f"{entry['name']}.wav"
        sys.stdout.write(f"{entry['name']}: {heard(path, recogniser, network)}\n")


if __name__ == "__main__":
    main()

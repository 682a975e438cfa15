"""The weights of the speech engine, as the command line and the engine ask for them."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.core.ports.weights import WeightStatus
from app.localengine.stages.piper_split import split_voice
from app.localengine.weights_clients import CLIENTS
from app.localengine.weights_fetch import WeightFetcher
from app.localengine.weights_lock import DEFAULT_SET, lock_path, read_lock
from app.localengine.weights_store import WeightStore, weights_folder

SILERO = "vad/silero_vad.onnx"
MOONSHINE = "asr/moonshine-tiny-en"
SMOLLM = "llm/SmolLM2-135M-Instruct.Q4_1.gguf"
PIPER_JOE = "tts/piper/en_US-joe-medium.onnx"
KOKORO = "tts/kokoro/kokoro-v1.0.int8.onnx"
KOKORO_SET = "kokoro"
KOKORO_FOLDER = "tts/kokoro/voices"
KOKORO_VOICES = ("af_heart", "af_bella", "am_michael", "am_puck", "bf_emma", "bm_george")
_DERIVED = "derived"


def open_store(environment: Mapping[str, str] | None = None) -> WeightStore:
    """Return the user's store, whether or not anything is in it.

    Raises:
        WeightsError: If the list of weight files is damaged.
    """
    folder = weights_folder(os.environ if environment is None else environment)
    return WeightStore(folder, read_lock(lock_path()))


def derived_folder(store: WeightStore) -> Path:
    """Return where files made out of weights are kept."""
    return store.folder / _DERIVED


class Weights:
    """A ``WeightKeeper`` over one store."""

    def __init__(self, store: WeightStore) -> None:
        self._store = store

    @property
    def folder(self) -> str:
        """Where the files are."""
        return str(self._store.folder)

    @property
    def sets(self) -> Sequence[str]:
        """Names of the sets, the default first."""
        return self._store.lock.sets

    def status(self) -> Sequence[WeightStatus]:
        """Check every file of every set against its sha256."""
        return self._store.status()

    def fetch(self, sets: Sequence[str], say: Callable[[str], None]) -> None:
        """Fetch what is missing or damaged, and cut the built-in voice for streaming.

        Raises:
            WeightsError: If a file could not be had; what has arrived stays.
        """
        fetched = WeightFetcher(self._store, CLIENTS).fetch(sets, say)
        if DEFAULT_SET in sets:
            if fetched:
                say("preparing the voice for streaming")
            split_voice(self._store.path(PIPER_JOE), derived_folder(self._store))


def weight_keeper() -> Weights:
    """Return the keeper of the user's store: what ``weights fetch`` and ``list`` are given.

    Raises:
        WeightsError: If the list of weight files is damaged.
    """
    return Weights(open_store())

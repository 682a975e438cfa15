"""Chooses, checks, loads and warms the models of the embedded engine.

Imports the inference libraries, so the simulator and the front ends never import this module.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from app.core.errors import ConfigError
from app.core.ports import VoiceActivity
from app.localengine.engine import EmbeddedEngine, Stages, Workers
from app.localengine.ports import (
    LISTENING_RATE_HZ,
    LanguageModel,
    Message,
    Recognizer,
    Role,
    Voice,
)
from app.localengine.stages.espeak import Phonemizer
from app.localengine.stages.kokoro import KokoroNetwork, KokoroVoice
from app.localengine.stages.moonshine import Moonshine
from app.localengine.stages.openai_chat import OpenAiChat, chat_base
from app.localengine.stages.piper import PiperVoice
from app.localengine.stages.prompts import FewShotPrompt, PlainPrompt
from app.localengine.stages.smollm import LlamaModel
from app.localengine.weights import (
    KOKORO,
    KOKORO_FOLDER,
    KOKORO_SET,
    KOKORO_VOICES,
    MOONSHINE,
    PIPER_JOE,
    SILERO,
    SMOLLM,
    derived_folder,
)
from app.localengine.weights_store import WeightStore

JOE = "joe"
_REPLY_TOKENS = 96
_OWN_MODEL_TOKENS = 512
_OWN_CONTEXT_TOKENS = 8_192
_SPARE_TOKENS = 1_024
"""The estimate of a prompt's tokens may be short by this much."""
_VOICE_HINT = (
    f"Choose {JOE}, one of {', '.join(KOKORO_VOICES)}, or the path of a Piper voice (.onnx)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineChoice:
    """Which models to use; None is the built-in one.

    Attributes:
        llm: A .gguf path, or the base URL of an OpenAI-compatible chat endpoint.
        llm_model: Model name sent to that endpoint.
        llm_key: Its key, in memory only.
        voice: A Piper .onnx path, or the name of a built-in voice to be the default.
    """

    llm: str | None = None
    llm_model: str | None = None
    llm_key: str | None = None
    voice: str | None = None


async def open_engine(
    store: WeightStore,
    load_vad: Callable[[Path], Callable[[], VoiceActivity]],
    choice: EngineChoice | None = None,
) -> EmbeddedEngine:
    """Load the models, each in its own thread, and return the engine when all are warm.

    Args:
        store: Every file is hashed as it is loaded.
        load_vad: Loads the detector's file and returns what makes a detector per stream.
        choice: Other models than the built-in ones.

    Raises:
        WeightsError: If a file is missing or damaged.
        ConfigError: If ``choice`` names what cannot be used.
    """
    choice = choice or EngineChoice()
    _check(choice)
    workers = Workers.make()
    async with AsyncExitStack() as undo:
        undo.push_async_callback(workers.close)
        new_vad = await asyncio.to_thread(lambda: load_vad(store.verified(SILERO)))
        recognizer, language_model, voices = await asyncio.gather(
            workers.listen.submit(_load_recognizer, store),
            workers.think.submit(_warm_language_model, store, choice),
            workers.speak.submit(_load_voices, store, choice),
        )
        undo.pop_all()
    stages = Stages(
        new_vad=new_vad,
        recognizer=recognizer,
        language_model=language_model,
        voices=voices,
        reply_tokens=_REPLY_TOKENS if choice.llm is None else _OWN_MODEL_TOKENS,
        foresees=not isinstance(language_model, OpenAiChat),  # asking twice may cost money
        elsewhere=isinstance(language_model, OpenAiChat) and not language_model.here,
    )
    return EmbeddedEngine(stages, workers)


def _check(choice: EngineChoice) -> None:
    """Look whether what is named can be, before anything is loaded for seconds.

    Raises:
        ConfigError: If it cannot.
    """
    if choice.llm is not None and "://" in choice.llm:
        chat_base(choice.llm)
    elif choice.llm is not None:
        _own_file(choice.llm, ".gguf")
    if choice.voice is None:
        return
    if Path(choice.voice).suffix == ".onnx":
        _own_file(choice.voice, ".onnx")
    elif choice.voice not in (JOE, *KOKORO_VOICES):
        raise ConfigError(f"there is no voice called {choice.voice!r}", hint=_VOICE_HINT)


def _load_recognizer(store: WeightStore) -> Recognizer:
    recognizer = Moonshine(
        encoder=store.verified(f"{MOONSHINE}/encoder_model.ort"),
        decoder=store.verified(f"{MOONSHINE}/decoder_model_merged.ort"),
        tokenizer=store.verified(f"{MOONSHINE}/tokenizer.bin"),
    )
    recognizer.transcribe(np.zeros(LISTENING_RATE_HZ, dtype=np.float32))
    return recognizer


def _load_language_model(store: WeightStore, choice: EngineChoice) -> LanguageModel:
    if choice.llm is not None and "://" in choice.llm:
        base = chat_base(choice.llm)
        return OpenAiChat(base, choice.llm_model, choice.llm_key, PlainPrompt())
    if choice.llm is None:
        return LlamaModel(store.verified(SMOLLM), FewShotPrompt())
    prompt = PlainPrompt(most_tokens=_OWN_CONTEXT_TOKENS - _OWN_MODEL_TOKENS - _SPARE_TOKENS)
    return LlamaModel(_own_file(choice.llm, ".gguf"), prompt, _OWN_CONTEXT_TOKENS)


def _warm_language_model(store: WeightStore, choice: EngineChoice) -> LanguageModel:
    """Return the model; a local one has read what every prompt begins with."""
    model = _load_language_model(store, choice)
    if isinstance(model, LlamaModel):
        hello = Message(role=Role.USER, text="Hello.")
        model.reply([hello], max_tokens=1, stop=threading.Event(), emit=lambda _: None)
    return model


def _load_voices(store: WeightStore, choice: EngineChoice) -> Mapping[str, Voice]:
    """Return the voices there are, the chosen one first and warm."""
    phonemizer = Phonemizer()
    voices: dict[str, Voice] = {}
    chosen = choice.voice or JOE
    if Path(chosen).suffix == ".onnx":
        path = _own_file(chosen, ".onnx")
        voices[path.stem] = PiperVoice(path, derived_folder(store), phonemizer)
        chosen = path.stem
    else:
        voices[JOE] = _joe(store, phonemizer)
    if chosen in KOKORO_VOICES or store.has_set(KOKORO_SET):
        voices |= _kokoro(store, phonemizer)
    voices = {chosen: voices[chosen], **voices}
    first = next(iter(voices.values()))
    for _ in first.speak("Hello there, warm up.", speed=1.0, stop=threading.Event()):
        pass
    return voices


def _joe(store: WeightStore, phonemizer: Phonemizer) -> PiperVoice:
    store.verified(f"{PIPER_JOE}.json")
    return PiperVoice(store.verified(PIPER_JOE), derived_folder(store), phonemizer)


def _kokoro(store: WeightStore, phonemizer: Phonemizer) -> dict[str, Voice]:
    network = KokoroNetwork(lambda: store.verified(KOKORO))
    return {
        name: KokoroVoice(
            network,
            partial(store.verified, f"{KOKORO_FOLDER}/{name}.bin"),
            phonemizer,
            british=name.startswith("b"),
        )
        for name in KOKORO_VOICES
    }


def _own_file(name: str, suffix: str) -> Path:
    path = Path(name).expanduser()
    if path.suffix != suffix or not path.is_file():
        raise ConfigError(f"there is no {suffix} file at {name}", hint="Check the path.")
    return path

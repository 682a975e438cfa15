"""A GGUF language model by llama.cpp (xllamacpp), in this process, on one thread.

llama.cpp opens a loopback port of its own whether asked or not; it is locked with a key that
nobody is told.
"""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import xllamacpp

from app.core.errors import EngineError, WeightsError
from app.localengine.ports import Message
from app.localengine.stages.prompts import ChatPrompt, estimate_tokens

_SAMPLING = {"temperature": 0.2, "top_p": 0.9, "repeat_penalty": 1.1}


class LlamaModel:
    """A ``LanguageModel``. One thread at a time; one thread of work is the fastest measured.

    Args:
        path: The model file.
        prompt: How a conversation becomes the model's messages.
        context_tokens: Room for the conversation and the reply.

    Raises:
        WeightsError: If the file is not a model that llama.cpp can run.
    """

    def __init__(self, path: Path, prompt: ChatPrompt, context_tokens: int = 2_048) -> None:
        self._prompt = prompt
        try:
            self._server = xllamacpp.Server(_parameters(path, context_tokens))
        except (RuntimeError, ValueError) as exc:
            raise WeightsError(
                f"the language model {path.name} cannot be loaded", hint="Name a .gguf file."
            ) from exc

    def reply(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        stop: threading.Event,
        emit: Callable[[str], None],
    ) -> None:
        """Write a reply; ``stop`` ends it within one token.

        Raises:
            EngineError: If the model refuses the conversation.
        """
        refused: list[str] = []

        def take(part: Mapping[str, Any]) -> bool:
            if error := part.get("error"):
                refused.append(str(error.get("type", error))[:100])
            elif not stop.is_set() and (text := delta_text(part)):
                emit(text)
            return stop.is_set()  # True makes llama.cpp drop the task

        if stop.is_set():
            return
        self._server.handle_chat_completions(
            {
                **_SAMPLING,
                "messages": list(self._prompt.wire_messages(messages)),
                "max_tokens": max_tokens,
                "stream": True,
                "cache_prompt": True,
            },
            take,
        )
        if refused:
            raise EngineError(f"the language model refused the conversation ({refused[0]})")

    def count_tokens(self, text: str) -> int:
        """Return about how many tokens ``text`` takes."""
        return estimate_tokens(text)


def delta_text(part: Mapping[str, Any]) -> str:
    """Return the words that one streamed part of a chat completion adds, "" if none."""
    for choice in part.get("choices") or ():
        delta = choice.get("delta") or {}
        return str(delta.get("content") or "")
    return ""


def _parameters(path: Path, context_tokens: int) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = context_tokens
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_threads_http = 1
    parameters.cache_ram_mib = 0  # swapping prompts to it costs more than it saves
    parameters.verbosity = -1
    parameters.warmup = True
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.api_keys = [secrets.token_urlsafe(32)]
    return parameters

"""What the realtime server needs of a speech engine, and of that engine's stages.

The embedded engine and the simulator both are a ``SpeechEngine``; the server in front of them
cannot tell which. One engine serves every session of the process; weights are loaded once.
"""

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds

LISTENING_RATE_HZ = 16_000
Waveform: TypeAlias = NDArray[np.float32]
"""Mono samples, shape (frames,), range [-1, 1)."""


# --- what the server asks of an engine -------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorSettings:
    """Server VAD: probability threshold 0 to 1, padding and silence in ms.

    ``least_ms``: sound that begins now and is over sooner is no speech. A detector of speech
    proper may take no heed of it.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_ms: int = 200
    least_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechMark:
    """Speech began (``started``) or ended at ``at_ms`` of the audio fed so far.

    ``at_ms`` is acoustic: padding is not subtracted and silence not added; the server does so.
    """

    started: bool
    at_ms: float


class TurnDetector(Protocol):
    """Finds turns in one session's audio. Called on the server's loop; must not block long."""

    def configure(self, settings: DetectorSettings) -> None:
        """Use these settings from now on."""
        ...

    def feed(self, audio: Waveform) -> Sequence[SpeechMark]:
        """Take 16 kHz audio of any length; return what it settles."""
        ...

    def reset(self) -> None:
        """Forget the audio so far; positions go on counting."""
        ...


class Utterance(Protocol):
    """Recognises one utterance while it is being spoken. All calls on the server's loop."""

    def feed(self, audio: Waveform, *, speech: bool) -> None:
        """Take more 16 kHz audio; ``speech`` is the detector's present opinion.

        Work goes on in a worker; partial texts reach the callback given to ``listen``.
        """
        ...

    async def finish(self) -> str:
        """Return the final words. What a speculative run already knows is not run again."""
        ...

    def cancel(self) -> None:
        """Stop working on it; no callback after this."""
        ...


class Role(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A function call of the model. ``arguments`` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the conversation as the language model sees it.

    Attributes:
        call: The call that an ASSISTANT message makes, if it makes one.
        call_id: The call that a TOOL message answers.
    """

    role: Role
    text: str
    call: ToolCall | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRequest:
    """A reply to make.

    Attributes:
        messages: The conversation, oldest first; truncated replies hold what was heard.
        tools: The wire's function tools (name, description, parameters).
        tool_choice: "auto", "none", "required" or a function's name.
        spoken: Audio with its words, or words only.
        voice: A voice name of the session, maybe unknown to the engine.
        speed: 0.25 to 1.5.
        max_output_tokens: Bound, or None.
        turn_index: How many replies this session has had.
        asked_ns: When that which caused the reply reached the server (the audio that settled
            the end of the turn, or the client's request), on the process's clock; None where
            the caller did not stamp it.
    """

    messages: Sequence[Message]
    instructions: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: str = "auto"
    spoken: bool = True
    voice: str = ""
    speed: float = 1.0
    max_output_tokens: int | None = None
    turn_index: int = 0
    asked_ns: Nanoseconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyText:
    """More words: of a written reply, or the words of the audio. ``tokens`` they took."""

    text: str
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyAudio:
    """More audio: mono int16 at 24 kHz."""

    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCall:
    """The model calls a function; the reply ends after its calls."""

    call: ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyIncomplete:
    """The reply was cut; ``reason`` as the wire has it: "max_output_tokens"."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFailed:
    """The reply failed; the session goes on."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRaw:
    """A message for the client, sent as it stands: how a simulator breaks the protocol."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOver:
    """The reply is done, although more of it follows: how a simulator breaks the order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyStray:
    """More audio of a reply that is done: mono int16 at 24 kHz."""

    samples: Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyCut:
    """The connection is to be cut without a word: how a simulator dies."""


ReplyPiece: TypeAlias = (
    ReplyText
    | ReplyAudio
    | ReplyCall
    | ReplyIncomplete
    | ReplyFailed
    | ReplyRaw
    | ReplyOver
    | ReplyStray
    | ReplyCut
)


ExpectReply: TypeAlias = Callable[[str], "ReplyRequest | None"]
"""From the words that seem to be final to the reply that would then be asked for, or None."""


class WordsBy(StrEnum):
    """Who writes a reply's words, which decides what of it may be billed.

    HERE is this machine: tokens are counted as the real service counts, audio included.
    ELSEWHERE is a service that reads every message as text. Of a KNOWN reply no model is asked,
    though the model is elsewhere.
    """

    HERE = "here"
    ELSEWHERE = "elsewhere"
    KNOWN = "known"


class SpeechEngine(Protocol):
    """Listens, thinks and speaks, for any number of sessions at once."""

    @property
    def model(self) -> str:
        """Name that sessions are told."""
        ...

    @property
    def voices(self) -> Sequence[str]:
        """Voices it really has, the default first."""
        ...

    def detector(self) -> TurnDetector:
        """Return a new detector for one session."""
        ...

    def listen(
        self, on_partial: Callable[[str], None], expected: ExpectReply | None = None
    ) -> Utterance:
        """Begin an utterance; ``on_partial`` gets the whole text so far, on the loop.

        Args:
            on_partial: Called on the loop.
            expected: Called on the loop while the speaker pauses; lets the engine begin a
                reply that is likely to be asked for. One that is not asked for is dropped.
        """
        ...

    def reply(self, request: ReplyRequest) -> AsyncIterator[ReplyPiece]:
        """Make a reply, piece by piece; closing the iterator really stops the work."""
        ...

    def words_by(self, request: ReplyRequest) -> WordsBy:
        """Return who writes the words of a reply that is about to be asked for."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many text tokens ``text`` takes."""
        ...

    async def close(self) -> None:
        """Stop all work. Safe to call twice."""
        ...


# --- how a reply gives way to the user -------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Yielding:
    """How a reply gives way to a user who speaks into it.

    Attributes:
        detect_ms: From the arrival of the audio with the onset until the user is noticed; None:
            not before the reply is over.
        stop_ms: From noticing until the reply stops.
        ignores_below_ms: Shorter sound is no speech while the reply sounds.
    """

    detect_ms: float | None = 0.0
    stop_ms: float = 0.0
    ignores_below_ms: float = 0.0


class Manners(Protocol):
    """Says how replies give way. Called on the server's loop."""

    def yielding(self, turn: int) -> Yielding:
        """Return the manners of a session's reply, counted from 1."""
        ...

    def note(self, event: str, turn: int, nominal_ns: Nanoseconds, sent_ns: Nanoseconds) -> None:
        """Take note of an "onset", "detected" or "stopped": when it was due, and when it was."""
        ...


class Prompt:
    """Gives way at once and notes nothing."""

    def yielding(self, turn: int) -> Yielding:
        """Return no delay."""
        del turn
        return Yielding()

    def note(self, event: str, turn: int, nominal_ns: Nanoseconds, sent_ns: Nanoseconds) -> None:
        """Note nothing."""
        del event, turn, nominal_ns, sent_ns


# --- the stages of the embedded engine -------------------------------------------------------
# Stage calls block; the engine runs them in its worker threads. ``stop`` is checked between
# steps of a few tens of milliseconds at most.


class Recognizer(Protocol):
    """Speech to text."""

    def transcribe(self, audio: Waveform) -> str:
        """Return the words of 16 kHz ``audio``; "" where there are none."""
        ...


class LanguageModel(Protocol):
    """Text to text."""

    def reply(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        stop: threading.Event,
        emit: Callable[[str], None],
    ) -> None:
        """Write a reply; each new piece of text (about one token) goes to ``emit``."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return how many tokens ``text`` takes."""
        ...


class Voice(Protocol):
    """Text to speech."""

    @property
    def rate_hz(self) -> int:
        """Rate of what it speaks."""
        ...

    def speak(self, text: str, *, speed: float, stop: threading.Event) -> Iterator[Waveform]:
        """Speak ``text``, piece by piece, the first as early as possible."""
        ...

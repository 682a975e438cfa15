"""Settings of a session, as frozen values. Parsed and checked once, at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Dialect(StrEnum):
    """Which spelling of a wire protocol an endpoint speaks."""

    OPENAI_GA = "openai-ga"
    OPENAI_BETA = "openai-beta"
    XAI = "xai"
    VOICE_LIVE = "azure-voice-live"


class AuthScheme(StrEnum):
    """How the key travels on the upgrade request."""

    NONE = "none"
    BEARER = "bearer"
    API_KEY_HEADER = "api-key-header"


class WireFormat(StrEnum):
    """How audio travels, one way; mono."""

    PCM16_24K = "pcm16_24k"
    PCM16_16K = "pcm16_16k"
    PCM16_8K = "pcm16_8k"
    PCMU = "pcmu"
    PCMA = "pcma"

    @property
    def rate_hz(self) -> int:
        """Frames per second on the wire."""
        return _RATES_HZ.get(self, 8_000)


_RATES_HZ = {WireFormat.PCM16_24K: 24_000, WireFormat.PCM16_16K: 16_000}


class VadMode(StrEnum):
    """Who ends the user's turn."""

    SERVER = "server_vad"
    SEMANTIC = "semantic_vad"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDetection:
    """How turns end.

    Attributes:
        mode: Who decides. MANUAL is push-to-talk.
        threshold: Speech probability, 0 to 1 (server VAD).
        prefix_padding_ms: Audio kept before the detected onset (server VAD).
        silence_ms: Silence that ends the turn (server VAD).
        eagerness: "low", "medium", "high" or "auto" (semantic VAD).
        create_response: The provider answers by itself at the end of a turn.
        interrupt_response: The provider stops its reply when the user speaks.
        idle_timeout_ms: Silence of both sides after which the provider speaks up by itself
            (server VAD), or None for never.
    """

    mode: VadMode = VadMode.SERVER
    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_ms: int = 500
    eagerness: str = "auto"
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A function that the model may call. ``parameters`` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSettings:
    """What we ask the model to be. None leaves the provider's own default.

    Attributes:
        instructions: System prompt.
        voice: The provider's voice name.
        turn_detection: How turns end.
        transcribe_input: Ask for the user's words; ``transcription_model`` names by whom.
        audio_replies: False asks for text replies.
        tools: Functions the model may call.
        input_format: How the user's audio travels; ``output_format`` the replies'.
    """

    instructions: str | None = None
    voice: str | None = None
    turn_detection: TurnDetection = field(default_factory=TurnDetection)
    transcribe_input: bool = True
    transcription_model: str = "gpt-4o-mini-transcribe"
    audio_replies: bool = True
    tools: tuple[Tool, ...] = ()
    input_format: WireFormat = WireFormat.PCM16_24K
    output_format: WireFormat = WireFormat.PCM16_24K


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint to talk to, with no secret in it.

    Attributes:
        provider: Catalogue id, e.g. "openai", "local", "simulator", "custom".
        model: The provider's model name, or None where the endpoint has only one.
        url: WebSocket URL without the model query; "" for a child that is yet to be started.
        dialect: Spelling of the protocol.
        auth: How the key travels.
        title: Name for people.
    """

    provider: str
    model: str | None
    url: str
    dialect: Dialect
    auth: AuthScheme
    title: str

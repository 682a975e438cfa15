"""What an endpoint can do, as documented flags. Code asks the flag, never the vendor's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.core.config import SessionSettings, WireFormat
from app.core.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Flags of one endpoint.

    Attributes:
        server_vad: Ends turns by energy or probability, with threshold, padding and silence.
        semantic_vad: Ends turns by meaning.
        manual_turns: Lets the client commit turns (push-to-talk).
        truncates_items: Takes ``conversation.item.truncate`` after an interruption.
        cancels_responses: Takes a cancel while a reply runs.
        text_input: Takes typed messages.
        tools: Calls functions.
        input_transcripts: Can tell the user's words.
        interim_transcripts: Tells them while the user still speaks.
        reports_usage: Tells token counts.
        idle_timeout: Speaks up by itself after a silence of both sides.
        telephone_formats: Takes and sends G.711, mu-law and A-law.
        pcm_rates: Takes and sends PCM at 16 and 8 kHz beside 24 kHz.
        changes_turns: Takes other turn detection while the session runs.
    """

    server_vad: bool = True
    semantic_vad: bool = False
    manual_turns: bool = True
    truncates_items: bool = True
    cancels_responses: bool = True
    text_input: bool = True
    tools: bool = True
    input_transcripts: bool = True
    interim_transcripts: bool = False
    reports_usage: bool = True
    idle_timeout: bool = False
    telephone_formats: bool = True
    pcm_rates: bool = False
    changes_turns: bool = True


_NARROW: Final = frozenset({WireFormat.PCMU, WireFormat.PCMA})
_RATES: Final = frozenset({WireFormat.PCM16_16K, WireFormat.PCM16_8K})
_WANTED: Final[Mapping[str, tuple[str, Callable[[SessionSettings], bool]]]] = {
    "idle_timeout": (
        "idle time-out",
        lambda wanted: wanted.turn_detection.idle_timeout_ms is not None,
    ),
    "telephone_formats": (
        "G.711 audio",
        lambda wanted: bool(_NARROW & {wanted.input_format, wanted.output_format}),
    ),
    "pcm_rates": (
        "PCM at 16 or 8 kHz",
        lambda wanted: bool(_RATES & {wanted.input_format, wanted.output_format}),
    ),
}
"""What settings may ask for that not everybody has, by its flag."""


def check_served(settings: SessionSettings, can: Capabilities, title: str) -> None:
    """Check that ``settings`` ask for nothing that an endpoint is known not to have.

    Raises:
        ConfigError: Naming the endpoint, ``title``, and what it does not have.
    """
    for flag, (what, wanted) in _WANTED.items():
        if not getattr(can, flag) and wanted(settings):
            raise ConfigError(f"{title} has no {what}.", hint="Leave it out, or choose another.")

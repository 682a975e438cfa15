"""What a session used, what that is billed at, and what it comes to.

Meters are counted and stored raw; money is computed at read time from dated price rows and is
never stored as truth (metrics specification, section 11). Money is ``Decimal`` US dollars.
Unknown is None and the word "unpriced", never zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Meter(StrEnum):
    """What providers bill, each unit under one meter only.

    Tokens in exclude the cached ones and text out excludes the reasoning: both are metered
    apart. Without a rate of its own reasoning is billed as text out.
    """

    TEXT_IN = "text_in"
    TEXT_IN_CACHED = "text_in_cached"
    AUDIO_IN = "audio_in"
    AUDIO_IN_CACHED = "audio_in_cached"
    IMAGE_IN = "image_in"
    IMAGE_IN_CACHED = "image_in_cached"
    TEXT_OUT = "text_out"
    AUDIO_OUT = "audio_out"
    REASONING_OUT = "reasoning_out"
    TRANSCRIPTION_TEXT_IN = "transcription_text_in"
    TRANSCRIPTION_AUDIO_IN = "transcription_audio_in"
    TRANSCRIPTION_OUT = "transcription_out"
    TRANSCRIPTION_SECONDS = "transcription_s"
    SESSION_SECONDS = "session_s"
    CHARACTERS = "characters"
    TEXT_MESSAGES = "text_messages"


PER_MILLION: Final = Decimal(1_000_000)
PER_MINUTE: Final = Decimal(60)
PER_THOUSAND: Final = Decimal(1_000)

RATED_PER: Mapping[Meter, Decimal] = MappingProxyType({
    **dict.fromkeys(Meter, PER_MILLION),
    Meter.TRANSCRIPTION_SECONDS: PER_MINUTE,
    Meter.SESSION_SECONDS: PER_MINUTE,
    Meter.TEXT_MESSAGES: PER_THOUSAND,
})  # fmt: skip
"""A rate is for so many units of its meter: a million tokens or characters, 60 seconds, 1,000
messages."""


METER_WORDS: Mapping[Meter, str] = MappingProxyType({
    Meter.TEXT_IN: "text in",
    Meter.TEXT_IN_CACHED: "text in, cached",
    Meter.AUDIO_IN: "audio in",
    Meter.AUDIO_IN_CACHED: "audio in, cached",
    Meter.IMAGE_IN: "image in",
    Meter.IMAGE_IN_CACHED: "image in, cached",
    Meter.TEXT_OUT: "text out",
    Meter.AUDIO_OUT: "audio out",
    Meter.REASONING_OUT: "reasoning",
    Meter.TRANSCRIPTION_TEXT_IN: "transcription, text in",
    Meter.TRANSCRIPTION_AUDIO_IN: "transcription, audio in",
    Meter.TRANSCRIPTION_OUT: "transcription, text out",
    Meter.TRANSCRIPTION_SECONDS: "transcription, time",
    Meter.SESSION_SECONDS: "open session",
    Meter.CHARACTERS: "characters",
    Meter.TEXT_MESSAGES: "typed messages",
})  # fmt: skip
"""What a meter is called, in the window, the terminal and reports alike."""


class PriceOrigin(StrEnum):
    """Who says what something costs; the first that knows a model is believed."""

    YOURS = "yours"
    SHIPPED = "shipped"
    GENAI_PRICES = "genai-prices"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """What a model was billed at from a date on.

    Attributes:
        provider: As in ``Target.provider``.
        model: The model's name at its provider.
        rates: US dollars for ``RATED_PER`` units; a meter that is not in it is unpriced.
        valid_from: ISO date of the first day, or None for "always until the next row".
        as_of: ISO date on which the source was read, or None where nobody says.
        source: Where it stands, for people.
        notes: What else must be known, for people; "" for nothing.
    """

    provider: str
    model: str
    rates: Mapping[Meter, Decimal]
    origin: PriceOrigin
    valid_from: str | None = None
    as_of: str | None = None
    source: str = ""
    notes: str = ""


OURS: Final = frozenset({"local", "simulator"})
"""Providers that are part of this program: nobody bills them."""


class CostStatus(StrEnum):
    """How far a sum can be believed."""

    PRICED = "priced"
    PARTIAL = "partial"
    UNPRICED = "unpriced"
    LOCAL = "local"
    """Our own engine: nobody bills it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What metered use comes to.

    Attributes:
        usd: The sum of ``parts``; None where nothing is priced. 0 for LOCAL alone.
        parts: By meter.
        unpriced: Meters that were used and have no rate.
        uncounted: True where the provider did not say what was used.
        row: What it was priced by, or None.
    """

    usd: Decimal | None
    status: CostStatus
    parts: Mapping[Meter, Decimal] = field(default_factory=dict)
    unpriced: tuple[Meter, ...] = ()
    uncounted: bool = False
    row: PriceRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a session may cost; None is no limit.

    Attributes:
        warn_usd: Above it the user is warned, once.
        stop_usd: Above it the session ends.
        stop_unpriced_s: A session whose price is unknown ends after so long.
    """

    warn_usd: Decimal | None = None
    stop_usd: Decimal | None = None
    stop_unpriced_s: float | None = None

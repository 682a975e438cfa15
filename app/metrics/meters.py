"""Raw meters: what a turn or a session used, each unit counted under one meter only.

Source: metrics specification, section 11. Providers count cached tokens within those read and
reasoning within the text they wrote; here each is taken out of the count that holds it, so
that nothing is billed twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from types import MappingProxyType
from typing import Final

from app.core.events import TokenUsage, TranscriptionUsage
from app.core.money import Meter
from app.core.records import SessionRecord, TurnRecord

TOKENS: Final = frozenset({
    Meter.TEXT_IN,
    Meter.TEXT_IN_CACHED,
    Meter.AUDIO_IN,
    Meter.AUDIO_IN_CACHED,
    Meter.IMAGE_IN,
    Meter.IMAGE_IN_CACHED,
    Meter.TEXT_OUT,
    Meter.AUDIO_OUT,
    Meter.REASONING_OUT,
})  # fmt: skip
"""What a model's replies are metered in."""

TRANSCRIPTION: Final = frozenset({
    Meter.TRANSCRIPTION_TEXT_IN,
    Meter.TRANSCRIPTION_AUDIO_IN,
    Meter.TRANSCRIPTION_OUT,
    Meter.TRANSCRIPTION_SECONDS,
})  # fmt: skip
"""What whoever writes down the user's words is metered in."""

CACHED: Final[Mapping[Meter, Meter]] = MappingProxyType({
    Meter.TEXT_IN_CACHED: Meter.TEXT_IN,
    Meter.AUDIO_IN_CACHED: Meter.AUDIO_IN,
    Meter.IMAGE_IN_CACHED: Meter.IMAGE_IN,
})  # fmt: skip
"""Meters of cached tokens, and what each is metered as when it is fresh."""

_FIELDS: Final[Mapping[Meter, str]] = MappingProxyType({
    Meter.TRANSCRIPTION_TEXT_IN: "transcription_text_in",
    Meter.TRANSCRIPTION_AUDIO_IN: "transcription_audio_in",
    Meter.TRANSCRIPTION_OUT: "transcription_out",
    Meter.TRANSCRIPTION_SECONDS: "transcription_s",
    Meter.SESSION_SECONDS: "session_s",
    Meter.CHARACTERS: "characters",
    Meter.TEXT_MESSAGES: "text_messages",
})  # fmt: skip
"""Meters that stand in a turn's row as they are."""


_COUNTS: Final = tuple(field.name for field in fields(TokenUsage))


@dataclass(frozen=True, slots=True)
class TokenMeters:
    """What a report of tokens comes to.

    Attributes:
        meters: Without those that are zero.
        whole: Whether every token that the provider counted is under a meter. False where it
            does not say of what kind some are, counts nothing, or counts less than nothing: the
            meters are then the least it can be.
    """

    meters: Mapping[Meter, float]
    whole: bool


def token_meters(usage: TokenUsage) -> TokenMeters:
    """Return a report's tokens by meter.

    Cached tokens whose kind is not told are taken for audio first, the dearest kind, so that
    the sum is never more than what was billed.
    """
    read = {
        Meter.TEXT_IN: _count(usage.input_text),
        Meter.AUDIO_IN: _count(usage.input_audio),
        Meter.IMAGE_IN: _count(usage.input_image),
    }
    cached, told = _cached(usage, read)
    written, spoken = _count(usage.output_text), _count(usage.output_audio)
    apart = min(_count(usage.output_reasoning), written)
    found = {
        **{fresh: read[fresh] - cached[kind] for kind, fresh in CACHED.items()},
        **cached,
        Meter.TEXT_OUT: written - apart,
        Meter.REASONING_OUT: apart,
        Meter.AUDIO_OUT: spoken,
    }
    in_known = _accounts(usage.input_total, sum(read.values()))
    out_known = _accounts(usage.output_total, written + spoken)
    said = [count for name in _COUNTS if (count := getattr(usage, name)) is not None]
    counts = bool(said) and min(said) >= 0
    counted = {meter: float(value) for meter, value in found.items() if value}
    return TokenMeters(counted, counts and in_known and out_known and told)


def _count(told: int | None) -> int:
    return max(told or 0, 0)


def _cached(usage: TokenUsage, read: Mapping[Meter, int]) -> tuple[dict[Meter, int], bool]:
    """Return the cached tokens by kind, none more than was read, and whether all are told."""
    named = {
        Meter.TEXT_IN_CACHED: _count(usage.cached_text),
        Meter.AUDIO_IN_CACHED: _count(usage.cached_audio),
        Meter.IMAGE_IN_CACHED: _count(usage.cached_image),
    }
    cached = {kind: min(count, read[CACHED[kind]]) for kind, count in named.items()}
    rest = _count(usage.cached_total) - sum(named.values())
    kinds = [kind for kind, fresh in CACHED.items() if read[fresh] > cached[kind]]
    if rest <= 0 or not kinds:
        return cached, True
    for kind in (Meter.AUDIO_IN_CACHED, Meter.IMAGE_IN_CACHED, Meter.TEXT_IN_CACHED):
        taken = min(rest, read[CACHED[kind]] - cached[kind])
        cached[kind] += taken
        rest -= taken
    return cached, len(kinds) == 1


def _accounts(total: int | None, kinds: int) -> bool:
    """Whether the kinds hold all that was counted."""
    return total is None or kinds >= total


def meters(turn: TurnRecord) -> Mapping[Meter, float]:
    """Return what a turn used, raw; a meter that nobody told is absent."""
    told = {meter: getattr(turn, field) for meter, field in _FIELDS.items()}
    counted = {meter: float(value) for meter, value in told.items() if value and value > 0}
    if turn.usage is None:
        return counted
    return {**token_meters(turn.usage).meters, **counted}


def transcription_meters(used: TranscriptionUsage) -> Mapping[Meter, float]:
    """Return what writing down one piece of the user's words used."""
    told = {
        Meter.TRANSCRIPTION_TEXT_IN: used.text_in,
        Meter.TRANSCRIPTION_AUDIO_IN: used.audio_in,
        Meter.TRANSCRIPTION_OUT: used.text_out,
        Meter.TRANSCRIPTION_SECONDS: used.seconds,
    }
    return {meter: float(value) for meter, value in told.items() if value}


def added(each: Iterable[Mapping[Meter, float]]) -> dict[Meter, float]:
    """Return the sum of several meter readings."""
    total: dict[Meter, float] = {}
    for reading in each:
        for meter, value in reading.items():
            total[meter] = total.get(meter, 0.0) + value
    return total


def session_meters(turns: Iterable[TurnRecord], record: SessionRecord) -> Mapping[Meter, float]:
    """Return what a session used: the sum of its turns, and all the time that it was open."""
    total = added(meters(turn) for turn in turns)
    open_s = session_seconds(record)
    if open_s is not None:
        total[Meter.SESSION_SECONDS] = max(open_s, total.get(Meter.SESSION_SECONDS, 0.0))
    return total


def session_seconds(record: SessionRecord) -> float | None:
    """Return how long a session was open at its provider, or None where nobody knows.

    As counted while it ran; of a recording that does not say so, from its begin to its end
    less the time that opening the connection took.
    """
    if record.connected_s is not None:
        return max(record.connected_s, 0.0)
    if record.ended_utc is None or record.connect is None:
        return None
    try:
        began, ended = (datetime.fromisoformat(at) for at in (record.t0_utc, record.ended_utc))
        lasted_s = (ended - began).total_seconds()
    except (ValueError, TypeError):  # no instants, or one with a zone and one without
        return None
    return max(lasted_s - (record.connect.total_ms or 0.0) / 1000, 0.0)


def cached_share(used: Mapping[Meter, float]) -> float | None:
    """Return the share of the tokens read that was cached, 0 to 1; None where none was read."""
    cached = sum(used.get(kind, 0.0) for kind in CACHED)
    fresh = sum(used.get(kind, 0.0) for kind in CACHED.values())
    return cached / (cached + fresh) if cached + fresh else None

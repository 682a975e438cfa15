"""Prices, sessions and turns for tests of money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.events import TokenUsage
from app.core.money import Meter, PriceOrigin, PriceRow
from app.core.records import (
    SCHEMA_VERSION,
    SessionCounters,
    SessionRecord,
    TurnRecord,
    TurnStatus,
)


def row(
    rates: Mapping[Meter, str],
    provider: str = "openai",
    model: str = "m",
    origin: PriceOrigin = PriceOrigin.SHIPPED,
    **more: Any,
) -> PriceRow:
    """A row of prices, rates as text."""
    exact = {meter: Decimal(rate) for meter, rate in rates.items()}
    return PriceRow(provider=provider, model=model, rates=exact, origin=origin, **more)


MINI = row(
    {
        Meter.TEXT_IN: "0.6",
        Meter.TEXT_IN_CACHED: "0.06",
        Meter.TEXT_OUT: "2.4",
        Meter.AUDIO_IN: "10",
        Meter.AUDIO_IN_CACHED: "0.3",
        Meter.AUDIO_OUT: "20",
    },
    model="gpt-realtime-mini",
    as_of="2026-11-21",
    source="a page",
)
FULL = row(
    {
        Meter.TEXT_IN: "4",
        Meter.TEXT_IN_CACHED: "0.4",
        Meter.TEXT_OUT: "16",
        Meter.AUDIO_IN: "32",
        Meter.AUDIO_IN_CACHED: "0.4",
        Meter.AUDIO_OUT: "64",
    },
    model="gpt-realtime",
)
LIVE = row({Meter.SESSION_SECONDS: "0.05"}, model="gpt-live-1")
SCRIBE = row(
    {
        Meter.TRANSCRIPTION_TEXT_IN: "1.25",
        Meter.TRANSCRIPTION_AUDIO_IN: "3",
        Meter.TRANSCRIPTION_OUT: "5",
    },
    model="gpt-4o-mini-transcribe",
    source="another page",
)

GOLDEN = TokenUsage(
    input_total=1500,
    input_text=300,
    input_audio=1200,
    cached_total=800,
    cached_text=100,
    cached_audio=700,
    output_total=700,
    output_text=100,
    output_audio=600,
    total=2200,
)
"""gpt-realtime-mini bills $0.017576 for it (metrics specification, section 11)."""

GOLDEN_USD = Decimal("0.017576")


def target(provider: str = "openai", model: str | None = "gpt-realtime-mini") -> Target:
    """An endpoint."""
    return Target(
        provider=provider,
        model=model,
        url="wss://example.org",
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.NONE,
        title=f"{provider} {model}",
    )


def session(
    provider: str = "openai", model: str | None = "gpt-realtime-mini", **more: Any
) -> SessionRecord:
    """The account of a session."""
    told: dict[str, Any] = {
        "session_id": "s1",
        "app_version": "1",
        "schema_version": SCHEMA_VERSION,
        "state": "complete",
        "t0_utc": "2026-11-21T12:00:00+00:00",
        "t0_ns": Nanoseconds(0),
        "ended_utc": None,
        "target": target(provider, model),
        "settings": SessionSettings(),
        "input_name": "in",
        "output_name": "out",
        "connect": None,
        "counters": SessionCounters(),
        "turns_n": 1,
        "failed_n": 0,
        "machine": {},
    }
    return SessionRecord(**(told | more))


def turn(usage: TokenUsage | None = GOLDEN, turn_id: int = 1, **more: Any) -> TurnRecord:
    """A turn that was answered."""
    told: dict[str, Any] = {"status": TurnStatus.OK, "create_ns": Nanoseconds(1)}
    return TurnRecord(turn_id=turn_id, usage=usage, **(told | more))


@dataclass
class FakeBook:
    """Implements ``PriceBook`` over rows in memory.

    Attributes:
        asked: Each provider, model and date that was asked for.
    """

    known: Sequence[PriceRow] = (MINI, FULL, LIVE, SCRIBE)
    table_date: str = "2026-11-21"
    fingerprint: str = "f"
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def row(self, provider: str, model: str | None, on: str | None = None) -> PriceRow | None:
        self.asked.append((provider, model, on))
        return next((each for each in self.history(provider, model or "")), None)

    def history(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        return tuple(
            each for each in self.known if (each.provider, each.model) == (provider, model)
        )

    def rows(self) -> tuple[PriceRow, ...]:
        return tuple(self.known)

    def set(self, row: PriceRow) -> None:
        self.known = (replace(row), *self.known)

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        left = [
            each
            for each in self.known
            if (each.provider, each.model, each.valid_from) != (provider, model, valid_from)
        ]
        found = len(left) < len(self.known)
        self.known = left
        return found

"""A session as spans and metrics have it in common: who, where, when, and what came of it."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from app.core.errors import StoreError
from app.core.events import TokenUsage
from app.core.money import Cost
from app.core.ports import StoredSession
from app.core.privacy import LeftOut
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.exports.job import Pricing
from app.exports.otlp_journal import Heard, Response
from app.exports.otlp_names import Names
from app.exports.otlp_wire import Attributes, trace_id

FAILED: Final = frozenset({TurnStatus.ERROR, TurnStatus.TIMEOUT})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PORTS: Final[Mapping[str, int]] = MappingProxyType({"wss": 443, "ws": 80})
_PROVIDERS: Final[Mapping[str, str]] = MappingProxyType({
    "xai": "x_ai",
    "azure": "azure.ai.openai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
})  # fmt: skip
"""Names of the conventions for providers of the catalogue, where they differ."""

_INSTANTS: Final = tuple(field.name for field in fields(TurnRecord) if field.name.endswith("_ns"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A session on its way out.

    Attributes:
        stored: Redacted.
        heard: What its journal tells; None where there is none, or it is left out.
        left_out: What may not be told.
        words: What was said is told, too.
        redact: Takes personal data out of a text.
        seed: Ids are made of it.
        wall: Turns an instant of the session into Unix ns.
        pricing: Prices ``turns``; None where nobody can. ``account`` is what it needs: the
            session's, as it is stored. ``total`` is what the session comes to.
        turns: Those with an instant, by their first, in order; ``begins`` are these.
    """

    stored: StoredSession
    heard: Heard | None
    names: Names
    left_out: frozenset[LeftOut]
    words: bool
    redact: Callable[[str], str]
    seed: str
    wall: Callable[[int], int]
    begins: tuple[int, ...]
    turns: tuple[TurnRecord, ...]
    account: SessionRecord
    pricing: Pricing | None = None
    total: Cost | None = None

    @property
    def record(self) -> SessionRecord:
        """Its account."""
        return self.stored.record

    def cost_of(self, turn: TurnRecord) -> Cost | None:
        """Return what one of ``turns`` comes to; None where nobody can price it."""
        return None if self.pricing is None else self.pricing.turn(turn, self.account)

    @property
    def trace_id(self) -> str:
        """Of all its spans."""
        return trace_id(self.seed)

    @property
    def begin_ns(self) -> int:
        """Session clock: its zero."""
        return self.record.t0_ns

    @property
    def end_ns(self) -> int:
        """Session clock: the last instant that is known."""
        ends = [span[1] for turn in self.stored.turns if (span := extent(turn))]
        heard = self.heard or Heard()
        ends += [each.end_ns for each in heard.responses.values() if each.end_ns is not None]
        return max((*ends, self._ended_ns(), self.begin_ns))

    def _ended_ns(self) -> int:
        try:
            return self.begin_ns + unix_ns(self.record.ended_utc or "") - self.wall(self.begin_ns)
        except ValueError:
            return self.begin_ns


def unix_ns(utc: str) -> int:
    """Return an ISO 8601 instant as Unix ns.

    Raises:
        ValueError: If it is none, or has no zone.
    """
    instant = datetime.fromisoformat(utc)
    if instant.tzinfo is None:
        raise ValueError(utc)
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


def wall_of(record: SessionRecord) -> Callable[[int], int]:
    """Return what turns the session's clock into Unix ns.

    Raises:
        StoreError: If nobody says when the session began.
    """
    try:
        zero = unix_ns(record.t0_utc) - record.t0_ns
    except ValueError as exc:
        raise StoreError(f"Nobody says when {record.session_id[:80]} began.") from exc
    return lambda at_ns: zero + at_ns


def extent(turn: TurnRecord) -> tuple[int, int] | None:
    """Return the first and the last instant of a turn, or None where none is known."""
    known = [at_ns for name in _INSTANTS if (at_ns := getattr(turn, name)) is not None]
    return (min(known), max(known)) if known else None


def common(telling: Telling) -> dict[str, str | int | None]:
    """Return the attributes that every span and point has."""
    target = telling.record.target
    told: dict[str, str | int | None] = {
        "gen_ai.provider.name": _PROVIDERS.get(target.provider, target.provider),
        "gen_ai.request.model": target.model,
    }
    if LeftOut.ADDRESSES not in telling.left_out:
        told |= _server(target.url)
    return told


def _server(url: str) -> dict[str, str | int | None]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {}
    return {"server.address": host, "server.port": port} if host else {}


def session_names(telling: Telling) -> dict[str, str | None]:
    """Return what ties the spans of a session together."""
    session = telling.names.attribute("gen_ai.realtime_session.id", "vc.realtime_session.id")
    record = telling.record
    return {
        "gen_ai.conversation.id": record.session_id,
        session: record.provider_session_id or record.session_id,
    }


def usage_attributes(usage: Mapping[str, int | None], names: Names) -> Attributes:
    """Return token counts by the conventions' names."""
    told: dict[str, int | None] = {
        "gen_ai.usage.input_tokens": usage.get("input_total"),
        "gen_ai.usage.output_tokens": usage.get("output_total"),
        "gen_ai.usage.cache_read.input_tokens": usage.get("cached_total"),
        "gen_ai.usage.reasoning.output_tokens": usage.get("output_reasoning"),
    }
    for modality in ("text", "audio", "image"):
        for ours, theirs in _BY_MODALITY.items():
            name = f"usage.{modality}.{theirs}"
            told[names.attribute(f"gen_ai.{name}", f"vc.{name}")] = usage.get(f"{ours}_{modality}")
    return {name: count for name, count in told.items() if count is not None}


_BY_MODALITY: Final[Mapping[str, str]] = MappingProxyType({
    "input": "input_tokens",
    "cached": "cache_read.input_tokens",
    "output": "output_tokens",
})  # fmt: skip


def usage_of(usage: TokenUsage | None) -> Mapping[str, int | None]:
    """Return a row's token counts by their names."""
    return {} if usage is None else {each.name: getattr(usage, each.name) for each in fields(usage)}


def seconds(value_ms: float | None) -> float | None:
    """Return milliseconds as the seconds that the conventions use."""
    return None if value_ms is None else value_ms / 1000


def failure_of(response: Response) -> str | None:
    """Return the class of error that a reply ended in, or None."""
    if response.status != "failed":
        return None
    return response.error_code or "_OTHER"


def first_chunk_s(response: Response) -> float | None:
    """Return the time to the first piece of a reply, where our side asked for that reply.

    The conventions count from the client's request; where the provider answers by itself
    there is none (``vc.latency.ttft`` counts from the end of speech that it heard).
    """
    if response.asked_ns is None or response.first_ns is None:
        return None
    return (response.first_ns - response.asked_ns) / 1e9


def turn_of(telling: Telling, at_ns: int) -> TurnRecord | None:
    """Return the turn that began last before ``at_ns``, or None."""
    place = bisect_right(telling.begins, at_ns)
    return telling.turns[place - 1] if place else None


def in_order(turns: Sequence[TurnRecord]) -> tuple[tuple[int, ...], tuple[TurnRecord, ...]]:
    """Return the first instants of the turns that have one, in order, and those turns."""
    known = [(span[0], turn) for turn in turns if (span := extent(turn)) is not None]
    known.sort(key=lambda each: each[0])
    return tuple(begin for begin, _ in known), tuple(turn for _, turn in known)

"""OTLP in its JSON encoding: spans, points and attributes as plain values.

Source: OpenTelemetry Protocol specification, JSON Protobuf encoding: names in lowerCamelCase,
trace and span ids as hexadecimal digits, 64-bit integers as decimal strings, enumerations as
numbers, unknown fields absent.
"""

import hashlib
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, TypeAlias

Value: TypeAlias = str | bool | int | float | tuple[str, ...]
Attributes: TypeAlias = Mapping[str, Value | None]
"""None is not written: unknown is absent."""

_LEAST, _MOST = -(2**63), 2**63 - 1
_DELTA: Final = 1


class SpanKind(IntEnum):
    """Which side of a call a span is."""

    INTERNAL = 1
    CLIENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time with a name. Ids are hexadecimal digits; times are Unix ns.

    Attributes:
        parent_id: "" for the root of its trace.
        error: Why it failed, or None.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: SpanKind
    start_ns: int
    end_ns: int
    attributes: Attributes
    error: str | None = None


@dataclass(slots=True)
class Histogram:
    """Values by the buckets that the conventions advise; a bound belongs to the bucket below."""

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, value: float) -> None:
        """Count ``value``."""
        if not self.counts:
            self.counts = [0] * (len(self.bounds) + 1)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.values.append(value)


def trace_id(seed: str) -> str:
    """Return the trace id that belongs to ``seed``, always the same: 32 digits."""
    return hashlib.sha256(f"vivavoce trace {seed}".encode("utf-8", "backslashreplace")).hexdigest()[
        :32
    ]


def span_id(seed: str, *which: object) -> str:
    """Return the span id that belongs to ``seed`` and ``which``, always the same: 16 digits."""
    text = " ".join(("vivavoce span", seed, *map(str, which)))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def attributes_json(attributes: Attributes) -> list[dict[str, Any]]:
    """Return attributes as the wire has them, sorted by name."""
    return [
        {"key": name, "value": _value(value)}
        for name, value in sorted(attributes.items())
        if value is not None and _is_told(value)
    ]


def _is_told(value: Value) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or _LEAST <= value <= _MOST


def _value(value: Value) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case str():
            return {"stringValue": _whole(value)}
        case _:
            return {"arrayValue": {"values": [{"stringValue": _whole(each)} for each in value]}}


def _whole(text: str) -> str:
    """Return ``text`` without half characters, which UTF-8 cannot spell."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def span_json(span: Span) -> dict[str, Any]:
    """Return a span as the wire has it."""
    told: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": _whole(span.name),
        "kind": int(span.kind),
        "startTimeUnixNano": str(max(span.start_ns, 0)),
        "endTimeUnixNano": str(max(span.start_ns, span.end_ns, 0)),
        "attributes": attributes_json(span.attributes),
        "status": {} if span.error is None else {"code": 2, "message": _whole(span.error)},
    }
    if span.parent_id:
        told["parentSpanId"] = span.parent_id
    return told


def histogram_json(
    histogram: Histogram, attributes: Attributes, start_ns: int, end_ns: int
) -> dict[str, Any]:
    """Return a point of a histogram. The sum is absent where a value is negative."""
    values = histogram.values
    point: dict[str, Any] = {
        **_point(attributes, start_ns, end_ns),
        "count": str(len(values)),
        "bucketCounts": [str(count) for count in histogram.counts],
        "explicitBounds": list(histogram.bounds),
        "min": min(values),
        "max": max(values),
    }
    if min(values) >= 0:
        point["sum"] = math.fsum(values)
    return point


def sum_json(value: float, attributes: Attributes, start_ns: int, end_ns: int) -> dict[str, Any]:
    """Return a point of a sum: whole numbers as such."""
    told = {"asInt": str(value)} if isinstance(value, int) else {"asDouble": value}
    return {**_point(attributes, start_ns, end_ns), **told}


def _point(attributes: Attributes, start_ns: int, end_ns: int) -> dict[str, Any]:
    return {
        "attributes": attributes_json(attributes),
        "startTimeUnixNano": str(max(start_ns, 0)),
        "timeUnixNano": str(max(start_ns, end_ns, 0)),
    }


def metric_json(
    name: str, unit: str, words: str, instrument: str, points: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a metric: what was counted between two instants (delta)."""
    data: dict[str, Any] = {"dataPoints": list(points), "aggregationTemporality": _DELTA}
    if instrument == "sum":
        data["isMonotonic"] = True
    return {"name": name, "description": words, "unit": unit, instrument: data}

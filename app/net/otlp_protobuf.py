"""OTLP's JSON requests as protobuf, for endpoints that take nothing else; and their answers.

Only the fields that this program writes are known. Bytes are made by hand: the messages are few
and never change, and a library for them is larger than this program.

Source: opentelemetry-proto (trace.proto, metrics.proto, common.proto, resource.proto), whose
field numbers are stable; Protocol Buffers, "Encoding".
"""

import json
import struct
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

_VARINT, _EIGHT_BYTES, _LENGTH = 0, 1, 2
_WIDTHS: Final[Mapping[int, int]] = MappingProxyType({_EIGHT_BYTES: 8, 5: 4})
_LONGEST_VARINT: Final = 10
_NEGATIVE: Final = 1 << 63
"""From here on a varint of 64 bits stands for a negative number."""

_Field: TypeAlias = tuple[int, str]
"""A field's number, and how its value is written: a scalar of ``_SCALARS`` or a message."""

_POINT: Final[Mapping[str, _Field]] = MappingProxyType({
    "startTimeUnixNano": (2, "fixed64"),
    "timeUnixNano": (3, "fixed64"),
})  # fmt: skip
_MESSAGES: Final[Mapping[str, Mapping[str, _Field]]] = MappingProxyType({
    "request": {"resourceSpans": (1, "resource_spans"), "resourceMetrics": (1, "resource_metrics")},
    "resource_spans": {
        "resource": (1, "resource"), "scopeSpans": (2, "scope_spans"), "schemaUrl": (3, "string"),
    },
    "resource_metrics": {
        "resource": (1, "resource"), "scopeMetrics": (2, "scope_metrics"),
        "schemaUrl": (3, "string"),
    },
    "resource": {"attributes": (1, "attribute")},
    "scope": {"name": (1, "string"), "version": (2, "string")},
    "scope_spans": {"scope": (1, "scope"), "spans": (2, "span"), "schemaUrl": (3, "string")},
    "scope_metrics": {"scope": (1, "scope"), "metrics": (2, "metric"), "schemaUrl": (3, "string")},
    "attribute": {"key": (1, "string"), "value": (2, "value")},
    "value": {
        "stringValue": (1, "string"), "boolValue": (2, "varint"), "intValue": (3, "varint"),
        "doubleValue": (4, "double"), "arrayValue": (5, "array"),
    },
    "array": {"values": (1, "value")},
    "span": {
        "traceId": (1, "hex"), "spanId": (2, "hex"), "parentSpanId": (4, "hex"),
        "name": (5, "string"), "kind": (6, "varint"), "startTimeUnixNano": (7, "fixed64"),
        "endTimeUnixNano": (8, "fixed64"), "attributes": (9, "attribute"), "status": (15, "status"),
    },
    "status": {"message": (2, "string"), "code": (3, "varint")},
    "metric": {
        "name": (1, "string"), "description": (2, "string"), "unit": (3, "string"),
        "sum": (7, "sum"), "histogram": (9, "histogram"),
    },
    "sum": {
        "dataPoints": (1, "number_point"), "aggregationTemporality": (2, "varint"),
        "isMonotonic": (3, "varint"),
    },
    "histogram": {
        "dataPoints": (1, "histogram_point"), "aggregationTemporality": (2, "varint"),
    },
    "number_point": {
        **_POINT, "attributes": (7, "attribute"), "asDouble": (4, "double"),
        "asInt": (6, "sfixed64"),
    },
    "histogram_point": {
        **_POINT, "attributes": (9, "attribute"), "count": (4, "fixed64"), "sum": (5, "double"),
        "bucketCounts": (6, "fixed64s"), "explicitBounds": (7, "doubles"), "min": (11, "double"),
        "max": (12, "double"),
    },
})  # fmt: skip


def _packed(code: str, kind: Callable[[Any], Any]) -> Callable[[Any], bytes]:
    return lambda values: struct.pack(f"<{len(values)}{code}", *map(kind, values))


_SCALARS: Final[Mapping[str, tuple[int, Callable[[Any], bytes]]]] = MappingProxyType({
    "string": (_LENGTH, lambda value: value.encode()),
    "hex": (_LENGTH, bytes.fromhex),
    "varint": (_VARINT, lambda value: _varint(int(value))),
    "double": (_EIGHT_BYTES, lambda value: struct.pack("<d", value)),
    "fixed64": (_EIGHT_BYTES, lambda value: struct.pack("<Q", int(value))),
    "sfixed64": (_EIGHT_BYTES, lambda value: struct.pack("<q", int(value))),
    "fixed64s": (_LENGTH, _packed("Q", int)),
    "doubles": (_LENGTH, _packed("d", float)),
})  # fmt: skip


def protobuf_of(body: bytes) -> bytes:
    """Return a request of OTLP in JSON as protobuf.

    Raises:
        ValueError: If it is none of this program's.
    """
    try:
        return _message(json.loads(body), "request")
    except (KeyError, TypeError, AttributeError, struct.error) as exc:
        raise ValueError("no request that can be told as protobuf") from exc


def _message(told: Mapping[str, Any], name: str) -> bytes:
    return b"".join(_field(value, *_MESSAGES[name][key]) for key, value in told.items())


def _field(value: Any, number: int, how: str) -> bytes:
    if how in _SCALARS:
        kind, encode = _SCALARS[how]
        content = encode(value)
        return _tag(number, kind) + (_sized(content) if kind == _LENGTH else content)
    below = value if isinstance(value, list) else [value]
    return b"".join(_tag(number, _LENGTH) + _sized(_message(each, how)) for each in below)


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _sized(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Return seven bits a byte, the lowest first; a negative number as its 64 bits."""
    left, out = value & (1 << 64) - 1, bytearray()
    while left > 0x7F:  # noqa: PLR2004 - what seven bits hold
        out.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*out, left))


def partial_of(answer: bytes) -> tuple[int, str]:
    """Return how much an endpoint did not take, and its words, from its answer in protobuf.

    What is no such answer tells nothing: (0, "").
    """
    try:
        partial = dict(_fields(answer)).get(1, b"")
        told = dict(_fields(partial)) if isinstance(partial, bytes) else {}
    except (ValueError, IndexError):
        return 0, ""
    count, words = told.get(1, 0), told.get(2, b"")
    rejected = count if isinstance(count, int) and count < _NEGATIVE else 0
    return rejected, words.decode("utf-8", "replace") if isinstance(words, bytes) else ""


def _fields(content: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield numbers and values of a message's fields.

    Raises:
        ValueError: If it is none; IndexError where it ends too soon.
    """
    at = 0
    while at < len(content):
        tag, at = _read_varint(content, at)
        if tag & 7 == _VARINT:
            value, at = _read_varint(content, at)
            yield tag >> 3, value
            continue
        size, at = (
            _read_varint(content, at) if tag & 7 == _LENGTH else (_WIDTHS.get(tag & 7, -1), at)
        )
        if not 0 <= size <= len(content) - at:
            raise ValueError("no protobuf")
        yield tag >> 3, content[at : at + size]
        at += size


def _read_varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_VARINT):
        byte = content[at + place]
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:  # noqa: PLR2004 - its highest bit says that more follow
            return value, at + place + 1
    raise ValueError("no varint")

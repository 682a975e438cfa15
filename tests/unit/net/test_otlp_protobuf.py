"""Requests of OTLP in protobuf: the bytes that OpenTelemetry's own classes read as the same."""

import json
from typing import Any

import pytest

from app.net.otlp_protobuf import partial_of, protobuf_of

SPAN = {
    "traceId": "ab" * 16, "spanId": "cd" * 8, "parentSpanId": "ef" * 8, "name": "t\u00fcr",
    "kind": 3, "startTimeUnixNano": "1795256430500000000",
    "endTimeUnixNano": "1795256431500000000",
    "attributes": [
        {"key": "s", "value": {"stringValue": ""}},
        {"key": "b", "value": {"boolValue": False}},
        {"key": "d", "value": {"doubleValue": 0.5}},
        {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": "x"}]}}},
    ],
    "status": {"code": 2, "message": "m"},
}  # fmt: skip
TRACES = {
    "resourceSpans": [{
        "resource": {"attributes": [{"key": "n", "value": {"intValue": "-2"}}]},
        "scopeSpans": [
            {"scope": {"name": "v", "version": "1"}, "spans": [SPAN], "schemaUrl": "u"}
        ],
        "schemaUrl": "u",
    }]
}  # fmt: skip
SPOT = {"attributes": [], "startTimeUnixNano": "1", "timeUnixNano": "2"}
SPREAD = {
    **SPOT, "count": "3", "bucketCounts": ["1", "2"], "explicitBounds": [0.5], "min": -0.5,
    "max": 2.0, "sum": 1.5,
}  # fmt: skip
COUNTS = [{**SPOT, "asInt": "-7"}, {**SPOT, "asDouble": 0.25}]
HISTOGRAM = {
    "name": "h", "description": "w", "unit": "s",
    "histogram": {"dataPoints": [SPREAD], "aggregationTemporality": 1},
}  # fmt: skip
SUM = {
    "name": "c", "description": "", "unit": "1",
    "sum": {"dataPoints": COUNTS, "aggregationTemporality": 1, "isMonotonic": True},
}  # fmt: skip
METRICS = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [HISTOGRAM, SUM]}]}]}

TRACES_HEX = (
    "0a9e010a120a100a016e120b18feffffffffffffffff011284010a060a017612013112770a10abababababababab"
    "abababababababab1208cdcdcdcdcdcdcdcd2208efefefefefefefef2a0474c3bc723003390031b03c3608ea1841"
    "00fb4a783608ea184a070a017312020a004a070a0162120210004a0e0a0164120921000000000000e03f4a0c0a01"
    "6112072a050a030a01787a05180212016d1a01751a0175"
)
METRICS_HEX = (
    "0ab00112ad0112610a01681201771a01734a560a5211010000000000000019020000000000000021030000000000"
    "00003210010000000000000002000000000000003a08000000000000e03f59000000000000e0bf61000000000000"
    "004029000000000000f83f100112480a016312001a01313a3e0a1b11010000000000000019020000000000000031"
    "f9ffffffffffffff0a1b11010000000000000019020000000000000021000000000000d03f10011801"
)
"""Checked with opentelemetry-proto 1.45: parsed, they equal what its JSON reader makes of these."""


@pytest.mark.parametrize(("told", "expected"), [(TRACES, TRACES_HEX), (METRICS, METRICS_HEX)])
def test_a_request_in_json_becomes_the_same_in_protobuf(told: Any, expected: str) -> None:
    assert protobuf_of(json.dumps(told).encode()).hex() == expected


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"x":1}', b'{"resourceSpans":7}', b'{"resourceSpans":[{"schemaUrl":1}]}']
)
def test_what_is_no_request_of_ours_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        protobuf_of(body)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (b"", (0, "")),
        (b"\x0a\x00", (0, "")),
        (b"\x0a\x05\x08\x03\x12\x01x", (3, "x")),
        (b"\x10\x01\x0a\x03\x12\x01x", (0, "x")),
        (b"\x0a\x03\x08\xac\x02", (300, "")),
        (b"\x11\0\0\0\0\0\0\0\0\x0a\x02\x08\x05", (5, "")),
        (b"\x1d\0\0\0\0\x0a\x02\x08\x05", (5, "")),
        (b"\x0a\x03\x12\x01\xff", (0, "\ufffd")),
        (b"\x0a\x02\x0a\x00", (0, "")),
        (b"\x0a\x0b\x08" + b"\xff" * 9 + b"\x01", (0, "")),
        (b"\x08\x05", (0, "")),
        (b"\x0a\x03\x12\x01", (0, "")),
        (b"\x0a\x7f\x08", (0, "")),
        (b"\x0b\x00", (0, "")),
        (b"\x0a", (0, "")),
        (b"\xff" * 12, (0, "")),
        (b"<html>", (0, "")),
        (b"{}", (0, "")),
    ],
)
def test_an_answer_tells_what_was_not_taken_and_anything_else_tells_nothing(
    answer: bytes, told: tuple[int, str]
) -> None:
    assert partial_of(answer) == told

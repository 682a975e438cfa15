"""A collector of telemetry on loopback: it takes what OTLP/HTTP says and refuses all else.

Source: OpenTelemetry Protocol specification (OTLP/HTTP, JSON Protobuf encoding): paths, content
type, ids of 32 and 16 hexadecimal digits that are not all zero, 64-bit integers as decimal
strings, enumerations as numbers, lowerCamelCase names and no others.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_HEX = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
_LONG = re.compile(r"-?\d{1,20}")

_ATTRIBUTE = {"key": str, "value": "value"}
_SHAPES: Mapping[str, Mapping[str, Any]] = {
    "traces": {"resourceSpans": ["resource_spans"]},
    "metrics": {"resourceMetrics": ["resource_metrics"]},
    "resource_spans": {"resource": "resource", "scopeSpans": ["scope_spans"], "schemaUrl": str},
    "resource_metrics": {
        "resource": "resource", "scopeMetrics": ["scope_metrics"], "schemaUrl": str
    },
    "resource": {"attributes": ["attribute"]},
    "scope": {"name": str, "version": str, "attributes": ["attribute"]},
    "scope_spans": {"scope": "scope", "spans": ["span"], "schemaUrl": str},
    "scope_metrics": {"scope": "scope", "metrics": ["metric"], "schemaUrl": str},
    "attribute": _ATTRIBUTE,
    "value": {
        "stringValue": str, "boolValue": bool, "intValue": "long", "doubleValue": float,
        "arrayValue": "array",
    },
    "array": {"values": ["value"]},
    "span": {
        "traceId": "id", "spanId": "id", "parentSpanId": "id", "name": str, "kind": int,
        "startTimeUnixNano": "long", "endTimeUnixNano": "long", "attributes": ["attribute"],
        "status": "status",
    },
    "status": {"code": int, "message": str},
    "metric": {
        "name": str, "description": str, "unit": str, "histogram": "histogram", "sum": "sum"
    },
    "histogram": {"dataPoints": ["histogram_point"], "aggregationTemporality": int},
    "sum": {
        "dataPoints": ["number_point"], "aggregationTemporality": int, "isMonotonic": bool
    },
    "histogram_point": {
        "attributes": ["attribute"], "startTimeUnixNano": "long", "timeUnixNano": "long",
        "count": "long", "sum": float, "bucketCounts": ["long"], "explicitBounds": [float],
        "min": float, "max": float,
    },
    "number_point": {
        "attributes": ["attribute"], "startTimeUnixNano": "long", "timeUnixNano": "long",
        "asInt": "long", "asDouble": float,
    },
}  # fmt: skip


def problem_of(signal: str, document: Any) -> str | None:
    """Return why a collector refuses a request, or None."""
    try:
        _check(document, signal, "")
    except ValueError as exc:
        return str(exc)
    return None


def _check(value: Any, shape: Any, name: str) -> None:
    if isinstance(shape, list):
        _require(isinstance(value, list), f"{name} is no list")
        for each in value:
            _check(each, shape[0], name)
    elif shape == "long":
        fits = isinstance(value, str) and _LONG.fullmatch(value)
        _require(fits, f"{name} is {value!r}, no 64-bit integer in a string")
    elif shape == "id":
        _check_id(value, name)
    elif isinstance(shape, str):
        _check_object(value, _SHAPES[shape], shape)
    elif shape is float:
        _require(type(value) in {int, float}, f"{name} is {value!r}, no number")
    else:
        _require(type(value) is shape, f"{name} is {value!r}, no {shape}")


def _check_object(value: Any, shape: Mapping[str, Any], name: str) -> None:
    _require(isinstance(value, dict), f"{name} is no object")
    for key, below in value.items():
        _require(key in shape, f"{name} has no field {key!r}")
        _check(below, shape[key], key)
    if name == "span":
        _require({"traceId", "spanId", "name"} <= value.keys(), "a span without ids")
    if name == "histogram_point":
        counts, bounds = value["bucketCounts"], value["explicitBounds"]
        _require(len(counts) == len(bounds) + 1, "buckets and bounds do not fit")
        _require(sum(map(int, counts)) == int(value["count"]), "buckets and count do not fit")


def _check_id(value: Any, name: str) -> None:
    digits = isinstance(value, str) and re.fullmatch(rf"[0-9a-fA-F]{{{_HEX[name]}}}", value)
    _require(digits and set(value) != {"0"}, f"{name} is {value!r}, no id")


def _require(holds: object, sentence: str) -> None:
    if not holds:
        raise ValueError(sentence)


@dataclass
class Collector:
    """A running collector.

    Attributes:
        answers: What it answers first: status, headers and body; afterwards it takes everything
            that is right.
        requests: Path, headers and content of all that came.
    """

    url: str = ""
    answers: list[tuple[int, Mapping[str, str], bytes]] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """Return status, headers and body of the answer."""
        self.requests.append((path, headers, body))
        if self.answers:
            return self.answers.pop(0)
        signal = path.removeprefix("/v1/")
        if headers.get("content-type") != "application/json":
            return 415, {}, b""
        if signal not in {"traces", "metrics"}:
            return 404, {}, b""
        problem = problem_of(signal, json.loads(body))
        return (200, {}, b"{}") if problem is None else (400, {}, problem.encode())

    def documents(self, signal: str) -> Sequence[Any]:
        """Return what came for ``signal``."""
        return [json.loads(body) for path, _, body in self.requests if path == f"/v1/{signal}"]


@contextmanager
def collector(*answers: tuple[int, Mapping[str, str], bytes]) -> Iterator[Collector]:
    """Run a collector on loopback."""
    taking = Collector(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            status, more, content = taking.take(self.path, headers, body)
            self.send_response(status)
            for name, value in {**more, "content-length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_given: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="collector")
    thread.start()
    taking.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield taking
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

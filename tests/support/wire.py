"""Recorded messages, and examples made from JSON schemas."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from app.core.clock import Nanoseconds

PROTOCOL_TESTS = Path(__file__).parent.parent / "protocol"
OPENAI_TRACES = PROTOCOL_TESTS / "traces" / "openai_realtime"
TRACE_NAMES = sorted(path.stem for path in OPENAI_TRACES.glob("*.yaml"))
NOW = Nanoseconds(7_000_000)


@dataclass(frozen=True)
class TraceLine:
    """One recorded message; ``sent`` by the client, or received by it."""

    sent: bool
    message: dict[str, Any]

    @property
    def kind(self) -> str:
        return str(self.message["type"])


@functools.cache
def load_trace(name: str) -> tuple[TraceLine, ...]:
    """Return the recorded messages of one conversation, in order."""
    text = (OPENAI_TRACES / f"{name}.yaml").read_text("utf-8")
    recorded = yaml.safe_load(text)["interactions"]
    return tuple(TraceLine(line["direction"] == "sent", line["data"]) for line in recorded)


@functools.cache
def openai_schema(dialect: str, half: str) -> dict[str, Any]:
    """Return the JSON schema of "ga" or "beta" events of "client" or "server"."""
    text = (PROTOCOL_TESTS / "schemas" / "openai_realtime.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)[dialect][half]
    return schema


def event_schemas(dialect: str, half: str) -> dict[str, Mapping[str, Any]]:
    """Return event kind to its schema, references unresolved."""
    schema = openai_schema(dialect, half)
    entries = [_resolved(entry, schema["$defs"]) for entry in schema["anyOf"]]
    return {entry["properties"]["type"]["const"]: entry for entry in entries}


def example_event(dialect: str, half: str, kind: str, *, optional: str) -> dict[str, Any]:
    """Return an event that the schema allows.

    Optional fields are "absent", "null" or "filled". Every text is valid base64 too.
    """
    definitions = openai_schema(dialect, half)["$defs"]
    example = _example(event_schemas(dialect, half)[kind], definitions, optional)
    assert isinstance(example, dict)
    return example


_PLAIN = {"string": "AAAA", "integer": 3, "number": 1.5, "boolean": True, "null": None}


def _example(schema: Mapping[str, Any], definitions: Mapping[str, Any], optional: str) -> Any:
    schema = _resolved(schema, definitions)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], definitions, optional)
    kind = schema.get("type", "string")
    if kind == "array":
        return [_example(schema.get("items", {}), definitions, optional)]
    if kind == "object":
        return _object(schema, definitions, optional)
    return _PLAIN[kind]


def _object(schema: Mapping[str, Any], definitions: Mapping[str, Any], optional: str) -> Any:
    required = schema.get("required", [])
    made = {}
    for name, entry in schema.get("properties", {}).items():
        if name in required or optional == "filled":
            made[name] = _example(entry, definitions, optional)
        elif optional == "null":
            made[name] = None
    return made


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    return schema

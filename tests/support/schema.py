"""Whether a server event is what typed clients of the service expect."""

import functools
import json
from typing import Any, get_args

import jsonschema
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from tests.support.wire import event_schemas, openai_schema

EFFECTIVE_ONLY = {"id", "object", "expires_at"}
"""Fields of a session that the service sends though the package's request model lacks them."""


@functools.cache
def _schema_validators() -> dict[str, jsonschema.Draft202012Validator]:
    definitions = {"$defs": openai_schema("ga", "server")["$defs"]}
    return {
        kind: jsonschema.Draft202012Validator({**schema, **definitions})
        for kind, schema in event_schemas("ga", "server").items()
    }


@functools.cache
def _union() -> TypeAdapter[Any]:
    return TypeAdapter(RealtimeServerEvent)


@functools.cache
def _models() -> dict[str, TypeAdapter[Any]]:
    union = get_args(RealtimeServerEvent)[0]
    return {_kind_of(model): TypeAdapter(model) for model in get_args(union)}


def _kind_of(model: type[BaseModel]) -> str:
    return str(get_args(model.model_fields["type"].annotation)[0])


def check_server_event(message: str) -> dict[str, Any]:
    """Return the event; fail unless the JSON schema and the ``openai`` package both take it.

    The package is held to strict types and may see no field that it does not know.
    """
    event: dict[str, Any] = json.loads(message)
    _schema_validators()[event["type"]].validate(event)
    _union().validate_json(message, strict=True)
    typed = _models()[event["type"]].validate_json(message, strict=True)
    unknown = _unknown_fields(typed, event["type"]) - {
        f"{event['type']}.session.{name}" for name in EFFECTIVE_ONLY
    }
    assert not unknown, f"fields that the openai package does not know: {unknown}"
    return event


def _unknown_fields(value: Any, place: str) -> set[str]:
    if isinstance(value, list):
        return set().union(*(_unknown_fields(entry, f"{place}[]") for entry in value))
    if not isinstance(value, BaseModel):
        return set()
    found = {f"{place}.{name}" for name in value.model_extra or {}}
    for name in type(value).model_fields:
        found |= _unknown_fields(getattr(value, name), f"{place}.{name}")
    return found

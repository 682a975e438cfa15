"""Typed access to the fields of a message from outside.

Every reader raises ``FieldError`` with the field's name and what it should have been, never
with the value: values are untrusted, long, or personal.
"""

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import msgspec

from app.core.wire import WireMessage

_LARGEST: Final = 2**53
"""No count, instant or length is larger; more digits would be no number to others."""

Fields: TypeAlias = Mapping[str, Any]
"""One JSON object of the wire."""


class FieldError(ValueError):
    """A field is missing or of the wrong type."""


def decode(message: WireMessage) -> Any:
    """Return the JSON value of ``message``.

    A strict and fast reader goes first. What it refuses gets a second chance with a lenient
    one, since a lone UTF-16 surrogate or a number out of range in some field that nobody
    reads is no reason to lose the end of a reply; lone surrogates become U+FFFD.

    Raises:
        ValueError: If it is no JSON.
    """
    try:
        return msgspec.json.decode(message)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass
    try:
        return _scrubbed(json.loads(message))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _scrubbed(value: Any) -> Any:
    """Return ``value`` with lone surrogates replaced, so that it can be stored as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_scrubbed(entry) for entry in value]
    if isinstance(value, dict):
        return {_scrubbed(name): _scrubbed(entry) for name, entry in value.items()}
    return value


def text(fields: Fields, name: str) -> str:
    """Return the text in ``name``."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    raise FieldError(f"{name} is not text")


def text_or_empty(fields: Fields, name: str) -> str:
    """Return the text in ``name``; "" where it is absent or null."""
    return "" if fields.get(name) is None else text(fields, name)


def known_text(fields: Fields, name: str) -> str | None:
    """Return the text in ``name``, or None where there is nothing that is text."""
    value = fields.get(name)
    return value if isinstance(value, str) else None


def whole(fields: Fields, name: str) -> int:
    """Return the whole number in ``name``; a float is rounded to the nearest."""
    value = known_number(fields, name)
    if value is None:
        raise FieldError(f"{name} is not a number")
    return round(value)


def index(fields: Fields, name: str) -> int:
    """Return the position in ``name``; 0, the only one there usually is, where it is absent."""
    value = 0 if fields.get(name) is None else whole(fields, name)
    if value < 0:
        raise FieldError(f"{name} is negative")
    return value


def number(fields: Fields, name: str) -> float:
    """Return the finite number in ``name``."""
    value = known_number(fields, name)
    if value is None:
        raise FieldError(f"{name} is not a number")
    return float(value)


def known_number(fields: Fields, name: str) -> int | float | None:
    """Return the number in ``name``, or None where there is none, or none that anything counts."""
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -_LARGEST <= value <= _LARGEST else None


def known_count(fields: Fields, name: str) -> int | None:
    """Return the whole number of at least 0 in ``name``, or None where there is none."""
    value = known_number(fields, name)
    return round(value) if value is not None and value >= 0 else None


def mapping(fields: Fields, name: str) -> Fields:
    """Return the object in ``name``."""
    value = fields.get(name)
    if isinstance(value, dict):
        return value
    raise FieldError(f"{name} is not an object")


def known_mapping(fields: Fields, name: str) -> Fields:
    """Return the object in ``name``; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def mappings(fields: Fields, name: str) -> tuple[Fields, ...]:
    """Return the objects in the list ``name``; none where there is no list."""
    value = fields.get(name)
    return tuple(v for v in value if isinstance(v, dict)) if isinstance(value, list) else ()


def octets(fields: Fields, name: str) -> bytes:
    """Return the base64 in ``name``, decoded strictly (RFC 4648, section 4, padded)."""
    try:
        return msgspec.convert(text(fields, name), bytes)
    except msgspec.ValidationError:
        raise FieldError(f"{name} is not base64") from None

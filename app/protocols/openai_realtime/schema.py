"""Checking what a client sent: small checkers that a table puts together.

A checker takes a JSON value and the name of its place ("session.tools[0].name"), and returns
the value as we keep it or raises ``ClientError``. Codes and wordings are those of the service.

Null is absence: a field that knows no null and is null counts as left out, because clients
that dump typed models send their unset fields so.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from app.core.errors import RemoteProtocolError

Checker: TypeAlias = Callable[[Any, str], Any]

_QUOTED_CHARACTERS = 80
MAX_TEXT_CHARACTERS = 1_000_000
"""Longest text field that we take; audio has a limit of its own."""
MAX_ELEMENTS = 1_000


class ClientError(RemoteProtocolError):
    """A client event that cannot be obeyed.

    Attributes:
        code: The wire's word for it.
        message: A sentence for the client's developer.
        param: The place in the event, or None.
    """

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


def missing(place: str) -> ClientError:
    """Return the fault of a required field left out."""
    return ClientError(
        "missing_required_parameter", f"Missing required parameter: '{place}'.", place
    )


def unknown(place: str) -> ClientError:
    """Return the fault of a field that does not exist."""
    place = place[:_QUOTED_CHARACTERS]
    return ClientError("unknown_parameter", f"Unknown parameter: '{place}'.", place)


def invalid(place: str, message: str) -> ClientError:
    """Return the fault of a value that is not allowed."""
    return ClientError("invalid_value", message, place)


def quoted(value: object) -> str:
    """Return a client's value as a message may repeat it."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _QUOTED_CHARACTERS else f"{text[:_QUOTED_CHARACTERS]}..."


_JSON_NAMES = {
    bool: "a boolean",
    int: "an integer",
    float: "a decimal",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def wrong_type(place: str, expected: str, value: object) -> ClientError:
    """Return the fault of a value of another JSON type."""
    got = _JSON_NAMES.get(type(value), "something else")
    return ClientError(
        "invalid_type",
        f"Invalid type for '{place}': expected {expected}, but got {got} instead.",
        place,
    )


def text(*, longest: int = MAX_TEXT_CHARACTERS, shortest: int = 0) -> Checker:
    """Check a string and its length."""

    def check(value: Any, place: str) -> str:
        if type(value) is not str:
            raise wrong_type(place, "a string", value)
        if not shortest <= len(value) <= longest:
            raise invalid(
                place,
                f"Invalid '{place}': expected {shortest} to {longest} characters, "
                f"but got {len(value)}.",
            )
        return value

    return check


def boolean(value: Any, place: str) -> bool:
    """Check true or false."""
    if type(value) is not bool:
        raise wrong_type(place, "a boolean", value)
    return value


def integer(lowest: int, highest: int) -> Checker:
    """Check a whole number in a range, both ends included."""

    def check(value: Any, place: str) -> int:
        if type(value) is not int:
            raise wrong_type(place, "an integer", value)
        if value < lowest:
            raise _outside(
                place, "below_min", f"below minimum value. Expected a value >= {lowest}", value
            )
        if value > highest:
            raise _outside(
                place, "above_max", f"above maximum value. Expected a value <= {highest}", value
            )
        return int(value)

    return check


def _outside(place: str, code: str, bound: str, value: int) -> ClientError:
    message = f"Invalid '{place}': integer {bound}, but got {quoted(value)} instead."
    return ClientError(f"integer_{code}_value", message, place)


def number(lowest: float, highest: float) -> Checker:
    """Check a finite number in a range, both ends included."""

    def check(value: Any, place: str) -> float:
        if type(value) not in {int, float} or not math.isfinite(value):
            raise wrong_type(place, "a decimal", value)
        return _in_range(value, lowest, highest, place)

    return check


def _in_range(value: float, lowest: float, highest: float, place: str) -> float:
    if not lowest <= value <= highest:
        raise invalid(
            place,
            f"Invalid '{place}': expected a value from {lowest} to {highest}, "
            f"but got {quoted(value)} instead.",
        )
    return value


def one_of(*choices: str) -> Checker:
    """Check one of some words."""

    def check(value: Any, place: str) -> str:
        if type(value) is not str:
            raise wrong_type(place, "a string", value)
        if value not in choices:
            raise unsupported(value, choices, place)
        return value

    return check


def unsupported(value: str, choices: Sequence[str], place: str) -> ClientError:
    """Return the fault of a word that is none of ``choices``."""
    named = ", ".join(f"'{choice}'" for choice in choices)
    return invalid(place, f"Invalid value: '{quoted(value)}'. Supported values are: {named}.")


def either(**by_type: Checker) -> Checker:
    """Check by JSON type: ``string=``, ``integer=``, ``object=`` or ``array=``."""
    kinds: dict[type, str] = {str: "string", int: "integer", dict: "object", list: "array"}
    expected = " or ".join(by_type)

    def check(value: Any, place: str) -> Any:
        checker = by_type.get(kinds.get(type(value), ""))
        if checker is None:
            raise wrong_type(place, expected, value)
        return checker(value, place)

    return check


def array(element: Checker, *, most: int = MAX_ELEMENTS) -> Checker:
    """Check every element of an array."""

    def check(value: Any, place: str) -> list[Any]:
        if type(value) is not list:
            raise wrong_type(place, "an array", value)
        if len(value) > most:
            raise invalid(
                place, f"Invalid '{place}': expected at most {most} elements, got {len(value)}."
            )
        return [element(entry, f"{place}[{index}]") for index, entry in enumerate(value)]

    return check


def nullable(checker: Checker) -> Checker:
    """Let null through; it means something here."""

    def check(value: Any, place: str) -> Any:
        return None if value is None else checker(value, place)

    check.__dict__["nullable"] = True
    return check


def anything(value: Any, place: str) -> Any:  # noqa: ARG001 - a checker's shape
    """Let any JSON value through."""
    return value


def any_object(value: Any, place: str) -> dict[str, Any]:
    """Check an object whose fields are the client's own business."""
    if type(value) is not dict:
        raise wrong_type(place, "an object", value)
    return value


def shape(
    fields: Mapping[str, Checker], *, required: Sequence[str] = (), top: bool = False
) -> Checker:
    """Check an object field by field; what is required is looked at first.

    Args:
        fields: The fields that exist.
        required: Those that must be there.
        top: Whether the fields are named without the object's own place before them.
    """

    def check(value: Any, place: str) -> dict[str, Any]:
        if type(value) is not dict:
            raise wrong_type(place, "an object", value)
        prefix = "" if top else f"{place}."
        for name in required:
            if _absent(value.get(name), fields[name]):
                raise missing(prefix + name)
        kept: dict[str, Any] = {}
        for name, entry in value.items():
            if name not in fields:
                raise unknown(prefix + name)
            if not _absent(entry, fields[name]):
                kept[name] = fields[name](entry, prefix + name)
        return kept

    return check


def _absent(value: Any, checker: Checker) -> bool:
    return value is None and not getattr(checker, "nullable", False)


def tagged(tag: str, shapes: Mapping[str, Checker], *, default: str | None = None) -> Checker:
    """Check an object whose field ``tag`` names its shape."""

    def check(value: Any, place: str) -> Any:
        if type(value) is not dict:
            raise wrong_type(place, "an object", value)
        name = value.get(tag)
        if name is None and default is None:
            raise missing(f"{place}.{tag}")
        chosen = one_of(*shapes)(default if name is None else name, f"{place}.{tag}")
        return shapes[chosen](value, place)

    return check


def elsewhere(_value: Any, place: str) -> NoReturn:
    """Refuse a field that only sibling shapes have; null is fine, typed clients send it."""
    raise unknown(place)

"""JSON Schemas of tools: whether one can be used, and whether arguments fit it.

Draft 2020-12 without anything that a schema from elsewhere could use to reach out or to hold
this process up: references point into the schema itself only; regular expressions (``pattern``,
``patternProperties``) and ``unevaluated*`` are not checked; and the work of one check is bounded.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.errors import ToolError
from app.session.tool_texts import ARGUMENTS_LIMIT_BYTES, parse_json, quoted

SCHEMA_LIMIT_BYTES: Final = 65_536
DEPTH_LIMIT: Final = 64
STEPS: Final = 5_000
"""Keywords that one check may look at."""

NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What providers accept as a tool's name."""

_UNCHECKED = frozenset(
    {"pattern", "patternProperties"} | {f"unevaluated{w}" for w in ("Items", "Properties")}
)
_UNIQUE_LIMIT = 1_000

_Keyword = Callable[[Any, Any, Any, Any], Iterable[Any] | None]


class _TooMuchError(Exception):
    """A check took more than STEPS."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """Why a schema cannot be used: a sentence, and where, from the root."""

    sentence: str
    path: tuple[str | int, ...] = ()

    @property
    def told(self) -> str:
        """The sentence with the place."""
        place = ".".join(str(step) for step in self.path)
        return f"At {place}: {self.sentence}" if place else self.sentence


def name_problem(name: str) -> str | None:
    """Return why ``name`` cannot be a tool's, or None."""
    if NAME.fullmatch(name):
        return None
    return "A tool's name has 1 to 64 letters a to z, digits, _ or -."


def schema_problem(schema: Any) -> SchemaProblem | None:
    """Return the first thing that keeps ``schema`` from describing a tool's arguments, or None.

    Loads the schema library when first called, which may take a tenth of a second.
    """
    if not isinstance(schema, Mapping):
        return SchemaProblem("A schema is an object.")
    try:
        size = len(json.dumps(schema))
    except (RecursionError, TypeError, ValueError):
        return SchemaProblem("It is no JSON, or is nested too deeply.")
    if size > SCHEMA_LIMIT_BYTES:
        return SchemaProblem(f"It has more than {SCHEMA_LIMIT_BYTES // 1024} kB.")
    if schema.get("type") != "object":
        return SchemaProblem('Arguments are an object: it needs "type": "object".')
    return _deep_problem(schema, ()) or _library_problem(schema)


def _deep_problem(value: Any, path: tuple[str | int, ...]) -> SchemaProblem | None:
    """Return what is nested too deeply or points outside, or None."""
    if len(path) > DEPTH_LIMIT:
        return SchemaProblem(f"It is nested deeper than {DEPTH_LIMIT}.", path[:4])
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Mapping):
        members = value.items()
    elif isinstance(value, list | tuple):
        members = enumerate(value)
    for step, member in members:
        if step in ("$ref", "$dynamicRef") and isinstance(member, str) and member[:1] != "#":
            return SchemaProblem(
                "A reference may only point into the schema itself.", (*path, step)
            )
        problem = _deep_problem(member, (*path, step))
        if problem is not None:
            return problem
    return None


def _library_problem(schema: Mapping[str, Any]) -> SchemaProblem | None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - heavy
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - heavy

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        return SchemaProblem(f"{quoted(_innermost(error))}.", tuple(error.absolute_path))
    except RecursionError:
        return SchemaProblem("It is nested too deeply.")
    return None


def _innermost(error: Any) -> str:
    """Return the first cause: "not valid under any of the given schemas" helps nobody."""
    while error.context:
        error = error.context[0]
    return str(error.message)


def read_arguments(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a call's arguments if they are JSON that fits ``schema``; may take 100 ms.

    No arguments at all, which some models write as an empty text, are an empty object.

    Raises:
        ToolError: In a sentence for the model.
    """
    if len(text) > ARGUMENTS_LIMIT_BYTES:
        raise ToolError(f"The arguments have more than {ARGUMENTS_LIMIT_BYTES // 1024} kB.")
    try:
        arguments = parse_json(text.strip() or "{}")
    except ToolError as error:
        raise ToolError(f"The arguments are not valid JSON: {error}.") from None
    if not isinstance(arguments, dict):
        raise ToolError("The arguments are not a JSON object.")
    problem = _unfit(arguments, schema)
    if problem is not None:
        raise ToolError(problem)
    return arguments


def _unfit(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> str | None:
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 - heavy

    try:
        error = next(iter(_validator(schema).iter_errors(arguments)), None)
    except _TooMuchError:
        return "The arguments could not be checked: it would take too long."
    except RecursionError:
        return "The arguments could not be checked: the schema goes round in circles."
    except Unresolvable:
        return "The arguments could not be checked: the schema refers to what it does not hold."
    if error is None:
        return None
    place = ".".join(str(step) for step in error.absolute_path)
    where = f" at {quoted(place)}" if place else ""
    return f"The arguments do not fit the tool's schema{where}: {quoted(error.message)}."


def _validator(schema: Mapping[str, Any]) -> Any:
    """Return a validator that is good for one check."""
    from jsonschema import Draft202012Validator, validators  # noqa: PLC0415 - heavy
    from referencing import Registry  # noqa: PLC0415 - heavy

    left = [STEPS]

    def counted(check: _Keyword) -> _Keyword:
        def run(validator: Any, value: Any, instance: Any, parent: Any) -> Iterable[Any] | None:
            left[0] -= 1
            if left[0] < 0:
                raise _TooMuchError
            return check(validator, value, instance, parent)

        return run

    known: Mapping[str, _Keyword] = Draft202012Validator.VALIDATORS
    keywords = {name: counted(_kept(name, check)) for name, check in known.items()}
    extend: Callable[..., Any] = validators.extend
    return extend(Draft202012Validator, keywords)(dict(schema), registry=Registry())


def _kept(name: str, check: _Keyword) -> _Keyword:
    """Return ``check``, or a harmless one in its place."""
    if name in _UNCHECKED:
        return lambda _validator, _value, _instance, _parent: None
    if name == "additionalProperties":
        return lambda v, value, x, s: None if "patternProperties" in s else check(v, value, x, s)
    if name == "uniqueItems":
        return lambda v, value, x, s: None if len(x) > _UNIQUE_LIMIT else check(v, value, x, s)
    return check

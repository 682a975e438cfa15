"""Function calls without a model that could make them: by the words of the tools' own schemas."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.localengine.ports import Message, ReplyRequest, Role, ToolCall
from app.localengine.skills_numbers import NUMBER, parse_number, plain_words

_NAMED, _NAME_WORD, _ENOUGH = 100, 3, 3
_MOST_FIELDS = 12
_LONGEST_VALUE = 200
_COMMON_WORDS = (
    "a an and any are as at be by can current do fetch find for from function get give given "
    "has have how i in is it its look lookup me my now of on or please return returns set show "
    "tell that the this to tool up use used user users what when where which who will with you "
    "your"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_PLACE = re.compile(r"\b(?:in|at|near|for|to|from)\s+((?:[A-Z][\w'-]*)(?:\s+[A-Z][\w'-]*)*)")
_PLACE_LOWER = re.compile(
    r"\b(?:in|at|near|for)\s+(?:the\s+)?([a-z][\w' -]*?)"
    r"(?:\s+(?:today|tomorrow|now|please|right now))*[.?!]*$",
    re.IGNORECASE,
)
_PLACE_WORDS = "city location place town country region state destination origin address area"
_PLACE_NAMES = frozenset(_PLACE_WORDS.split())
_CODE = re.compile(r"\b(?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{2,}\b")
_WORD_NUMBER = re.compile(rf"\b{NUMBER}\b")


def call_tool(request: ReplyRequest, heard: str) -> ToolCall | None:
    """Return the call that the user's words or the request's ``tool_choice`` ask for."""
    choice = request.tool_choice
    tools = [tool for tool in request.tools if str(tool.get("name", ""))]
    if choice == "none" or not tools:
        return None
    forced = [tool for tool in tools if tool["name"] == choice]
    scored = [(_score(tool, heard), tool) for tool in forced or tools]
    best, tool = max(scored, key=lambda pair: pair[0])
    if best < _ENOUGH and not forced and choice != "required":
        return None
    arguments = json.dumps(tool_arguments(tool, heard), ensure_ascii=False)
    return ToolCall(
        call_id=f"call_{secrets.token_hex(12)}", name=str(tool["name"]), arguments=arguments
    )


def _score(tool: Mapping[str, Any], heard: str) -> int:
    said = set(_stems(heard))
    name = list(_stems(_spaced(str(tool["name"]))))
    telling = [word for word in name if word not in _COMMON]
    if name and all(word in said for word in name) and (telling or len(name) > 1):
        return _NAMED
    described = {w for w in _stems(str(tool.get("description") or "")) if w not in _COMMON}
    in_description = len(said & described - set(telling))
    return _NAME_WORD * sum(word in said for word in telling) + min(in_description, _ENOUGH - 1)


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\W]+", " ", name)


def _stems(text: str) -> Iterator[str]:
    for word in plain_words(text).split():
        yield word[:-1] if len(word) > 3 and word.endswith("s") else word  # noqa: PLR2004


def tool_arguments(tool: Mapping[str, Any], heard: str) -> dict[str, Any]:
    """Fill the tool's parameters from the user's words, as far as its JSON schema tells how.

    Required parameters always get a value of their type; others only where one was said.
    """
    schema = tool.get("parameters")
    if not isinstance(schema, Mapping):
        return {}
    properties = schema.get("properties")
    required = schema.get("required") or ()
    filled: dict[str, Any] = {}
    for name, rules in properties.items() if isinstance(properties, Mapping) else ():
        field = _Field.read(str(name), rules, needed=name in required)
        value = field.value(heard)
        if value is not None:
            filled[field.name] = value
    return filled


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    kind: str
    choices: Sequence[Any]
    needed: bool

    @classmethod
    def read(cls, name: str, rules: Any, *, needed: bool) -> "_Field":
        table = rules if isinstance(rules, Mapping) else {}
        kind = table.get("type", "string")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "string")
        choices = table.get("enum")
        return cls(
            name=name,
            kind=str(kind),
            choices=choices if isinstance(choices, list) else (),
            needed=needed,
        )

    def value(self, heard: str) -> Any:
        """Return what was said for it, else a value of its type if it is needed, else None."""
        said = (
            self._choice(heard) if self.choices else _SAID.get(self.kind, _said_text)(self, heard)
        )
        if said is None and self.needed:
            return self.choices[0] if self.choices else _DEFAULTS.get(self.kind, _whole)(heard)
        return said

    def _choice(self, heard: str) -> Any:
        words = f" {plain_words(heard)} "
        return next((c for c in self.choices if f" {plain_words(str(c))} " in words), None)


def _said_number(_field: _Field, heard: str) -> float | None:
    found = _WORD_NUMBER.search(plain_words(heard))
    value = parse_number(found[0]) if found else None
    return None if value is None else float(value)


def _said_integer(field: _Field, heard: str) -> int | None:
    value = _said_number(field, heard)
    return None if value is None else int(value)


def _said_text(field: _Field, heard: str) -> str | None:
    words = set(plain_words(_spaced(field.name)).split())
    if words & _PLACE_NAMES:
        found = _PLACE.search(heard) or _PLACE_LOWER.search(heard)
        return found[1].strip().rstrip(".?!") if found else None
    if words & {"id", "number", "code"}:
        found = _CODE.search(heard)
        return found[0] if found else None
    return None


def _nothing(_field: _Field, _heard: str) -> None:
    return None


def _whole(heard: str) -> str:
    return heard.strip()[:_LONGEST_VALUE]


_SAID: Mapping[str, Callable[[_Field, str], Any]] = {
    "integer": _said_integer,
    "number": _said_number,
    "boolean": _nothing,
    "array": _nothing,
    "object": _nothing,
    "null": _nothing,
}
_DEFAULTS: Mapping[str, Callable[[str], Any]] = {
    "integer": lambda _: 0,
    "number": lambda _: 0.0,
    "boolean": lambda _: True,
    "array": lambda heard: [_whole(heard)],
    "object": lambda _: {},
}


def tell_results(messages: Sequence[Message]) -> Sequence[str] | None:
    """Return a sentence for each function result that ends the conversation, or None."""
    results: list[Message] = []
    for message in reversed(messages):
        if message.role is not Role.TOOL:
            break
        results.insert(0, message)
    names = {m.call.call_id: m.call.name for m in messages if m.call is not None}
    told = (_tell(names.get(result.call_id or "", "tool"), result.text) for result in results)
    return tuple(told) or None


def _tell(name: str, output: str) -> str:
    text = output.strip()
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    said = "; ".join(_fields(value))[:600].rstrip(" .")
    return f"The {name} result says: {said}." if said else f"The {name} result is empty."


def _fields(value: Any, name: str = "") -> list[str]:
    """Read a JSON value aloud, its first twelve fields."""
    if isinstance(value, Mapping):
        rows = [row for key, inner in value.items() for row in _fields(inner, _spaced(str(key)))]
        return rows[:_MOST_FIELDS]
    if isinstance(value, list):
        return [row for inner in value[:_MOST_FIELDS] for row in _fields(inner, name)]
    if value is None or value == "":
        return []
    shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return [f"{name} {shown}".strip()]

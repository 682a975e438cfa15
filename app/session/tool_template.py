"""Templates of answers: JSON with places for a call's arguments. Nothing is evaluated."""

import json
import re
from collections.abc import Mapping
from typing import Any

from app.core.errors import ToolError
from app.session.tool_texts import ANSWER_LIMIT_BYTES, parse_json

_PLACE = re.compile(r"\{\{\s*([\w-]+(?:\.[\w-]+)*)\s*\}\}")
_QUOTE = re.compile(r'(?:[^"\\]|\\.)*?"', re.DOTALL)


def fill(template: str, arguments: Mapping[str, Any]) -> str:
    """Return ``template`` with each ``{{name}}`` replaced by that argument, as JSON.

    ``{{a.b}}`` is the member ``b`` of ``a``, or its element where ``b`` is a number. What is not
    there is ``null``. Inside a string of the template the argument becomes part of the string,
    quoted as JSON demands; anything but a string is written there as JSON.

    Raises:
        ToolError: If it grew beyond ANSWER_LIMIT_BYTES.
    """
    pieces: list[str] = []
    size = 0
    inside = False
    at = 0
    for place in _PLACE.finditer(template):
        before = template[at : place.start()]
        inside = _inside_after(before, inside=inside)
        value = _value(arguments, place[1].split("."))
        piece = _as_part(value) if inside else json.dumps(value, ensure_ascii=False)
        pieces += (before, piece)
        size += len(before) + len(piece)
        if size > ANSWER_LIMIT_BYTES:
            raise ToolError(f"The filled template has more than {ANSWER_LIMIT_BYTES // 1024} kB.")
        at = place.end()
    pieces.append(template[at:])
    return "".join(pieces)


def template_problem(template: str) -> str | None:
    """Return why ``template`` can never become JSON, in words with the place, or None."""
    try:
        parse_json(fill(template, {}))
    except ToolError as error:
        return str(error)
    return None


def _value(arguments: Mapping[str, Any], path: list[str]) -> Any:
    value: Any = arguments
    for name in path:
        match value:
            case dict() | Mapping():
                value = value.get(name)
            case list() if name.isdecimal() and len(name) < _DIGITS and int(name) < len(value):
                value = value[int(name)]
            case _:
                return None
    return value


_DIGITS = 7


def _as_part(value: Any) -> str:
    """Return ``value`` as it is written between the quotation marks of a string."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _inside_after(text: str, *, inside: bool) -> bool:
    """Return whether the end of ``text`` is inside a string, as its beginning was ``inside``."""
    at = 0
    while True:
        if inside:
            end = _QUOTE.match(text, at)
            if end is None:
                return True
            at = end.end()
        start = text.find('"', at)
        if start < 0:
            return False
        at, inside = start + 1, True

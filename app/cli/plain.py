"""Text that cannot drive a terminal: what models, servers, files and folder names say, printed."""

import json
from collections.abc import Mapping
from typing import Any

from app.core.errors import AppError

_LARGEST_OF_PLANE_0 = 0xFFFF


def plain(text: str) -> str:
    """Return ``text`` in one line without control, bidirectional or undecodable characters."""
    return "".join(c if c.isprintable() else " " for c in text)


def told(error: AppError) -> str:
    """Return an error's sentence and its remedy, in one plain line."""
    return plain(f"{error.sentence} {error.hint}".rstrip())


def json_line(value: Mapping[str, Any]) -> str:
    """Return ``value`` as one line of JSON that can be printed anywhere and loses nothing.

    What is no JSON value is its text; what no terminal should be sent is an escape (RFC 8259, 7).

    Raises:
        ValueError: If a number is not finite: no reader of JSON knows it.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    return text if text.isprintable() else "".join(_escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    if letter.isprintable():
        return letter
    code = ord(letter)
    if code <= _LARGEST_OF_PLANE_0:
        return f"\\u{code:04x}"
    pair = letter.encode("utf-16-be").hex()
    return f"\\u{pair[:4]}\\u{pair[4:]}"

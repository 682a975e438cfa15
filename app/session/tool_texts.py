"""What a tool's answer becomes before the model is told it: valid JSON of bounded length."""

import json
from typing import Any

from app.core.errors import ToolError

OUTPUT_LIMIT_BYTES = 65_536
"""UTF-8 bytes of one answer that the provider is sent; more of it is cut, and the model told so."""

ANSWER_LIMIT_BYTES = 1_048_576
"""An answer above this is not looked at; the model is told an error."""

ARGUMENTS_LIMIT_BYTES = 65_536
"""Arguments above this are not looked at; the model is told an error."""

SHOWN_LIMIT = 4_000
"""Characters of arguments and answers in events and reports."""

CANCELLED_OUTPUT = '{"cancelled": true}'
"""What the model is told of a call that an interruption ended."""

_QUOTED = 300
"""Characters of foreign words inside a sentence of ours."""


def error_output(sentence: str) -> str:
    """Return what the model is told of a call that failed."""
    return _dumped({"error": quoted(sentence, 2_000)})


def quoted(text: str, limit: int = _QUOTED) -> str:
    """Return foreign words as part of a sentence: one line, printable, of bounded length."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 2]).split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def shown(text: str) -> str:
    """Return ``text`` cut for an event or a report."""
    clean = _encodable(text[: SHOWN_LIMIT + 1])
    return clean if len(clean) <= SHOWN_LIMIT else clean[:SHOWN_LIMIT] + " ..."


def parse_json(text: str) -> Any:
    """Return the value of JSON text, as strictly as providers read it.

    Raises:
        ToolError: If it is none, with the line and column; NaN and Infinity are none either.
    """
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as exc:
        raise ToolError(f"{exc.msg} (line {exc.lineno}, column {exc.colno})") from None
    except ValueError as exc:
        raise ToolError(quoted(str(exc))) from None
    except RecursionError:
        raise ToolError("it is nested too deeply") from None


def answer_told(text: str, *, plain: bool = False) -> str:
    """Return what the model is told of an answer: JSON of at most OUTPUT_LIMIT_BYTES.

    Args:
        text: The answer as it came.
        plain: Words are an answer too; what is no JSON is told as ``{"result": words}``.

    Raises:
        ToolError: If it is no JSON and ``plain`` is not set, or is above ANSWER_LIMIT_BYTES.
    """
    if len(text) > ANSWER_LIMIT_BYTES:
        raise ToolError(f"The answer has more than {ANSWER_LIMIT_BYTES // 1024} kB.")
    text = _encodable(text)
    size = len(text.encode())
    if size > ANSWER_LIMIT_BYTES:
        raise ToolError(f"The answer has more than {ANSWER_LIMIT_BYTES // 1024} kB.")
    if size > OUTPUT_LIMIT_BYTES:
        return _cut(text, size)
    try:
        parse_json(text)
    except ToolError as error:
        if plain:
            return _wrapped(text)
        raise ToolError(f"The answer is not valid JSON: {error}.") from None
    return text


def _wrapped(text: str) -> str:
    whole = _dumped({"result": text})
    size = len(whole.encode())
    return whole if size <= OUTPUT_LIMIT_BYTES else _cut(text, size)


def _cut(text: str, size: int) -> str:
    """Return the beginning of a long answer, and that it is only that."""
    kept = OUTPUT_LIMIT_BYTES - 1024
    while True:
        beginning = text.encode()[:kept].decode(errors="ignore")
        told = _dumped(
            {"cut": True, "note": f"Only the beginning of {size} bytes.", "beginning": beginning}
        )
        if len(told.encode()) <= OUTPUT_LIMIT_BYTES:
            return told
        kept = kept * 3 // 4  # quotation marks and control characters grow when they are quoted


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _encodable(text: str) -> str:
    """Return ``text`` with halves of characters, which no wire can carry, replaced."""
    return text.encode(errors="replace").decode()


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON value")

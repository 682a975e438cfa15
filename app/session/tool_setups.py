"""Tools as tables: what a file of tools or a settings file says, read and checked whole."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from app.core.conduct import McpServer, ToolAnswer, ToolAnswerKind, ToolSetup
from app.core.config import Tool
from app.core.errors import ToolError
from app.core.http_url import http_url_problem
from app.session.tool_answers import LONGEST_TIMEOUT_S
from app.session.tool_schema import name_problem, schema_problem
from app.session.tool_template import template_problem
from app.session.tool_texts import ANSWER_LIMIT_BYTES, parse_json, quoted

TOOLS_LIMIT: Final = 128
SERVERS_LIMIT: Final = 16
LABEL_LENGTH: Final = 64
DESCRIPTION_LENGTH: Final = 4_000
LONGEST_DELAY_MS: Final = 600_000.0

_FILE = frozenset({"tools", "mcp_servers"})
_TOOL = frozenset({"name", "description", "parameters", "answer"})
_ANSWER = frozenset({"kind", "json", "text", "url", "delay_ms", "timeout_s"})
_SERVER = frozenset({"label", "url", "allowed", "timeout_s"})

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFile:
    """What a file of tools holds."""

    tools: tuple[ToolSetup, ...] = ()
    mcp_servers: tuple[McpServer, ...] = ()


def read_tools(table: object) -> ToolFile:
    """Return what ``table``, the value of a whole file, holds.

    Raises:
        ToolError: In one sentence that begins with the place, e.g. ``tools[2].answer.url``.
    """
    fields = _table(table, "", _FILE)
    tools = _each(fields, "tools", TOOLS_LIMIT, _tool)
    servers = _each(fields, "mcp_servers", SERVERS_LIMIT, _server)
    _unique([each.tool.name for each in tools], "tools", "name")
    _unique([each.label for each in servers], "mcp_servers", "label")
    return ToolFile(tools=tools, mcp_servers=servers)


def answer_problem(answer: ToolAnswer) -> str | None:
    """Return why calls could never be answered so, in a sentence, or None."""
    if not 0 <= answer.delay_ms <= LONGEST_DELAY_MS:
        return f"A delay is 0 to {LONGEST_DELAY_MS:.0f} ms."
    if not 0 < answer.timeout_s <= LONGEST_TIMEOUT_S:
        return f"A time-out is above 0 and at most {LONGEST_TIMEOUT_S:.0f} s."
    if len(answer.text) > ANSWER_LIMIT_BYTES:
        return f"An answer has at most {ANSWER_LIMIT_BYTES // 1024} kB."
    check = _CHECKS.get(answer.kind)
    return None if check is None else check(answer)


# --- parts ------------------------------------------------------------------------------------


def _tool(value: object, place: str) -> ToolSetup:
    fields = _table(value, place, _TOOL)
    name = _text(fields, "name", place)
    _refuse(name_problem(name), f"{place}.name")
    description = _text(fields, "description", place, "")
    if len(description) > DESCRIPTION_LENGTH:
        raise _wrong(f"{place}.description", f"It has more than {DESCRIPTION_LENGTH} characters.")
    parameters = fields.get("parameters", {"type": "object", "properties": {}})
    problem = schema_problem(parameters)
    _refuse(None if problem is None else problem.told, f"{place}.parameters")
    answer = _answer(fields.get("answer", {}), f"{place}.answer")
    return ToolSetup(
        tool=Tool(name=name, description=description, parameters=parameters), answer=answer
    )


def _answer(value: object, place: str) -> ToolAnswer:
    fields = _table(value, place, _ANSWER)
    default = ToolAnswer()
    kind = _text(fields, "kind", place, default.kind.value)
    if kind not in {each.value for each in ToolAnswerKind}:
        known = ", ".join(each.value for each in ToolAnswerKind)
        raise _wrong(f"{place}.kind", f'"{quoted(kind, 40)}" is none of {known}.')
    answer = ToolAnswer(
        kind=ToolAnswerKind(kind),
        text=_answer_text(fields, place),
        url=_text(fields, "url", place, ""),
        delay_ms=_number(fields, "delay_ms", place, default.delay_ms),
        timeout_s=_number(fields, "timeout_s", place, default.timeout_s),
    )
    _refuse(answer_problem(answer), place)
    return answer


def _answer_text(fields: Mapping[str, Any], place: str) -> str:
    if "json" not in fields:
        return _text(fields, "text", place, ToolAnswer().text)
    if "text" in fields:
        raise _wrong(place, 'It has both "json" and "text".')
    try:
        return json.dumps(fields["json"], ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _wrong(f"{place}.json", "It cannot be written as JSON.") from None


def _server(value: object, place: str) -> McpServer:
    fields = _table(value, place, _SERVER)
    label = _text(fields, "label", place).strip()
    if not label or len(label) > LABEL_LENGTH or not label.isprintable():
        raise _wrong(f"{place}.label", f"A label has 1 to {LABEL_LENGTH} printable characters.")
    url = _text(fields, "url", place)
    _refuse(http_url_problem(url), f"{place}.url")
    allowed = fields.get("allowed", [])
    if not isinstance(allowed, list | tuple) or not all(isinstance(one, str) for one in allowed):
        raise _wrong(f"{place}.allowed", "It is not a list of names.")
    timeout_s = _number(fields, "timeout_s", place, McpServer(label="", url="").timeout_s)
    if not 0 < timeout_s <= LONGEST_TIMEOUT_S:
        at_most = f"A time-out is above 0 and at most {LONGEST_TIMEOUT_S:.0f} s."
        raise _wrong(f"{place}.timeout_s", at_most)
    return McpServer(label=label, url=url, allowed=tuple(allowed), timeout_s=timeout_s)


def _fixed_problem(answer: ToolAnswer) -> str | None:
    try:
        parse_json(answer.text)
    except ToolError as error:
        return f"The answer is not valid JSON: {error}."
    return None


def _template_problem(answer: ToolAnswer) -> str | None:
    problem = template_problem(answer.text)
    return problem and f"The template does not make valid JSON: {problem}."


_CHECKS: Mapping[ToolAnswerKind, Callable[[ToolAnswer], str | None]] = {
    ToolAnswerKind.FIXED: _fixed_problem,
    ToolAnswerKind.TEMPLATE: _template_problem,
    ToolAnswerKind.HTTP: lambda answer: http_url_problem(answer.url),
}


# --- values -----------------------------------------------------------------------------------


def _wrong(place: str, sentence: str) -> ToolError:
    return ToolError(f"{place}: {sentence}" if place else sentence)


def _refuse(problem: str | None, place: str) -> None:
    if problem:
        raise _wrong(place, problem)


def _table(value: object, place: str, known: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(place, "It is not a table.")
    for name in value:
        if name not in known:
            names = ", ".join(sorted(known))
            raise _wrong(place, f'"{quoted(str(name), 40)}" is none of {names}.')
    return value


def _each(
    fields: Mapping[str, Any], name: str, limit: int, read: Callable[[object, str], _T]
) -> tuple[_T, ...]:
    values = fields.get(name, [])
    if not isinstance(values, list | tuple):
        raise _wrong(name, "It is not a list.")
    if len(values) > limit:
        raise _wrong(name, f"It has more than {limit} entries.")
    return tuple(read(value, f"{name}[{index}]") for index, value in enumerate(values, 1))


def _text(fields: Mapping[str, Any], name: str, place: str, default: str | None = None) -> str:
    value = fields.get(name, default)
    if value is None:
        raise _wrong(place, f'"{name}" is missing.')
    if not isinstance(value, str):
        raise _wrong(f"{place}.{name}", "It is not a text.")
    return value


def _number(fields: Mapping[str, Any], name: str, place: str, default: float) -> float:
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong(f"{place}.{name}", "It is not a number.")
    try:
        return float(value)
    except OverflowError:
        raise _wrong(f"{place}.{name}", "It is too large a number.") from None


def _unique(names: list[str], place: str, what: str) -> None:
    seen: set[str] = set()
    for index, name in enumerate(names, 1):
        if name in seen:
            raise _wrong(f"{place}[{index}].{what}", f'Another has the {what} "{name}" too.')
        seen.add(name)

"""Who answers a tool's calls: one function for each kind of answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from app.core.conduct import McpServer, ToolAnswer, ToolAnswerKind, ToolSetup
from app.core.config import Tool
from app.core.errors import ToolError
from app.core.ports import McpConnection, ToolCaller
from app.session.tool_template import fill

LONGEST_TIMEOUT_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class CallText:
    """A call's arguments, as the model wrote them and as they were read."""

    text: str
    values: Mapping[str, Any]


Answering: TypeAlias = Callable[[CallText], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTool:
    """A tool as the model is offered it, and who answers.

    Attributes:
        source: The answer's kind, or an MCP server's label.
        where: What a call contacts, told when the first call asks; "" contacts nothing.
        answer: Answers a call, or raises ToolError; None is the user, by hand.
        plain: Its answers may be words instead of JSON.
    """

    tool: Tool
    source: str
    answer: Answering | None
    where: str = ""
    plain: bool = False
    delay_ms: float = 0.0
    timeout_s: float = 30.0


def from_setup(setup: ToolSetup, caller: ToolCaller | None) -> OfferedTool:
    """Return what answers the calls of one of the user's tools."""
    answer = setup.answer
    by_hand = answer.kind is ToolAnswerKind.BY_HAND
    return OfferedTool(
        tool=setup.tool,
        source=answer.kind.value,
        answer=None if by_hand else partial(_ANSWERS[answer.kind], answer, caller),
        where=f"POST {answer.url}" if answer.kind is ToolAnswerKind.HTTP else "",
        plain=by_hand,
        delay_ms=max(answer.delay_ms, 0.0),
        timeout_s=_bounded_s(answer.timeout_s),
    )


def from_mcp(
    server: McpServer, connection: McpConnection, tool: Tool, offered_name: str
) -> OfferedTool:
    """Return what answers the calls of a tool of an MCP server."""
    timeout_s = _bounded_s(server.timeout_s)

    async def answer(call: CallText) -> str:
        return await connection.call(tool.name, call.text.strip() or "{}", timeout_s)

    return OfferedTool(
        tool=Tool(name=offered_name, description=tool.description, parameters=tool.parameters),
        source=server.label,
        answer=answer,
        where=f"MCP {tool.name} at {server.url}",
        plain=True,
        timeout_s=timeout_s,
    )


def _bounded_s(timeout_s: float) -> float:
    return min(max(timeout_s, 0.0), LONGEST_TIMEOUT_S)


async def _fixed(answer: ToolAnswer, _caller: ToolCaller | None, _call: CallText) -> str:
    return answer.text


async def _template(answer: ToolAnswer, _caller: ToolCaller | None, call: CallText) -> str:
    return fill(answer.text, call.values)


async def _error(answer: ToolAnswer, _caller: ToolCaller | None, _call: CallText) -> str:
    raise ToolError(answer.text or "The tool failed.")


async def _http(answer: ToolAnswer, caller: ToolCaller | None, call: CallText) -> str:
    if caller is None:
        raise ToolError("HTTP endpoints cannot be called here.")
    return await caller.call(answer.url, call.text.strip() or "{}", _bounded_s(answer.timeout_s))


async def _never(_answer: ToolAnswer, _caller: ToolCaller | None, _call: CallText) -> str:
    await asyncio.Event().wait()
    raise AssertionError


_ANSWERS: Final[
    Mapping[ToolAnswerKind, Callable[[ToolAnswer, ToolCaller | None, CallText], Awaitable[str]]]
] = {
    ToolAnswerKind.FIXED: _fixed,
    ToolAnswerKind.TEMPLATE: _template,
    ToolAnswerKind.ERROR: _error,
    ToolAnswerKind.HTTP: _http,
    ToolAnswerKind.NEVER: _never,
}

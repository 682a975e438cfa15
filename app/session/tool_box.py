"""The tools that a session offers its model: the user's own, and those of MCP servers."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.conduct import Conduct, McpServer, ToolAnswerKind
from app.core.config import Tool
from app.core.errors import ToolError
from app.core.ports import McpConnection
from app.session.messages import ProblemReport
from app.session.parts import SessionParts
from app.session.tool_answers import OfferedTool, from_mcp, from_setup
from app.session.tool_schema import name_problem, schema_problem
from app.session.tool_texts import quoted

TOOLS_LIMIT: Final = 128
"""Tools that a session offers at most; providers refuse more."""

TOLD_LIMIT: Final = 8
"""Tools that are not offered, and why; of more than so many only the number is told."""

CLOSE_LIMIT_S: Final = 3.0
_NAME_LENGTH = 64
_ODD = re.compile(r"[^a-zA-Z0-9_-]")


@dataclass(slots=True)
class Toolbox:
    """What the model is offered, by name; empty without tools. Closed by who opened it."""

    offered: dict[str, OfferedTool] = field(default_factory=dict)
    connections: list[McpConnection] = field(default_factory=list)

    @property
    def tools(self) -> Sequence[Tool]:
        """What the provider is told."""
        return tuple(each.tool for each in self.offered.values())

    def find(self, name: str | None) -> OfferedTool | None:
        """Return the tool of that name, or None."""
        return None if name is None else self.offered.get(name)

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        connections, self.connections = self.connections, []
        await asyncio.gather(*(each.close() for each in connections))


async def open_toolbox(
    parts: SessionParts, conduct: Conduct, report: Callable[[ProblemReport], None]
) -> Toolbox:
    """Connect the MCP servers and check every tool; what cannot be used is told and left out.

    To be done before a session is live: libraries are loaded and networks waited for. A caller
    that is cancelled meanwhile leaves no connection behind.
    """
    box = Toolbox()
    if not conduct.tools and not conduct.mcp_servers:
        return box
    calls_http = any(setup.answer.kind is ToolAnswerKind.HTTP for setup in conduct.tools)
    if calls_http and parts.tool_caller is not None:
        await parts.tool_caller.prepare()
    candidates = [from_setup(setup, parts.tool_caller) for setup in conduct.tools]
    problems: list[ProblemReport] = []
    try:
        servers = conduct.mcp_servers
        connected = await asyncio.gather(*(_connect(parts, each, box, report) for each in servers))
        for server, connection in zip(servers, connected, strict=True):
            if connection is not None:
                taken = {each.tool.name for each in candidates}
                candidates += _of_server(server, connection, taken)
        await parts.aside(lambda: problems.extend(_check(candidates, box)))
    except asyncio.CancelledError:
        await box.close()
        raise
    for problem in problems[:TOLD_LIMIT]:
        report(problem)
    if len(problems) > TOLD_LIMIT:
        sentence = f"{len(problems) - TOLD_LIMIT} more tools are not offered."
        report(ProblemReport(sentence=sentence, hint="Name those that are needed as allowed."))
    return box


async def _connect(
    parts: SessionParts,
    server: McpServer,
    box: Toolbox,
    report: Callable[[ProblemReport], None],
) -> McpConnection | None:
    """Return the connection, or None and the reason told."""
    if parts.mcp is None:
        report(_missing(server, "MCP servers cannot be used here."))
        return None
    try:
        connection = await parts.mcp.connect(server)
    except ToolError as error:
        report(_missing(server, error.sentence))
        return None
    box.connections.append(connection)
    return connection


def _missing(server: McpServer, reason: str) -> ProblemReport:
    return ProblemReport(
        sentence=f'The tools of "{quoted(server.label)}" are missing: {reason}',
        hint="The session goes on without them; check the server's address.",
    )


def _of_server(server: McpServer, connection: McpConnection, taken: set[str]) -> list[OfferedTool]:
    """Return a server's tools under names that are free and that providers accept."""
    found = []
    for tool in connection.tools:
        if server.allowed and tool.name not in server.allowed:
            continue
        name = _free_name(server.label, tool.name, taken)
        taken.add(name)
        found.append(from_mcp(server, connection, tool, name))
    return found


def _free_name(label: str, name: str, taken: set[str]) -> str:
    plain = _ODD.sub("_", name)[:_NAME_LENGTH] or "tool"
    if plain not in taken:
        return plain
    joined = _ODD.sub("_", f"{label}_{name}")
    count = 1
    while True:
        tail = "" if count == 1 else f"_{count}"
        candidate = joined[: _NAME_LENGTH - len(tail)] + tail
        if candidate not in taken:
            return candidate
        count += 1


def _check(candidates: Sequence[OfferedTool], box: Toolbox) -> list[ProblemReport]:
    """Put what can be used into ``box``; return what is wrong with the rest."""
    problems = []
    for each in candidates:
        problem = _problem(each, box)
        if problem is None:
            box.offered[each.tool.name] = each
            continue
        who = f'"{quoted(each.tool.name, 64)}" ({quoted(each.source)})'
        sentence = f"The tool {who} is not offered: {problem}"
        problems.append(ProblemReport(sentence=sentence, hint="The session goes on without it."))
    return problems


def _problem(each: OfferedTool, box: Toolbox) -> str | None:
    if len(box.offered) >= TOOLS_LIMIT:
        return f"A session offers at most {TOOLS_LIMIT} tools."
    if each.tool.name in box.offered:
        return "Another tool has the same name."
    wrong = name_problem(each.tool.name)
    if wrong is not None:
        return wrong
    problem = schema_problem(each.tool.parameters)
    return None if problem is None else f"Its schema cannot be used. {problem.told}"

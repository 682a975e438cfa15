"""A model that calls functions, and what answers them, in memory and in virtual time."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.conduct import Conduct, McpServer, ToolAnswer, ToolAnswerKind, ToolSetup
from app.core.config import Tool
from app.core.errors import ToolError
from app.session.live import LiveSession
from app.session.messages import ToolReport, ToolState
from app.session.parts import SessionParts
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ANY = {"type": "object"}


def setup(
    name: str = "weather",
    kind: str = "fixed",
    *,
    schema: dict[str, Any] | None = None,
    **answer: Any,
) -> ToolSetup:
    """A tool of the user's."""
    return ToolSetup(
        tool=Tool(name=name, description="A tool.", parameters=schema or ANY),
        answer=ToolAnswer(kind=ToolAnswerKind(kind), **answer),
    )


@dataclass
class Asked:
    """A call that the model makes: its id, the tool and the arguments."""

    call_id: str
    name: str | None = "weather"
    arguments: str = "{}"


@dataclass
class CallingModel:
    """Answers the first request for a reply by calls, every other one by words.

    Attributes:
        status: How the reply that calls ends.
        listed: Tell the names only in the items of ``response.done``.
        silent: Answer no later request.
    """

    calls: Sequence[Asked]
    status: str = "completed"
    listed: bool = False
    replies: int = 0
    words_ms: float = 100.0
    silent: bool = False

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        match message["type"]:
            case "session.update":
                peer.say("session.updated", session={"id": "s1", **message["session"]})
            case "response.create":
                self.replies += 1
                if self.replies == 1:
                    self.call(peer)
                elif not self.silent:
                    peer.answer(f"r{self.replies}", after_ms=self.words_ms)
            case "response.cancel":
                done = {"id": f"r{self.replies}", "status": "cancelled", "output": []}
                peer.say("response.done", response=done)
            case _:
                pass

    def call(self, peer: Peer, response: str = "r1", after_ms: float = 50.0) -> None:
        """Make a reply of nothing but calls."""
        peer.say("response.created", response={"id": response, "status": "in_progress"})
        output = []
        for index, asked in enumerate(self.calls):
            at = {"response_id": response, "item_id": f"f{index}", "output_index": index}
            name = {} if self.listed else {"name": asked.name}
            peer.say(
                "response.function_call_arguments.done",
                after_ms,
                call_id=asked.call_id,
                arguments=asked.arguments,
                **at,
                **name,
            )
            item = {"type": "function_call", "call_id": asked.call_id, "name": asked.name}
            output.append({"id": f"f{index}", **item, "arguments": asked.arguments})
        done = {"id": response, "status": self.status, "output": output}
        peer.say("response.done", after_ms + 10, response=done)


@dataclass
class MemoryCaller:
    """Stands for the user's HTTP endpoints."""

    answer: Callable[[str, str], Awaitable[str]] | None = None
    prepared: int = 0
    calls: list[tuple[str, str]] = field(default_factory=list)

    async def prepare(self) -> None:
        self.prepared += 1

    async def call(self, url: str, arguments: str, timeout_s: float) -> str:
        self.calls.append((url, arguments))
        return '{"ok": true}' if self.answer is None else await self.answer(url, arguments)


@dataclass
class MemoryMcp:
    """Stands for MCP servers: the tools of each label; a label it does not know fails."""

    servers: dict[str, Sequence[Tool]]
    calls: list[tuple[str, str]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    delay_s: float = 0.0

    async def connect(self, server: McpServer) -> "MemoryMcpConnection":
        await asyncio.sleep(self.delay_s)
        if server.label not in self.servers:
            raise ToolError("The MCP server did not answer within 30 s.")
        return MemoryMcpConnection(self, server)


@dataclass
class MemoryMcpConnection:
    """A connection to one of them."""

    _mcp: MemoryMcp
    _server: McpServer

    @property
    def tools(self) -> Sequence[Tool]:
        return self._mcp.servers[self._server.label]

    async def call(self, name: str, arguments: str, timeout_s: float) -> str:
        self._mcp.calls.append((name, arguments))
        return f"{name} says hello"

    async def close(self) -> None:
        self._mcp.closed.append(self._server.label)


@dataclass
class ToolWorld(World):
    """A session's world with something to call."""

    caller: MemoryCaller = field(default_factory=MemoryCaller)
    servers_of_tools: MemoryMcp | None = None

    def parts(self) -> SessionParts:
        return replace(super().parts(), tool_caller=self.caller, mcp=self.servers_of_tools)

    def results(self) -> dict[str, Any]:
        """Return what the model was told, by call."""
        items = [m["item"] for m in self.peer.sent if m["type"] == "conversation.item.create"]
        outputs = [item for item in items if item["type"] == "function_call_output"]
        ids = [item["call_id"] for item in outputs]
        assert len(ids) == len(set(ids)), "a call was answered twice"
        return {item["call_id"]: json.loads(item["output"]) for item in outputs}

    def ended(self) -> dict[str, ToolReport]:
        """Return how each call ended."""
        ends = [r for r in self.of(ToolReport) if r.state is ToolState.ENDED]
        assert len(ends) == len({r.call_id for r in ends}), "a call ended twice"
        return {report.call_id: report for report in ends}

    def requests_n(self) -> int:
        """Return how often a reply was asked for."""
        return [message["type"] for message in self.peer.sent].count("response.create")


def hold(
    world: World,
    scenario: Callable[[LiveSession], Awaitable[None]],
    *tools: ToolSetup,
    mcp_servers: tuple[McpServer, ...] = (),
    **more: Any,
) -> None:
    """Hold a session with those tools, act on it once it is live, and end it."""
    conduct = Conduct(tools=tools, mcp_servers=mcp_servers)

    async def run() -> None:
        session = LiveSession(world.parts(), start(conduct=conduct, **more), world.reports.append)

        async def act() -> None:
            while session.running is None:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
            await scenario(session)
            session.end("Done.")

        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(act())

    run_virtual(run())

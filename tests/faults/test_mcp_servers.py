"""A real MCP server of the official SDK, and addresses that are none."""

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from mcp.server.mcpserver import Image, MCPServer

from app.core.conduct import McpServer
from app.core.errors import ToolError
from app.net.mcp_client import McpHttpConnection, McpHttpConnector, joined
from tests.support.tool_servers import Serve, answer, endpoint, mcp_server

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
LIMIT_S = 40.0
SOON_S = 0.3
"""For what never comes."""


def _made() -> MCPServer:
    server = MCPServer("tools")

    @server.tool(description="Adds two numbers.")
    async def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    async def fail() -> str:
        raise ValueError("Out of order.")

    @server.tool()
    async def slow() -> str:
        await asyncio.sleep(30)
        return "late"

    @server.tool(structured_output=False)
    async def picture() -> list[Any]:
        return ["Look:", Image(data=b"png", format="png")]

    @server.tool()
    async def much() -> str:
        return "x" * 6_000_000

    return server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    logging.getLogger("mcp").setLevel(logging.CRITICAL + 1)
    with mcp_server(_made()) as address:
        yield address


def talk(
    url: str, act: Callable[[McpHttpConnection], Awaitable[None]], timeout_s: float = LIMIT_S
) -> None:
    async def run() -> None:
        connection = await McpHttpConnector().connect(
            McpServer(label="t", url=url, timeout_s=timeout_s)
        )
        try:
            await act(connection)
        finally:
            await connection.close()
            await connection.close()
        left = [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "MCP server"]
        assert left == []

    asyncio.run(run())


def test_tools_are_listed_and_called_at_once(url: str) -> None:
    async def act(connection: McpHttpConnection) -> None:
        tools = {tool.name: tool for tool in connection.tools}
        assert list(tools) == ["add", "fail", "slow", "picture", "much"]
        assert tools["add"].description == "Adds two numbers."
        assert tools["add"].parameters["required"] == ["a", "b"]
        calls = [connection.call("add", json.dumps({"a": n, "b": 1}), LIMIT_S) for n in range(4)]
        assert await asyncio.gather(*calls) == ["1", "2", "3", "4"]
        picture = await connection.call("picture", "{}", LIMIT_S)
        assert picture == "Look:\n[image image/png]"

    talk(url, act)


@pytest.mark.parametrize(
    ("name", "arguments", "timeout_s", "words"),
    [
        ("fail", "{}", LIMIT_S, "Error executing tool fail"),
        ("add", '{"a": "x"}', LIMIT_S, "validation error"),
        ("nothing", "{}", LIMIT_S, "(?i)unknown tool"),
        ("slow", "{}", SOON_S, f"did not answer within {SOON_S} s."),
        ("much", "{}", LIMIT_S, "^The MCP server failed: "),
    ],
)
def test_a_call_that_fails_is_an_error_in_words_and_the_next_one_works(
    url: str, name: str, arguments: str, timeout_s: float, words: str
) -> None:
    async def act(connection: McpHttpConnection) -> None:
        with pytest.raises(ToolError, match=words):
            await connection.call(name, arguments, timeout_s)
        assert await connection.call("add", '{"a": 1, "b": 1}', LIMIT_S) == "2"

    talk(url, act)


def test_a_closed_connection_takes_no_calls(url: str) -> None:
    async def act(connection: McpHttpConnection) -> None:
        await connection.close()
        with pytest.raises(ToolError, match="is closed"):
            await connection.call("add", "{}", LIMIT_S)

    talk(url, act)


async def _silent(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(LIMIT_S)


NO_SERVERS: list[tuple[Serve, float, str]] = [
    (answer(b"<html>", "200 OK", "content-type: text/html"), LIMIT_S, "could not be used"),
    (answer(b"{}", "200 OK", "content-type: application/json"), LIMIT_S, "could not be used"),
    (answer(b"", "500 Internal Server Error"), LIMIT_S, "could not be used"),
    (answer(b"", "302 Found", "location: http://127.0.0.1:9/"), LIMIT_S, "could not be used"),
    (_silent, SOON_S, f"did not answer within {SOON_S} s"),
]


@pytest.mark.parametrize(("serve", "timeout_s", "words"), NO_SERVERS)
def test_what_is_no_such_server_is_told(serve: Serve, timeout_s: float, words: str) -> None:
    async def run() -> None:
        async with endpoint(serve) as url:
            server = McpServer(label="t", url=url, timeout_s=timeout_s)
            with pytest.raises(ToolError, match=words):
                await McpHttpConnector().connect(server)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "words"), [("http://127.0.0.1:9/mcp", "could not be used"), ("stdio:x", "begins with")]
)
def test_nobody_at_the_address_is_told(url: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        asyncio.run(McpHttpConnector().connect(McpServer(label="t", url=url, timeout_s=LIMIT_S)))


def test_content_that_is_no_text_is_named() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "a"},
        {"type": "audio", "mimeType": "audio/wav", "data": base64.b64encode(b"x").decode()},
        {"type": "resource", "resource": {"uri": "x:y", "text": "inside"}},
        {"type": "resource", "resource": {"uri": "x:y", "blob": "eA=="}},
        {"type": "resource_link", "uri": "x:y"},
    ]

    assert joined(blocks) == "a\n[audio audio/wav]\ninside\n[resource]\n[resource_link x:y]"


def test_a_server_whose_pages_go_round_in_circles_is_listed_once() -> None:
    tools = [{"name": "a", "inputSchema": {"type": "object"}}]
    told = {
        "initialize": {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "x", "version": "1"},
        },
        "tools/list": {"tools": tools, "nextCursor": "again"},
    }

    async def serve(request: bytes, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(request.partition(b"\r\n\r\n")[2])
        result = {"jsonrpc": "2.0", "id": asked.get("id"), "result": told.get(asked["method"], {})}
        reply = answer(json.dumps(result).encode(), "200 OK", "content-type: application/json")
        await (reply if "id" in asked else answer(b"", "202 Accepted"))(request, writer)

    async def run() -> list[str]:
        async with endpoint(serve) as address:
            connection = await McpHttpConnector().connect(McpServer(label="t", url=address))
            await connection.close()
            return [tool.name for tool in connection.tools]

    assert asyncio.run(run()) == ["a", "a"]

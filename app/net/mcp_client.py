"""Servers of tools (Model Context Protocol, streamable HTTP), by the official SDK."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.core.conduct import McpServer
from app.core.config import Tool
from app.core.errors import ToolError
from app.net.tool_http import check_tool_url

if TYPE_CHECKING:
    from mcp import ClientSession

TOOLS_LIMIT: Final = 512
"""Tools of one server that are looked at."""

ANSWER_LIMIT_BYTES: Final = 4 * 1_048_576
"""One HTTP answer of a server; above it the answer is broken off."""

PAGES_LIMIT: Final = 32
CLOSE_LIMIT_S: Final = 2.0


class McpHttpConnector:
    """Connects to servers of tools, straight: no proxy of the environment. On the engine's loop."""

    async def connect(self, server: McpServer) -> "McpHttpConnection":
        """Connect and list the tools, all within the server's time-out.

        The SDK is loaded by the first call, beside the loop, which takes seconds.

        Raises:
            ToolError: If it could not be reached in time or is no such server.
        """
        check_tool_url(server.url)
        await asyncio.to_thread(_load)
        connection = McpHttpConnection(server)
        try:
            await connection.open()
        except BaseException:
            await connection.close()
            raise
        return connection


class McpHttpConnection:
    """One open connection. A task of its own holds it, as the SDK demands."""

    def __init__(self, server: McpServer) -> None:
        self._server = server
        self._tools: tuple[Tool, ...] = ()
        self._ending = asyncio.Event()
        self._session: ClientSession | None = None
        self._holder: asyncio.Task[None] | None = None
        self._closed = False
        self._renewing = asyncio.Lock()

    @property
    def tools(self) -> Sequence[Tool]:
        """What the server offers, in its order."""
        return self._tools

    async def open(self) -> None:
        """Connect and list the tools; see ``McpHttpConnector.connect``."""
        opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._holder = asyncio.create_task(self._hold(opened), name="MCP server")
        seconds = self._server.timeout_s
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(opened)
        except TimeoutError:
            raise ToolError(f"The MCP server did not answer within {seconds:g} s.") from None

    async def call(self, name: str, arguments: str, timeout_s: float) -> str:
        """Call a tool and return its answer's text; see ``McpConnection.call``."""
        from mcp import types  # noqa: PLC0415 - heavy, loaded by then

        values: dict[str, Any] = json.loads(arguments)
        request = types.CallToolRequest(
            params=types.CallToolRequestParams(name=name, arguments=values)
        )
        try:
            async with asyncio.timeout(timeout_s):
                session = await self._live_session()
                result = await session.send_request(request, types.CallToolResult)
        except TimeoutError:
            raise ToolError(f"The MCP server did not answer within {timeout_s:g} s.") from None
        except _failures() as exc:
            self._note_end(exc)
            raise ToolError(f"The MCP server failed: {_reason(exc)}.") from exc
        text = joined([block.model_dump(mode="json", by_alias=True) for block in result.content])
        if result.is_error:
            raise ToolError(text or "The tool failed.")
        return text

    async def close(self) -> None:
        """Close within CLOSE_LIMIT_S. Safe to call twice."""
        self._closed = True
        await self._let_go()

    async def _live_session(self) -> "ClientSession":
        """Return what calls go over; connect anew where the last call broke it."""
        async with self._renewing:
            if self._closed:
                raise ToolError("The connection to the MCP server is closed.")
            if self._session is None:
                await self._let_go()
                self._ending = asyncio.Event()
                await self.open()
            assert self._session is not None
            return self._session

    def _note_end(self, exc: Exception) -> None:
        """Use a session no more that has ended; the call that found out is not repeated."""
        from mcp import MCPError, types  # noqa: PLC0415 - heavy, loaded by then

        if isinstance(exc, MCPError) and exc.code == types.CONNECTION_CLOSED:
            self._session = None

    async def _let_go(self) -> None:
        self._ending.set()
        holder, self._holder = self._holder, None
        if holder is None:
            return
        await asyncio.wait({holder}, timeout=CLOSE_LIMIT_S)
        holder.cancel()
        await asyncio.wait({holder}, timeout=CLOSE_LIMIT_S)

    async def _hold(self, opened: "asyncio.Future[None]") -> None:
        """Hold the connection from its first message to its last."""
        try:
            await self._held(opened)
        except BaseExceptionGroup as group:
            if group.split(_failures())[1] is not None:
                raise
            _fail(opened, _unusable(group))
        except _failures() as exc:
            _fail(opened, _unusable(exc))
        finally:
            self._session = None
            _fail(opened, ToolError("The MCP server closed the connection."))

    async def _held(self, opened: "asyncio.Future[None]") -> None:
        from mcp import Client  # noqa: PLC0415 - heavy, loaded by then
        from mcp.client.streamable_http import streamable_http_client  # noqa: PLC0415 - as above

        async with _http_client(self._server.timeout_s) as http:
            transport = streamable_http_client(self._server.url, http_client=http)
            async with Client(transport, cache=None) as client:
                self._tools = await _listed(client.session)
                self._session = client.session
                if not opened.done():
                    opened.set_result(None)
                await self._ending.wait()


def joined(blocks: Sequence[Mapping[str, Any]]) -> str:
    """Return an answer's content as text: texts as they are, anything else by its kind."""
    return "\n".join(_block_text(block) for block in blocks)


def _block_text(block: Mapping[str, Any]) -> str:
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    resource = block.get("resource")
    if (
        kind == "resource"
        and isinstance(resource, Mapping)
        and isinstance(resource.get("text"), str)
    ):
        return str(resource["text"])
    what = block.get("mimeType") or block.get("uri") or ""
    return f"[{kind}{' ' if what else ''}{what}]"


async def _listed(session: "ClientSession") -> tuple[Tool, ...]:
    from mcp import types  # noqa: PLC0415 - heavy, loaded by then

    found: list[Tool] = []
    cursor: str | None = None
    seen: set[str | None] = {None}
    for _ in range(PAGES_LIMIT):
        page = await session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
        found += (
            Tool(name=each.name, description=each.description or "", parameters=each.input_schema)
            for each in page.tools
        )
        cursor = page.next_cursor
        if cursor in seen or len(found) >= TOOLS_LIMIT:
            break  # the last page, or a server that goes round in circles
        seen.add(cursor)
    return tuple(found[:TOOLS_LIMIT])


def _load() -> None:
    """Load the SDK, and keep it from writing to the terminal what we tell in sentences."""
    import mcp.client.streamable_http  # noqa: PLC0415 - heavy

    del mcp
    for name in ("mcp", "client", "httpx2"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _failures() -> tuple[type[Exception], ...]:
    """Return what the SDK and the libraries below it raise when a server misbehaves."""
    import anyio  # noqa: PLC0415 - heavy, loaded by then
    import httpx2  # noqa: PLC0415 - as above
    from mcp import MCPError  # noqa: PLC0415 - as above

    return (
        MCPError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        anyio.ClosedResourceError,
        anyio.BrokenResourceError,
        anyio.EndOfStream,
        OSError,
        RuntimeError,
        ValueError,
    )


def _http_client(timeout_s: float) -> Any:
    """Return an HTTP client whose answers are bounded."""
    import httpx2  # noqa: PLC0415 - heavy, loaded by then

    class Bounded(httpx2.AsyncHTTPTransport):
        """Breaks off answers that are too long."""

        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await super().handle_async_request(request)
            stream = response.stream
            if isinstance(stream, httpx2.AsyncByteStream):
                response.stream = BoundedStream(stream)
            return response

    class BoundedStream(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for piece in self._stream:
                size += len(piece)
                if size > ANSWER_LIMIT_BYTES:
                    raise httpx2.ReadError("it answered too much")
                yield piece

        async def aclose(self) -> None:
            await self._stream.aclose()

    return httpx2.AsyncClient(
        transport=Bounded(trust_env=False),
        trust_env=False,
        timeout=httpx2.Timeout(timeout_s, read=None),
        headers={"accept-encoding": "identity"},
    )


def _fail(opened: "asyncio.Future[None]", error: ToolError) -> None:
    if not opened.done():
        opened.set_exception(error)
        opened.exception()  # whoever gave up waiting does not ask any more


def _unusable(exc: BaseException) -> ToolError:
    return ToolError(f"The MCP server could not be used: {_reason(exc)}.")


def _reason(exc: BaseException) -> str:
    """Return what went wrong, in short."""
    while isinstance(exc, BaseExceptionGroup):
        exc = exc.exceptions[0]
    words = " ".join(str(exc).split())
    return words[:200].rstrip(".") or type(exc).__name__

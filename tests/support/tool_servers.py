"""HTTP endpoints for tools on loopback: one that answers as a test says, and a real MCP server."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

Serve = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def endpoint(serve: Serve) -> AsyncIterator[str]:
    """Run a server that hands each request's head and body to ``serve``; yield its URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lengths = [line for line in head.lower().split(b"\r\n") if b"content-length" in line]
            body = await reader.readexactly(int(lengths[0].split(b":")[1]))
            await serve(head + body, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # a caller that broke off, or the end of the test
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/tool"
    finally:
        server.close()


def answer(body: bytes, status: str = "200 OK", *headers: str) -> Serve:
    """Return what answers every request so."""
    lines = (f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers)
    raw = "\r\n".join(lines).encode() + b"\r\n\r\n" + body

    async def serve(_request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)

    return serve


@contextmanager
def mcp_server(server: Any) -> Iterator[str]:
    """Run an ``MCPServer`` of the official SDK in a thread; yield its URL."""
    import uvicorn  # noqa: PLC0415 - heavy

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = server.streamable_http_app(host="127.0.0.1")
    config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, args=([listener],), name="MCP server")
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()

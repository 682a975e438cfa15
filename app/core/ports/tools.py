"""Who answers function calls outside this program."""

from collections.abc import Sequence
from typing import Protocol

from app.core.conduct import McpServer
from app.core.config import Tool


class ToolCaller(Protocol):
    """Posts a call's arguments to an HTTP endpoint of the user's. On the engine's loop."""

    async def prepare(self) -> None:
        """Load what calling takes, which may need a second; a session under way has none."""
        ...

    async def call(self, url: str, arguments: str, timeout_s: float) -> str:
        """Post ``arguments`` (JSON text) and return the answer's text.

        Raises:
            ToolError: If it could not be reached in time, refused, or answered too much.
        """
        ...


class McpConnection(Protocol):
    """An open connection to a server of tools. On the engine's loop."""

    @property
    def tools(self) -> Sequence[Tool]:
        """What it offers."""
        ...

    async def call(self, name: str, arguments: str, timeout_s: float) -> str:
        """Call a tool with ``arguments`` (JSON text) and return its answer's text.

        Raises:
            ToolError: If it failed, or did not answer in time.
        """
        ...

    async def close(self) -> None:
        """Close within a bounded time. Safe to call twice."""
        ...


class McpConnector(Protocol):
    """Opens connections to servers of tools."""

    async def connect(self, server: McpServer) -> McpConnection:
        """Connect and list the tools.

        Raises:
            ToolError: If it could not be reached in time or is no such server.
        """
        ...

"""Getting to an open connection: our own server first where one is needed."""

from dataclasses import replace

from app.core.config import Target
from app.core.errors import RemoteProtocolError
from app.core.ports import Connection
from app.session.messages import StartSession
from app.session.parts import SessionParts
from app.session.reporter import Reporter
from app.session.states import Cause

SIMULATOR = "simulator"
OWN_SERVERS = frozenset({"local", SIMULATOR})
"""Catalogue ids whose server we start ourselves."""


def unopened(limit_s: float) -> RemoteProtocolError:
    """Return the error of a server that opens no session within ``limit_s``."""
    return RemoteProtocolError(
        f"The server did not open a session within {limit_s:.0f} s.",
        hint="Check that the URL speaks the chosen protocol, then start again.",
    )


class Opening:
    """The way to a connection, told stage by stage."""

    def __init__(self, parts: SessionParts, start: StartSession, reporter: Reporter) -> None:
        self._parts = parts
        self._start = start
        self._reporter = reporter

    async def resolve(self) -> tuple[Target, str | None]:
        """Return the target with its URL, and the key; start our own server if it is one.

        Raises:
            EngineError: If our server did not start.
            WeightsError: If its weights are missing or damaged.
        """
        target = self._start.target
        if target.provider not in OWN_SERVERS or target.url:
            return target, self._start.key
        simulated = target.provider == SIMULATOR
        doing = "starting the simulator" if simulated else "loading the speech models"
        self._reporter.move(Cause.START_ENGINE, doing)
        server = await self._parts.servers.start(
            simulated=simulated, arguments=self._start.engine_arguments
        )
        return replace(target, url=server.url), server.token

    async def connect(self, target: Target, key: str | None) -> Connection:
        """Open the connection.

        Raises:
            ProviderError: If the server refused.
            NetworkError: If it could not be reached.
        """
        self._reporter.move(Cause.CONNECT, "name, network, encryption")
        return await self._parts.connector.connect(target, key)

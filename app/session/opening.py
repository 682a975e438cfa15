"""Getting to an open connection: our own server first where one is needed."""

from collections.abc import Callable
from dataclasses import replace

from app.core.config import Target
from app.core.errors import RemoteProtocolError
from app.core.ports import Connection
from app.session.messages import ProblemReport, StartSession
from app.session.parts import OpenedInput, SessionParts
from app.session.problems import warning_of
from app.session.reporter import Reporter
from app.session.states import Cause
from app.session.typed import taken_by

SIMULATOR = "simulator"
OWN_SERVERS = frozenset({"local", SIMULATOR})
"""Catalogue ids whose server we start ourselves."""


def unopened(limit_s: float) -> RemoteProtocolError:
    """Return the error of a server that opens no session within ``limit_s``."""
    return RemoteProtocolError(
        f"The server did not open a session within {limit_s:.0f} s.",
        hint="Check that the URL speaks the chosen protocol, then start again.",
    )


async def listened(
    parts: SessionParts, start: StartSession, report: Callable[[ProblemReport], None]
) -> OpenedInput:
    """Return the microphone that says a recorded session again; its sound is looked at aside.

    What of it the provider does not take is told before anything is connected.

    Raises:
        AppError: What ``make_input`` raises.
        ConfigError: If the provider takes none of it.
    """
    found: list[OpenedInput] = []
    await parts.aside(lambda: found.append(parts.make_input(start.input)))
    opened = taken_by(found[0], parts.capabilities(start.target), start.target.title)
    for warning in opened.warnings:
        report(warning_of(warning))
    return opened


class Opening:
    """The way to a connection, told stage by stage. All calls on the engine's loop.

    The key lives here alone, in memory, for as long as the session may need it to connect
    again. It is in no repr, log, report or record.
    """

    def __init__(self, parts: SessionParts, start: StartSession, reporter: Reporter) -> None:
        self._parts = parts
        self._start = replace(start, key=None)
        self._reporter = reporter
        self._target = start.target
        self._key = start.key

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be written: the key, or the token of our own server."""
        return (self._key,) if self._key else ()

    async def resolve(self) -> Target:
        """Return the target with its URL; start our own server if it is one.

        Raises:
            EngineError: If our server did not start.
            WeightsError: If its weights are missing or damaged.
        """
        if self._is_own:
            simulated = self._start.target.provider == SIMULATOR
            doing = "starting the simulator" if simulated else "loading the speech models"
            self._reporter.move(Cause.START_ENGINE, doing)
            await self._use_own_server()
        return self._target

    async def connect(self) -> Connection:
        """Open the connection to what ``resolve`` returned.

        Raises:
            ProviderError: If the server refused.
            NetworkError: If it could not be reached.
        """
        self._reporter.move(Cause.CONNECT, "name, network, encryption")
        return await self._parts.connector.connect(self._target, self._key)

    async def again(self) -> Connection:
        """Open another connection beside or after the first, which the state does not show.

        A server of our own that has died is started anew.

        Raises:
            AppError: What ``resolve`` and ``connect`` raise.
        """
        if self._is_own:
            await self._use_own_server()
        return await self._parts.connector.connect(self._target, self._key)

    @property
    def _is_own(self) -> bool:
        target = self._start.target
        return target.provider in OWN_SERVERS and not target.url

    async def _use_own_server(self) -> None:
        simulated = self._start.target.provider == SIMULATOR
        server = await self._parts.servers.start(
            simulated=simulated, arguments=self._start.engine_arguments
        )
        self._target = replace(self._start.target, url=server.url)
        self._key = server.token

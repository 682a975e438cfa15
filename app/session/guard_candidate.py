"""A connection that is to follow the present one: opened, configured, told the conversation."""

from collections.abc import Callable
from typing import Self

from app.core.errors import RemoteProtocolError
from app.core.events import SessionEvent
from app.session.handshake import Handshake
from app.session.history import History
from app.session.line import Line
from app.session.receiver import Receiver
from app.session.stage import Stage
from app.session.uplink import Uplink


class Candidate:
    """One such connection, made by ``open``. All calls on the engine's loop.

    Attributes:
        line: The connection, with its own protocol state.
        events: What it has said so far; nobody has been told.
        carried_items: Items of the conversation that it was told.
        left_out: Those that could not be carried over.
    """

    def __init__(self, line: Line, uplink: Uplink) -> None:
        self.line = line
        self.events: list[SessionEvent] = []
        self.carried_items = self.left_out = 0
        self._uplink = uplink
        self._known: frozenset[str] = frozenset()

    @classmethod
    async def open(cls, stage: Stage, broken: Callable[[RemoteProtocolError], None]) -> Self:
        """Open a connection and have it configured as the present one is.

        Raises:
            AppError: What a session's start raises.
        """
        connection = await stage.reopen()
        settings = stage.line.settings
        codec = stage.make_codec(settings, stage.account.record.target.dialect)
        line = Line(connection, codec, settings)
        made = cls(line, Uplink(line, stage.recording))
        handshake = Handshake(stage.clock.now_ns())

        async def take(event: SessionEvent) -> None:
            made.events.append(event)
            handshake.take(event)

        receiver = Receiver(line, made._uplink, stage.recording, take=take, broken=broken)
        try:
            await handshake.run(receiver.receive_one)
        except BaseException:
            await line.close()
            raise
        return made

    async def tell(self, history: History) -> bool:
        """Tell it what it does not know yet of the conversation; return whether there was any.

        Raises:
            ConnectionEndedError: If it ended meanwhile.
        """
        carried = history.carried(self._known)
        for command in carried.commands:
            await self._uplink.send(command)
        self.line.check()
        self._known |= carried.entries
        self.carried_items += len(carried.commands)
        self.left_out = carried.left_out
        return bool(carried.commands)

    async def close(self) -> None:
        """Give it up."""
        await self.line.close()

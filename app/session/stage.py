"""What one running session is made of, once its connection is open."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.clock import Clock
from app.core.ports import Connection, Player, Recording
from app.session.account import Account
from app.session.messages import EngineReport, StartSession
from app.session.parts import OpenedInput, SessionParts
from app.session.reporter import Reporter


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The things that the members of a running session share.

    Attributes:
        start: What was asked for, with the target as it was resolved in ``account``.
        report: Gets everything that a front end shows.
    """

    parts: SessionParts
    start: StartSession
    connection: Connection
    opened: OpenedInput
    player: Player
    recording: Recording
    account: Account
    reporter: Reporter
    report: Callable[[EngineReport], None]

    @property
    def clock(self) -> Clock:
        """The session's clock."""
        return self.parts.clock

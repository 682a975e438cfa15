"""What one running session is made of, once its connection is open."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from app.core.clock import Clock
from app.core.config import Dialect, SessionSettings
from app.core.money import PriceRow
from app.core.ports import Connection, Player, Recording
from app.protocols.base import Codec
from app.session.account import Account
from app.session.line import Line
from app.session.messages import EngineReport, StartSession
from app.session.parts import OpenedInput, SessionParts
from app.session.reporter import Reporter
from app.session.tool_box import Toolbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The things that the members of a running session share.

    Attributes:
        start: What was asked for, without the key, with the target as it was resolved in
            ``account``.
        line: The present connection. Nobody keeps what is in it.
        make_codec: Makes the codec of another connection.
        reopen: Opens another connection to the same target; raises what a first one raises.
        report: Gets everything that a front end shows.
        price: What it is billed at, or None: unpriced.
        end: Ends the session soon, with a sentence why.
        toolbox: Who answers the calls of the tools that the model is offered.
    """

    parts: SessionParts
    start: StartSession
    line: Line
    make_codec: Callable[[SessionSettings, Dialect], Codec]
    reopen: Callable[[], Awaitable[Connection]]
    opened: OpenedInput
    player: Player
    recording: Recording
    account: Account
    reporter: Reporter
    report: Callable[[EngineReport], None]
    toolbox: Toolbox = field(default_factory=Toolbox)
    price: PriceRow | None = None
    end: Callable[[str], None] = field(default=lambda _why: None)

    @property
    def clock(self) -> Clock:
        """The session's clock."""
        return self.parts.clock

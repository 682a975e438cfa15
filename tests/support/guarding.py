"""Peers that cut a session off, and what is left of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.core.config import Target
from app.core.errors import ConnectionEndedError
from app.core.ports import RunningServer
from app.session.messages import GuardReport, GuardState, SpanKind, SpanReport
from tests.support.memory import NoServers
from tests.support.session import Peer, World

BEGUN_S = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
"""The wall clock of a ``World`` as its loop begins."""

React = Callable[[Peer, dict[str, Any]], None]


def cut(code: int | None = 1006) -> ConnectionEndedError:
    """The end of a connection as the socket tells it."""
    return ConnectionEndedError(
        f"The connection was lost (code {code}).", code=code, reason="", clean=False
    )


def obliging(peer: Peer, message: dict[str, Any]) -> None:
    """Configure as told, and nothing else."""
    if message["type"] == "session.update":
        peer.say("session.updated", session={"id": "s1", **message["session"]})


class TalkativePeer(Peer):
    """A peer that cuts the connection so long after it has said something of a kind."""

    cut_after: str = ""
    cut_ms: float = 0.0
    cut_code: int | None = 1006

    def say(self, kind: str, after_ms: float = 0.0, **fields: Any) -> None:
        super().say(kind, after_ms, **fields)
        if kind == self.cut_after:
            self.cut_after = ""
            self.put(cut(self.cut_code), after_ms + self.cut_ms)


def cutting(react: React, kind: str, after_ms: float = 0.0, code: int | None = 1006) -> Peer:
    """A peer that cuts the connection so long after it first said ``kind``."""
    peer = TalkativePeer(react)
    peer.cut_after, peer.cut_ms, peer.cut_code = kind, after_ms, code
    return peer


class LimitedPeer(Peer):
    """A peer that says how long it keeps the session, and ends it then if ``ends``."""

    lifetime_s: float = 60.0
    ends: bool = True

    def greet(self) -> None:
        now_s = asyncio.get_running_loop().time()
        expires_at = BEGUN_S + now_s + self.lifetime_s
        session = {"id": "s1", "model": "m1", "expires_at": round(expires_at)}
        self.say("session.created", session=session)
        if self.ends:
            after_ms = self.lifetime_s * 1e3
            error = {"type": "invalid_request_error", "code": "session_expired"}
            self.say("error", after_ms, error={**error, "message": "The session is over."})
            self.put(cut(1000), after_ms + 1)


def limited(react: React, lifetime_s: float, *, ends: bool = True) -> LimitedPeer:
    """A peer that keeps a session for so long."""
    peer = LimitedPeer(react)
    peer.lifetime_s, peer.ends = lifetime_s, ends
    return peer


@dataclass
class MortalServers(NoServers):
    """Servers of which every start gives another one."""

    def __post_init__(self) -> None:
        super().__init__()

    async def start(self, *, simulated: bool, arguments: Any = ()) -> RunningServer:
        self.started.append((simulated, tuple(arguments)))
        number = len(self.started)
        url = f"ws://127.0.0.1:{number}/v1/realtime"
        return RunningServer(url=url, token=f"token-{number}", pid=number)


def guard_states(world: World) -> list[GuardState]:
    """What the front end was told of the guard, in order."""
    return [report.state for report in world.of(GuardReport)]


def gaps(world: World) -> list[SpanReport]:
    """The gaps that the front end was told of."""
    return [span for span in world.of(SpanReport) if span.kind is SpanKind.GAP]


def told_items(peer: Peer) -> list[tuple[str, str]]:
    """The items that a peer was told, as who or what and the words."""
    return [
        _item(message["item"])
        for message in peer.sent
        if message["type"] == "conversation.item.create"
    ]


def _item(item: dict[str, Any]) -> tuple[str, str]:
    match item["type"]:
        case "message":
            return item["role"], item["content"][0]["text"]
        case "function_call":
            return item["name"], item["arguments"]
        case kind:
            return kind, item["output"]


def urls(asked: list[tuple[Target, str | None]]) -> list[tuple[str, str | None]]:
    """Where connections went, and with which key."""
    return [(target.url or "", key) for target, key in asked]

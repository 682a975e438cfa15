"""What a replay tells of tools, devices and connections: from their events, in the same words."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from app.core.clock import Nanoseconds, ms
from app.core.events import (
    ConnectionRenewed,
    DeviceBack,
    DeviceLost,
    DeviceSide,
    Reconnecting,
    SessionEvent,
    ToolCalled,
    ToolFinished,
    ToolStarted,
)
from app.core.ids import CallId
from app.session.device_desk import WORDS
from app.session.device_words import back_words, lost_words
from app.session.guard_renewal import GAP
from app.session.messages import (
    DeviceReport,
    EngineReport,
    GuardReport,
    GuardState,
    SpanKind,
    SpanReport,
    ToolReport,
    ToolState,
)

KEPT: Final = 64
"""Calls that are followed at once."""


class Upkeep:
    """Follows a recorded session's tools, devices and connections. One owner.

    Args:
        t0_ns: The session's first instant.
        report: Gets what a live session would have told.

    Attributes:
        renewals_n: New connections so far.
    """

    def __init__(self, t0_ns: Nanoseconds, report: Callable[[EngineReport], None]) -> None:
        self._t0_ns = t0_ns
        self._report = report
        self._called: OrderedDict[CallId, Nanoseconds] = OrderedDict()
        self._running: OrderedDict[CallId, ToolReport] = OrderedDict()
        self._lost: dict[DeviceSide, str] = {}
        self.renewals_n = 0

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        match event:
            case ToolCalled(call_id=str() as call_id):
                self._called[call_id] = event.at_ns
                while len(self._called) > KEPT:
                    self._called.popitem(last=False)
            case ToolStarted():
                self._start(event)
            case ToolFinished():
                self._finish(event)
            case _:
                self._take_rest(event)

    def _take_rest(self, event: SessionEvent) -> None:
        match event:
            case DeviceLost(side=side, name=name):
                self._lost[side] = name
                words = lost_words(WORDS[side], name)
                self._report(DeviceReport(words=words, side=side, name=name, lost=True))
            case DeviceBack(side=side, name=name):
                words = back_words(WORDS[side], name, self._lost.pop(side, ""), event.gap_ms)
                self._report(DeviceReport(words=words, side=side, name=name))
                self._gap(event.at_ns, event.gap_ms, WORDS[side])
            case Reconnecting():
                self._guard(GuardState.RECONNECTING, event.reason, event)
            case ConnectionRenewed():
                self.renewals_n += 1
                where = "before the provider's limit" if event.planned else "after a cut"
                self._guard(GuardState.FINE, f"The session goes on in a new connection, {where}.")
                self._gap(event.at_ns, event.gap_ms, GAP)
            case _:
                pass

    def _start(self, event: ToolStarted) -> None:
        called_ns = self._called.get(event.call_id, event.at_ns)
        told = ToolReport(
            call_id=event.call_id,
            name=event.name,
            state=ToolState.RUNNING,
            at_ms=self._ms(called_ns),
            arguments=event.arguments,
            source=event.source,
        )
        self._running[event.call_id] = told
        while len(self._running) > KEPT:
            self._running.popitem(last=False)
        self._report(told)

    def _finish(self, event: ToolFinished) -> None:
        begun = self._running.pop(event.call_id, None)
        self._report(
            ToolReport(
                call_id=event.call_id,
                name="tool" if begun is None else begun.name,
                state=ToolState.ENDED,
                at_ms=self._ms(event.at_ns) if begun is None else begun.at_ms,
                arguments="" if begun is None else begun.arguments,
                source="" if begun is None else begun.source,
                outcome=event.outcome,
                output=event.output,
                elapsed_ms=None if begun is None else event.elapsed_ms,
            )
        )

    def _guard(self, state: GuardState, words: str, cut: Reconnecting | None = None) -> None:
        self._report(
            GuardReport(
                state=state,
                words=words,
                attempt=0 if cut is None else cut.attempt,
                wait_s=0.0 if cut is None else cut.wait_ms / 1e3,
                renewals_n=self.renewals_n,
            )
        )

    def _gap(self, end_ns: Nanoseconds, gap_ms: float, words: str) -> None:
        if gap_ms > 0:
            end_ms = self._ms(end_ns)
            self._report(
                SpanReport(kind=SpanKind.GAP, start_ms=end_ms - gap_ms, end_ms=end_ms, words=words)
            )

    def _ms(self, at_ns: Nanoseconds) -> float:
        return ms(Nanoseconds(at_ns - self._t0_ns))

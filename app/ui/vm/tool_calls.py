"""The function calls of the session: those that want the user, and what became of all."""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from app.core.events import ToolOutcome
from app.core.ids import CallId
from app.core.observe import Signal
from app.session.messages import AllowTool, AnswerTool, EngineRequest, ToolReport, ToolState

SOURCES: Final = {
    "fixed": "fixed JSON",
    "template": "template",
    "error": "error",
    "http": "HTTP",
    "by_hand": "by hand",
    "never": "nobody",
    "": "nobody",
}
KEPT: Final = 200
"""Calls of a session that are listed; the oldest goes."""

OUTCOMES: Final = {
    ToolOutcome.ANSWERED: "answered",
    ToolOutcome.ERROR: "error",
    ToolOutcome.TIMEOUT: "time-out",
    ToolOutcome.REFUSED: "refused",
    ToolOutcome.CANCELLED: "cancelled",
}
STATES: Final = {
    ToolState.ASKS: "asks you",
    ToolState.RUNNING: "running",
    ToolState.BY_HAND: "waits for you",
    ToolState.ENDED: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call as a row of a list. ``good`` None: it is neither good nor bad."""

    call_id: str
    name: str
    source: str
    at: str
    state: str
    took: str
    arguments: str
    output: str
    good: bool | None


class ToolCallsViewModel:
    """Follows the calls of one session. All calls on the GUI thread.

    Signals:
        changed: A call began, went on or ended.
    """

    def __init__(self, send: Callable[[EngineRequest], None]) -> None:
        self._send = send
        self._calls: OrderedDict[str, ToolReport] = OrderedDict()
        self.changed = Signal[()]()

    def take(self, report: ToolReport) -> None:
        """A call stands elsewhere."""
        self._calls[report.call_id] = report
        while len(self._calls) > KEPT:
            self._calls.popitem(last=False)
        self.changed.emit()

    def clear(self) -> None:
        """Another session begins."""
        if self._calls:
            self._calls.clear()
            self.changed.emit()

    def rest(self) -> None:
        """The session is over: nothing of it waits for the user any more."""
        waiting = [key for key, each in self._calls.items() if each.state is not ToolState.ENDED]
        for key in waiting:
            del self._calls[key]
        if waiting:
            self.changed.emit()

    @property
    def wanting(self) -> tuple[ToolReport, ...]:
        """The calls that want the user, oldest first."""
        wanted = (ToolState.ASKS, ToolState.BY_HAND)
        return tuple(each for each in self._calls.values() if each.state in wanted)

    @property
    def lines(self) -> tuple[CallLine, ...]:
        """All calls, newest first."""
        return tuple(_line(each) for each in reversed(self._calls.values()))

    # --- the user's word

    def allow(self, report: ToolReport, *, remember: bool) -> None:
        """Let a call contact what it named; ``remember``: all calls of that tool."""
        self._answered(report)
        self._send(AllowTool(call_id=CallId(report.call_id), allow=True, remember=remember))

    def refuse(self, report: ToolReport) -> None:
        """Do not let it."""
        self._answered(report)
        self._send(AllowTool(call_id=CallId(report.call_id), allow=False, remember=False))

    def answer(self, report: ToolReport, output: str, *, failed: bool) -> None:
        """Answer a call by hand."""
        self._answered(report)
        self._send(AnswerTool(call_id=CallId(report.call_id), output=output, failed=failed))

    def _answered(self, report: ToolReport) -> None:
        """Ask no more, before the engine has said so."""
        if report.call_id in self._calls:
            self._calls[report.call_id] = ToolReport(
                call_id=report.call_id,
                name=report.name,
                state=ToolState.RUNNING,
                at_ms=report.at_ms,
                arguments=report.arguments,
                source=report.source,
            )
            self.changed.emit()


def hand_words(written: str) -> str:
    """Return what an answer by hand will be taken for."""
    if not written.strip():
        return "JSON, or plain words"
    try:
        json.loads(written)
    except (ValueError, RecursionError):
        return 'Sent as words: {"result": ...}'
    return "Sent as JSON"


_NEITHER = (None, ToolOutcome.CANCELLED)


def _line(report: ToolReport) -> CallLine:
    ended = report.outcome
    return CallLine(
        call_id=report.call_id,
        name=report.name or "unnamed",
        source=SOURCES.get(report.source, report.source),
        at=f"{report.at_ms / 1e3:.1f} s",
        state=STATES[report.state] if ended is None else OUTCOMES[ended],
        took="" if report.elapsed_ms is None else _took(report.elapsed_ms),
        arguments=report.arguments,
        output=report.output,
        good=None if ended in _NEITHER else ended is ToolOutcome.ANSWERED,
    )


def _took(elapsed_ms: float) -> str:
    return f"{elapsed_ms:.0f} ms" if elapsed_ms < 10_000 else f"{elapsed_ms / 1e3:.1f} s"  # noqa: PLR2004

"""The calls of one session that have no answer yet, and what is told of each."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from app.core.clock import Nanoseconds, ms
from app.core.events import SessionEvent, ToolCalled, ToolFinished, ToolOutcome, ToolStarted
from app.core.ids import CallId
from app.session.messages import ToolReport, ToolState
from app.session.stage import Stage
from app.session.tool_answers import OfferedTool
from app.session.tool_texts import quoted, shown

NAME_SHOWN = 64


@dataclass(slots=True)
class Batch:
    """The calls of one reply.

    Attributes:
        left: Calls without an answer.
        dropped: An interruption ended them: nobody asks the model to go on.
    """

    left: int
    dropped: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One function call."""

    call_id: CallId
    name: str
    arguments: str
    batch: Batch
    called_ns: Nanoseconds
    tool: OfferedTool | None
    started_ns: Nanoseconds | None = None
    task: "asyncio.Task[None] | None" = None
    ended: bool = False

    @property
    def source(self) -> str:
        """Who answers, or "" where nobody does."""
        return "" if self.tool is None else self.tool.source


class CallBook:
    """Holds the calls under way and tells of them. On the engine's loop."""

    def __init__(self, stage: Stage, publish: Callable[[SessionEvent], None]) -> None:
        self._stage = stage
        self._publish = publish
        self._t0_ns = stage.account.record.t0_ns
        self.pending: dict[CallId, Call] = {}

    def enter(self, called: ToolCalled, name: str, batch: Batch) -> Call:
        """Take in a call; ``called`` has a call id."""
        call = Call(
            call_id=called.call_id or CallId(""),
            name=name,
            arguments=called.arguments,
            batch=batch,
            called_ns=called.at_ns,
            tool=self._stage.toolbox.find(name),
        )
        self.pending[call.call_id] = call
        return call

    def start(self, call: Call) -> None:
        """Tell that somebody answers it."""
        call.started_ns = self._stage.clock.now_ns()
        self._publish(
            ToolStarted(
                at_ns=call.started_ns,
                call_id=call.call_id,
                name=quoted(call.name, NAME_SHOWN),
                arguments=shown(call.arguments),
                source=call.source,
            )
        )
        self.tell(call, ToolState.RUNNING)

    def tell(self, call: Call, state: ToolState) -> None:
        """Tell the front end where a call stands."""
        asks = state is ToolState.ASKS and call.tool is not None
        where = call.tool.where if asks and call.tool is not None else ""
        self._stage.report(self._report(call, state, where=where))

    def settle(self, call: Call) -> bool:
        """Let nobody else end ``call``; return False if somebody has."""
        if call.ended:
            return False
        call.ended = True
        call.batch.left -= 1
        return True

    def end(self, call: Call, outcome: ToolOutcome, output: str) -> None:
        """Tell how a call ended."""
        self.settle(call)
        self.pending.pop(call.call_id, None)
        now_ns = self._stage.clock.now_ns()
        elapsed_ms = ms(Nanoseconds(now_ns - (call.started_ns or now_ns)))
        self._publish(
            ToolFinished(
                at_ns=now_ns,
                call_id=call.call_id,
                outcome=outcome,
                output=shown(output),
                elapsed_ms=elapsed_ms,
            )
        )
        self._stage.report(
            self._report(
                call,
                ToolState.ENDED,
                outcome=outcome,
                output=shown(output),
                elapsed_ms=elapsed_ms if call.started_ns is not None else None,
            )
        )

    def _report(
        self,
        call: Call,
        state: ToolState,
        *,
        where: str = "",
        outcome: ToolOutcome | None = None,
        output: str = "",
        elapsed_ms: float | None = None,
    ) -> ToolReport:
        return ToolReport(
            call_id=call.call_id,
            name=quoted(call.name, NAME_SHOWN),
            state=state,
            at_ms=ms(Nanoseconds(call.called_ns - self._t0_ns)),
            arguments=shown(call.arguments),
            source=call.source,
            where=where,
            outcome=outcome,
            output=output,
            elapsed_ms=elapsed_ms,
        )

"""Answers the model's function calls."""

import json
from collections.abc import Callable

from app.core.clock import Clock
from app.core.commands import CreateResponse, SendToolResult
from app.core.events import (
    ResponseFinished,
    ResponseRequested,
    SessionEvent,
    ToolCalled,
    ToolResultSent,
)
from app.core.ids import CallId
from app.session.stage import Stage
from app.session.uplink import Uplink

NO_SUCH_TOOL = json.dumps({"error": "This tool is not connected in the present session."})


class ToolDesk:
    """Collects a reply's calls and answers them when it is over. On the engine's loop."""

    def __init__(
        self, stage: Stage, uplink: Uplink, publish: Callable[[SessionEvent], None]
    ) -> None:
        self._uplink = uplink
        self._publish = publish
        self._clock: Clock = stage.clock
        self._calls: list[CallId] = []

    async def take(self, event: SessionEvent) -> None:
        """Take in an event that everybody knows by now."""
        match event:
            case ToolCalled(call_id=str() as call_id):
                self._calls.append(call_id)
            case ResponseFinished():
                await self._finished(event)
            case _:
                pass

    async def _finished(self, event: ResponseFinished) -> None:
        calls, self._calls = self._calls, []
        if not calls or event.status != "completed":
            return
        for call_id in calls:
            sent_ns = await self._uplink.send(SendToolResult(call_id, NO_SUCH_TOOL))
            self._publish(ToolResultSent(at_ns=sent_ns or self._clock.now_ns(), call_id=call_id))
        sent_ns = await self._uplink.send(CreateResponse())
        self._publish(ResponseRequested(at_ns=sent_ns or self._clock.now_ns()))

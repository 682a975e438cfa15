"""Answers the model's function calls while the conversation goes on."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final

from app.core.clock import Clock
from app.core.commands import CreateResponse, SendToolResult
from app.core.events import (
    ConnectionLost,
    ConnectionRenewed,
    ResponseFinished,
    ResponseItem,
    ResponseRequested,
    SessionEvent,
    ToolCalled,
    ToolOutcome,
    ToolResultSent,
)
from app.core.ids import CallId, ItemId, ResponseId
from app.session.stage import Stage
from app.session.tool_calls import Batch, Call, CallBook
from app.session.tool_floor import ToolFloor
from app.session.tool_texts import CANCELLED_OUTPUT, error_output
from app.session.tool_work import ToolWork
from app.session.uplink import Uplink

PARALLEL: Final = 8
"""Calls that are answered at the same time; the others wait."""

CALLS_LIMIT: Final = 128
"""Calls that may wait; what a model asks beyond is answered with an error."""

NAMES_KEPT: Final = 256
TOO_MANY: Final = "Too many calls at once."


class ToolDesk:
    """Collects a reply's calls and answers them when it is over. On the engine's loop.

    Every call gets exactly one result, as soon as it is known, and after the last of a reply's
    calls the model is asked to go on, unless a reply is under way or the user has the floor.
    Calls of a reply that did not complete are not run.
    """

    def __init__(
        self, stage: Stage, uplink: Uplink, publish: Callable[[SessionEvent], None]
    ) -> None:
        self._uplink = uplink
        self._publish = publish
        self._clock: Clock = stage.clock
        self._floor = ToolFloor(stage.start.settings.turn_detection)
        self._collected: OrderedDict[ResponseId | None, list[ToolCalled]] = OrderedDict()
        self._interrupted: set[ResponseId | None] = set()
        self._names: OrderedDict[ItemId, str] = OrderedDict()
        self._book = CallBook(stage, publish)
        self._work = ToolWork(stage, self._book)
        self._waiting: asyncio.Queue[Call] = asyncio.Queue(CALLS_LIMIT)
        self._room = asyncio.Semaphore(PARALLEL)

    @property
    def busy(self) -> bool:
        """Whether a call has no answer yet, so that nobody waits for the model."""
        return bool(self._book.pending)

    def allow(self, call_id: CallId, *, allow: bool, remember: bool) -> None:
        """Take the user's word on a call that asked; a call that does not ask is left alone."""
        self._work.allow(call_id, allow=allow, remember=remember)

    def answer(self, call_id: CallId, output: str, *, failed: bool) -> None:
        """Take the user's own answer; a call that waits for none is left alone."""
        self._work.answer(call_id, output, failed=failed)

    async def run(self) -> None:
        """Answer calls until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                call = await self._waiting.get()
                await self._room.acquire()
                if call.ended:
                    self._room.release()
                    continue
                call.task = group.create_task(self._serve(call), name=f"tool {call.name}")
                call.task.add_done_callback(lambda _: self._room.release())

    def hear(self, event: SessionEvent) -> None:
        """Hear of an event, ours or the provider's: who has the floor."""
        self._floor.take(event)

    async def take(self, event: SessionEvent) -> None:
        """Act on an event of the provider's that everybody knows by now."""
        match event:
            case ResponseItem(kind="function_call", item_id=str() as item_id):
                self._note_name(item_id, event.item.get("name"))
            case ToolCalled(call_id=str()):
                self._collect(event)
            case ResponseFinished():
                await self._finished(event)
            case ConnectionLost() | ConnectionRenewed():
                self._forget()
            case _:
                pass
        await self._ask_when_due()

    async def interrupt(self) -> None:
        """Cancel every call: the user took the floor, or wants silence."""
        self._floor.drop()
        self._interrupted |= self._collected.keys()
        for call in tuple(self._book.pending.values()):
            if call.task is not None:
                call.task.cancel()
            call.batch.dropped = True
            await self._end(call, ToolOutcome.CANCELLED, CANCELLED_OUTPUT)

    def close(self) -> None:
        """End every call with the session; nobody is told but us."""
        self._forget()

    # --- collecting -----------------------------------------------------------------------------

    def _note_name(self, item_id: ItemId, name: Any) -> None:
        if isinstance(name, str):
            self._names[item_id] = name
            while len(self._names) > NAMES_KEPT:
                self._names.popitem(last=False)

    def _collect(self, event: ToolCalled) -> None:
        calls = self._collected.setdefault(event.response_id, [])
        known = any(call.call_id == event.call_id for call in calls)
        if not known and event.call_id not in self._book.pending:
            calls.append(event)
        while len(self._collected) > CALLS_LIMIT:
            self._collected.popitem(last=False)

    async def _finished(self, event: ResponseFinished) -> None:
        calls = self._collected.pop(event.response_id, [])
        calls += self._collected.pop(None, [])
        interrupted = event.response_id in self._interrupted
        self._interrupted &= self._collected.keys()
        if not calls:
            return
        batch = Batch(left=len(calls), dropped=interrupted)
        for called in calls:
            call = self._book.enter(called, self._name_of(called, event.output), batch)
            if event.status != "completed":
                self._book.end(call, ToolOutcome.CANCELLED, "")
            elif interrupted:
                await self._end(call, ToolOutcome.CANCELLED, CANCELLED_OUTPUT)
            elif self._waiting.full():
                await self._end(call, ToolOutcome.ERROR, error_output(TOO_MANY))
            else:
                self._waiting.put_nowait(call)

    def _name_of(self, called: ToolCalled, output: tuple[Mapping[str, Any], ...]) -> str:
        """Return the tool's name, which some services tell only with the item."""
        if called.name:
            return called.name
        listed = (item.get("name") for item in output if item.get("call_id") == called.call_id)
        name = next(listed, None)
        return name if isinstance(name, str) else self._names.get(called.item_id, "")

    # --- answering ------------------------------------------------------------------------------

    async def _serve(self, call: Call) -> None:
        self._book.start(call)
        outcome, output = await self._work.do(call)
        await self._end(call, outcome, output)
        await self._ask_when_due()

    async def _end(self, call: Call, outcome: ToolOutcome, output: str) -> None:
        """Tell the model, then everybody; the first end of a call counts."""
        if not self._book.settle(call):
            return
        sent_ns = await self._uplink.send(SendToolResult(call.call_id, output))
        self._publish(ToolResultSent(at_ns=sent_ns or self._clock.now_ns(), call_id=call.call_id))
        self._book.end(call, outcome, output)
        if not call.batch.left and not call.batch.dropped:
            self._floor.owe()

    def _forget(self) -> None:
        """End every call without a word to a provider that does not know it any more."""
        self._collected.clear()
        self._interrupted.clear()
        self._floor.drop()
        for call in tuple(self._book.pending.values()):
            if call.task is not None:
                call.task.cancel()
            self._book.end(call, ToolOutcome.CANCELLED, "")

    async def _ask_when_due(self) -> None:
        if self._book.pending or not self._floor.due:
            return
        self._floor.drop()
        self._floor.asked = True
        sent_ns = await self._uplink.send(CreateResponse())
        self._publish(ResponseRequested(at_ns=sent_ns or self._clock.now_ns()))

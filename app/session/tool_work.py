"""The work of one call: check the arguments, ask the user, answer, in bounded time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.core.errors import ToolError
from app.core.events import ToolOutcome
from app.core.ids import CallId
from app.session.messages import ToolState
from app.session.stage import Stage
from app.session.tool_answers import CallText, OfferedTool
from app.session.tool_calls import Call, CallBook
from app.session.tool_schema import read_arguments
from app.session.tool_texts import answer_told, error_output

NO_SUCH_TOOL: Final = "This tool is not connected in the present session."
REFUSED: Final = "The user did not allow this call."

Result = tuple[ToolOutcome, str]


@dataclass(frozen=True, slots=True)
class _ByHand:
    output: str
    failed: bool


class ToolWork:
    """Does calls, several at a time. On the engine's loop."""

    def __init__(self, stage: Stage, book: CallBook) -> None:
        self._parts = stage.parts
        self._book = book
        self._allowed: set[str] = set()
        self._asking: dict[CallId, tuple[str, asyncio.Future[bool]]] = {}
        self._by_hand: dict[CallId, asyncio.Future[_ByHand]] = {}

    async def do(self, call: Call) -> Result:
        """Return how the call ended and what the model is told."""
        tool = call.tool
        if tool is None:
            return ToolOutcome.ERROR, error_output(NO_SUCH_TOOL)
        try:
            values = await self._read(call, tool)
            async with asyncio.timeout(tool.timeout_s):
                return await self._answered(call, tool, CallText(call.arguments, values))
        except ToolError as error:
            return ToolOutcome.ERROR, error_output(str(error))
        except TimeoutError:
            told = f"The tool did not answer within {tool.timeout_s:g} s."
            return ToolOutcome.TIMEOUT, error_output(told)

    def allow(self, call_id: CallId, *, allow: bool, remember: bool) -> None:
        """Take the user's word; a "yes" to remember goes for every call of that tool."""
        asked = self._asking.get(call_id)
        if asked is None:
            return
        name, _ = asked
        remembered = allow and remember
        if remembered:
            self._allowed.add(name)
        for other_id, (other, word) in self._asking.items():
            if not word.done() and (other_id == call_id or (remembered and other == name)):
                word.set_result(allow)

    def answer(self, call_id: CallId, output: str, *, failed: bool) -> None:
        """Take the user's own answer."""
        waiting = self._by_hand.get(call_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(_ByHand(output, failed))

    async def _read(self, call: Call, tool: OfferedTool) -> Mapping[str, Any]:
        """Return the arguments, read and checked beside the loop."""
        read: list[Mapping[str, Any]] = []
        await self._parts.aside(
            lambda: read.append(read_arguments(call.arguments, tool.tool.parameters))
        )
        return read[0]

    async def _answered(self, call: Call, tool: OfferedTool, text: CallText) -> Result:
        if tool.where and not await self._may(call, tool):
            return ToolOutcome.REFUSED, error_output(REFUSED)
        try:
            if tool.answer is None:
                result = await self._from_hand(call)
            else:
                told = answer_told(await tool.answer(text), plain=tool.plain)
                result = ToolOutcome.ANSWERED, told
        except ToolError as error:
            result = ToolOutcome.ERROR, error_output(str(error))
        await asyncio.sleep(tool.delay_ms / 1e3)
        return result

    async def _may(self, call: Call, tool: OfferedTool) -> bool:
        """Return the user's word on a call that contacts somebody, given now or before."""
        name = tool.tool.name
        if name in self._allowed:
            return True
        word: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asking[call.call_id] = name, word
        self._book.tell(call, ToolState.ASKS)
        try:
            allowed = await word
        finally:
            del self._asking[call.call_id]
        self._book.tell(call, ToolState.RUNNING)
        return allowed

    async def _from_hand(self, call: Call) -> Result:
        waiting: asyncio.Future[_ByHand] = asyncio.get_running_loop().create_future()
        self._by_hand[call.call_id] = waiting
        self._book.tell(call, ToolState.BY_HAND)
        try:
            given = await waiting
        finally:
            del self._by_hand[call.call_id]
        if given.failed:
            return ToolOutcome.ERROR, error_output(given.output or "The tool failed.")
        return ToolOutcome.ANSWERED, answer_told(given.output, plain=True)

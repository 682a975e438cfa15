"""What the simulator does in a turn, and when: a pure function of its settings."""

import itertools
import json
from collections.abc import Mapping
from typing import Any, Final

from app.core.serving import SimulatorSettings
from app.localengine.ports import ReplyCall, ReplyRequest, ToolCall
from app.localengine.simulator_faults import FAULTY
from app.localengine.simulator_schedule import Due, Schedule, answer


def schedule(settings: SimulatorSettings, request: ReplyRequest) -> Schedule:
    """Return the reply to ``request``, as the settings of its turn want it."""
    turn = request.turn_index + 1
    settings = settings.in_turn(turn)
    calls = _calls(settings, request) if turn in settings.tool_turns else ()
    fault = settings.faults.get(turn)
    if calls:
        at_ms = settings.first_token_ms
        return Schedule(pieces=tuple(Due(after_ms=at_ms, piece=call) for call in calls))
    if fault is None:
        return Schedule(pieces=answer(settings, request))
    return FAULTY[fault](settings, request)


def _calls(settings: SimulatorSettings, request: ReplyRequest) -> tuple[ReplyCall, ...]:
    """Return the calls of one response, each of the tools in its turn."""
    named = {tool["name"]: tool for tool in request.tools if tool.get("name")}
    if settings.tool_name is not None:
        named = {name: tool for name, tool in named.items() if name == settings.tool_name}
    if not named or request.tool_choice == "none":
        return ()
    tools = itertools.cycle(named.values())
    return tuple(
        _call(settings, next(tools), f"call_sim{request.turn_index + 1:06d}{index:06d}")
        for index in range(settings.parallel_tools)
    )


def _call(settings: SimulatorSettings, tool: Mapping[str, Any], call_id: str) -> ReplyCall:
    arguments = settings.tool_arguments or json.dumps(_arguments(tool.get("parameters") or {}))
    return ReplyCall(call=ToolCall(call_id=call_id, name=tool["name"], arguments=arguments))


_VALUES: Final[Mapping[str, Any]] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


def _arguments(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each required property: its name for a text, else a fixed one."""
    properties = schema.get("properties") or {}
    return {name: _value(name, properties.get(name) or {}) for name in schema.get("required") or ()}


def _value(name: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    return _VALUES.get(str(schema.get("type")), name)

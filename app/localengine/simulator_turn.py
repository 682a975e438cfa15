"""What the simulator does in a turn, and when: a pure function of its settings."""

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
    call = _call(settings, request) if turn in settings.tool_turns else None
    fault = settings.faults.get(turn)
    if call is not None:
        return Schedule(pieces=(Due(after_ms=settings.first_token_ms, piece=call),))
    if fault is None:
        return Schedule(pieces=answer(settings, request))
    return FAULTY[fault](settings, request)


def _call(settings: SimulatorSettings, request: ReplyRequest) -> ReplyCall | None:
    tools = [tool for tool in request.tools if tool.get("name")]
    name = settings.tool_name or (tools[0]["name"] if tools else None)
    tool = next((tool for tool in tools if tool["name"] == name), None)
    if name is None or tool is None or request.tool_choice == "none":
        return None
    arguments = settings.tool_arguments or json.dumps(_arguments(tool.get("parameters") or {}))
    call_id = f"call_sim{request.turn_index + 1:012d}"
    return ReplyCall(call=ToolCall(call_id=call_id, name=name, arguments=arguments))


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

"""Our events against recorded ones of the real service: same fields, same order."""

import itertools
import json
from typing import Any

from app.core.ids import CallId
from app.protocols.openai_realtime.server_values import ContextCall, DurationUsage, Usage
from tests.support.realtime_server import SECOND, Talk
from tests.support.wire import TraceLine, load_trace

NOT_OURS = {"rate_limits.updated"}
DELTA_ORDER_IS_FREE = ("response.output_audio", "conversation.item.input_audio_transcription")


def _received(name: str) -> list[TraceLine]:
    lines = load_trace(name)
    return [line for line in lines if not line.sent and line.kind not in NOT_OURS]


def _order(kinds: list[str]) -> list[str]:
    """Return the kinds without repetitions and without what may come in any order."""
    kept = [
        kind
        for kind in kinds
        if not (kind.startswith(DELTA_ORDER_IS_FREE) and not kind.endswith(".done"))
    ]
    return [kind for kind, _same in itertools.groupby(kept)]


def _fields(value: Any, place: str = "") -> set[str]:
    if isinstance(value, dict):
        inner = (_fields(entry, f"{place}.{name}") for name, entry in value.items())
        return {place}.union(*inner)
    if isinstance(value, list):
        return {place}.union(*(_fields(entry, f"{place}[]") for entry in value))
    return {place}


def _assert_same_fields(ours: list[dict[str, Any]], recorded: list[TraceLine]) -> None:
    """Check that our events have every field that the recorded ones of their kind have."""
    for line in recorded:
        have = set().union(*(_fields(e) for e in ours if e["type"] == line.kind))
        want = {name for name in _fields(line.message) if "obfuscation" not in name}
        assert want <= have, f"{line.kind} lacks {sorted(want - have)}"


def test_a_spoken_turn_is_as_recorded() -> None:
    recorded = _received("openai__audio_in_server_vad_turn")
    talk = Talk()
    talk.server.session_created()
    talk.update(audio={"input": {"transcription": {"model": "m"}}})
    talk.send("input_audio_buffer.append", audio=SECOND)
    talk.server.speech_started(100)
    talk.server.speech_stopped(900)
    item_id = talk.server.commit(800)
    writer = talk.server.begin_response(talk.server.default_options())
    talk.server.transcription_delta(item_id, "Hello.")
    talk.server.transcription_completed(item_id, "Hello.", DurationUsage(0.8))
    writer.text("Hi.")
    writer.audio(bytes(960))
    writer.finish(usage=Usage(output_audio=1))
    ours = talk.events()
    assert _order([e["type"] for e in ours]) == _order([line.kind for line in recorded])
    transcribed = "conversation.item.input_audio_transcription.completed"
    _assert_same_fields(ours, [line for line in recorded if line.kind != transcribed])


def test_a_typed_turn_is_as_recorded() -> None:
    recorded = _received("openai__text_in_audio_out_turn")
    talk = Talk()
    talk.server.session_created()
    talk.update(audio={"input": {"transcription": {"model": "m"}}})
    talk.say("Say a short greeting.")
    writer = talk.server.begin_response(talk.request().options)
    writer.text("Hi.")
    writer.audio(bytes(960))
    writer.finish(usage=Usage(output_audio=1))
    ours = talk.events()
    assert _order([e["type"] for e in ours]) == _order([line.kind for line in recorded])
    _assert_same_fields(ours, recorded)


def test_a_tool_call_is_as_recorded_but_for_the_earlier_item_done() -> None:
    recorded = _received("openai__tool_call_round")
    talk = Talk()
    talk.server.session_created()
    for line in load_trace("openai__tool_call_round"):
        if line.sent and line.kind == "session.update":
            talk.server.receive_message(json.dumps(line.message))
    talk.say("What is the weather in London?")
    writer = talk.server.begin_response(talk.request().options)
    call_id = CallId("call_1")
    writer.call(ContextCall(call_id=call_id, name="get_weather", arguments='{"city":"London"}'))
    writer.finish()
    output = {"type": "function_call_output", "call_id": call_id, "output": "Foggy."}
    talk.send("conversation.item.create", item=output)
    reply = talk.server.begin_response(talk.request().options)
    reply.text("It is foggy.")
    reply.finish()
    ours = talk.events()
    _assert_same_fields(ours, recorded)
    kinds = [e["type"] for e in ours]
    done, arguments = "conversation.item.done", "response.function_call_arguments.done"
    swapped = [line.kind for line in recorded]
    at = swapped.index(arguments)
    assert swapped[at + 1] == done
    swapped[at : at + 2] = [done, arguments]
    assert _order(kinds) == _order(swapped)

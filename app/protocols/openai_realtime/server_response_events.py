"""Client events about responses."""

from collections.abc import Mapping
from typing import Any

from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.schema_session import check_choice, encoding_of
from app.protocols.openai_realtime.server_item_events import client_item
from app.protocols.openai_realtime.server_session import (
    check_voice,
    checked_response,
    choice,
    limit,
    voice_name,
)
from app.protocols.openai_realtime.server_state import Fields, Handler, ServerState
from app.protocols.openai_realtime.server_values import (
    CancelRequested,
    ContextMessage,
    Modality,
    ResponseOptions,
    ResponseRequested,
    ServerRequest,
)


def _create(state: ServerState, event: Fields) -> list[ServerRequest]:
    wishes = checked_response(event.get("response", {}), state.voices)
    options = resolved(state, wishes)
    state.responses.check_room(in_conversation=options.in_conversation)
    return [ResponseRequested(options=options)]


def resolved(state: ServerState, wishes: Mapping[str, Any]) -> ResponseOptions:
    """Return ``wishes`` with the session's settings where they are silent.

    Raises:
        ClientError: If the voice is settled, a tool unknown, or an item of the input bad.
    """
    session = state.config.wire
    filled = {name: session[name] for name in _FROM_SESSION} | dict(wishes)
    output = dict(session["audio"]["output"]) | wishes.get("audio", {}).get("output", {})
    if state.responses.spoken:
        check_voice(state.config.voice, voice_name(output["voice"]))
    check_choice(filled["tool_choice"], filled["tools"], "response.tool_choice")
    return ResponseOptions(
        instructions=filled["instructions"],
        modality=Modality(filled["output_modalities"][0]),
        encoding=encoding_of(output["format"]),
        voice=voice_name(output["voice"]),
        speed=state.config.speed,
        tools=tuple(filled["tools"]),
        tool_choice=choice(filled["tool_choice"]),
        max_output_tokens=limit(filled["max_output_tokens"]),
        metadata=filled.get("metadata"),
        in_conversation=filled.get("conversation") != "none",
        input=_input(state, wishes["input"]) if "input" in wishes else None,
    )


_FROM_SESSION = (
    "instructions",
    "output_modalities",
    "tools",
    "tool_choice",
    "max_output_tokens",
)


def _input(state: ServerState, entries: list[Mapping[str, Any]]) -> tuple[ContextMessage, ...]:
    return tuple(
        _entry(state, entry, f"response.input[{index}]") for index, entry in enumerate(entries)
    )


def _entry(state: ServerState, entry: Mapping[str, Any], place: str) -> ContextMessage:
    if entry["type"] == "item_reference":
        return state.conversation.get(entry["id"], "invalid_value", f"{place}.id").message()
    item, _audio = client_item(
        entry, ids=state.ids, encoding=state.config.input_encoding, place=place
    )
    return item.message()


def _cancel(state: ServerState, event: Fields) -> list[ServerRequest]:
    writer = state.responses.find(event.get("response_id"))
    if writer is None:
        raise ClientError(
            "response_cancel_not_active", "Cancellation failed: no active response found."
        )
    return [CancelRequested(response_id=writer.response_id)]


RESPONSE_EVENTS: Mapping[str, Handler] = {
    "response.create": _create,
    "response.cancel": _cancel,
}

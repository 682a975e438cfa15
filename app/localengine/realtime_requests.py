"""From the wire's wish for a reply to the engine's."""

from collections.abc import Sequence

from app.core.clock import Nanoseconds
from app.localengine.ports import Message, ReplyRequest, Role, ToolCall
from app.protocols.openai_realtime.server_values import (
    ContextMessage,
    Modality,
    ResponseOptions,
    ToolChoice,
)


def reply_request(
    options: ResponseOptions,
    messages: Sequence[ContextMessage],
    *,
    turn_index: int,
    asked_ns: Nanoseconds | None,
) -> ReplyRequest:
    """Return what the engine is asked for."""
    return ReplyRequest(
        messages=tuple(message(one) for one in messages),
        instructions=options.instructions,
        tools=options.tools,
        tool_choice=_choice(options.tool_choice),
        spoken=options.modality is Modality.AUDIO,
        voice=options.voice,
        speed=options.speed,
        max_output_tokens=options.max_output_tokens,
        turn_index=turn_index,
        asked_ns=asked_ns,
    )


def message(context: ContextMessage) -> Message:
    """Return one message of the conversation as the engine knows it."""
    call = context.call
    return Message(
        role=Role(context.role),
        text=context.text,
        call=None
        if call is None
        else ToolCall(call_id=call.call_id, name=call.name, arguments=call.arguments),
        call_id=context.call_id,
    )


def _choice(choice: ToolChoice) -> str:
    return choice.mode if choice.name is None else choice.name

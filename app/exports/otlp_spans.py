"""A session as spans: the session, its turns, and the replies, tools and speech within.

Names and meaning: metrics specification, section 12.3. All times are measured on this side.
"""

import json
from collections.abc import Iterator
from itertools import chain
from types import MappingProxyType
from typing import Final

from app.core.privacy import LeftOut
from app.core.records import TurnRecord, TurnStatus
from app.exports.otlp_figures import cost_attributes, turn_figures
from app.exports.otlp_journal import Heard, Response, ToolCall
from app.exports.otlp_session import (
    FAILED,
    Telling,
    common,
    extent,
    failure_of,
    first_chunk_s,
    session_names,
    turn_of,
    usage_attributes,
    usage_of,
)
from app.exports.otlp_wire import Attributes, Span, SpanKind, span_id

_END_REASONS: Final = MappingProxyType({
    TurnStatus.OK: "completed",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.CANCELLED: "interrupted",
})  # fmt: skip
_LOST: Final = "connection_lost"
_ENDLESS: Final = MappingProxyType({
    "failed": "It never got as far as a conversation.",
    "interrupted": "Its program ended before it did.",
})  # fmt: skip
"""States of a session that are failures, and what is said where nobody has told why."""
_FINISHED: Final = MappingProxyType({"completed": "stop", "incomplete": "length"})
"""Finish reasons that others use, for what a provider calls its status."""
_REASONS: Final = MappingProxyType({"max_output_tokens": "length", "max_tokens": "length"})
"""The same for what a provider gives as its reason; any other reason is told as it is."""


def spans_of(telling: Telling) -> Iterator[Span]:
    """Yield the spans of a session; a parent before its children."""
    yield _session(telling)
    for turn in telling.turns:
        yield _turn(telling, turn)
        yield from _speech(telling, turn)
    heard = telling.heard or Heard()
    yield from chain.from_iterable(_response(telling, each) for each in heard.responses.values())
    yield from chain.from_iterable(_tool(telling, each) for each in heard.tools.values())


def _session(telling: Telling) -> Span:
    record = telling.record
    model, failed = record.target.model, record.state in _ENDLESS
    attributes: Attributes = {
        **common(telling),
        **session_names(telling),
        "vc.session.state": record.state,
        "vc.session.end_reason": None
        if record.end_reason is None
        else telling.redact(record.end_reason),
        "vc.session.recording": record.recording_mode.value,
        "error.type": record.state if failed else None,
        **cost_attributes(telling.total, telling.pricing),
        **_instructions(telling),
    }
    return Span(
        trace_id=telling.trace_id,
        span_id=span_id(telling.seed, "session"),
        parent_id="",
        name=f"vc.session {model}" if model else "vc.session",
        kind=SpanKind.INTERNAL,
        start_ns=telling.wall(telling.begin_ns),
        end_ns=telling.wall(telling.end_ns),
        attributes=attributes,
        error=telling.redact(record.end_reason or _ENDLESS[record.state]) if failed else None,
    )


def _instructions(telling: Telling) -> Attributes:
    text = telling.record.settings.instructions
    if not telling.words or text is None or LeftOut.INSTRUCTIONS in telling.left_out:
        return {}
    return {"gen_ai.system_instructions": json.dumps([_part(telling.redact(text))])}


def _part(text: str) -> dict[str, str]:
    return {"type": "text", "content": text}


def _turn(telling: Telling, turn: TurnRecord) -> Span:
    start_ns, end_ns = extent(turn) or (telling.begin_ns, telling.begin_ns)
    failed = turn.status in FAILED
    attributes: Attributes = {
        **common(telling),
        **session_names(telling),
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.output.type": "speech" if telling.record.settings.audio_replies else "text",
        **_end_reason(telling, turn),
        "error.type": (turn.error_type or turn.status.value) if failed else None,
        **turn_figures(turn),
        **cost_attributes(telling.cost_of(turn), telling.pricing),
        **usage_attributes(usage_of(turn.usage), telling.names),
        **_said(telling, turn),
    }
    message = telling.redact(turn.error_message or turn.error_type or turn.status.value)
    return Span(
        trace_id=telling.trace_id,
        span_id=span_id(telling.seed, "turn", turn.turn_id),
        parent_id=span_id(telling.seed, "session"),
        name="invoke_agent",
        kind=SpanKind.INTERNAL,
        start_ns=telling.wall(start_ns),
        end_ns=telling.wall(end_ns),
        attributes=attributes,
        error=message if failed else None,
    )


def _end_reason(telling: Telling, turn: TurnRecord) -> Attributes:
    """Return how the turn ended; a failed one is told by its status alone."""
    name = telling.names.attribute("gen_ai.agent.invocation.end_reason", "vc.turn.end_reason")
    if turn.error_type == _LOST:
        return {name: "session_closed"}
    return {name: _END_REASONS.get(turn.status)}


def _said(telling: Telling, turn: TurnRecord) -> Attributes:
    """Return both sides' words, where they are wanted and not left out."""
    if not telling.words or LeftOut.TRANSCRIPTS in telling.left_out:
        return {}
    user, agent = turn.user_transcript, turn.agent_transcript
    reason = "stop" if turn.status is TurnStatus.OK else "error"
    return {
        "gen_ai.input.messages": None if user is None else _messages(telling, "user", user),
        "gen_ai.output.messages": None
        if agent is None
        else _messages(telling, "assistant", agent, finish_reason=reason),
    }


def _messages(telling: Telling, role: str, text: str, **more: str) -> str:
    message = {"role": role, "parts": [_part(telling.redact(text))], **more}
    return json.dumps([message], ensure_ascii=False)


def _speech(telling: Telling, turn: TurnRecord) -> Iterator[Span]:
    """Yield the user's speech: between the provider's events, else between the sounds."""
    by_server = turn.vad_on_ns is not None and turn.vad_off_ns is not None
    start_ns, end_ns = (
        (turn.vad_on_ns, turn.vad_off_ns) if by_server else (turn.u_on_ns, turn.u_off_ns)
    )
    if start_ns is None or end_ns is None or end_ns < start_ns:
        return
    yield Span(
        trace_id=telling.trace_id,
        span_id=span_id(telling.seed, "speech", turn.turn_id),
        parent_id=span_id(telling.seed, "turn", turn.turn_id),
        name="user_speech",
        kind=SpanKind.INTERNAL,
        start_ns=telling.wall(start_ns),
        end_ns=telling.wall(end_ns),
        attributes={
            "gen_ai.operation.name": "user_speech",
            "gen_ai.provider.name": common(telling)["gen_ai.provider.name"],
            **session_names(telling),
            "vc.user_speech.source": "server_vad" if by_server else "acoustic",
        },
    )


def _response(telling: Telling, response: Response) -> Iterator[Span]:
    """Yield a generation; none where it is not known when it ended."""
    if response.end_ns is None:
        return
    model = telling.record.target.model
    failure = failure_of(response)
    attributes: Attributes = {
        **common(telling),
        **session_names(telling),
        "gen_ai.operation.name": "realtime_inference",
        "gen_ai.output.type": "speech" if telling.record.settings.audio_replies else "text",
        "gen_ai.response.id": response.response_id,
        "gen_ai.response.finish_reasons": (_finish_reason(response),),
        "gen_ai.response.time_to_first_chunk": first_chunk_s(response),
        "error.type": failure,
        "vc.response.status": response.status,
        **usage_attributes(response.usage, telling.names),
    }
    yield Span(
        trace_id=telling.trace_id,
        span_id=span_id(telling.seed, "response", response.response_id),
        parent_id=_parent(telling, response.start_ns),
        name=f"realtime_inference {model}" if model else "realtime_inference",
        kind=SpanKind.CLIENT,
        start_ns=telling.wall(response.start_ns),
        end_ns=telling.wall(response.end_ns),
        attributes=attributes,
        error=None if failure is None else telling.redact(response.error_message or failure),
    )


def _finish_reason(response: Response) -> str:
    """Return the provider's own reason of an interruption, else what its status means."""
    if response.reason:
        return _REASONS.get(response.reason, response.reason)
    return _FINISHED.get(response.status or "", "error")


def _tool(telling: Telling, call: ToolCall) -> Iterator[Span]:
    if call.end_ns is None:
        return
    told = LeftOut.TOOLS not in telling.left_out
    answered = call.outcome == "answered"
    attributes: Attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.call.id": call.call_id,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.name": call.name if told else None,
        "gen_ai.tool.call.arguments": telling.redact(call.arguments)
        if told and telling.words and call.arguments is not None
        else None,
        **session_names(telling),
        "error.type": None if answered else call.outcome or "_OTHER",
    }
    yield Span(
        trace_id=telling.trace_id,
        span_id=span_id(telling.seed, "tool", call.call_id),
        parent_id=_parent(telling, call.start_ns),
        name=f"execute_tool {call.name}" if told and call.name else "execute_tool",
        kind=SpanKind.INTERNAL,
        start_ns=telling.wall(call.start_ns),
        end_ns=telling.wall(call.end_ns),
        attributes=attributes,
        error=None if answered else call.outcome,
    )


def _parent(telling: Telling, at_ns: int) -> str:
    turn = turn_of(telling, at_ns)
    which = ("session",) if turn is None else ("turn", turn.turn_id)
    return span_id(telling.seed, *which)

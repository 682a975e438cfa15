"""Stretches of time for the turn lanes: who spoke, what was generated, what held it up."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds, ms
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    PlaybackStalled,
    PlaybackStarted,
    ResponseAudio,
    SessionEvent,
    ToolCalled,
    ToolFinished,
    ToolOutcome,
)
from app.core.ids import CallId, ResponseId
from app.core.records import TurnRecord
from app.session.messages import SpanKind, SpanReport
from app.session.open_turn import OpenTurn
from app.session.speech_ends import SpeechEdge

KEPT = 64
"""Replies and calls that are followed at once; the oldest is told as far as it is known."""

_BYTES_PER_FRAME = 2


@dataclass(slots=True)
class _Generated:
    """A reply's audio as it arrives."""

    arrived_ns: Nanoseconds
    turn_id: int | None
    began_ns: Nanoseconds | None = None
    frames: int = 0


class Spans:
    """Follows one session and tells its stretches, each once. All calls on the engine's loop.

    Args:
        report: Gets each stretch.
        turn_of: Tells whose turn a reply is.
        t0_ns: The session's first instant.
    """

    def __init__(
        self,
        report: Callable[[SpanReport], None],
        turn_of: Callable[[ResponseId], int | None],
        t0_ns: Nanoseconds,
    ) -> None:
        self._report = report
        self._turn_of = turn_of
        self._t0_ns = t0_ns
        self._user_ns: Nanoseconds | None = None
        self._agent_ns: Nanoseconds | None = None
        self._agent_turn: int | None = None
        self._generated: OrderedDict[ResponseId, _Generated] = OrderedDict()
        self._told: OrderedDict[ResponseId, None] = OrderedDict()
        self._calls: OrderedDict[CallId, ToolCalled] = OrderedDict()

    def hear(self, edge: SpeechEdge) -> None:
        """Take in an edge of the user's speech; a second end goes on from the first."""
        if self._user_ns is not None and not edge.started:
            self._tell(SpanKind.USER_SPEECH, self._user_ns, edge.at_ns)
        self._user_ns = edge.at_ns

    def take(self, event: SessionEvent) -> None:
        """Take in one event, after the tracker has."""
        match event:
            case ResponseAudio(pcm=pcm) if pcm:
                self._arrive(event)
            case PlaybackStarted(response_id=response_id):
                reply = self._generated.get(response_id)
                if reply is not None:
                    reply.began_ns = event.at_ns
            case AgentSpeechStarted():
                self._agent_ns = event.at_ns
                speaker = event.response_id
                self._agent_turn = None if speaker is None else self._turn_of(speaker)
            case AgentSpeechEnded() if self._agent_ns is not None:
                self._tell(SpanKind.AGENT_HEARD, self._agent_ns, event.at_ns, self._agent_turn)
                self._agent_ns = None
            case _:
                self._take_rest(event)

    def _take_rest(self, event: SessionEvent) -> None:
        match event:
            case PlaybackStalled():
                end_ns = Nanoseconds(event.at_ns + round(event.stall_ms * 1e6))
                turn_id = self._turn_of(event.response_id)
                self._tell(SpanKind.STALL, event.at_ns, end_ns, turn_id)
            case ToolCalled(call_id=str() as call_id):
                self._calls[call_id] = event
                while len(self._calls) > KEPT:
                    self._calls.popitem(last=False)
            case ToolFinished(call_id=call_id) if call_id in self._calls:
                call = self._calls.pop(call_id)
                self._tell(SpanKind.TOOL, call.at_ns, event.at_ns, words=_tool_words(call, event))
            case _:
                pass

    def close(self, turn: OpenTurn, record: TurnRecord) -> None:
        """Tell what is known of a turn that is over."""
        for response_id in turn.owned:
            if not turn.continuous:
                self._tell_generated(response_id)
        onset_ns = record.interrupted_ns
        if onset_ns is not None and record.yield_ms is not None:
            end_ns = Nanoseconds(onset_ns + round(record.yield_ms * 1e6))
            self._tell(SpanKind.INTERRUPTION, onset_ns, end_ns, turn.turn_id)
        if record.client_limited:
            begun_ns = min(turn.opened_ns, turn.timeline.u_on_ns or turn.opened_ns)
            end_ns = turn.last_ns or turn.opened_ns
            words = record.client_limited
            self._tell(SpanKind.CLIENT_LIMITED, begun_ns, end_ns, turn.turn_id, words)

    def close_all(self) -> None:
        """Tell what is left when the session ends."""
        for response_id in list(self._generated):
            self._tell_generated(response_id)

    def _arrive(self, event: ResponseAudio) -> None:
        reply = self._generated.get(event.response_id)
        if reply is None:
            if event.response_id in self._told:
                return  # pieces that came after its turn was over
            reply = _Generated(event.at_ns, self._turn_of(event.response_id))
            self._generated[event.response_id] = reply
            while len(self._generated) > KEPT:
                self._tell_generated(next(iter(self._generated)))
        reply.frames += len(event.pcm) // _BYTES_PER_FRAME

    def _tell_generated(self, response_id: ResponseId) -> None:
        reply = self._generated.pop(response_id, None)
        if reply is None:
            return
        self._told[response_id] = None
        while len(self._told) > KEPT:
            self._told.popitem(last=False)
        start_ns = reply.arrived_ns if reply.began_ns is None else reply.began_ns
        end_ns = Nanoseconds(start_ns + reply.frames * 1_000_000_000 // SESSION_RATE_HZ)
        self._tell(SpanKind.AGENT_GENERATED, start_ns, end_ns, reply.turn_id)

    def _tell(
        self,
        kind: SpanKind,
        start_ns: Nanoseconds,
        end_ns: Nanoseconds,
        turn_id: int | None = None,
        words: str = "",
    ) -> None:
        self._report(
            SpanReport(
                kind=kind,
                start_ms=ms(Nanoseconds(start_ns - self._t0_ns)),
                end_ms=ms(Nanoseconds(end_ns - self._t0_ns)),
                turn_id=turn_id,
                words=words,
            )
        )


def _tool_words(call: ToolCalled, end: ToolFinished) -> str:
    """Return the call's name, how long it took, and how it ended where that is not well."""
    odd = "" if end.outcome is ToolOutcome.ANSWERED else f", {end.outcome.value}"
    return f"{call.name or 'tool'} {end.elapsed_ms:.0f} ms{odd}"

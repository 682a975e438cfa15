"""Server half of the OpenAI Realtime protocol, GA or beta, as a sans-IO codec.

What it promises:

- ``receive_message`` never raises for what a client sends: a bad event queues one ``error``
  event with the client's ``event_id``, changes nothing and returns no request.
- What needs no engine (settings, items, committing, clearing) is obeyed and answered here;
  the request that comes back tells the shell what has happened. Replies, cancelling and
  hearing are the shell's.
- Every event is complete: a client that validates what it receives finds each field that the
  service documents, in the order in which the service sends events.

The shell's duties: call ``begin_response`` for a ``ResponseRequested`` before it passes the
next client event, finish every writer once, and give audio times on the clock of the audio
that was appended since the session began.
"""

from collections.abc import Mapping, Sequence

from app.core.ids import ItemId
from app.core.wire import WireMessage
from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.schema_events import check_event, decode
from app.protocols.openai_realtime.server_beta import BetaWords
from app.protocols.openai_realtime.server_input import InputCause, InputState
from app.protocols.openai_realtime.server_input_events import INPUT_EVENTS
from app.protocols.openai_realtime.server_item_events import ITEM_EVENTS
from app.protocols.openai_realtime.server_outbox import SERVER_ERROR, error_fields
from app.protocols.openai_realtime.server_response import ResponseWriter
from app.protocols.openai_realtime.server_response_events import RESPONSE_EVENTS, resolved
from app.protocols.openai_realtime.server_session import Wire, new_session
from app.protocols.openai_realtime.server_session_events import SESSION_EVENTS
from app.protocols.openai_realtime.server_state import Handler, ServerState
from app.protocols.openai_realtime.server_values import (
    ContextMessage,
    DurationUsage,
    IdSource,
    ResponseOptions,
    ServerRequest,
    SessionConfig,
    TokenUsage,
)

HANDLERS: Mapping[str, Handler] = {
    **SESSION_EVENTS,
    **INPUT_EVENTS,
    **ITEM_EVENTS,
    **RESPONSE_EVENTS,
}
"""Every client event, by its type."""


class OpenAIRealtimeServer:
    """One connection's server side. One owner, one loop; see the module for the promises.

    Args:
        session_id: The session's name.
        model: What the session says its model is.
        voices: The engine's own voices, the default first; the service's names are taken too.
        ids: Makes names.
        expires_at_s: Unix time at which the session ends.
        instructions: What the session begins with.
        preset: The session that a client secret was made for; overrides model and
            instructions.
        model_fixed: Whether the client has settled the model; else an update may name it, once.
        beta: Whether the client speaks the beta dialect; else GA.
    """

    def __init__(
        self,
        *,
        session_id: str,
        model: str,
        voices: Sequence[str],
        ids: IdSource,
        expires_at_s: int,
        instructions: str = "",
        preset: Wire | None = None,
        model_fixed: bool = True,
        beta: bool = False,
    ) -> None:
        session = new_session(
            session_id=session_id,
            model=model,
            voice=voices[0],
            expires_at_s=expires_at_s,
            instructions=instructions,
        )
        if preset is not None:
            session = {**preset, "id": session_id, "expires_at": expires_at_s}
        self._beta = BetaWords() if beta else None
        self._state = ServerState(
            session=session, voices=voices, ids=ids, model_fixed=model_fixed, beta=self._beta
        )

    # --- what the client sends -------------------------------------------------------------------

    def receive_message(self, message: WireMessage) -> list[ServerRequest]:
        """Take one message; return what the shell has to do or to know, in order."""
        event_id: str | None = None
        try:
            raw = decode(message)
            event_id = raw.event_id
            said = raw.fields if self._beta is None else self._beta.heard(raw.fields)
            kind, fields = check_event(said)
            return HANDLERS[kind](self._state, fields)
        except ClientError as fault:
            self._state.outbox.refuse(fault, event_id)
            return []

    def messages_to_send(self) -> list[str]:
        """Return and forget the events since the last call, as JSON text."""
        return self._state.outbox.drain()

    # --- what the shell may know -----------------------------------------------------------------

    @property
    def config(self) -> SessionConfig:
        """Return the effective settings."""
        return self._state.config

    @property
    def input_state(self) -> InputState:
        """Return whether the user speaks, as far as the client was told."""
        return self._state.input.state

    @property
    def active_response(self) -> ResponseWriter | None:
        """Return the conversation's open response, or None."""
        return self._state.responses.active

    def open_responses(self) -> tuple[ResponseWriter, ...]:
        """Return all open responses, those beside the conversation included."""
        return self._state.responses.writers()

    def messages(self) -> tuple[ContextMessage, ...]:
        """Return the conversation as a model reads it; what says nothing is left out."""
        return self._state.conversation.messages()

    def default_options(self) -> ResponseOptions:
        """Return the options of a reply that nobody asked for in words: after a turn's end."""
        return resolved(self._state, {})

    # --- what the shell tells --------------------------------------------------------------------

    def session_created(self) -> None:
        """Greet the client; once, before anything else."""
        self._state.outbox.emit("session.created", {"session": self.config.wire})

    def speech_started(self, audio_start_ms: int) -> ItemId:
        """Tell that the user began to speak; return the item that it will be.

        Raises:
            LocalProtocolError: If the user speaks already, or has stopped uncommitted.
        """
        self._state.input.move(InputCause.SPEECH_STARTED)
        item_id = self._state.input.item_id()
        self._state.outbox.emit(
            "input_audio_buffer.speech_started",
            {"audio_start_ms": audio_start_ms, "item_id": item_id},
        )
        return item_id

    def speech_stopped(self, audio_end_ms: int) -> None:
        """Tell that the user stopped; ``commit`` comes next.

        Raises:
            LocalProtocolError: If the user does not speak.
        """
        self._state.input.move(InputCause.SPEECH_STOPPED)
        self._state.outbox.emit(
            "input_audio_buffer.speech_stopped",
            {"audio_end_ms": audio_end_ms, "item_id": self._state.input.item_id()},
        )

    def timeout_triggered(self, audio_start_ms: int, audio_end_ms: int) -> ItemId:
        """Tell that nobody spoke for ``idle_timeout_ms``; ``commit`` comes next.

        Raises:
            LocalProtocolError: If the user speaks.
        """
        self._state.input.move(InputCause.TIMED_OUT)
        item_id = self._state.input.item_id()
        self._state.outbox.emit(
            "input_audio_buffer.timeout_triggered",
            {
                "audio_start_ms": audio_start_ms,
                "audio_end_ms": audio_end_ms,
                "item_id": item_id,
            },
        )
        return item_id

    def commit(self, audio_ms: float) -> ItemId:
        """Make the turn an item, ``audio_ms`` long, and tell the client; return its name."""
        return self._state.commit(audio_ms)

    def transcription_delta(self, item_id: ItemId, delta: str) -> None:
        """Send more of what the user said."""
        self._state.outbox.emit(
            "conversation.item.input_audio_transcription.delta",
            {"item_id": item_id, "content_index": 0, "delta": delta},
        )

    def transcription_completed(
        self, item_id: ItemId, transcript: str, usage: DurationUsage | TokenUsage
    ) -> None:
        """Send all that the user said; the item shows it from now on."""
        item = self._state.conversation.find(item_id)
        if item is not None:
            self._state.conversation.put(item.with_transcript(transcript))
        self._state.outbox.emit(
            "conversation.item.input_audio_transcription.completed",
            {
                "item_id": item_id,
                "content_index": 0,
                "transcript": transcript,
                "usage": _transcription_usage(usage),
            },
        )

    def transcription_failed(self, item_id: ItemId, *, code: str, message: str) -> None:
        """Tell that the user's words are not known."""
        self._state.outbox.emit(
            "conversation.item.input_audio_transcription.failed",
            {
                "item_id": item_id,
                "content_index": 0,
                "error": {
                    "type": "transcription_error",
                    "code": code,
                    "message": message,
                    "param": None,
                },
            },
        )

    def note_words(self, item_id: ItemId, words: str) -> None:
        """Let the model take the item to say ``words``; the client is told nothing.

        For what the user said where no transcription is wanted, and for what was heard of a
        truncated reply. An item that is gone is none of our business.
        """
        self._state.note_words(item_id, words)

    def begin_response(self, options: ResponseOptions) -> ResponseWriter:
        """Begin a response and tell the client.

        Raises:
            LocalProtocolError: If the conversation has one that is not finished.
        """
        return self._state.responses.begin(options)

    def report_error(
        self, code: str, message: str, *, kind: str = SERVER_ERROR, event_id: str | None = None
    ) -> None:
        """Send an ``error`` event of the shell's own, such as "session_expired"."""
        fault = ClientError(code, message)
        self._state.outbox.emit("error", {"error": error_fields(fault, event_id, kind)})


def _transcription_usage(usage: DurationUsage | TokenUsage) -> dict[str, object]:
    if isinstance(usage, DurationUsage):
        return {"type": "duration", "seconds": usage.seconds}
    given = usage.input_text + usage.input_audio
    return {
        "type": "tokens",
        "total_tokens": given + usage.output_text,
        "input_tokens": given,
        "output_tokens": usage.output_text,
        "input_token_details": {
            "text_tokens": usage.input_text,
            "audio_tokens": usage.input_audio,
        },
    }

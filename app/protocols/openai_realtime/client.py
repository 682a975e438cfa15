"""Client half of the OpenAI Realtime protocol, as a sans-IO codec.

What it promises:

- ``session.created`` queues one ``session.update`` with the settings. ``SessionReady`` is the
  ``session.updated`` that follows.
- A service that never says ``session.updated`` works too: commands are allowed from
  ``session.created`` on, so a session that has waited long enough simply begins to talk, and
  the first message about input, items or replies then brings ``SessionReady`` before its own
  event, with the ``session.created`` account as the effective one.
- Both spellings are read in every dialect. Unknown kinds become ``UnknownMessage``; unknown
  fields (``obfuscation`` among them) are ignored; what a service may leave out is None.
- A malformed message raises and changes nothing: no state, no event, nothing to send.
- Late pieces of a cancelled reply come out as events; their reply's id tells.
- Audio is PCM16 at 24 kHz here, whatever it is on the wire; what the user's way out still
  holds is sent before a commit, and forgotten with the rest where the input is cleared.
- Where the service's account of the session tells another audio format than was asked for,
  the service is right; ``FormatDiffers`` says so, once for each format.
- Every message but audio carries an ``event_id`` that begins with its kind, so that a
  ``ProviderErrorReported.caused_by`` names what the service complains of.

Transcription sessions are not run: ``transcription_session.update`` is never sent, though
``transcription_session.updated`` is read.
"""

from dataclasses import replace

from app.core.clock import Nanoseconds
from app.core.commands import (
    AppendAudio,
    ClearInput,
    Command,
    CommitInput,
    ConfigureSession,
)
from app.core.config import Dialect, SessionSettings, TurnDetection
from app.core.errors import LocalProtocolError, RemoteProtocolError
from app.core.events import (
    FormatDiffers,
    ResponseAudio,
    ResponseAudioDone,
    SessionEvent,
    SessionReady,
    UnknownMessage,
)
from app.core.wire import WireMessage
from app.protocols.openai_realtime.client_audio import ReplyAudioReader, UserAudioWriter
from app.protocols.openai_realtime.client_fields import (
    FieldError,
    Fields,
    decode,
    known_text,
    mapping,
)
from app.protocols.openai_realtime.client_formats import (
    Formats,
    asked_formats,
    told_formats,
)
from app.protocols.openai_realtime.client_input_readers import INPUT_READERS
from app.protocols.openai_realtime.client_reply_readers import REPLY_READERS
from app.protocols.openai_realtime.client_writers import (
    append_message,
    check_audio,
    command_body,
    to_json,
)
from app.protocols.openai_realtime.dialect_turns import Body, without_idle
from app.protocols.openai_realtime.dialects import SPELLINGS
from app.protocols.openai_realtime.states import TRANSITIONS, Cause, State

READERS = INPUT_READERS | REPLY_READERS
"""Every kind of server message that becomes an event of its own."""

_WORK = ("input_audio_buffer.", "conversation.item.", "response.", "output_audio_buffer.")
_KIND_LENGTH = 100


def cause_of(kind: str) -> Cause:
    """Return what a server message of this kind means for the state."""
    if kind not in READERS:
        return Cause.NOTICE
    return _CAUSES.get(kind, Cause.WORK if kind.startswith(_WORK) else Cause.NOTICE)


_CAUSES = {
    "session.created": Cause.CREATED,
    "session.updated": Cause.UPDATED,
    "transcription_session.updated": Cause.UPDATED,
}


class OpenAIRealtimeClient:
    """One client connection; see ``Codec`` for the calls and the module for the promises.

    Attributes:
        state: Where the connection stands; nothing but TRANSITIONS changes it.

    Args:
        settings: Sent as the first ``session.update``.
        dialect: How the service spells what it is sent.

    Raises:
        ConfigError: If the dialect has no words for the settings.
    """

    def __init__(self, settings: SessionSettings, dialect: Dialect = Dialect.OPENAI_GA) -> None:
        self.state = State.OPENING
        self._settings = settings
        self._spelling = SPELLINGS[dialect]
        self._created: Fields = {}
        self._voice: str | None = None
        self._spelling.session(settings)
        self._asked = Formats()
        self._told: dict[str, str] = {}
        self._idle = False
        self._user = UserAudioWriter()
        self._audio = ReplyAudioReader()
        self._sent = 0
        self._events: list[SessionEvent] = []
        self._messages: list[WireMessage] = []

    def send_command(self, command: Command) -> None:
        """See ``Codec.send_command``. Audio that is not ready yet sends nothing."""
        if Cause.COMMAND not in TRANSITIONS[self.state]:
            raise LocalProtocolError(f"{type(command).__name__} is not allowed while {self.state}")
        match command:
            case AppendAudio(pcm=pcm):
                self._append(self._user.write(check_audio(pcm)))
            case CommitInput():
                self._append(self._user.finish())
                self._queue(command)
            case ClearInput():
                self._user.forget()
                self._queue(command)
            case _:
                self._queue(command)

    @property
    def held_input_ns(self) -> Nanoseconds:
        """See ``Codec.held_input_ns``."""
        return self._user.held_ns

    def receive_message(self, message: WireMessage, received_ns: Nanoseconds) -> None:
        """See ``Codec.receive_message``."""
        try:
            fields = decode(message)
        except ValueError:
            raise RemoteProtocolError("a message is not JSON") from None
        kind = fields.get("type") if isinstance(fields, dict) else None
        if not isinstance(kind, str):
            raise RemoteProtocolError("a message is not a JSON object with a type")
        cause = cause_of(kind)
        after = TRANSITIONS[self.state].get(cause)
        if after is None:
            raise RemoteProtocolError(f"{kind} is not allowed while {self.state}")
        try:
            events = self._read(kind, fields, received_ns)
        except FieldError as exc:
            raise RemoteProtocolError(f"malformed {kind}: {exc}") from exc
        if cause is Cause.WORK and self.state is State.CONFIGURING:
            self._events.append(self._assumed_ready(received_ns))
        self.state = after
        self._events += events
        self._after(cause, fields, received_ns)

    def events_received(self) -> list[SessionEvent]:
        """See ``Codec.events_received``."""
        events, self._events = self._events, []
        return events

    def messages_to_send(self) -> list[WireMessage]:
        """See ``Codec.messages_to_send``."""
        messages, self._messages = self._messages, []
        return messages

    def _read(self, kind: str, fields: Fields, at_ns: Nanoseconds) -> list[SessionEvent]:
        reader = READERS.get(kind)
        if reader is None:
            return [UnknownMessage(at_ns=at_ns, kind=kind[:_KIND_LENGTH])]
        event = reader(fields, at_ns)
        if isinstance(event, ResponseAudio):
            return [self._audible(event, event.pcm)]
        if isinstance(event, ResponseAudioDone):
            return [*self._tail(event), event]
        return [event]

    def _audible(self, event: ResponseAudio, octets: bytes) -> ResponseAudio:
        pcm = self._audio.read(octets, event.item_id, event.content_index)
        return event if pcm is octets else _with_audio(event, pcm)

    def _tail(self, event: ResponseAudioDone) -> list[SessionEvent]:
        pcm = self._audio.finish(event.item_id, event.content_index)
        return [_with_audio(event, pcm)] if pcm else []

    def _assumed_ready(self, at_ns: Nanoseconds) -> SessionEvent:
        session_id = known_text(self._created, "id")
        return SessionReady(at_ns=at_ns, session_id=session_id, effective=self._created)

    def _after(self, cause: Cause, fields: Fields, at_ns: Nanoseconds) -> None:
        """Do what the service's account of the session asks for."""
        if cause not in {Cause.CREATED, Cause.UPDATED}:
            return
        session = mapping(fields, "session")
        self._use(told_formats(session))
        if cause is Cause.CREATED:
            self._created = session
            self._queue(ConfigureSession(self._settings))
        else:
            self._compare(told_formats(session), at_ns)

    def _use(self, formats: Formats) -> None:
        """Speak ``formats`` from now on, where they are known."""
        if formats.input is not None:
            self._user.use(formats.input)
        if formats.output is not None:
            self._audio.use(formats.output)

    def _compare(self, told: Formats, at_ns: Nanoseconds) -> None:
        """Say where the service tells other formats than were asked for."""
        for direction in ("input", "output"):
            asked, found = getattr(self._asked, direction), getattr(told, direction)
            if None in {found, asked} or found == asked:
                self._told.pop(direction, None)
            elif self._told.get(direction) != str(found):
                self._told[direction] = str(found)
                self._events.append(
                    FormatDiffers(
                        at_ns=at_ns, direction=direction, asked=str(asked), told=str(found)
                    )
                )

    def _append(self, octets: bytes) -> None:
        if octets:
            self._messages.append(append_message(octets))

    def _queue(self, command: Command) -> None:
        if isinstance(command, ConfigureSession):
            command = self._without_known_voice(command)
        body = command_body(command, self._spelling)
        if isinstance(command, ConfigureSession):
            self._take_back_idle(command.settings.turn_detection, body["session"])
        self._sent += 1
        body["event_id"] = f"{body['type']}-{self._sent}"
        message = to_json(body)
        if isinstance(command, ConfigureSession):
            self._ask(asked_formats(command.settings))
        self._messages.append(message)

    def _take_back_idle(self, turns: TurnDetection, session: Body) -> None:
        """Name an idle time-out that was asked for before and is not any more."""
        if turns.idle_timeout_ms is not None:
            self._idle = True
        elif self._idle:
            without_idle(session)

    def _ask(self, formats: Formats) -> None:
        """Speak what is asked for from the update on: the service reads in order."""
        if formats != self._asked:
            self._append(self._user.finish())
            self._asked = formats
            self._use(formats)

    def _without_known_voice(self, command: ConfigureSession) -> ConfigureSession:
        """Leave out a voice that was sent before: once it has spoken it may not be set again."""
        voice = command.settings.voice
        if voice is None or voice != self._voice:
            self._voice = voice or self._voice
            return command
        return ConfigureSession(replace(command.settings, voice=None))


def _with_audio(event: ResponseAudio | ResponseAudioDone, pcm: bytes) -> ResponseAudio:
    return ResponseAudio(
        at_ns=event.at_ns,
        response_id=event.response_id,
        item_id=event.item_id,
        output_index=event.output_index,
        content_index=event.content_index,
        pcm=pcm,
    )

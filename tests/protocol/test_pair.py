"""Our client half and our server half, joined in memory."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.core.clock import Nanoseconds
from app.core.commands import (
    AppendAudio,
    CancelResponse,
    Command,
    CommitInput,
    ConfigureSession,
    CreateResponse,
    RetrieveItem,
    SendText,
    SendToolResult,
    TruncateItem,
)
from app.core.config import SessionSettings, Tool, TurnDetection, VadMode
from app.core.events import (
    InputCommitted,
    InputTranscriptDone,
    ItemChanged,
    ItemTruncated,
    ProviderErrorReported,
    ResponseAudio,
    ResponseFinished,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SessionReady,
    SpeechStarted,
    SpeechStopped,
    ToolCalled,
    UnknownMessage,
)
from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.protocols.openai_realtime.server import OpenAIRealtimeServer
from app.protocols.openai_realtime.server_values import (
    AudioAppended,
    CancelRequested,
    ContextCall,
    DurationUsage,
    Encoding,
    Finish,
    ItemTruncated as TruncationRequested,
    Modality,
    ResponseRequested,
    ServerRequest,
    ServerVad,
    Usage,
)
from tests.support.realtime_server import new_server
from tests.support.schema import check_server_event

WEATHER = Tool(name="weather", description="Weather by city", parameters={"type": "object"})
TONE = bytes(range(256)) * 75
_E = TypeVar("_E", bound=SessionEvent)


@dataclass
class Pair:
    """A client and a server with a wire between them."""

    settings: SessionSettings = field(default_factory=SessionSettings)
    server: OpenAIRealtimeServer = field(default_factory=new_server)
    events: list[SessionEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = OpenAIRealtimeClient(self.settings)
        self.server.session_created()
        self.exchange()
        assert self.one(SessionReady).session_id == "sess_1"

    def exchange(self) -> list[ServerRequest]:
        """Carry messages both ways until nobody has any; return what the server was asked."""
        requests: list[ServerRequest] = []
        while True:
            to_client = self.server.messages_to_send()
            for message in to_client:
                check_server_event(message)
                self.client.receive_message(message, Nanoseconds(0))
            to_server = self.client.messages_to_send()
            for sent in to_server:
                requests += self.server.receive_message(sent)
            self.events += self.client.events_received()
            if not to_client and not to_server:
                return requests

    def ask(self, *commands: Command) -> list[ServerRequest]:
        self.events.clear()
        for command in commands:
            self.client.send_command(command)
        return self.exchange()

    def all(self, kind: type[_E]) -> list[_E]:
        return [event for event in self.events if isinstance(event, kind)]

    def one(self, kind: type[_E]) -> _E:
        (event,) = self.all(kind)
        return event

    def heard(self) -> bytes:
        return b"".join(event.pcm for event in self.all(ResponseAudio))


def _request(requests: list[ServerRequest]) -> ResponseRequested:
    (request,) = [r for r in requests if isinstance(r, ResponseRequested)]
    return request


def test_the_settings_arrive() -> None:
    turns = TurnDetection(silence_ms=350, threshold=0.7)
    pair = Pair(
        SessionSettings(
            instructions="Be brief.", voice="joe", turn_detection=turns, tools=(WEATHER,)
        )
    )
    config = pair.server.config
    assert config.turn_detection == ServerVad(silence_duration_ms=350, threshold=0.7)
    assert (config.instructions, config.voice) == ("Be brief.", "joe")
    assert config.tools[0]["name"] == "weather"
    assert config.transcription is not None
    assert not pair.all(ProviderErrorReported)
    assert not pair.all(UnknownMessage)


def test_a_spoken_turn() -> None:
    pair = Pair()
    (appended,) = pair.ask(AppendAudio(pcm=TONE))
    assert isinstance(appended, AudioAppended)
    assert appended.samples.tobytes() == TONE
    item_id = pair.server.speech_started(100)
    pair.server.speech_stopped(400)
    assert pair.server.commit(300) == item_id
    pair.server.transcription_completed(item_id, "Hello.", DurationUsage(0.3))
    writer = pair.server.begin_response(pair.server.default_options())
    writer.text("Hi ")
    writer.audio(TONE)
    writer.text("there.")
    writer.finish(usage=Usage(input_audio=3, output_text=4, output_audio=8))
    pair.exchange()
    assert pair.one(SpeechStarted).audio_ms == 100
    assert pair.one(SpeechStopped).audio_ms == 400
    assert pair.one(InputCommitted).item_id == item_id
    assert pair.one(InputTranscriptDone).text == "Hello."
    assert pair.one(ResponseStarted).response_id == writer.response_id
    assert pair.heard() == TONE
    assert pair.one(ResponseTextDone).text == "Hi there."
    finished = pair.one(ResponseFinished)
    assert finished.status == "completed"
    assert finished.usage is not None
    assert (finished.usage.total, finished.usage.output_audio) == (15, 8)


def test_a_push_to_talk_turn() -> None:
    pair = Pair(SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL)))
    requests = pair.ask(AppendAudio(pcm=TONE), CommitInput(), CreateResponse())
    assert [type(request).__name__ for request in requests] == [
        "AudioAppended",
        "InputCommitted",
        "ResponseRequested",
    ]
    assert pair.one(InputCommitted).previous_item_id is None


def test_a_text_turn() -> None:
    pair = Pair(SessionSettings(audio_replies=False))
    options = _request(pair.ask(SendText(text="Hi."), CreateResponse())).options
    assert options.modality is Modality.TEXT
    writer = pair.server.begin_response(options)
    writer.text("Hello.")
    writer.finish()
    pair.exchange()
    assert [event.text for event in pair.all(ResponseText)] == ["Hello."]
    assert [message.text for message in pair.server.messages()] == ["Hi.", "Hello."]


def test_a_tool_turn() -> None:
    pair = Pair(SessionSettings(tools=(WEATHER,)))
    options = _request(pair.ask(SendText(text="Weather?"), CreateResponse())).options
    writer = pair.server.begin_response(options)
    call = ContextCall(call_id=CallId("call_1"), name="weather", arguments='{"city":"Rome"}')
    writer.call(call)
    writer.finish()
    pair.exchange()
    called = pair.one(ToolCalled)
    assert (called.call_id, called.name, called.arguments) == (
        call.call_id,
        call.name,
        call.arguments,
    )
    answer = SendToolResult(call_id=CallId("call_1"), output="18 degrees")
    options = _request(pair.ask(answer, CreateResponse())).options
    assert [(m.role, m.text, m.call) for m in pair.server.messages()] == [
        ("user", "Weather?", None),
        ("assistant", "", call),
        ("tool", "18 degrees", None),
    ]
    pair.server.begin_response(options).finish()
    pair.exchange()
    assert pair.one(ResponseFinished).status == "completed"


def test_a_barge_in_with_truncation() -> None:
    pair = Pair()
    writer = pair.server.begin_response(pair.server.default_options())
    writer.text("A long story.")
    writer.audio(TONE)
    pair.exchange()
    item_id = ItemId(str(writer.item_id))
    pair.server.speech_started(5_000)
    writer.finish(Finish.CANCELLED, reason="turn_detected")
    pair.exchange()
    finished = pair.one(ResponseFinished)
    assert (finished.status, finished.reason) == ("cancelled", "turn_detected")
    requests = pair.ask(
        TruncateItem(item_id=item_id, audio_end_ms=150), RetrieveItem(item_id=item_id)
    )
    assert requests == [TruncationRequested(item_id=item_id, audio_end_ms=150)]
    pair.server.note_words(item_id, "A long")
    assert pair.one(ItemTruncated).audio_end_ms == 150
    assert pair.one(ItemChanged).item["content"][0]["transcript"] is None
    assert [message.text for message in pair.server.messages()] == ["A long"]


def test_a_cancelled_reply() -> None:
    pair = Pair()
    writer = pair.server.begin_response(pair.server.default_options())
    pair.exchange()
    assert pair.ask(CancelResponse()) == [CancelRequested(response_id=writer.response_id)]
    writer.finish(Finish.CANCELLED, reason="client_cancelled")
    pair.ask(CancelResponse())
    error = pair.one(ProviderErrorReported)
    assert error.code == "response_cancel_not_active"
    assert error.caused_by is not None
    assert error.caused_by.startswith("response.cancel")


def test_a_reply_over_the_telephone() -> None:
    pair = Pair()
    telephone: dict[str, Any] = {"output": {"format": {"type": "audio/pcmu"}}}
    options = _request(pair.ask(CreateResponse(options={"audio": telephone}))).options
    assert options.encoding is Encoding.PCMU


def test_settings_can_change_while_the_session_runs() -> None:
    pair = Pair()
    pair.ask(ConfigureSession(SessionSettings(instructions="Be slow.")))
    assert pair.server.config.instructions == "Be slow."
    assert pair.one(SessionReady).effective["instructions"] == "Be slow."

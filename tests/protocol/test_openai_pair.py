"""Both halves joined in memory: what one says the other understands."""

from app.core.clock import Nanoseconds
from app.core.commands import (
    AppendAudio,
    CancelResponse,
    ClearInput,
    Command,
    CommitInput,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    DeleteItem,
    RetrieveItem,
    SendText,
    SendToolResult,
    TruncateItem,
)
from app.core.config import SessionSettings, Tool, TurnDetection, VadMode
from app.core.events import (
    InputCommitted,
    InputTranscriptDone,
    ItemChange,
    ItemChanged,
    ItemTruncated,
    ProviderErrorReported,
    ResponseAudio,
    ResponseFinished,
    ResponseStarted,
    ResponseTextDone,
    SessionCreated,
    SessionEvent,
    SessionReady,
    SpeechStarted,
    SpeechStopped,
    TokenUsage,
    ToolCalled,
    UnknownMessage,
)
from app.core.ids import CallId, ItemId
from app.protocols.openai_realtime.client import OpenAIRealtimeClient
from app.protocols.openai_realtime.server_values import ContextCall, DurationUsage, Finish, Usage
from tests.support.realtime_server import Talk

SETTINGS = SessionSettings(
    instructions="Be brief.",
    turn_detection=TurnDetection(silence_ms=350),
    tools=(Tool(name="f", description="d", parameters={"type": "object"}),),
)
TONE = bytes(range(200)) * 24


class Pair:
    """A client and a server with a perfect wire between them."""

    def __init__(self, settings: SessionSettings = SETTINGS) -> None:
        self.client = OpenAIRealtimeClient(settings)
        self.server = Talk().server
        self.events: list[SessionEvent] = []
        self.server.session_created()
        self.carry()

    def carry(self) -> list[SessionEvent]:
        """Carry what either side has to say until both are silent; return what is new."""
        before = len(self.events)
        while True:
            told = self.server.messages_to_send()
            for message in told:
                self.client.receive_message(message, Nanoseconds(len(self.events)))
                self.events += self.client.events_received()
            asked = self.client.messages_to_send()
            for request in asked:
                self.server.receive_message(request)
            if not told and not asked:
                return self.events[before:]

    def ask(self, *commands: Command) -> list[SessionEvent]:
        for command in commands:
            self.client.send_command(command)
        return self.carry()


def kinds(events: list[SessionEvent]) -> list[type[SessionEvent]]:
    return [type(event) for event in events]


def complaints(events: list[SessionEvent]) -> list[SessionEvent]:
    return [e for e in events if isinstance(e, ProviderErrorReported | UnknownMessage)]


def test_opening_makes_the_session_ready_with_our_settings() -> None:
    pair = Pair()

    created, ready = pair.events
    assert isinstance(created, SessionCreated)
    assert isinstance(ready, SessionReady)
    assert ready.effective["instructions"] == "Be brief."
    assert ready.effective["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 350
    assert ready.effective["tools"][0]["name"] == "f"


def test_every_mode_of_turn_taking_is_accepted() -> None:
    for mode in VadMode:
        pair = Pair(SessionSettings(turn_detection=TurnDetection(mode=mode)))
        assert kinds(pair.events) == [SessionCreated, SessionReady]


def test_a_spoken_turn_comes_out_as_it_went_in() -> None:
    pair = Pair()
    pair.ask(AppendAudio(pcm=TONE))
    item = pair.server.speech_started(100)
    pair.server.speech_stopped(900)
    pair.server.commit(900.0)
    pair.server.transcription_completed(item, "Hello.", DurationUsage(seconds=0.9))
    writer = pair.server.begin_response(pair.server.default_options())
    writer.text("Hi there!")
    writer.audio(TONE)
    writer.finish(usage=Usage(input_text=5, output_text=3, output_audio=2))

    events = pair.carry()

    assert complaints(events) == []
    assert kinds(events)[:3] == [SpeechStarted, SpeechStopped, InputCommitted]
    assert [e.text for e in events if isinstance(e, InputTranscriptDone)] == ["Hello."]
    assert [e.text for e in events if isinstance(e, ResponseTextDone)] == ["Hi there!"]
    assert b"".join(e.pcm for e in events if isinstance(e, ResponseAudio)) == TONE
    assert isinstance(events[-1], ResponseFinished)
    assert isinstance(events[-1].usage, TokenUsage)
    assert (events[-1].usage.output_text, events[-1].usage.output_audio) == (3, 2)


def test_what_needs_no_reply_is_accepted_in_turn() -> None:
    pair = Pair()

    events = pair.ask(
        ConfigureSession(SessionSettings(instructions="Be verbose.")),
        AppendAudio(pcm=TONE),
        ClearInput(),
        AppendAudio(pcm=TONE * 10),
        CommitInput(),
        SendText(text="Hello."),
        CreateItem(
            item={
                "type": "message",
                "id": "said",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Hi."}],
            },
            previous_item_id="root",
        ),
        RetrieveItem(item_id=ItemId("said")),
        DeleteItem(item_id=ItemId("said")),
        CreateResponse(options={"output_modalities": ["text"]}),
    )

    assert complaints(events) == []
    changes = [event.change for event in events if isinstance(event, ItemChanged)]
    assert changes == [ItemChange.ADDED, ItemChange.DONE] * 3 + [ItemChange.RETRIEVED]


def test_a_tool_call_and_its_answer() -> None:
    pair = Pair()
    writer = pair.server.begin_response(pair.server.default_options())
    writer.call(ContextCall(call_id=CallId("c1"), name="f", arguments='{"a":1}'))
    writer.finish()

    (called,) = [event for event in pair.carry() if isinstance(event, ToolCalled)]
    answered = pair.ask(SendToolResult(call_id=CallId("c1"), output="7"), CreateResponse())

    assert (called.name, called.call_id, called.arguments) == ("f", "c1", '{"a":1}')
    assert complaints(answered) == []


def test_an_interruption_truncates_what_was_heard() -> None:
    pair = Pair()
    writer = pair.server.begin_response(pair.server.default_options())
    writer.text("A long story.")
    writer.audio(TONE)
    started = next(e for e in pair.carry() if isinstance(e, ResponseAudio))

    events = pair.ask(
        CancelResponse(response_id=started.response_id),
        TruncateItem(item_id=started.item_id, audio_end_ms=50),
    )
    writer.finish(Finish.CANCELLED, reason="client_cancelled")
    ended = pair.carry()

    assert complaints(events) == []
    (truncated,) = [event for event in events if isinstance(event, ItemTruncated)]
    assert (truncated.item_id, truncated.audio_end_ms) == (started.item_id, 50)
    (finished,) = [event for event in ended if isinstance(event, ResponseFinished)]
    assert (finished.status, finished.reason) == ("cancelled", "client_cancelled")


def test_a_complaint_names_the_message_that_caused_it() -> None:
    pair = Pair()

    (complaint,) = pair.ask(DeleteItem(item_id=ItemId("nowhere")))

    assert isinstance(complaint, ProviderErrorReported)
    assert complaint.caused_by == "conversation.item.delete-2"
    assert not any(isinstance(event, ResponseStarted) for event in pair.events)

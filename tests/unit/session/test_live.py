"""Whole sessions in virtual time."""

import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.core.conduct import Conduct, Guard
from app.core.errors import ConnectionEndedError
from app.core.records import TurnStatus
from app.session.live import LiveSession
from app.session.messages import (
    LiveState,
    ProblemReport,
    Speaker,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from app.session.parts import SessionOutcome
from tests.support.clocks import run_virtual
from tests.support.session import EnergyVad, Peer, World, start, tone


def wav(path: Path, *pieces: Samples) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(np.concatenate(pieces).tobytes())
    return path


def silence(span_ms: int) -> Samples:
    return np.zeros(span_ms * 24, np.int16)


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def hold(world: World, *paths: Path, **more: Any) -> SessionOutcome:
    async def run() -> SessionOutcome:
        return await LiveSession(world.parts(), start(*paths, **more), world.reports.append).run()

    return run_virtual(run())


def test_two_files_make_two_answered_turns(question: Path) -> None:
    world = World(Peer(EnergyVad(silence_ms=500, after_ms=300)))

    outcome = hold(world, question, question)

    assert outcome.problem is None
    turns = [report.record for report in world.of(TurnReport)]
    assert [turn.status for turn in turns] == [TurnStatus.OK, TurnStatus.OK]
    assert [turn.user_transcript for turn in turns] == ["Question 1.", "Question 2."]
    assert [turn.agent_transcript for turn in turns] == ["Hello.", "Hello."]
    assert [turn.input_name for turn in turns] == ["question.wav", "question.wav"]
    assert world.store.recording.closed
    assert world.store.recording.turns == turns


def test_the_breakdown_adds_up_to_voice_to_voice(question: Path) -> None:
    world = World(Peer(EnergyVad(silence_ms=500, after_ms=300)))

    hold(world, question)

    turn = world.of(TurnReport)[0].record
    assert turn.endpointing_ms == pytest.approx(500, abs=21)
    assert turn.server_response_ms == pytest.approx(300, abs=1)
    parts = (
        turn.tx_wait_ms
        + turn.endpointing_ms
        + turn.server_response_ms
        + turn.leading_silence_ms
        + turn.playout_wait_ms
    )
    assert turn.v2v_ms == pytest.approx(parts, abs=1)
    assert turn.excluded_reason is None


def test_the_states_tell_the_conversation(question: Path) -> None:
    world = World(Peer(EnergyVad()))

    hold(world, question)

    assert [report.state for report in world.of(StateReport)] == [
        LiveState.CONNECTING,
        LiveState.LISTENING,
        LiveState.YOU_SPEAK,
        LiveState.THINKING,
        LiveState.MODEL_SPEAKS,
        LiveState.LISTENING,
        LiveState.STOPPING,
        LiveState.STOPPED,
    ]


def test_both_sides_words_are_told(question: Path) -> None:
    world = World(Peer(EnergyVad()))

    hold(world, question)

    final = [(report.speaker, report.text) for report in world.of(TranscriptReport) if report.final]
    assert final == [(Speaker.USER, "Question 1."), (Speaker.MODEL, "Hello.")]


def test_speech_over_a_reply_stops_it_and_says_what_was_heard(tmp_path: Path) -> None:
    both = wav(tmp_path / "both.wav", tone(600), silence(1500), tone(600), silence(100))
    world = World(Peer(EnergyVad(silence_ms=200, after_ms=100, ms=3000)))

    hold(world, both)

    first, second = (report.record for report in world.of(TurnReport))
    assert first.status is TurnStatus.INTERRUPTED
    assert first.heard_ms == pytest.approx(1190, abs=60)
    assert second.status is TurnStatus.OK
    truncated = [m for m in world.peer.sent if m["type"] == "conversation.item.truncate"]
    assert [m["item_id"] for m in truncated] == ["a-r1"]
    assert truncated[0]["audio_end_ms"] == first.truncate_sent_ms == int(first.heard_ms or 0)
    interrupted = [r for r in world.of(TranscriptReport) if r.interrupted]
    assert interrupted[-1].heard_ms == first.heard_ms


def test_a_peer_that_never_answers_makes_a_failed_turn(question: Path) -> None:
    vad = EnergyVad()
    peer = Peer(vad)
    peer.answer = lambda *_args, **_more: None  # type: ignore[method-assign]  # it keeps silent
    world = World(peer)

    hold(world, question, reply_timeout_s=5.0)

    turn = world.of(TurnReport)[0].record
    assert turn.status is TurnStatus.TIMEOUT
    assert turn.error_message == "The model said nothing for 5 s."
    assert turn.v2v_ms is None


def test_speech_that_nobody_notices_makes_a_failed_turn(tmp_path: Path) -> None:
    quiet = wav(tmp_path / "quiet.wav", tone(500, level=0.001))
    world = World(Peer(EnergyVad()))

    hold(world, quiet, reply_timeout_s=5.0)

    turn = world.of(TurnReport)[0].record
    assert turn.status is TurnStatus.TIMEOUT
    assert turn.error_message == "Nothing was recognised as speech in quiet.wav."


def test_a_connection_that_breaks_keeps_the_recording(question: Path) -> None:
    vad = EnergyVad()
    peer = Peer(vad)

    def breaks(*_args: object, **_more: object) -> None:
        peer.put(ConnectionEndedError("Gone (1006).", code=1006, reason="", clean=False), 50)

    peer.answer = breaks  # type: ignore[method-assign]  # it hangs up in place of an answer
    world = World(peer)

    outcome = hold(world, question, conduct=Conduct(guard=Guard(reconnect_attempts=0)))

    assert outcome.problem is not None
    assert outcome.problem.sentence == "Gone (1006)."
    assert world.of(TurnReport)[0].record.status is TurnStatus.ERROR
    assert world.store.recording.closed
    assert world.of(StateReport)[-1].state is LiveState.FAILED


def test_malformed_messages_are_counted_and_the_session_goes_on(question: Path) -> None:
    vad = EnergyVad()

    def react(peer: Peer, message: dict[str, object]) -> None:
        if message["type"] == "session.update":
            peer.put("{nonsense")
            peer.put('{"type": 3}')
            peer.say("a.new.event")
        vad(peer, message)

    world = World(Peer(react))

    outcome = hold(world, question)

    assert outcome.record is not None
    assert outcome.record.counters.protocol_errors == 2
    assert outcome.record.counters.unknown_messages == 1
    assert len(world.of(ProblemReport)) == 1
    assert world.of(TurnReport)[0].record.status is TurnStatus.OK


def test_the_key_is_handed_to_the_store_as_a_secret_and_told_to_nobody(question: Path) -> None:
    world = World(Peer(EnergyVad()))

    outcome = hold(world, question, key="sk-canary-0123456789")

    assert world.peer.key == "sk-canary-0123456789"
    assert world.secrets == ("sk-canary-0123456789",)
    assert "canary" not in repr((world.reports, outcome))


def test_a_reply_longer_than_the_limit_is_no_failure(question: Path) -> None:
    world = World(Peer(EnergyVad(ms=8000)))

    hold(world, question, reply_timeout_s=5.0)

    assert [report.record.status for report in world.of(TurnReport)] == [TurnStatus.OK]


class Stuck(EnergyVad):
    """A peer that says ``last`` of a turn and then nothing more, ever."""

    def __init__(self, last: str) -> None:
        super().__init__(after_ms=100)
        self._last = last
        self._over = False

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        say = peer.say

        def some(kind: str, after_ms: float = 0.0, **fields: Any) -> None:
            if not self._over:
                say(kind, after_ms, **fields)
            self._over = self._over or kind == self._last

        peer.say = some  # type: ignore[method-assign]  # it falls silent
        super().__call__(peer, message)
        peer.say = say  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "last",
    [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "response.created",
        "response.output_audio.delta",
        "response.output_audio_transcript.done",
    ],
)
def test_a_peer_that_falls_silent_anywhere_makes_a_failed_turn(question: Path, last: str) -> None:
    world = World(Peer(Stuck(last)))

    outcome = hold(world, question, reply_timeout_s=5.0)

    assert outcome.problem is None
    assert [report.record.status for report in world.of(TurnReport)] == [TurnStatus.TIMEOUT]
    assert world.of(StateReport)[-1].state is LiveState.STOPPED


def test_settings_that_are_refused_end_the_start_with_the_providers_words(question: Path) -> None:
    def refuse(peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "session.update":
            error = {
                "type": "invalid_request_error",
                "code": "invalid_value",
                "message": "No voice nope.",
                "event_id": message["event_id"],
            }
            peer.say("error", error=error)

    outcome = hold(World(Peer(refuse)), question)

    assert outcome.problem is not None
    assert outcome.problem.sentence == "The provider refused the settings: No voice nope."
    assert outcome.record is not None
    assert outcome.record.state == "failed"

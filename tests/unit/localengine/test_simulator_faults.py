"""Replies that break the order of a turn, as a client gets them."""

import base64
from typing import Any

import pytest

from app.core.serving import Fault, SimulatorSettings
from tests.support.simulating import Simulated, simulate, user

ONE = user((200, 100))


def faulty(fault: Fault, **changes: Any) -> Simulated:
    table: dict[str, Any] = {
        "first_token_ms": 50,
        "first_audio_ms": 100,
        "reply_ms": 300,
        "pace": 1.0,
        "replies": ["One two."],
        "faults": {"1": fault},
    }
    return simulate(SimulatorSettings.parse(table | changes), ONE, then_s=2.0)


def audio_ms(session: Simulated) -> float:
    deltas = [one.event for one in session.came if one.kind == "response.output_audio.delta"]
    return sum(len(base64.b64decode(delta["delta"])) for delta in deltas) / 48


def test_deltas_follow_a_reply_that_is_done_under_its_own_name() -> None:
    session = faulty(Fault.LATE_DELTAS)

    (done_ms,) = session.at_ms("response.done")
    late = [one for one in session.came if one.at_ms > done_ms and one.kind.endswith("delta")]
    response = session.last("response.done")["response"]
    assert [one.kind for one in late] == ["response.output_audio.delta"]
    assert late[0].event["response_id"] == response["id"]
    assert late[0].event["item_id"] == response["output"][0]["id"]
    assert len(base64.b64decode(late[0].event["delta"])) == 250 * 48
    assert response["status"] == "completed"


def test_a_second_reply_begins_and_ends_while_the_first_goes_on() -> None:
    session = faulty(Fault.OVERLAPPING)

    kinds = [kind for kind in session.kinds() if kind in {"response.created", "response.done"}]
    created = [
        one.event["response"]["id"] for one in session.came if one.kind == "response.created"
    ]
    done = [one.event["response"]["id"] for one in session.came if one.kind == "response.done"]
    assert kinds == ["response.created"] * 2 + ["response.done"] * 2
    assert done == created[::-1]
    assert len(set(created)) == 2
    assert audio_ms(session) == 300 + 250


def test_a_whole_reply_may_never_be_done() -> None:
    session = faulty(Fault.NEVER_DONE)

    assert audio_ms(session) == 300
    assert "response.done" not in session.kinds()
    assert "response.output_audio.done" not in session.kinds()


def test_audio_may_have_no_transcript() -> None:
    session = faulty(Fault.NO_TRANSCRIPT)

    assert audio_ms(session) == 300
    assert "response.output_audio_transcript.delta" not in session.kinds()
    assert session.last("response.done")["response"]["status"] == "completed"


def test_a_transcript_may_have_no_audio() -> None:
    session = faulty(Fault.NO_AUDIO)

    assert audio_ms(session) == 0
    assert session.last("response.output_audio_transcript.done")["transcript"] == "One two."
    assert session.last("response.done")["response"]["status"] == "completed"


def test_a_reply_may_be_done_that_was_never_created() -> None:
    session = faulty(Fault.UNCREATED)

    created = {
        one.event["response"]["id"] for one in session.came if one.kind == "response.created"
    }
    done = [one.event["response"]["id"] for one in session.came if one.kind == "response.done"]
    assert len(created) == 1
    assert len(done) == 2
    assert done[0] not in created
    assert audio_ms(session) == 300


@pytest.mark.parametrize(
    "fault",
    [
        Fault.LATE_DELTAS,
        Fault.OVERLAPPING,
        Fault.NO_TRANSCRIPT,
        Fault.NO_AUDIO,
        Fault.UNCREATED,
    ],
)
def test_the_turn_after_a_fault_is_whole(fault: Fault) -> None:
    table = {"first_token_ms": 5, "first_audio_ms": 10, "reply_ms": 50, "faults": {"1": fault}}
    session = simulate(SimulatorSettings.parse(table), user((200, 100), (200, 1200)))

    assert session.last("response.done")["response"]["status"] == "completed"
    assert session.kinds().count("input_audio_buffer.committed") == 2


def test_a_false_end_is_a_whole_turn_and_the_rest_of_the_speech_none() -> None:
    settings = SimulatorSettings.parse(
        {"premature_ms": 155, "first_token_ms": 20, "first_audio_ms": 40, "reply_ms": 200}
    )

    session = simulate(settings, user((600, 100), (300, 500)), then_s=1.0)

    kinds = [kind for kind in session.kinds() if kind.startswith("input_audio_buffer")]
    order = ["speech_started", "speech_stopped", "committed"]
    assert kinds == [f"input_audio_buffer.{kind}" for kind in order * 2]
    assert session.at_ms("input_audio_buffer.speech_stopped") == [260, 1360]
    assert session.at_ms("response.created") == [260, 1360]
    assert session.at_ms("response.output_audio.delta")[0] == 300
    stop = next(one.event for one in session.came if one.kind.endswith("speech_stopped"))
    assert stop["audio_end_ms"] == 255

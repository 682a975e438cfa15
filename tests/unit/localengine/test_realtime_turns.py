"""Turn detection that changes while a session runs, and users who interrupt without end."""

from typing import Any

import pytest

from app.core.serving import SimulatorSettings
from tests.support.simulating import Simulated, simulate, user

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMMITTED = "input_audio_buffer.committed"
DONE = "response.done"
COMMIT = {"type": "input_audio_buffer.commit"}
CREATE = {"type": "response.create"}
CANCEL = {"type": "response.cancel"}
LONG = SimulatorSettings(first_token_ms=50, first_audio_ms=100, reply_ms=2_000, pace=1.0)
"""The user's silence of 100 ms is settled 20 ms later: a frame of 20 ms has to arrive."""

SHORT = SimulatorSettings(first_token_ms=50, first_audio_ms=100, reply_ms=200)


def turns(kind: str | None = "server_vad", **fields: Any) -> dict[str, Any]:
    """An update of turn detection alone; None is push-to-talk."""
    detection = None if kind is None else {"type": kind, **fields}
    audio = {"input": {"turn_detection": detection}}
    return {"type": "session.update", "session": {"type": "realtime", "audio": audio}}


VAD = turns(silence_duration_ms=100)
MANUAL = turns(None)


def of(session: Simulated, *kinds: str) -> list[tuple[str, float]]:
    return [(one.kind, one.at_ms) for one in session.came if one.kind in kinds]


def test_speech_that_nobody_detects_any_more_is_the_clients_to_commit() -> None:
    session = simulate(
        SHORT, user((1_000, 100)), meanwhile={500: MANUAL, 1_500: COMMIT, 1_510: CREATE}
    )

    assert of(session, STARTED, STOPPED, COMMITTED) == [(STARTED, 120), (COMMITTED, 1_500)]
    started, committed = session.last(STARTED), session.last(COMMITTED)
    assert committed["item_id"] == started["item_id"]
    assert session.last("response.done")["response"]["status"] == "completed"


def test_detection_that_comes_back_hears_the_next_speech_from_its_beginning() -> None:
    said = user((600, 100), (300, 500))  # until 700, and from 1200 to 1500

    session = simulate(SHORT, said, meanwhile={400: MANUAL, 900: VAD})

    assert of(session, STARTED, STOPPED, COMMITTED) == [
        (STARTED, 120),
        (STARTED, 1_220),
        (STOPPED, 1_620),
        (COMMITTED, 1_620),
    ]
    assert 880 <= session.last(STARTED)["audio_start_ms"] <= 900


def test_detection_that_comes_back_in_the_middle_of_speech_hears_the_rest() -> None:
    session = simulate(SHORT, user((1_500, 100)), meanwhile={400: MANUAL, 900: VAD})

    assert [kind for kind, _ in of(session, STARTED, STOPPED)] == [STARTED, STARTED, STOPPED]
    assert of(session, STARTED)[1][1] == pytest.approx(920, abs=20)


def test_push_to_talk_during_a_reply_lets_it_finish_whoever_speaks() -> None:
    session = simulate(LONG, user((300, 100), (300, 400)), then_s=3.0, meanwhile={600: MANUAL})

    assert len(session.at_ms(STARTED)) == 1
    assert session.last(DONE)["response"]["status"] == "completed"


def test_a_reply_is_interrupted_again_once_that_is_wanted_again() -> None:
    off = turns(interrupt_response=False, silence_duration_ms=100)
    said = user((300, 100), (100, 500), (100, 500))  # speaks at 100, at 900 and at 1500

    session = simulate(
        LONG,
        said,
        then_s=3.0,
        before=(off,),
        meanwhile={1_200: turns(interrupt_response=True)},
    )

    assert [round(at_ms, -1) for at_ms in session.at_ms(STARTED)] == [120, 920, 1_520]
    first = next(one for one in session.came if one.kind == DONE)
    assert (first.at_ms, first.event["response"]["status"]) == (1_520, "cancelled")


def test_a_turn_is_not_answered_where_the_client_says_so_itself() -> None:
    silent = turns(create_response=False, silence_duration_ms=100)

    session = simulate(SHORT, user((300, 100)), before=(silent,), meanwhile={1_000: CREATE})

    assert of(session, COMMITTED) == [(COMMITTED, 520)]
    assert of(session, "response.created") == [("response.created", 1_000)]


def test_semantic_detection_waits_as_its_eagerness_has_it() -> None:
    session = simulate(
        SHORT,
        user((300, 100), (300, 1_500)),
        before=(turns("semantic_vad", eagerness="high"),),
        meanwhile={1_000: turns("semantic_vad", eagerness="low")},
        then_s=3.0,
    )

    assert session.at_ms(STOPPED) == [820, 3_720]


def idle(**fields: Any) -> dict[str, Any]:
    return turns(silence_duration_ms=100, idle_timeout_ms=5_000, **fields)


TIMED_OUT = "input_audio_buffer.timeout_triggered"


def test_after_silence_of_both_sides_an_empty_turn_is_committed_and_answered() -> None:
    session = simulate(LONG, user((300, 100)), then_s=8.5, before=(idle(),))

    reply_over_ms = 520 + 100 + 2_000
    assert session.at_ms(TIMED_OUT) == [pytest.approx(reply_over_ms + 5_000, abs=2)]
    told = session.last(TIMED_OUT)
    assert (told["audio_start_ms"], told["audio_end_ms"]) == (
        pytest.approx(500, abs=20),
        pytest.approx(reply_over_ms + 5_000, abs=20),
    )
    after = session.kinds()[session.kinds().index(TIMED_OUT) :]
    assert after[1:5] == [
        COMMITTED,
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
    ]
    assert session.last(COMMITTED)["item_id"] == told["item_id"]


def test_a_time_out_that_is_asked_for_in_the_silence_counts_from_its_beginning() -> None:
    session = simulate(LONG, user((300, 100)), then_s=8.5, meanwhile={4_000: idle()})

    assert session.at_ms(TIMED_OUT) == [pytest.approx(2_620 + 5_000, abs=2)]


@pytest.mark.parametrize("other", [MANUAL, turns("semantic_vad"), turns(idle_timeout_ms=None)])
def test_a_time_out_that_is_taken_back_does_not_happen(other: dict[str, Any]) -> None:
    session = simulate(LONG, user((300, 100)), then_s=9, before=(idle(),), meanwhile={4_000: other})

    assert session.at_ms(TIMED_OUT) == []


def test_a_time_out_is_not_answered_where_the_client_answers_itself() -> None:
    session = simulate(
        LONG,
        user((300, 100)),
        then_s=9,
        before=(idle(create_response=False),),
        meanwhile={600: CREATE},
    )

    assert len(session.at_ms(TIMED_OUT)) == 1
    assert len(session.at_ms("response.created")) == 1


def test_twenty_interruptions_in_five_seconds_leave_a_session_that_works() -> None:
    storm = user((300, 100), *[(100, 150)] * 20, (300, 2_000))

    session = simulate(LONG, storm, then_s=4.0)

    ends = [one.event["response"]["status"] for one in session.came if one.kind == DONE]
    begun = session.at_ms("response.created")
    assert len(session.at_ms(STARTED)) == len(session.at_ms(STOPPED)) == 22
    assert len(ends) == len(begun) == 22
    assert ends[-1] == "completed"
    assert set(ends[:-2]) == {"cancelled"}
    assert "error" not in session.kinds()


def test_cancelling_what_does_not_run_any_more_is_told_and_harmless() -> None:
    session = simulate(SHORT, user((300, 100)), meanwhile={2_000: CANCEL, 2_100: CREATE})

    assert session.last("error")["error"]["code"] == "response_cancel_not_active"
    assert session.last(DONE)["response"]["status"] == "completed"

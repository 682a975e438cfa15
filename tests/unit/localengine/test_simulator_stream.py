"""The simulator without turn events: one stream in real time, speech where it is due."""

import base64
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.core.serving import SimulatorSettings
from app.localengine.simulator_stream import Track
from tests.support.serving import append
from tests.support.simulating import UPDATE, Simulated, simulate, user

SETTLED_MS = 420
"""When the audio that settles the end of the first utterance has arrived."""

ONE = user((200, 100))
ALLOWED = {
    "session.created",
    "session.updated",
    "response.output_audio.delta",
    "response.output_audio_transcript.delta",
}


def settings(**changes: Any) -> SimulatorSettings:
    table: dict[str, Any] = {
        "turn_events": False,
        "first_token_ms": 60,
        "first_audio_ms": 150,
        "reply_ms": 300,
        "block_ms": 20,
        "replies": ["One two."],
    }
    return SimulatorSettings.parse(table | changes)


def sound(session: Simulated) -> Samples:
    """Return the whole stream, which begins at 0."""
    deltas = [one.event["delta"] for one in session.came if one.kind.endswith("audio.delta")]
    return np.frombuffer(b"".join(base64.b64decode(delta) for delta in deltas), np.int16)


def spans_ms(samples: Samples) -> list[tuple[float, float]]:
    """Return where it is loud, ms, pauses under 50 ms included."""
    loud = np.flatnonzero(np.abs(samples) > 0)
    if not len(loud):
        return []
    gaps = np.flatnonzero(np.diff(loud) > 50 * 24)
    firsts, lasts = loud[np.r_[0, gaps + 1]], loud[np.r_[gaps, len(loud) - 1]]
    return [
        (round(float(a) / 24, 1), round(float(b + 1) / 24, 1))
        for a, b in zip(firsts, lasts, strict=True)
    ]


def test_audio_flows_in_real_time_from_the_start_under_one_name() -> None:
    session = simulate(settings(), ONE, then_s=1.0)

    deltas = [one for one in session.came if one.kind == "response.output_audio.delta"]
    assert [one.at_ms for one in deltas[:4]] == [0, 20, 40, 60]
    assert len({(one.event["response_id"], one.event["item_id"]) for one in deltas}) == 1
    assert set(session.kinds()) == ALLOWED
    assert {b - a for a, b in itertools.pairwise(one.at_ms for one in deltas)} == {20.0}


def test_speech_lies_exactly_where_it_is_due(tmp_path: Path) -> None:
    session = simulate(settings(leading_silence_ms=80), ONE, then_s=1.0, folder=tmp_path)

    due_ms = SETTLED_MS + 150
    assert spans_ms(sound(session)) == [(due_ms + 80, due_ms + 380)]
    assert session.logged_ms("asked") == [(1, SETTLED_MS, SETTLED_MS)]
    assert session.logged_ms("audio") == [(1, due_ms, due_ms)]
    words = session.at_ms("response.output_audio_transcript.delta")
    assert words == [SETTLED_MS + 60, SETTLED_MS + 80]
    assert session.logged_ms("token")[0] == (1, SETTLED_MS + 60, SETTLED_MS + 60)


def test_a_gap_in_the_delivery_is_silence_in_the_stream() -> None:
    session = simulate(settings(block_ms=100, gaps_ms={"0": 200}), ONE, then_s=1.5)

    assert spans_ms(sound(session)) == [(570, 670), (770, 970)]


def test_an_answer_that_is_late_begins_with_the_next_block(tmp_path: Path) -> None:
    late = settings(first_audio_ms=0, first_token_ms=0, block_ms=100)

    session = simulate(late, ONE, then_s=1.0, folder=tmp_path)

    assert spans_ms(sound(session)) == [(500, 800)]
    assert session.logged_ms("audio") == [(1, SETTLED_MS, 500)]


def test_answers_follow_each_other_and_cycle_through_the_turns() -> None:
    turns = settings(turns=[{"reply_ms": 100}, {"reply_ms": 40, "first_audio_ms": 300}])

    session = simulate(turns, user((200, 100), (200, 700)), then_s=1.0)

    assert spans_ms(sound(session)) == [(570, 670), (1620, 1660)]


@pytest.mark.parametrize(
    ("detect_ms", "stop_ms", "ends_ms"),
    [(0, 0, 940), (150, 60, 1130), (150, 0, 1070), ("never", 0, 3980)],
)
def test_it_gives_way_by_falling_silent(
    detect_ms: float | str, stop_ms: float, ends_ms: float, tmp_path: Path
) -> None:
    """At once is with the block after; never, the next answer follows without a pause."""
    slow = settings(reply_ms=2000, detect_ms=detect_ms, stop_ms=stop_ms)

    session = simulate(slow, user((200, 100), (60, 600)), then_s=3.0, folder=tmp_path)

    assert spans_ms(sound(session))[0] == pytest.approx((570, ends_ms), abs=0.1)
    assert session.logged_ms("onset") == [(1, 920, 920)]
    assert set(session.kinds()) == ALLOWED


def test_what_asks_for_turns_is_refused_and_nonsense_is_refused_as_ever() -> None:
    asked: list[dict[str, Any] | str] = [
        {"type": "response.create", "event_id": "mine"},
        {"type": "input_audio_buffer.commit"},
        {"type": "conversation.item.truncate", "item_id": "x"},
        "not JSON}",
        {"type": "nobody.knows"},
        {"type": 7},
        "[]}",
    ]

    session = simulate(settings(), ONE, before=[UPDATE, *asked])

    errors = [one.event["error"] for one in session.came if one.kind == "error"]
    assert [error["code"] for error in errors[:3]] == ["unsupported_event"] * 3
    assert errors[0]["event_id"] == "mine"
    assert "'response.create'" in errors[0]["message"]
    assert len(errors) == len(asked)
    assert set(session.kinds()) == ALLOWED | {"error"}
    assert len(spans_ms(sound(session))) == 1


def test_before_it_is_configured_nothing_flows_and_nothing_is_heard() -> None:
    session = simulate(settings(), ONE, before=[append(ONE)])

    assert session.kinds() == ["session.created"]


def test_push_to_talk_is_listened_to_as_before() -> None:
    manual = {
        "type": "session.update",
        "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}},
    }

    session = simulate(settings(), ONE, before=[UPDATE, manual])

    assert len(spans_ms(sound(session))) == 1


# --- the track -------------------------------------------------------------------------------

TONE = np.full(5, 7, np.int16)


def test_a_track_is_silent_but_for_what_was_put_on_it() -> None:
    track = Track()

    assert track.put(3, TONE) == 3
    assert track.end == 8
    assert list(track.take(0, 4)) == [0, 0, 0, 7]
    assert list(track.take(4, 6)) == [7, 7, 7, 7, 0, 0]
    assert track.end == 0


def test_what_overlaps_on_a_track_comes_one_after_the_other() -> None:
    track = Track()
    track.put(2, TONE)

    assert track.put(4, TONE) == 7
    assert list(track.take(0, 13)) == [0, 0, *[7] * 10, 0]


def test_a_track_can_be_cut() -> None:
    track = Track()
    track.put(2, TONE)
    track.put(9, TONE)
    track.cut(4)

    assert list(track.take(0, 16)) == [0, 0, 7, 7, *[0] * 12]

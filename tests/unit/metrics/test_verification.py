from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.core.records import TurnRecord, TurnStatus
from app.metrics import verification as told
from app.metrics.outcomes import SpeechSpan, Verification
from app.metrics.verification import Recorded, is_borne_out, tolerance_ms, verify
from tests.unit.metrics.test_conversation import mask

T0 = Nanoseconds(5_000_000_000)


def at(seconds: float | None) -> Nanoseconds | None:
    return None if seconds is None else Nanoseconds(T0 + round(seconds * 1e9))


def turn(
    turn_id: int,
    u_off_s: float | None = None,
    audible_s: float | None = None,
    **more: Any,
) -> TurnRecord:
    known = u_off_s is not None and audible_s is not None
    v2v = round((audible_s - u_off_s) * 1000, 3) if u_off_s and audible_s and known else None
    values: dict[str, Any] = {
        "turn_id": turn_id,
        "status": TurnStatus.OK,
        "u_off_ns": at(u_off_s),
        "audible_ns": at(audible_s),
        "v2v_ms": v2v,
        "speech_end_method": SpeechEndMethod.ANNOTATED,
    }
    return TurnRecord(**{**values, **more})


def verified(
    user: list[SpeechSpan],
    agent: list[SpeechSpan],
    turns: Sequence[TurnRecord],
    duration_s: float = 100,
) -> Verification:
    recorded = Recorded(
        user=user, agent=agent, duration_ms=duration_s * 1000, t0_ns=T0, merge_gap_ms=200
    )
    return verify(recorded, turns)


def rows(result: Verification) -> list[tuple[int | None, float | None, float | None, str]]:
    """Return each row's turn, voice to voice, difference and reason."""
    return [(row.turn_id, _whole(row.v2v_ms), _whole(row.difference_ms), row.reason)
            for row in result.turns]  # fmt: skip


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


TWO = (mask(1, 2, 6, 7), mask(2.5, 4, 7.8, 9))

CASES: dict[str, tuple[tuple[list[SpeechSpan], list[SpeechSpan]], list[TurnRecord], list[Any]]] = {
    "nothing at all": ((mask(), mask()), [], []),
    "an empty recording": ((mask(), mask()), [turn(1, 2, 2.5)], [(1, None, None, "")]),
    "only the user": (
        (mask(1, 2), mask()),
        [turn(1, 2, 2.5)],
        [(None, None, None, told.NO_ANSWER), (1, None, None, "")],
    ),
    "only the agent": (
        (mask(), mask(2.5, 4)),
        [turn(1, 2, 2.5)],
        [(None, None, None, told.SPOKE_FIRST), (1, None, None, "")],
    ),
    "as it was": (TWO, [turn(1, 2, 2.5), turn(2, 7, 7.8)], [(1, 500, 0, ""), (2, 800, 0, "")]),
    "off by a little": (
        TWO,
        [turn(1, 2, 2.503), turn(2, 7.002, 7.8)],
        [(1, 500, 3, ""), (2, 800, -2, "")],
    ),
    "the wrong figure": (
        TWO,
        [turn(1, 2, 2.5, v2v_ms=530.0), turn(2, 7, 7.8)],
        [(1, 500, 30, ""), (2, 800, 0, "")],
    ),
    "a turn that the live session missed": (
        TWO,
        [turn(1, 2, 2.5)],
        [(1, 500, 0, ""), (None, 800, None, "")],
    ),
    "a turn that never was": (
        TWO,
        [turn(1, 2, 2.5), turn(2, 7, 7.8), turn(3, 20, 21)],
        [(1, 500, 0, ""), (2, 800, 0, ""), (3, None, None, "")],
    ),
    "the same answer counted twice": (
        TWO,
        [turn(1, 2, 2.5), turn(2, 7, 7.8), turn(3, 7, 7.81)],
        [(1, 500, 0, ""), (2, 800, 0, ""), (3, None, None, "")],
    ),
    "a reply that was cut off at once": (
        TWO,
        [turn(1, 2, 2.4, audible_end_ns=at(2.459)), turn(2, 7, 7.8, audible_end_ns=at(7.86))],
        [(None, 500, None, ""), (2, 800, 0, ""), (1, None, None, told.TOO_SHORT)],
    ),
    "the surest turn chooses first": (
        TWO,
        [turn(1, 2, 7.4), turn(2, 7, 7.8)],
        [(None, 500, None, ""), (2, 800, 0, ""), (1, None, None, "")],
    ),
    "no turns": (TWO, [], [(None, 500, None, told.NO_TURNS), (None, 800, None, told.NO_TURNS)]),
    "a premature answer": (
        (mask(1, 4), mask(3.8, 6)),
        [turn(1, 4, 3.8)],
        [(1, -200, 0, "")],
    ),
    "later speech of the answer is not its beginning": (
        (mask(1, 2), mask(2.5, 3, 3.4, 5)),
        [turn(1, 2, 3.4)],
        [(1, 500, 900, "")],
    ),
    "unless another turn has that": (
        (mask(1, 2), mask(2.5, 3, 6.4, 8)),
        [turn(1, 2, 2.5), turn(2, 2, 6.4)],
        [(1, 500, 0, ""), (2, 4400, 0, "")],
    ),
    "an answer that was cut short, and the next": (
        (mask(1, 2, 2.7, 4), mask(3.2, 3.5, 4.6, 6)),
        [turn(1, 2, 3.2), turn(2, 4, 4.6)],
        [(1, 1200, 0, told.EARLIER_ANSWER), (2, 600, 0, "")],
    ),
    "cut short, and nothing followed": (
        (mask(1, 2, 2.7, 4), mask(3.2, 3.5)),
        [turn(1, 2, 3.2)],
        [(1, 1200, 0, told.EARLIER_PAUSE)],
    ),
    "counted from an earlier pause": (
        (mask(1, 2, 2.7, 3), mask(3.2, 5)),
        [turn(1, 2, 3.2)],
        [(1, 1200, 0, told.EARLIER_PAUSE)],
    ),
    "the user waited in vain": (
        (mask(1, 2, 6, 7), mask(7.5, 9)),
        [turn(1, 7, 7.5)],
        [(None, None, None, told.SPOKE_AGAIN), (1, 500, 0, "")],
    ),
    "the agent greeted": (
        (mask(5, 6), mask(1, 2, 6.5, 8)),
        [turn(1, 6, 6.5)],
        [(None, None, None, told.SPOKE_FIRST), (1, 500, 0, "")],
    ),
    "the agent went on after a cough": (
        (mask(1, 2, 4, 4.1), mask(2.5, 4, 4.3, 6)),
        [turn(1, 2, 2.5)],
        [(1, 500, 0, ""), (None, 200, None, told.WENT_ON)],
    ),
    "a typed turn": (
        (mask(1, 2), mask(2.5, 4, 9, 10)),
        [turn(1, 2, 2.5), turn(2, None, 9)],
        [(1, 500, 0, ""), (2, None, None, told.NO_SPEECH_END)],
    ),
    "a turn that failed": (
        (mask(1, 2, 6, 7), mask(2.5, 4)),
        [turn(1, 2, 2.5), turn(2, 7, status=TurnStatus.TIMEOUT)],
        [(1, 500, 0, ""), (2, None, None, "the turn failed: timeout")],
    ),
    "a turn that was given up too early": (
        TWO,
        [turn(1, 2, 2.5), turn(2, 7, status=TurnStatus.ERROR, error_type="server_error")],
        [(1, 500, 0, ""), (2, 800, None, "the turn failed: server_error")],
    ),
    "a reply without sound": (
        (mask(1, 2), mask()),
        [turn(1, 2)],
        [(1, None, None, told.NOT_AUDIBLE)],
    ),
    "a reply whose question nobody heard": (
        (mask(), mask(3, 4)),
        [turn(1, None, 3)],
        [(1, None, None, told.NO_SPEECH_END)],
    ),
    "a reply that matches neither": (
        (mask(1, 2), mask(3, 4)),
        [turn(1, None, 9)],
        [(None, 1000, None, ""), (1, None, None, told.NO_SPEECH_END)],
    ),
    "an excluded turn": (
        TWO,
        [turn(1, 2, 2.5), turn(2, 7, 7.9, excluded_reason="xrun")],
        [(1, 500, 0, ""), (2, 800, 100, "excluded: xrun")],
    ),
}


@pytest.mark.parametrize(("sides", "turns", "found"), CASES.values(), ids=CASES.keys())
def test_the_recording_beside_the_live_turns(
    sides: tuple[list[SpeechSpan], list[SpeechSpan]], turns: list[TurnRecord], found: list[Any]
) -> None:
    assert rows(verified(*sides, turns)) == found


@pytest.mark.parametrize(
    ("case", "borne_out"),
    [
        ("nothing at all", True),
        ("as it was", True),
        ("off by a little", True),
        ("the wrong figure", False),
        ("a turn that the live session missed", False),
        ("a turn that never was", False),
        ("no turns", True),
        ("an excluded turn", True),
        ("the agent went on after a cough", True),
        ("later speech of the answer is not its beginning", False),
    ],
)
def test_what_is_not_explained_or_off_disproves(case: str, *, borne_out: bool) -> None:
    sides, turns, _ = CASES[case]

    assert is_borne_out(verified(*sides, turns), 10.0) is borne_out


def test_a_recording_that_ends_early_is_a_reason() -> None:
    result = verified(*TWO, [turn(1, 2, 2.5), turn(2, 7, 7.8), turn(3, 20, 21)], duration_s=15)

    assert rows(result)[-1] == (3, None, None, told.ENDS_BEFORE)
    assert is_borne_out(result, 10.0)


def many(n: int, *differences_ms: float) -> Verification:
    """Return a session of ``n`` turns whose last figures are off."""
    off = [0.0] * (n - len(differences_ms)) + list(differences_ms)
    user = mask(*(bound for i in range(n) for bound in (10.0 * i + 1, 10.0 * i + 2)))
    agent = mask(*(bound for i in range(n) for bound in (10.0 * i + 3, 10.0 * i + 5)))
    turns = [turn(i, 10.0 * i + 2, 10.0 * i + 3, v2v_ms=1000 + each) for i, each in enumerate(off)]
    return verified(user, agent, turns, duration_s=10 * n + 10)


def test_under_twenty_turns_the_largest_difference_decides() -> None:
    result = many(19, -4.0, 12.0)

    assert (result.matched_n, result.v2v_p50_ms) == (19, 1000)
    assert (result.difference_p50_ms, result.difference_abs_p95_ms) == (0, 12)
    assert result.difference_max_ms == 12
    assert not is_borne_out(result, 10.0)


def test_from_twenty_on_the_95th_percentile_does() -> None:
    result = many(40, 12.0)

    assert result.difference_max_ms == 12
    assert result.difference_abs_p95_ms == pytest.approx(0, abs=0.5)
    assert is_borne_out(result, 10.0)


def test_the_sign_is_live_less_recording() -> None:
    assert many(3, -5.0, -6.0, -7.0).difference_p50_ms == -6


def test_a_detectors_spread_widens_what_is_tolerated() -> None:
    annotated = turn(1, 2, 2.5)
    heard = replace(annotated, speech_end_method=SpeechEndMethod.SILERO)

    assert tolerance_ms([]) == tolerance_ms([annotated]) == 10
    assert tolerance_ms([annotated, heard]) == 60
    assert tolerance_ms([annotated, replace(heard, v2v_ms=None)]) == 10


def test_the_conversation_has_words_and_detections_where_they_are_known() -> None:
    turns = [
        turn(1, 2, 2.5, user_transcript="what time is it", vad_on_ns=at(1.1)),
        turn(2, 7, 7.8, agent_transcript="half past nine", vad_on_ns=at(8.5)),
    ]

    figures = verified(*TWO, turns).conversation

    assert figures.user_wpm == pytest.approx(4 / (2 / 60))
    assert figures.agent_wpm == pytest.approx(3 / (2.7 / 60))
    assert figures.self_interruptions_n == 1


SAID = "one two three four five six seven eight"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, 8),
        ({"heard_ms": 500.0, "audio_out_ms": 2000.0}, 8),
        ({"interrupted_ns": at(8), "heard_ms": 500.0, "audio_out_ms": 2000.0}, 2),
        ({"interrupted_ns": at(8), "heard_ms": 2100.0, "audio_out_ms": 2000.0}, 8),
        ({"interrupted_ns": at(8), "heard_ms": 0.0, "audio_out_ms": 2000.0}, 0),
        ({"status": TurnStatus.INTERRUPTED, "heard_ms": 500.0, "audio_out_ms": 1000.0}, 4),
        ({"status": TurnStatus.INTERRUPTED, "heard_ms": None, "audio_out_ms": 1000.0}, None),
        ({"status": TurnStatus.INTERRUPTED, "heard_ms": 500.0, "audio_out_ms": None}, None),
        ({"status": TurnStatus.INTERRUPTED, "heard_ms": 0.0, "audio_out_ms": 0.0}, None),
    ],
)
def test_of_an_interrupted_reply_the_words_that_were_heard_count(
    more: dict[str, Any], words: float | None
) -> None:
    turns = [turn(1, 2, 2.5), turn(2, 7, 7.8, agent_transcript=SAID, **more)]

    figures = verified(*TWO, turns).conversation

    expected = None if words is None else pytest.approx(words / (2.7 / 60))
    assert figures.agent_wpm == expected


def test_an_open_microphone_says_nothing_of_echoes() -> None:
    heard = turn(1, 2, 2.5, speech_end_method=SpeechEndMethod.ENERGY, vad_on_ns=at(3))

    figures = verified(*TWO, [heard]).conversation

    assert figures.self_interruptions_n is None
    assert figures.user_wpm is figures.agent_wpm is None


def test_a_later_beginning_changes_nothing() -> None:
    sides, _, found = CASES["an answer that was cut short, and the next"]
    moved = [[SpeechSpan(s.start_ms + 60_000, s.end_ms + 60_000) for s in side] for side in sides]
    later = [turn(1, 62, 63.2), turn(2, 64, 64.6)]

    assert rows(verified(moved[0], moved[1], later)) == found


@pytest.mark.parametrize(
    ("turns", "complete", "reason", "borne_out"),
    [
        ([turn(1, 2, 2.5)], True, "", False),
        ([turn(1, 2, 2.5)], False, told.BROKEN_OFF, True),
        ([turn(2, 7, 7.8)], False, "", False),
    ],
    ids=["a whole session", "one that was killed", "a turn before its last"],
)
def test_a_turn_that_nobody_lived_to_tell_of_disproves_nothing(
    turns: list[TurnRecord],
    complete: bool,  # noqa: FBT001 - a table
    reason: str,
    borne_out: bool,  # noqa: FBT001 - a table
) -> None:
    user, agent = TWO
    recorded = Recorded(
        user=user, agent=agent, duration_ms=100_000, t0_ns=T0, merge_gap_ms=200, complete=complete
    )

    result = verify(recorded, turns)

    (left,) = (row for row in result.turns if row.turn_id is None)
    assert (left.reason, is_borne_out(result, 10)) == (reason, borne_out)

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.ports.store import StoredSession
from app.core.records import ConnectTiming
from app.metrics.comparison_pairs import Choice, Design, choose, turns_of
from app.metrics.comparison_warnings import warnings_of
from tests.support.comparing import failed, session, turn


def told(
    first: Sequence[StoredSession],
    second: Sequence[StoredSession],
    *,
    design: Design = Design.INTERLEAVED,
    pairs: int = 20,
    choice: Choice | None = None,
) -> tuple[str, ...]:
    return warnings_of(
        first,
        second,
        names=("A", "B"),
        design=design,
        pairs=pairs,
        choice=choice or choose((turns_of(first), turns_of(second))),
    )


def made(model: str = "a", *turns: Any, **more: Any) -> StoredSession:
    return session(model, *(turns or (turn(2, 500.0),)), **more)


def test_a_clean_comparison_has_no_warnings() -> None:
    assert told([made("a")], [made("b")]) == ()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {"settings": SessionSettings(voice="marin")},
            "The voice differs: not set for A and marin for B.",
        ),
        (
            {"settings": SessionSettings(turn_detection=TurnDetection(silence_ms=200))},
            "The silence that ends a turn, ms, differs: 500 for A and 200 for B.",
        ),
        (
            {"settings": SessionSettings(turn_detection=TurnDetection(mode=VadMode.SEMANTIC))},
            "Who ends the turns differs: server_vad for A and semantic_vad for B.",
        ),
        ({"input_name": "USB\x1b[2J"}, "The input differs: silence for A and USB [2J for B."),
        ({"output_name": "DAC"}, "The output differs: null for A and DAC for B."),
        ({"machine": {"system": "Plan 9"}}, "The system differs: not set for A and Plan 9 for B."),
        ({"app_version": "9"}, "The program's version differs: 0.1.0 for A and 9 for B."),
        (
            {"settings": SessionSettings(instructions="x" * 90)},
            f"The instructions differs: not set for A and {'x' * 80}\N{HORIZONTAL ELLIPSIS} for B.",
        ),
        (
            {
                "effective_settings": {
                    "audio": {
                        "input": {"format": {"type": "audio/pcm"}},
                        "output": {"format": {"type": "audio/pcmu"}},
                    }
                }
            },
            "The audio format differs: not set for A and audio/pcm in, audio/pcmu for B.",
        ),
        (
            {"effective_settings": {"input_audio_format": "pcm16", "audio": 5}},
            "The audio format differs: not set for A and pcm16 for B.",
        ),
        (
            {"effective_settings": {"audio": {"input": {"format": None}, "output": "odd"}}},
            None,
        ),
    ],
)
def test_settings_that_differ_are_told(more: dict[str, Any], sentence: str | None) -> None:
    assert told([made("a")], [made("b", **more)]) == (() if sentence is None else (sentence,))


def test_a_side_of_mixed_settings_tells_the_first_three() -> None:
    mixed = [made("b", minute=k, input_name=f"mic {k}") for k in range(5)]

    assert told([made("a")], mixed) == (
        "The input differs: silence for A and mic 0, mic 1, mic 2 and 2 more for B.",
    )


@pytest.mark.parametrize(
    ("one", "other", "warns"),
    [
        ((20.0, 22.0, 24.0), (21.0,), False),
        ((20.0,), (60.0,), True),
        ((60.0,), (20.0,), True),
        ((1.0,), (5.0,), False),
        ((100.0,), (112.0,), False),
        ((), (60.0,), False),
    ],
)
def test_networks_that_differ_are_told(
    one: tuple[float, ...], other: tuple[float, ...], warns: object
) -> None:
    found = told([made("a", rtts_ms=one)], [made("b", rtts_ms=other)])

    assert any("networks differ" in each for each in found) is warns


def test_cold_connections_of_one_side_are_told() -> None:
    cold, warm = (ConnectTiming(tcp_ms=1.0, cold=each) for each in (True, False))

    assert told([made("a", connect=cold)], [made("b", connect=cold)]) == ()
    assert told([made("a", connect=cold)], [made("b", connect=warm)]) == (
        "Connections were cold in 1 of 1 sessions for A and in 0 of 1 sessions for B.",
    )


def test_a_design_that_drift_can_spoil_is_told_first() -> None:
    found = told([made("a")], [made("b")], design=Design.IN_SEQUENCE, pairs=1)

    assert found[0].startswith("The sides were measured one after the other")
    assert "23 to 74 of 100" in found[0]
    assert found[1] == "There is only 1 pair: below 20, only large differences show."


def test_unpaired_sides_are_told_unless_a_side_is_empty() -> None:
    unpaired = told([made("a")], [made("b")], design=Design.UNPAIRED, pairs=0)
    empty = told([made("a")], [session("b")], design=Design.UNPAIRED, pairs=0)

    assert len(unpaired) == 1
    assert "compared unpaired" in unpaired[0]
    assert empty == ("B has no turns.",)


def test_odd_sides_are_told() -> None:
    first = [
        made("a", minute=1, state="failed", odd=("turns.csv was cut short.",)),
        made("c", minute=2),
    ]
    same = replace(made("b"), record=first[0].record)

    assert told(first, [same]) == (
        "On both sides at once: a-1.",
        "A holds sessions of 2 models.",
        "1 session of A never got as far as a conversation.",
        "A, session a-1: turns.csv was cut short.",
        "1 session of B never got as far as a conversation.",
    )


def test_turns_that_something_spoilt_are_told() -> None:
    spoilt = [turn(k, excluded_reason=why) for k, why in enumerate(("xrun", "xrun", "breakdown"))]
    first = made("a", *spoilt, turn(5, client_limited="loop_lag"))

    assert told([first], [made("b")]) == (
        "Turns left out of the latencies: 2 for xrun, 1 for breakdown.",
        "Our own side may have spoilt 1 of 4 turns of A and 0 of 1 of B; they are counted.",
    )


def test_first_turns_and_tool_turns_are_told_apart_or_said_to_be_among_the_figures() -> None:
    first = made("a", turn(1, 900.0, is_first_turn=True), turn(2, has_tool=True), failed(3))
    second = made("b", turn(1, 800.0, is_first_turn=True), turn(2, 500.0))

    assert told([first], [second]) == (
        (
            "First turns are among the figures, for want of others: 1 of A (voice to voice 900 ms) "
            "and 1 of B (voice to voice 800 ms)."
        ),
        "Tool turns are left out of the figures: 1 of A and 0 of B.",
    )

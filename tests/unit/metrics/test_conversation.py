from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.metrics.conversation import Words, conversation, turns_of
from app.metrics.outcomes import SpeechSpan


def mask(*bounds_s: float) -> list[SpeechSpan]:
    """Return spans from pairs of seconds."""
    at = [bound * 1000 for bound in bounds_s]
    return [SpeechSpan(start, end) for start, end in zip(at[::2], at[1::2], strict=True)]


TURNS: dict[str, tuple[list[SpeechSpan], list[SpeechSpan], list[int]]] = {
    "none": (mask(), mask(), []),
    "a pause is inside": (mask(0, 1, 3, 4), mask(), [2]),
    "2 s part": (mask(0, 1, 3.1, 4), mask(), [1, 1]),
    "the other side parts": (mask(0, 1, 2, 3), mask(1.2, 1.8), [1, 1]),
    "also when it began before": (mask(0, 1, 2, 3), mask(0.5, 1.5), [1, 1]),
    "not inside a span": (mask(0, 1, 2, 3), mask(0.2, 0.8), [2]),
    "not before or after": (mask(5, 6, 7, 8), mask(0, 1, 9, 10), [2]),
}


@pytest.mark.parametrize(("own", "other", "sizes"), TURNS.values(), ids=TURNS.keys())
def test_turns_are_parted_by_silence_and_by_the_other_side(
    own: list[SpeechSpan], other: list[SpeechSpan], sizes: list[int]
) -> None:
    assert [len(turn.spans) for turn in turns_of(own, other)] == sizes


NOTHING: dict[str, Any] = {
    "response_rate": None,
    "response_n": 0,
    "takeover_rate": None,
    "overlap_ms": 0,
    "overlap_longest_ms": 0,
    "overlap_share": None,
    "overlap_by_agent_ms": 0,
    "fto_p50_ms": None,
    "fto_n": 0,
    "dead_air_n": 0,
    "dead_air_ms": 0,
    "talk_ratio": None,
    "user_speech_ms": 0,
    "agent_speech_ms": 0,
    "user_wpm": None,
    "agent_wpm": None,
    "user_turn_p50_ms": None,
    "agent_turn_p50_ms": None,
    "pauses_n": 0,
    "backchannels_n": 0,
    "backchannels_per_min": None,
    "spurious_n": 0,
    "interruptions_n": 0,
    "yielded_n": 0,
    "yield_rate": None,
    "yield_p50_ms": None,
    "self_interruptions_n": None,
}


def regular(user: Sequence[float], agent: Sequence[float], *, times: int, every_s: float) -> Any:
    """Return figures of the same exchange over and over."""
    shift = [every_s * number for number in range(times)]
    return conversation(
        mask(*(at + each for each in shift for at in user)),
        mask(*(at + each for each in shift for at in agent)),
    )


GOLDEN: dict[str, tuple[list[SpeechSpan], list[SpeechSpan], dict[str, Any]]] = {
    "nobody": (mask(), mask(), NOTHING),
    "only the user": (
        mask(1, 2, 2.5, 3),
        mask(),
        {"response_n": 1, "user_speech_ms": 1500, "user_turn_p50_ms": 2000, "pauses_n": 1}
        | {"talk_ratio": 0},
    ),
    "only the agent": (
        mask(),
        mask(1, 2),
        {"agent_speech_ms": 1000, "agent_turn_p50_ms": 1000, "talk_ratio": 1, "overlap_share": 0},
    ),
    "a question and its answer": (
        mask(0, 2),
        mask(2.6, 4.6),
        {"response_n": 1, "fto_p50_ms": 600, "fto_n": 1, "talk_ratio": 0.5}
        | {"user_speech_ms": 2000, "agent_speech_ms": 2000, "overlap_share": 0}
        | {"user_turn_p50_ms": 2000, "agent_turn_p50_ms": 2000},
    ),
    "the agent does not wait": (
        mask(0, 2),
        mask(1.5, 4),
        {"response_n": 1, "fto_p50_ms": -500, "fto_n": 1, "talk_ratio": 2.5 / 4.5}
        | {"overlap_ms": 500, "overlap_longest_ms": 500, "overlap_by_agent_ms": 500}
        | {"overlap_share": 0.2, "user_speech_ms": 2000, "agent_speech_ms": 2500}
        | {"user_turn_p50_ms": 2000, "agent_turn_p50_ms": 2500},
    ),
    "the user interrupts and the agent yields": (
        mask(0, 1, 4, 6),
        mask(2, 4.4, 6.5, 8),
        {"response_n": 2, "fto_p50_ms": 750, "fto_n": 2, "talk_ratio": 3.9 / 6.9}
        | {"overlap_ms": 400, "overlap_longest_ms": 400, "overlap_share": 0.4 / 3.9}
        | {"interruptions_n": 1, "yielded_n": 1, "yield_p50_ms": 400}
        | {"user_speech_ms": 3000, "agent_speech_ms": 3900}
        | {"user_turn_p50_ms": 1500, "agent_turn_p50_ms": 1950},
    ),
    "the agent talks the user down": (
        mask(0, 1, 4, 5),
        mask(2, 7),
        {"response_n": 2, "fto_p50_ms": 1000, "fto_n": 1, "talk_ratio": 5 / 7}
        | {"overlap_ms": 1000, "overlap_longest_ms": 1000, "overlap_share": 0.2}
        | {"interruptions_n": 1, "user_speech_ms": 2000, "agent_speech_ms": 5000}
        | {"user_turn_p50_ms": 1000, "agent_turn_p50_ms": 5000},
    ),
    "a backchannel": (
        mask(0, 4),
        mask(2, 2.4, 5, 7),
        {"response_n": 1, "fto_p50_ms": 1000, "fto_n": 1, "backchannels_n": 1}
        | {"talk_ratio": 2.4 / 6.4, "overlap_ms": 400, "overlap_longest_ms": 400}
        | {"overlap_by_agent_ms": 400, "overlap_share": 0.4 / 2.4}
        | {"user_speech_ms": 4000, "agent_speech_ms": 2400}
        | {"user_turn_p50_ms": 4000, "agent_turn_p50_ms": 1200},
    ),
    "dead air": (
        mask(0, 1),
        mask(4, 5, 8, 9),
        {"response_n": 1, "fto_p50_ms": 3000, "fto_n": 1, "dead_air_n": 2, "dead_air_ms": 6000}
        | {"talk_ratio": 2 / 3, "user_speech_ms": 1000, "agent_speech_ms": 2000}
        | {"overlap_share": 0, "user_turn_p50_ms": 1000, "agent_turn_p50_ms": 1000},
    ),
    "an answer too late to be one, out of nowhere": (
        mask(0, 1),
        mask(12, 13),
        {"response_n": 1, "dead_air_n": 1, "dead_air_ms": 11_000, "spurious_n": 1}
        | {"talk_ratio": 0.5, "user_speech_ms": 1000, "agent_speech_ms": 1000}
        | {"overlap_share": 0, "user_turn_p50_ms": 1000, "agent_turn_p50_ms": 1000},
    ),
    "a long story is not out of nowhere": (
        mask(0, 1),
        mask(2, 11, 14, 15),
        {"response_n": 1, "fto_p50_ms": 1000, "fto_n": 1, "dead_air_n": 1, "dead_air_ms": 3000}
        | {"talk_ratio": 10 / 11, "user_speech_ms": 1000, "agent_speech_ms": 10_000}
        | {"overlap_share": 0, "user_turn_p50_ms": 1000, "agent_turn_p50_ms": 5000},
    ),
    "nobody answers before the user speaks again": (
        mask(0, 1, 4, 5),
        mask(6, 6.5),
        {"response_n": 2, "fto_p50_ms": 1000, "fto_n": 1, "dead_air_n": 1, "dead_air_ms": 3000}
        | {"talk_ratio": 0.2, "user_speech_ms": 2000, "agent_speech_ms": 500}
        | {"overlap_share": 0, "user_turn_p50_ms": 1000, "agent_turn_p50_ms": 500},
    ),
}


@pytest.mark.parametrize(("user", "agent", "told"), GOLDEN.values(), ids=GOLDEN.keys())
def test_figures_of_a_conversation(
    user: list[SpeechSpan], agent: list[SpeechSpan], told: dict[str, Any]
) -> None:
    assert asdict(conversation(user, agent)) == pytest.approx({**NOTHING, **told})


@pytest.mark.parametrize(("times", "shown"), [(9, None), (10, 1.0)])
def test_rates_need_ten_events(times: int, shown: float | None) -> None:
    figures = regular((0, 2, 4, 5), (2.5, 4.2, 6, 8), times=times // 2 + times % 2, every_s=20)
    held = regular((0, 2), (2.5, 4), times=times, every_s=20)
    chatty = regular((0, 10), (3, 3.5), times=times, every_s=20)

    assert held.response_rate == held.takeover_rate == shown
    assert figures.yielded_n == figures.interruptions_n == times // 2 + times % 2
    assert chatty.backchannels_n == times
    assert chatty.backchannels_per_min == (None if shown is None else 6.0)


def test_a_yield_rate_counts_those_who_fell_silent() -> None:
    figures = regular((0, 1, 3, 4), (2, 3.5, 10, 12), times=10, every_s=30)

    assert (figures.interruptions_n, figures.yield_rate, figures.yield_p50_ms) == (10, 1.0, 500)


def test_words_are_counted_a_minute_of_speech() -> None:
    figures = conversation(mask(0, 30), mask(31, 91), words=Words(user=60, agent=150))

    assert (figures.user_wpm, figures.agent_wpm) == (120, 150)
    assert conversation(mask(), mask(), words=Words(user=3)).user_wpm is None


def test_a_detection_without_the_user_while_the_agent_speaks_is_an_echo() -> None:
    detections = [500.0, 3_500.0, 5_500.0, 9_000.0]

    figures = conversation(mask(0, 1, 5, 6), mask(2, 5.8), detections_ms=detections)

    assert figures.self_interruptions_n == 1


@given(
    st.lists(st.floats(0, 100), min_size=0, max_size=20, unique=True),
    st.lists(st.floats(0, 100), min_size=0, max_size=20, unique=True),
    st.floats(0, 1000),
)
def test_a_later_beginning_changes_nothing(
    user: list[float], agent: list[float], shift_s: float
) -> None:
    # eighths of a second are exact: what lies on a threshold stays on it
    sides = [
        sorted(round(at * 8) / 8 for at in side)[: len(side) // 2 * 2] for side in (user, agent)
    ]
    shift = round(shift_s)

    first = conversation(*(mask(*side) for side in sides))
    later = conversation(*(mask(*(at + shift for at in side)) for side in sides))

    assert asdict(first) == pytest.approx(asdict(later), abs=1e-3)

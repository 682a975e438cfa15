import pytest

from app.session.messages import MarkKind, SpanKind
from app.ui.vm.lanes_words import (
    MARK_NAMES,
    MARK_SHORT,
    SPAN_NAMES,
    TICK_STEPS_MS,
    instant,
    length,
    tick_step,
    ticks,
)


@pytest.mark.parametrize("kind", list(MarkKind))
def test_every_mark_has_a_name_and_a_short_word_of_its_own(kind: MarkKind) -> None:
    assert MARK_NAMES[kind]
    assert list(MARK_SHORT.values()).count(MARK_SHORT[kind]) == 1


@pytest.mark.parametrize("kind", list(SpanKind))
def test_every_span_has_a_name(kind: SpanKind) -> None:
    assert SPAN_NAMES[kind]


@pytest.mark.parametrize(
    ("at_ms", "decimals", "words"),
    [
        (0.0, 3, "00:00.000"),
        (54_060.0, 3, "00:54.060"),
        (54_069.9, 2, "00:54.06"),
        (300.0, 1, "00:00.3"),
        (59_999.6, 3, "00:59.999"),
        (3_600_000.0, 0, "1:00:00"),
        (-5.0, 3, "00:00.000"),
    ],
)
def test_an_instant_is_minutes_seconds_and_a_part(at_ms: float, decimals: int, words: str) -> None:
    assert instant(at_ms, decimals) == words


@pytest.mark.parametrize(
    ("value_ms", "words"),
    [
        (612.4, "612\N{THIN SPACE}ms"),
        (-35.0, "\N{MINUS SIGN}35.0\N{THIN SPACE}ms"),
        (12_340.0, "12.3\N{THIN SPACE}s"),
        (75_000.0, "01:15"),
        (-75_000.0, "\N{MINUS SIGN}01:15"),
    ],
)
def test_a_length_keeps_its_sign(value_ms: float, words: str) -> None:
    assert length(value_ms) == words


@pytest.mark.parametrize(
    ("shortest_ms", "step_ms"), [(0.1, 10), (11, 20), (1_001, 2_000), (1e12, TICK_STEPS_MS[-1])]
)
def test_ticks_stand_at_round_times(shortest_ms: float, step_ms: float) -> None:
    assert tick_step(shortest_ms) == step_ms


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "step_ms", "words"),
    [
        (47_000, 47_025, 10, ["00:47.00", "00:47.01", "00:47.02"]),
        (55_100, 55_500, 200, ["00:55.2", "00:55.4"]),
        (1_500, 3_500, 1_000, ["00:02", "00:03"]),
        (3_500_000, 7_300_000, 3_600_000, ["1:00:00", "2:00:00"]),
    ],
)
def test_ticks_say_no_more_digits_than_their_step_has(
    start_ms: float, end_ms: float, step_ms: float, words: list[str]
) -> None:
    assert [text for _at, text in ticks(start_ms, end_ms, step_ms)] == words

import math

import numpy as np
import pytest

from app.session.messages import MarkKind, MarkReport, SpanKind, SpanReport
from app.ui.vm.lanes_envelope import LATEST_MS
from app.ui.vm.lanes_events import LISTED, MAX_WORDS, ONE_BY_ONE, RISING, LaneEvents, MarkGroup

EDGES = np.arange(0.0, 101.0, 10.0)


def mark(at_ms: float, kind: MarkKind = MarkKind.AUDIBLE) -> MarkReport:
    return MarkReport(kind=kind, at_ms=at_ms)


def span(
    start_ms: float, end_ms: float, kind: SpanKind = SpanKind.TOOL, words: str = ""
) -> SpanReport:
    return SpanReport(kind=kind, start_ms=start_ms, end_ms=end_ms, words=words)


def holding(*reports: MarkReport | SpanReport) -> LaneEvents:
    events = LaneEvents()
    for each in reports:
        if isinstance(each, MarkReport):
            events.add_mark(each)
        else:
            events.add_span(each)
    return events


def test_every_kind_of_mark_has_a_rank() -> None:
    assert sorted(RISING) == sorted(MarkKind)


@pytest.mark.parametrize("at_ms", [-1.0, math.nan, math.inf, -math.inf, LATEST_MS * 2])
def test_a_mark_at_an_impossible_time_is_refused_and_counted(at_ms: float) -> None:
    events = LaneEvents()

    assert not events.add_mark(mark(at_ms))
    assert (len(events), events.refused) == (0, 1)


@pytest.mark.parametrize(
    ("start_ms", "end_ms"),
    [(20, 10), (-20, -10), (math.nan, 1), (0, math.nan), (-math.inf, 5), (0, 1e300)],
)
def test_a_span_of_impossible_times_is_refused_and_counted(start_ms: float, end_ms: float) -> None:
    events = LaneEvents()

    assert not events.add_span(span(start_ms, end_ms))
    assert (len(events), events.refused) == (0, 1)


def test_a_span_that_began_before_the_session_is_cut() -> None:
    bars = holding(span(-50, 20)).bars(SpanKind.TOOL, EDGES)

    assert bars.spans.tolist() == [[0, 20]]


def test_marks_of_one_column_stand_together_and_the_most_telling_one_speaks() -> None:
    events = holding(
        mark(41, MarkKind.RESPONSE_CREATED),
        mark(42, MarkKind.VAD_OFF),
        mark(43, MarkKind.FIRST_TOKEN),
        mark(71, MarkKind.BARGE_IN),
        mark(500),
    )

    assert events.groups(EDGES).listed() == [
        MarkGroup(42, MarkKind.VAD_OFF, 3),
        MarkGroup(71, MarkKind.BARGE_IN, 1),
    ]


def test_few_spans_are_drawn_one_by_one_with_their_words() -> None:
    bars = holding(span(10, 20, words="get_weather"), span(15, 60)).bars(SpanKind.TOOL, EDGES)

    assert bars.single
    assert bars.spans.tolist() == [[10, 20], [15, 60]]
    assert bars.words == ("get_weather", "")


def test_many_spans_are_drawn_as_what_they_cover_together() -> None:
    many = [span(12, 12.5), span(47, 52)] * ONE_BY_ONE

    bars = holding(*many).bars(SpanKind.TOOL, EDGES)

    assert (bars.single, bars.words) == (False, ())
    assert bars.spans.tolist() == [[10, 20], [40, 60]]


def test_only_kinds_that_came_are_there() -> None:
    events = holding(span(1, 2, SpanKind.STALL))

    assert events.has(SpanKind.STALL)
    assert not events.has(SpanKind.TOOL)


def test_untrusted_words_are_one_harmless_line_and_bounded() -> None:
    events = holding(span(0, 9, words="a\nb\N{RIGHT-TO-LEFT OVERRIDE}c" + "x" * 500))

    words = events.bars(SpanKind.TOOL, EDGES).words[0]

    assert words.startswith("a bc")
    assert len(words) < 100


def test_there_is_a_bound_to_different_words() -> None:
    events = holding(*(span(0, 9, words=f"tool {index}") for index in range(MAX_WORDS + 5)))

    assert len(events._texts) == MAX_WORDS
    assert events._tag("another") == 0


def test_what_is_near_is_told_nearest_first_with_exact_times() -> None:
    events = holding(
        mark(54_062.5), mark(54_050, MarkKind.VAD_ON), span(53_000, 55_000, words="find")
    )

    assert events.near(54_060, 20) == [
        "first audible sample at 00:54.062",
        "speech detected at 00:54.050",
        "tool runs (find): 2\N{THIN SPACE}000\N{THIN SPACE}ms, 00:53.000 to 00:55.000",
    ]


def test_what_is_too_much_to_list_is_counted() -> None:
    events = holding(*[mark(10)] * 3_000, *[span(5, 15, SpanKind.STALL)] * 2_500)

    lines = events.near(10, 1)

    assert lines[: LISTED + 1] == [
        *["first audible sample at 00:00.010"] * LISTED,
        "and 5,492 more",
    ]


def test_nothing_near_is_no_lines() -> None:
    assert holding(mark(10)).near(500, 5) == []


@pytest.mark.parametrize(
    ("at_ms", "later", "found"),
    [(15, True, 20), (15, False, 10), (40, True, None), (10, False, None)],
)
def test_the_neighbour_is_a_mark_or_the_begin_of_a_span(
    at_ms: float, *, later: bool, found: float | None
) -> None:
    assert holding(mark(10), span(20, 90)).beside(at_ms, later=later) == found


def test_past_the_bound_old_events_of_the_most_numerous_kind_are_thinned() -> None:
    events = LaneEvents(max_events=100)

    events.add_mark(mark(0, MarkKind.BARGE_IN))
    for at_ms in range(400):
        events.add_mark(mark(at_ms))

    assert len(events) == events.marks_n <= 100
    assert len(events) + events.left_out == 401
    kept = events.marks[MarkKind.AUDIBLE].between(0, 1_000).tolist()
    assert kept[-25:] == list(range(375, 400))
    assert len(events.marks[MarkKind.BARGE_IN]) == 1

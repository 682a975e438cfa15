"""The compare page without its widgets."""

from dataclasses import dataclass, field, replace
from datetime import UTC

import pytest

from app.metrics.outcomes import Comparison, MetricComparison, RateComparison, SideFigures
from app.session.messages import ComparisonReport, JobReport, SessionLine, SessionsReport
from app.ui.vm.compare import HEADINGS, CompareViewModel
from app.ui.vm.jobs import JobsViewModel

DASH = "\N{EN DASH}"
LINES = (
    SessionLine(
        folder="/s/2",
        title="gpt\N{RIGHT-TO-LEFT OVERRIDE}-x",
        state="complete",
        began_utc="2026-11-21T12:34:56+00:00",
        turns_n=12,
        v2v_p50_ms=640.0,
    ),
    SessionLine(folder="/s/1", title=None, state="complete", began_utc=None, turns_n=3),
    SessionLine(folder="/s/0", title="empty", state="failed", began_utc=None, turns_n=0),
)
SIDE = SideFigures(
    name="one",
    n=3,
    failed=0,
    p50=600.0,
    p50_low=580.0,
    p50_high=640.0,
    p95=None,
    values=(580.0, 600.0, 640.0),
)
V2V = MetricComparison(
    metric="v2v_ms",
    first=SIDE,
    second=replace(SIDE, name="two", p50=712.0, p50_low=None, p50_high=None),
    pairs=40,
    difference=112.0,
    low=80.0,
    high=150.0,
    p=0.0000004,
    p_holm=0.012345,
    detectable=61.2,
    verdict="B is 112 ms slower.",
)
RATE = RateComparison(
    first_ok=47,
    first_n=50,
    first_low=0.8378,
    first_high=0.9794,
    second_ok=0,
    second_n=0,
    second_low=None,
    second_high=None,
    p=None,
)
COMPARISON = Comparison(
    first="one",
    second="two",
    design="interleaved",
    metrics=(V2V, replace(V2V, metric="odd", pairs=None, difference=None, detectable=None)),
    availability=RATE,
    warnings=("Only\x1b 3 pairs.",),
)


@dataclass
class Bench:
    """A page, and what it asked for."""

    asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    listed: int = 0

    def __post_init__(self) -> None:
        self.jobs = JobsViewModel()
        self.vm = CompareViewModel(self.jobs, self._compare, self._list, UTC)

    def _compare(self, first: tuple[str, ...], second: tuple[str, ...]) -> None:
        self.asked.append((first, second))
        self.jobs.begin("Comparing")

    def _list(self) -> None:
        self.listed += 1


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.vm.open()
    made.vm.take_sessions(SessionsReport(LINES))
    return made


def test_sessions_without_a_turn_cannot_be_compared(bench: Bench) -> None:
    assert bench.listed == 1
    assert [
        (each.title, each.began, each.began_utc, each.turns, each.v2v)
        for each in bench.vm.candidates
    ] == [
        ("gpt-x", "2026-11-21 12:34", "2026-11-21 12:34:56 UTC", "12", "640\N{THIN SPACE}ms"),
        ("a session", DASH, "", "3", DASH),
    ]


def test_the_list_is_asked_for_again_as_sessions_end_while_it_is_shown() -> None:
    bench = Bench()
    bench.vm.session_ended()
    unseen = bench.listed
    bench.vm.open()
    bench.vm.session_ended()
    bench.vm.look_again()
    seen = bench.listed
    bench.vm.close()
    bench.vm.session_ended()

    assert (unseen, seen, bench.listed) == (0, 3, 3)


def test_the_page_says_what_it_waits_for_and_that_there_is_nothing() -> None:
    bench = Bench()
    assert bench.vm.hint.startswith("Looking for")

    bench.vm.take_sessions(SessionsReport(LINES[2:]))

    assert bench.vm.hint.startswith("No recorded session has a turn")


def test_a_session_is_on_one_side_at_most(bench: Bench) -> None:
    bench.vm.put("/s/2", "A")
    bench.vm.put("/s/2", "B")
    assert [each.side for each in bench.vm.candidates] == ["B", ""]

    bench.vm.put("/s/2", "B")
    assert [each.side for each in bench.vm.candidates] == ["", ""]


def test_both_sides_are_needed_and_then_asked_for(bench: Bench) -> None:
    bench.vm.put("/s/2", "B")
    bench.vm.compare()
    assert bench.asked == []

    bench.vm.put("/s/1", "A")
    assert bench.vm.hint == ""
    bench.vm.compare()

    assert bench.asked == [(("/s/1",), ("/s/2",))]
    assert bench.vm.hint == "Comparing"
    assert not bench.vm.ready


def test_a_failure_of_this_page_is_told_and_that_of_others_is_not(bench: Bench) -> None:
    bench.jobs.begin("Checking")
    bench.jobs.take(JobReport(done=0, total=0, over=True, problem="No audio."))
    assert "No audio" not in bench.vm.hint

    bench.vm.put("/s/1", "A")
    bench.vm.put("/s/2", "B")
    bench.vm.compare()
    bench.jobs.take(JobReport(done=0, total=0, over=True, problem="It is gone."))

    assert bench.vm.hint == "Comparing failed: It is gone."
    assert bench.vm.ready


def test_a_session_that_is_gone_leaves_its_side(bench: Bench) -> None:
    bench.vm.put("/s/1", "A")

    bench.vm.take_sessions(SessionsReport(LINES[:1]))
    bench.vm.take_sessions(SessionsReport(LINES))

    assert [each.side for each in bench.vm.candidates] == ["", ""]


def test_a_result_has_a_line_a_metric_with_intervals_and_n(bench: Bench) -> None:
    assert bench.vm.title == ""
    assert bench.vm.availability == ""

    bench.vm.take_comparison(ComparisonReport(COMPARISON))

    known, unknown = bench.vm.lines
    assert len(known.cells) == len(unknown.cells) == len(HEADINGS)
    assert known.cells == (
        "Voice-to-voice latency, ms",
        "600 [580, 640]  n\N{THIN SPACE}3",
        "712  n\N{THIN SPACE}3",
        "112 [80.0, 150]",
        "40",
        "< 0.0001",
        "0.012",
        "61.2",
    )
    assert unknown.cells[0] == "odd"
    assert unknown.cells[3:5] == (DASH, DASH)
    assert unknown.cells[-1] == DASH
    assert bench.vm.title == "B: two, against A: one (interleaved)"
    assert bench.vm.warnings == ("Only\N{SYMBOL FOR ESCAPE} 3 pairs.",)
    rates = f"A 47 of 50 (84% to 98%), B 0 of 0; McNemar p {DASH}"
    assert bench.vm.availability == f"Answered: {rates}"


def test_the_first_metric_is_drawn_until_another_is_chosen(bench: Bench) -> None:
    bench.vm.take_comparison(ComparisonReport(COMPARISON))
    assert (bench.vm.metric, bench.vm.unit) == ("v2v_ms", "ms")
    curves = bench.vm.curves
    assert curves is not None
    assert curves[0].x.tolist() == [580.0, 600.0, 640.0]

    bench.vm.choose_metric("odd")
    assert bench.vm.unit == ""
    bench.vm.take_comparison(ComparisonReport(replace(COMPARISON, metrics=(V2V,))))
    assert bench.vm.metric == "v2v_ms"


def test_without_values_on_both_sides_nothing_is_drawn(bench: Bench) -> None:
    none = replace(V2V, second=replace(SIDE, values=(), n=0, p50=None))

    bench.vm.take_comparison(ComparisonReport(replace(COMPARISON, metrics=(none,))))
    assert bench.vm.curves is None
    assert bench.vm.lines[0].cells[2] == f"{DASH}  n\N{THIN SPACE}3".replace("3", "0")

    bench.vm.take_comparison(ComparisonReport(replace(COMPARISON, metrics=())))
    assert (bench.vm.metric, bench.vm.curves) == ("", None)

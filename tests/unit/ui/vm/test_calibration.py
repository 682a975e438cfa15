"""The calibration wizard without its widgets."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.core.calibration import CalibrationRow, DeviceCalibration, EngineCalibration
from app.session.messages import (
    CalibrationKind,
    CalibrationReport,
    InputChoice,
    InputKind,
    JobReport,
    OutputChoice,
    OutputKind,
)
from app.ui.vm.calibration import HEADINGS, QUICK_TURNS, CalibrationViewModel
from app.ui.vm.jobs import JobsViewModel
from tests.support.clocks import ManualClock

MICROPHONE = InputChoice(kind=InputKind.DEVICE, device="Jabra")
LOUDSPEAKER = OutputChoice(kind=OutputKind.DEVICE)
FILES = InputChoice(kind=InputKind.FILES, paths=("/a.wav",))

ROW = CalibrationRow(
    check="latency",
    condition="delay 150 ms, lead 80 ms",
    metric="v2v_ms",
    unit="ms",
    n=7,
    expected=340.0,
    measured=341.25,
    error_p50=1.2,
    error_p95=4.5,
    bound=6.0,
    passed=True,
)
ENGINE = EngineCalibration(
    calibration_id="c1",
    measured_utc="2026-11-21T12:00:00+00:00",
    turns=63,
    v2v_error_p50_ms=1.2,
    v2v_error_p95_ms=4.5,
    v2v_bias_ms=0.9,
    simulator_lateness_p95_ms=3.1,
    load_average=0.4,
    passed=True,
)
DEVICES = DeviceCalibration(
    calibration_id="c2",
    measured_utc="2026-11-21T12:00:00+00:00",
    input_name="Jabra",
    output_name="Jabra",
    chirps=20,
    found=19,
    residual_ms=2.6,
    residual_iqr_ms=0.3,
    loop_ms=86.0,
    loop_iqr_ms=3.0,
    xruns=0,
    device_clock="measured",
    level_dbfs=-20.0,
)


@dataclass
class Bench:
    """A wizard, what it asked for, and what it runs on."""

    allowed: bool = True
    devices: tuple[InputChoice, OutputChoice] = (MICROPHONE, LOUDSPEAKER)
    asked: list[tuple[CalibrationKind, dict[str, Any]]] = field(default_factory=list)
    stopped: int = 0
    told: int = 0

    def __post_init__(self) -> None:
        self.clock = ManualClock()
        self.jobs = JobsViewModel()
        self.vm = CalibrationViewModel(
            self.jobs, self._start, self._stop, lambda: self.devices, self.clock
        )
        self.vm.changed.connect(self._changed)

    def _start(self, kind: CalibrationKind, **more: Any) -> bool:
        self.asked.append((kind, {name: value for name, value in more.items() if value}))
        if self.allowed:
            self.jobs.begin("Calibrating")
        return self.allowed

    def _stop(self) -> None:
        self.stopped += 1

    def _changed(self) -> None:
        self.told += 1


@pytest.mark.parametrize(("quick", "turns"), [(True, {"turns": QUICK_TURNS}), (False, {})])
def test_the_engine_is_measured_quickly_or_in_full(*, quick: bool, turns: dict[str, int]) -> None:
    bench = Bench()

    bench.vm.measure_engine(quick=quick)

    assert bench.asked == [(CalibrationKind.ENGINE, turns)]
    assert bench.vm.running
    assert bench.vm.words == "Starting"


def test_the_chosen_pair_of_devices_is_measured() -> None:
    bench = Bench()
    assert bench.vm.devices_ready
    assert bench.vm.pair == "Loudspeaker: the system's default. Microphone: Jabra."

    bench.vm.measure_devices()

    assert bench.asked == [
        (CalibrationKind.DEVICES, {"microphone": MICROPHONE, "loudspeaker": LOUDSPEAKER})
    ]


@pytest.mark.parametrize(
    "devices",
    [(FILES, LOUDSPEAKER), (MICROPHONE, OutputChoice(kind=OutputKind.NULL))],
    ids=["files", "no-loudspeaker"],
)
def test_without_two_devices_it_says_what_to_choose(
    devices: tuple[InputChoice, OutputChoice],
) -> None:
    bench = Bench(devices=devices)

    assert not bench.vm.devices_ready
    assert bench.vm.pair.startswith("Choose a microphone")


@pytest.mark.parametrize(
    ("spent_s", "done", "words"),
    [
        (1, 1, "turn 1"),
        (10, 20, "turn 20, about 20 s left"),
        (60, 12, "turn 12, about 4 min left"),
        (100, 60, "turn 60, about 5 s left"),
    ],
)
def test_progress_tells_the_time_left_once_it_can_be_known(
    spent_s: int, done: int, words: str
) -> None:
    bench = Bench()
    bench.vm.measure_engine(quick=False)

    bench.clock.advance_ms(spent_s * 1000)
    bench.jobs.take(JobReport(done=done, total=60, words=f"turn {done}"))

    assert bench.vm.words == words
    assert bench.vm.share == done / 60


def test_a_running_session_or_other_work_refuses_it_in_a_sentence() -> None:
    busy, working = Bench(allowed=False), Bench()
    busy.vm.measure_engine(quick=True)
    working.jobs.begin("Comparing")
    working.vm.measure_engine(quick=True)

    assert busy.vm.words.startswith("End the session first")
    assert working.vm.words.startswith("Other work is under way")
    assert not busy.vm.running
    assert working.asked == []
    assert not working.vm.running


def test_stopping_is_asked_for_only_while_it_runs() -> None:
    bench = Bench()
    bench.vm.stop()
    assert bench.stopped == 0

    bench.vm.measure_engine(quick=True)
    bench.vm.stop()

    assert bench.stopped == 1


def test_a_failure_is_said_and_another_jobs_failure_is_not() -> None:
    bench = Bench()
    bench.jobs.begin("Comparing")
    bench.jobs.take(JobReport(done=0, total=1, over=True, problem="No such session."))
    assert bench.vm.words == ""
    assert bench.told == 0

    bench.vm.measure_engine(quick=True)
    bench.jobs.take(JobReport(done=3, total=9, over=True, problem="The simulator ended."))

    assert bench.vm.words == "The simulator ended."
    assert bench.vm.share is None


def test_a_result_is_a_table_and_a_sentence() -> None:
    bench = Bench()

    bench.vm.take(CalibrationReport(rows=(ROW,), engine=ENGINE))

    (line,) = bench.vm.lines
    assert len(line.cells) == len(HEADINGS)
    assert line.cells[:3] == ("latency", "delay 150 ms, lead 80 ms (v2v_ms)", "7")
    assert bench.vm.passed
    assert bench.vm.verdict.startswith("Every bound holds: over 63 turns")


def test_a_row_that_fails_and_unknown_figures_are_shown_as_they_are() -> None:
    bench = Bench()
    bad = replace(ROW, condition="", error_p95=None, bound=None, passed=False)

    bench.vm.take(CalibrationReport(rows=(bad,), engine=replace(ENGINE, passed=False)))

    assert bench.vm.lines[0].cells[1] == "v2v_ms"
    assert bench.vm.lines[0].cells[-2:] == ("\N{EN DASH}", "\N{EN DASH}")
    assert bench.vm.passed is False
    assert bench.vm.verdict.startswith("Not every bound holds")


def test_a_pair_of_devices_is_told_with_its_spread_or_that_nothing_was_stored() -> None:
    heard, unheard = Bench(), Bench()

    heard.vm.take(CalibrationReport(rows=(), devices=DEVICES))
    deaf = replace(DEVICES, residual_ms=None, found=3)
    unheard.vm.take(CalibrationReport(rows=(), devices=deaf))

    assert "19 of 20 chirps" in heard.vm.verdict
    assert unheard.vm.verdict == "Only 3 of 20 chirps were heard: nothing was stored."


def test_a_new_measurement_forgets_the_last_table() -> None:
    bench = Bench()
    bench.vm.take(CalibrationReport(rows=(ROW,), engine=ENGINE))

    bench.vm.measure_engine(quick=True)

    assert bench.vm.lines == ()
    assert bench.vm.verdict == ""

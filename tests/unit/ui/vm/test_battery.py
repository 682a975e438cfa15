"""What the battery page shows of the interruption battery."""

import asyncio

import pytest

from app.core.config import SessionSettings
from app.metrics.battery_outcomes import (
    BatteryResult,
    BatteryRow,
    BatteryTrial,
    StimulusKind,
)
from app.session.messages import (
    BatteryReport,
    EngineRequest,
    InputChoice,
    InputKind,
    JobReport,
    OutputChoice,
    OutputKind,
    StartBattery,
    StartSession,
)
from app.ui.vm.asking import BUSY, Make, TrialRun
from app.ui.vm.battery import HEADINGS, HINTS, NAME, BatteryViewModel
from app.ui.vm.jobs import JobsViewModel
from tests.support.session import TARGET

START = StartSession(
    target=TARGET,
    settings=SessionSettings(),
    input=InputChoice(kind=InputKind.SILENCE),
    output=OutputChoice(kind=OutputKind.NULL),
)


class Engine:
    """Takes requests of a page, or says why not."""

    def __init__(self, refusal: str = "") -> None:
        self.jobs = JobsViewModel()
        self.asked: list[EngineRequest] = []
        self.stopped = 0
        self.run = TrialRun(self.jobs, self._ask, self._stop)
        self._refusal = refusal

    async def _ask(self, make: Make, name: str) -> str:
        if not self._refusal:
            self.asked.append(make(START))
            self.jobs.begin(name)
        return self._refusal

    def _stop(self) -> None:
        self.stopped += 1


def trial(stimulus: str, kind: StimulusKind, yield_ms: float | None) -> BatteryTrial:
    floor = kind.takes_floor
    return BatteryTrial(
        stimulus=stimulus,
        kind=kind,
        repeat=0,
        sounding=True,
        yielded=yield_ms is not None if floor else None,
        false_stop=None if floor else yield_ms is not None,
        yield_ms=yield_ms,
    )


def row(stimulus: str, kind: StimulusKind, n: int, stopped: int, **more: float) -> BatteryRow:
    return BatteryRow(
        stimulus=stimulus,
        kind=kind,
        n=n,
        failed_n=0,
        detected_n=stopped,
        stopped_n=stopped,
        **more,  # type: ignore[arg-type]
    )


RESULT = BatteryResult(
    model="A model",
    seed=3,
    repeats=5,
    folders=(),
    trials=(
        trial("correction", StimulusKind.INTERRUPTION, 420.0),
        trial("correction", StimulusKind.INTERRUPTION, None),
        trial("mm-hm", StimulusKind.BACKCHANNEL, 300.0),
        trial("cough", StimulusKind.NOISE, None),
    ),
    rows=(
        row("correction", StimulusKind.INTERRUPTION, 2, 1, yield_p50_ms=420.0),
        row("mm-hm", StimulusKind.BACKCHANNEL, 1, 1),
        row("cough", StimulusKind.NOISE, 1, 0),
        row(
            "",
            StimulusKind.INTERRUPTION,
            15,
            12,
            rate=0.8,
            rate_low=0.548,
            rate_high=0.93,
            wasted_audio_ms=12_300.0,
        ),
    ),
    wasted_audio_ms=45_600.0,
    wasted_tokens=912.0,
    warnings=("Few trials.",),
)


def page(engine: Engine) -> BatteryViewModel:
    return BatteryViewModel(engine.run, lambda: "A model")


def test_it_asks_with_its_repeats_and_its_seed() -> None:
    engine = Engine()
    vm = page(engine)
    vm.repeats, vm.seed = 2, 7

    asyncio.run(vm.start())

    assert engine.asked == [StartBattery(start=START, seed=7, repeats=2)]
    assert engine.jobs.name == NAME
    assert vm.run.running


def test_what_it_would_do_is_said_before() -> None:
    vm = page(Engine())

    assert vm.plan == "A model: 45 trials, about 12 min."
    vm.repeats = 1
    assert vm.plan == "A model: 9 trials, about 2 min."


def test_a_refusal_is_said_and_the_old_result_stays() -> None:
    engine = Engine(refusal="End the session first.")
    vm = page(engine)
    vm.take(BatteryReport(RESULT, complete=True))

    asyncio.run(vm.start())

    assert vm.run.words == "End the session first."
    assert not vm.run.running
    assert vm.lines


def test_other_work_is_not_disturbed() -> None:
    engine = Engine()
    engine.jobs.begin("Calibration")
    vm = page(engine)

    asyncio.run(vm.start())

    assert vm.run.words == BUSY
    assert engine.asked == []
    assert vm.run.share is None


def test_progress_is_told_in_the_engines_words() -> None:
    engine = Engine()
    vm = page(engine)
    asyncio.run(vm.start())
    assert vm.run.words == "Starting"

    engine.jobs.take(JobReport(done=9, total=45, words="trial 9 of 45; about 4 min left"))

    assert vm.run.share == pytest.approx(0.2)
    assert vm.run.words == "trial 9 of 45; about 4 min left"
    vm.run.stop()
    assert engine.stopped == 1


def test_every_cell_has_a_heading_and_a_hint() -> None:
    vm = page(Engine())
    vm.take(BatteryReport(RESULT, complete=True))

    assert len(HEADINGS) == len(HINTS)
    assert {len(line.cells) for line in vm.lines} == {len(HEADINGS)}


def test_a_line_says_what_stopped_and_whether_that_is_right() -> None:
    vm = page(Engine())
    vm.take(BatteryReport(RESULT, complete=True))

    correction, backchannel, cough, interruptions = vm.lines

    assert correction.cells[:5] == ("correction", "interruption", "2", "1 of 2", "\N{EN DASH}")
    assert correction.cells[6] == "420\N{THIN SPACE}ms"
    assert (correction.good, backchannel.good, cough.good) == (False, False, True)
    assert interruptions.sums_up
    assert interruptions.cells[4] == "80% (55% to 93%)"
    assert interruptions.cells[-1] == "12.3\N{THIN SPACE}s"


def test_a_stimulus_without_a_trial_is_neither_good_nor_bad() -> None:
    vm = page(Engine())
    empty = BatteryResult(
        model="m",
        seed=0,
        repeats=1,
        folders=(),
        trials=(),
        rows=(row("stop", StimulusKind.INTERRUPTION, 0, 0),),
    )

    vm.take(BatteryReport(empty, complete=False))

    assert vm.lines[0].good is None
    assert vm.title == "m: 0 trials, seed 0, not complete"
    assert vm.footnote == ""


def test_the_drawing_tells_stops_from_what_went_on() -> None:
    vm = page(Engine())
    vm.take(BatteryReport(RESULT, complete=True))

    correction, backchannel, cough = vm.dots

    assert (correction.stops_ms, correction.others_n, correction.should_stop) == ((420.0,), 1, True)
    assert (backchannel.stops_ms, backchannel.should_stop) == ((300.0,), False)
    assert (cough.stops_ms, cough.others_n) == ((), 1)


def test_the_footnote_holds_what_was_wasted_and_what_weakens_it() -> None:
    vm = page(Engine())
    vm.take(BatteryReport(RESULT, complete=True))

    assert vm.footnote == (
        "45.6\N{THIN SPACE}s of audio never heard, about 912 output audio tokens of it. Few trials."
    )
    assert vm.title == "A model: 4 trials, seed 3"

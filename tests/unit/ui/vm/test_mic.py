"""What the microphone test shows."""

import pytest

from app.session.messages import (
    InputChoice,
    InputKind,
    JobReport,
    MeterReport,
    MicFault,
    MicFinding,
    MicReport,
    OutputChoice,
    OutputKind,
    StartMicTest,
)
from app.ui.vm.jobs import JobsViewModel
from app.ui.vm.mic import FINE, NAME, MicTestViewModel

MICROPHONE = InputChoice(kind=InputKind.DEVICE, device="Jabra")
LOUDSPEAKER = OutputChoice(kind=OutputKind.DEVICE)
QUIET = MicReport(
    findings=(MicFinding(fault=MicFault.TOO_QUIET, sentence="Too quiet.", measured="-51 dBFS"),),
    examined_s=4.0,
    level_dbfs=-51.04,
    noise_dbfs=-80.0,
    peak_dbfs=-40.0,
    rate_hz=48_000.0,
)


class Bench:
    """An engine that takes requests, and what it was asked."""

    def __init__(
        self,
        microphone: InputChoice = MICROPHONE,
        loudspeaker: OutputChoice = LOUDSPEAKER,
        *,
        talking: bool = False,
    ) -> None:
        self.jobs = JobsViewModel()
        self.asked: list[StartMicTest] = []
        self.stopped = 0
        self._talking = talking
        self.vm = MicTestViewModel(
            self.jobs, self._start, self._stop, lambda: (microphone, loudspeaker)
        )

    def _start(self, request: StartMicTest) -> bool:
        if not self._talking:
            self.asked.append(request)
            self.jobs.begin(NAME)
        return not self._talking

    def _stop(self) -> None:
        self.stopped += 1

    def end(self) -> None:
        self.jobs.take(JobReport(done=1, total=1, over=True))


@pytest.mark.parametrize(
    ("wanted", "loudspeaker", "played"),
    [
        (True, LOUDSPEAKER, LOUDSPEAKER),
        (False, LOUDSPEAKER, None),
        (True, OutputChoice(kind=OutputKind.NULL), None),
    ],
)
def test_the_chosen_devices_are_tested(
    loudspeaker: OutputChoice, played: OutputChoice | None, *, wanted: bool
) -> None:
    bench = Bench(loudspeaker=loudspeaker)

    bench.vm.begin(play_back=wanted)

    assert bench.asked == [StartMicTest(input=MICROPHONE, play_back=played)]
    assert bench.vm.running


def test_findings_come_with_their_figures_and_the_rest_is_shown_too() -> None:
    bench = Bench()
    bench.vm.begin(play_back=True)
    bench.jobs.take(JobReport(done=20, total=40, words="Say it"))
    assert (bench.vm.share, bench.vm.words) == (0.5, "Say it")

    bench.vm.take(QUIET)
    bench.end()

    assert [(line.sentence, line.measured) for line in bench.vm.lines] == [
        ("Too quiet.", "-51 dBFS")
    ]
    assert bench.vm.good is False
    assert bench.vm.verdict == ""
    assert dict(bench.vm.figures)["Speech"] == "\N{MINUS SIGN}51.0 dBFS"
    assert dict(bench.vm.figures)["Rate"] == "48.0 kHz"
    assert dict(bench.vm.figures)["Bandwidth"] == "\N{EN DASH}"


def test_nothing_found_is_said_as_such() -> None:
    bench = Bench()
    bench.vm.begin(play_back=False)

    bench.vm.take(MicReport(findings=(), examined_s=4.0))

    assert (bench.vm.good, bench.vm.verdict) == (True, FINE)


def test_a_device_that_does_not_open_has_no_figures() -> None:
    bench = Bench()
    bench.vm.begin(play_back=False)

    bench.vm.take(MicReport(findings=QUIET.findings, examined_s=0.0))

    assert bench.vm.figures == ()


def test_reports_of_a_session_are_not_this_tests() -> None:
    bench = Bench()

    bench.vm.take(QUIET)
    bench.vm.take_levels(_level(-3.0))

    assert bench.vm.lines == ()
    assert bench.vm.meters.input.fill == 0


def test_levels_move_the_meter_while_it_listens() -> None:
    bench = Bench()
    bench.vm.begin(play_back=False)

    bench.vm.take_levels(_level(-30.0))

    assert bench.vm.meters.input.fill == pytest.approx(0.5)


def test_it_is_refused_while_a_session_runs_and_while_there_is_other_work() -> None:
    talking, busy = Bench(talking=True), Bench()
    busy.jobs.begin("Calibration")

    for bench in (talking, busy):
        bench.vm.begin(play_back=False)

    assert "End the session first" in talking.vm.words
    assert "Other work" in busy.vm.words
    assert busy.asked == []
    assert not busy.vm.running


def test_stopping_asks_the_engine_only_while_it_works() -> None:
    bench = Bench()
    bench.vm.stop()
    bench.vm.begin(play_back=False)
    bench.vm.stop()

    assert bench.stopped == 1


def test_files_need_no_test() -> None:
    vm = Bench(microphone=InputChoice(kind=InputKind.FILES)).vm

    assert not vm.ready
    assert "Choose a microphone" in vm.microphone


def _level(dbfs: float) -> MeterReport:
    return MeterReport(
        input_rms_dbfs=dbfs, input_peak_dbfs=dbfs, output_rms_dbfs=None, output_peak_dbfs=None
    )

import argparse
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cli.calibrate import CalibrateOptions, CalibrationPrinter, add_arguments, parse
from app.core.calibration import CalibrationRow, DeviceCalibration, EngineCalibration
from app.core.errors import AppError, ConfigError
from app.session.messages import JobReport, LiveState, ProblemReport, StateReport
from app.trials.calibrating import EngineTrials
from app.trials.calibrating_plan import QUICK, Extent

ROW = CalibrationRow(
    check="latency",
    condition="all conditions",
    metric="v2v_ms",
    unit="ms",
    n=63,
    expected=365.6404,
    measured=367.7,
    error_p50=2.06,
    error_p95=3.5,
    bound=6.0,
    passed=True,
)
ENGINE = EngineCalibration(
    calibration_id="cal_1",
    measured_utc="2026-11-21T12:00:00+00:00",
    turns=63,
    v2v_error_p50_ms=2.0599,
    v2v_error_p95_ms=3.5,
    v2v_bias_ms=2.06,
    simulator_lateness_p95_ms=1.2,
    load_average=0.2,
    passed=True,
)
TRIALS = EngineTrials(
    rows=(ROW,),
    engine=ENGINE,
    turns_planned=113,
    turns_held=113,
    client_limited={"loop_lag": 2},
    problems=(),
)
DEVICES = DeviceCalibration(
    calibration_id="cal_2",
    measured_utc="2026-11-21T12:00:00+00:00",
    input_name="Mic",
    output_name="Box",
    chirps=20,
    found=19,
    residual_ms=1.5,
    residual_iqr_ms=0.5,
    loop_ms=86.0,
    loop_iqr_ms=3.0,
    xruns=0,
    device_clock="measured",
    level_dbfs=-20.0,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def read(*words: str) -> CalibrateOptions:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parse(parser.parse_args(words))


def printer(*, as_json: bool = False, err: io.StringIO | None = None) -> Any:
    out, told = io.StringIO(), err or io.StringIO()
    return CalibrationPrinter(out, told, as_json=as_json), out, told


def test_without_words_the_engine_is_calibrated_as_usual() -> None:
    assert read() == CalibrateOptions(json=False, extent=Extent())


def test_the_words_of_the_command() -> None:
    assert read("--json", "--quick", "--keep", "d") == CalibrateOptions(
        json=True, extent=QUICK, keep=Path("d")
    )
    assert read("--turns", "100").extent.latency == 12
    devices = read("--devices", "--mic", "m", "--speaker", "s", "--turns", "30")
    assert (devices.devices, devices.mic, devices.speaker, devices.chirps) == (True, "m", "s", 30)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mic", "m"), "need --devices"),
        (("--speaker", "s"), "need --devices"),
        (("--turns", "0"), "--turns must be between 1 and 2000"),
        (("--turns", "2001"), "--turns must be between 1 and 2000"),
        (("--devices", "--quick"), "--quick and --keep"),
        (("--devices", "--keep", "d"), "--quick and --keep"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(*words)


def test_the_last_line_of_json_is_the_summary() -> None:
    shown, out, err = printer(as_json=True)

    code = shown.engine(TRIALS)

    row, summary = (json.loads(line) for line in out.getvalue().splitlines())
    assert code == 0
    assert (row["type"], row["check"], row["expected"]) == ("row", "latency", 365.64)
    assert list(summary)[:4] == ["type", "turns", "v2v_error_p50_ms", "v2v_error_p95_ms"]
    assert summary["type"] == "summary"
    assert (summary["turns"], summary["v2v_error_p50_ms"], summary["v2v_error_p95_ms"]) == (
        63,
        2.06,
        3.5,
    )
    assert (summary["client_limited"], summary["client_limited_by"]) == (2, {"loop_lag": 2})
    assert (summary["rows"], summary["rows_failed"], summary["passed"]) == (1, 0, True)
    assert err.getvalue() == ""


def test_people_get_a_table_and_what_it_means() -> None:
    shown, out, _ = printer()

    assert shown.engine(TRIALS) == 0

    heading, line, *words = out.getvalue().splitlines()
    assert heading.split()[:3] == ["check", "condition", "metric"]
    assert line.split() == ["latency", "all", "conditions", "v2v_ms", "63", "365.6", "367.7",
                            "2.06", "3.50", "6.00", "pass"]  # fmt: skip
    assert words[1:] == [
        "Voice to voice of 63 turns: error P50 2.06 ms, P95 3.50 ms, bias 2.06 ms",
        "Simulator's own lateness P95 1.20 ms (subtracted); load average 0.20",
        "113 of 113 turns held, client-limited: 2 by loop_lag",
        "Every bound holds.",
    ]


def test_a_bound_that_does_not_hold_is_an_exit_code_and_a_word() -> None:
    shown, out, _ = printer()
    failed = replace(
        TRIALS,
        rows=(replace(ROW, passed=False, measured=None, error_p50=None),),
        engine=replace(ENGINE, passed=False, v2v_error_p50_ms=None),
        client_limited={},
    )

    assert shown.engine(failed) == 1

    text = out.getvalue()
    assert "FAIL" in text
    assert "\N{EN DASH}" in text
    assert "client-limited: none" in text
    assert text.endswith("1 rows fail.\n")


def test_progress_is_a_line_each_time_it_changes() -> None:
    shown, _, err = printer()

    for words in ("a", "a", "b"):
        shown.take(JobReport(done=1, total=9, words=words))
    shown.take(StateReport(state=LiveState.LISTENING))

    assert err.getvalue() == "[1/9] a\n[1/9] b\n"


def test_on_a_terminal_progress_stays_in_its_line() -> None:
    shown, _, err = printer(err=Terminal())

    shown.take(JobReport(done=1, total=9, words="a"))
    shown.take(ProblemReport(sentence="It\x1b[2Jfails.", hint="Try."))
    shown.take(JobReport(done=2, total=9, words="b"))
    shown.refuse(AppError("no", hint="Go."))

    clear = "\r\x1b[K"
    assert err.getvalue() == (
        f"{clear}[1/9] a{clear}It [2Jfails. Try.\n{clear}[2/9] b{clear}No. Go.\n"
    )


def test_breaking_it_off_is_told() -> None:
    shown, _, err = printer()

    shown.stopped()

    assert err.getvalue() == "Stopped. Nothing was stored.\n"


def test_devices_have_a_table_and_a_sentence() -> None:
    shown, out, _ = printer()

    assert shown.devices((replace(ROW, check="chirp"),), DEVICES) == 0

    assert out.getvalue().splitlines()[-1] == (
        "Device path 86.0 ms, IQR 3.00 ms; 19 of 20 chirps found, 0 xruns"
    )


def test_devices_have_a_summary_and_nothing_found_is_no_success() -> None:
    shown, out, _ = printer(as_json=True)

    assert shown.devices((), None) == 1
    assert shown.devices((), DEVICES) == 0

    nothing, found = (json.loads(line) for line in out.getvalue().splitlines())
    assert nothing == {"type": "summary", "passed": False}
    assert (found["loop_ms"], found["passed"]) == (86.0, True)

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.calibration import CalibrationNote, DeviceCalibration
from app.session.messages import ClientDelayReport, EchoReport, GuardReport, GuardState
from app.ui.vm.health import HealthViewModel, ago
from tests.support.reports import CALIBRATED, health, session

THIN = "\u2009"


def words(**changes: Any) -> list[tuple[str, bool]]:
    vm = HealthViewModel()
    vm.take(health(83.0, **changes))
    return [(segment.words, segment.bad) for segment in vm.segments]


def test_a_healthy_measurement_has_its_figures() -> None:
    assert words() == [
        (f"client adds 31.0{THIN}ms", False),
        (f"v2v \N{PLUS-MINUS SIGN}{THIN}6{THIN}ms", False),
        (f"engine lag 0.420{THIN}ms", False),
        (f"callback lag 1.30{THIN}ms", False),
        (f"rtt 42.0{THIN}ms", False),
        ("0 xruns", False),
    ]


def test_what_we_add_names_its_parts() -> None:
    vm = HealthViewModel()
    vm.take(health(83.0))

    rows = dict(line.split("\t") for line in vm.segments[0].hover.splitlines()[1:])

    assert rows["rest of the frame"] == f"8.50{THIN}ms"
    assert rows["sending"] == f"0.500{THIN}ms"
    assert rows["jitter buffer"] == f"20.0{THIN}ms"
    assert rows["playing"] == f"2.00{THIN}ms"
    assert (rows["P50"], rows["P95"]) == (f"31.0{THIN}ms", f"34.2{THIN}ms")


@pytest.mark.parametrize(
    ("changes", "entry"),
    [
        ({"loop_lag_p99_ms": 12.0}, (f"engine lag 12.0{THIN}ms (client-limited)", True)),
        ({"loop_lag_p99_ms": None}, ("engine lag \N{EN DASH}", False)),
        (
            {"client": None, "client_added_p95_ms": 75.0},
            (f"client adds 75.0{THIN}ms (high)", True),
        ),
        (
            {"client": ClientDelayReport(), "client_added_p95_ms": None},
            ("client adds \N{EN DASH}", False),
        ),
        ({"callback_lag_ms": 14.0}, (f"callback lag 14.0{THIN}ms (high)", True)),
        ({"client_limited_n": 1}, ("1 turn client-limited", True)),
        ({"client_limited_n": 2}, ("2 turns client-limited", True)),
        ({"xruns": 1}, ("1 xrun", True)),
        ({"drops": 3}, ("3 dropped", True)),
        ({"unknown_messages": 2}, ("2 unknown messages", False)),
        ({"expires_in_s": 3_552.0}, ("session 59:12 left", False)),
        ({"expires_in_s": 200.0}, ("session 03:20 left", False)),
        ({"expires_in_s": 61.0}, ("session 01:01 left (ends soon)", True)),
    ],
)
def test_what_is_wrong_is_said_in_words(changes: dict[str, Any], entry: tuple[str, bool]) -> None:
    assert entry in words(**changes)


def test_the_figures_stay_when_the_recording_ends() -> None:
    vm = HealthViewModel()
    vm.take(health(83.0))

    vm.stop()

    assert (vm.elapsed, vm.recording, len(vm.segments)) == ("01:23", False, 6)


def test_a_new_session_begins_empty() -> None:
    vm = HealthViewModel()
    vm.take(health(83.0))

    vm.clear()

    assert (vm.segments, vm.elapsed, vm.recording) == ((), "", False)


@pytest.mark.parametrize(
    ("left_s", "look"),
    [(301.0, (False, False)), (299.0, (True, False)), (119.0, (True, True))],
)
def test_the_end_of_the_session_is_calm_then_near_then_a_warning(
    left_s: float, look: tuple[bool, bool]
) -> None:
    vm = HealthViewModel()
    vm.take(health(83.0, expires_in_s=left_s))

    assert [(s.near, s.bad) for s in vm.segments if s.name == "expiry"] == [look]


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (EchoReport(), None),
        (EchoReport(coupling_db=-32.4), (f"echo \N{MINUS SIGN}32{THIN}dB", False)),
        (
            EchoReport(coupling_db=-32.4, erle_db=21.2),
            (f"echo \N{MINUS SIGN}32{THIN}dB, cancelled 21{THIN}dB", False),
        ),
        (
            EchoReport(self_triggers_n=2),
            ("heard itself 2\N{MULTIPLICATION SIGN}, echo \N{EN DASH}", True),
        ),
    ],
)
def test_the_echo_is_told_once_it_is_known(
    report: EchoReport, told: tuple[str, bool] | None
) -> None:
    vm = HealthViewModel()

    vm.take_echo(report)

    found = [(each.words, each.bad) for each in vm.segments if each.name == "echo"]
    assert found == ([] if told is None else [told])


def test_stalls_and_renewals_are_counted_until_the_next_session() -> None:
    vm = HealthViewModel()

    vm.take_guard(GuardReport(state=GuardState.FINE))
    nothing = vm.segments
    vm.take_guard(GuardReport(state=GuardState.STALLED, stalls_n=1, renewals_n=2))
    counted = [(each.words, each.bad) for each in vm.segments]
    vm.clear()

    assert (nothing, vm.segments) == ((), ())
    assert counted == [("1 provider stall, 2 renewals", True)]


# --- calibration

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEVICES = DeviceCalibration(
    calibration_id="d",
    measured_utc="2026-11-19T12:00:00Z",
    input_name="Jabra",
    output_name="Jabra",
    chirps=20,
    found=20,
    residual_ms=11.0,
    residual_iqr_ms=0.8,
    loop_ms=86.0,
    loop_iqr_ms=3.0,
    xruns=0,
    device_clock="measured",
    level_dbfs=-30.0,
)


def calibration(note: CalibrationNote | None) -> tuple[str, str, bool]:
    vm = HealthViewModel(now=lambda: NOON)
    vm.take_session(replace(session().record, calibration=note))
    segment = vm.segments[-1]
    return segment.words, segment.hover, segment.bad


def test_the_calibration_is_named_with_its_age_and_error() -> None:
    words, hover, bad = calibration(CalibrationNote(engine=CALIBRATED, devices=DEVICES))

    assert (words, bad) == (f"calibrated 2 h ago: error P95 4.50{THIN}ms", False)
    assert f"engine\t60 turns, error P95 4.50{THIN}ms" in hover
    assert f"devices\t11.0{THIN}ms, spread 0.800{THIN}ms, 2 d ago" in hover


@pytest.mark.parametrize("note", [None, CalibrationNote()])
def test_a_session_without_a_calibration_says_so(note: CalibrationNote | None) -> None:
    words, hover, bad = calibration(note)

    assert (words, bad) == ("not calibrated", False)
    assert "chirps" in hover


def test_a_calibration_that_failed_is_bad() -> None:
    words, _hover, bad = calibration(CalibrationNote(engine=replace(CALIBRATED, passed=False)))

    assert words.endswith("(failed)")
    assert bad


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-11-21T11:59:30Z", "just now"),
        ("2026-11-21T11:15:00", "45 min ago"),
        ("2026-11-21T09:59:00+00:00", "2 h ago"),
        ("2026-10-21T12:00:00Z", "31 d ago"),
        ("2027-01-01T00:00:00Z", "just now"),
        ("yesterday", ""),
    ],
)
def test_an_age_is_told_roughly(then: str, words: str) -> None:
    assert ago(then, NOON) == words

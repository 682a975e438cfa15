from typing import Any

import pytest

from app.ui.vm.health import HealthViewModel
from tests.support.reports import health

THIN = "\u2009"


def words(**changes: Any) -> list[tuple[str, bool]]:
    vm = HealthViewModel()
    vm.take(health(83.0, **changes))
    return [(segment.words, segment.bad) for segment in vm.segments]


def test_a_healthy_measurement_has_four_figures() -> None:
    assert words() == [
        (f"engine lag 0.420{THIN}ms", False),
        (f"client adds 31.0{THIN}ms", False),
        (f"rtt 42.0{THIN}ms", False),
        ("0 xruns", False),
    ]


@pytest.mark.parametrize(
    ("changes", "entry"),
    [
        ({"loop_lag_p99_ms": 12.0}, (f"engine lag 12.0{THIN}ms (client-limited)", True)),
        ({"loop_lag_p99_ms": None}, ("engine lag \N{EN DASH}", False)),
        ({"client_added_p95_ms": 75.0}, (f"client adds 75.0{THIN}ms (high)", True)),
        ({"client_added_p95_ms": None}, ("client adds \N{EN DASH}", False)),
        ({"xruns": 1}, ("1 xrun", True)),
        ({"drops": 3}, ("3 dropped", True)),
        ({"unknown_messages": 2}, ("2 unknown messages", False)),
        ({"expires_in_s": 3_552.0}, ("session 59:12 left", False)),
        ({"expires_in_s": 61.0}, ("session 01:01 left", True)),
    ],
)
def test_what_is_wrong_is_said_in_words(changes: dict[str, Any], entry: tuple[str, bool]) -> None:
    assert entry in words(**changes)


def test_the_figures_stay_when_the_recording_ends() -> None:
    vm = HealthViewModel()
    vm.take(health(83.0))

    vm.stop()

    assert (vm.elapsed, vm.recording, len(vm.segments)) == ("01:23", False, 4)


def test_a_new_session_begins_empty() -> None:
    vm = HealthViewModel()
    vm.take(health(83.0))

    vm.clear()

    assert (vm.segments, vm.elapsed, vm.recording) == ((), "", False)

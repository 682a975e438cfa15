"""What the values of the vocabulary can tell of themselves."""

from pathlib import Path

import pytest

import app
from app.core.audio_format import AudioFormat
from app.core.clock import MonotonicClock
from app.core.conduct import Processing
from app.core.library import Refreshed
from app.core.records import ConnectTiming
from app.core.resources import resource
from app.core.version import VERSION


def test_frames_last_as_long_as_the_rate_says() -> None:
    assert AudioFormat(rate_hz=24_000).span_ns(480) == 20_000_000
    assert AudioFormat(rate_hz=8_000).span_ns(1) == 125_000


def test_the_process_clock_never_goes_back() -> None:
    clock = MonotonicClock()

    assert clock.now_ns() <= clock.now_ns()


@pytest.mark.parametrize(
    ("processing", "filters"),
    [
        (Processing(), False),
        (Processing(half_duplex=True), False),
        (Processing(echo_cancellation=True), True),
        (Processing(noise_suppression=True), True),
        (Processing(auto_gain=True), True),
        (Processing(high_pass=True), True),
    ],
)
def test_what_changes_no_sample_is_no_filter(processing: Processing, *, filters: bool) -> None:
    assert processing.filters is filters


def test_the_stages_of_connecting_add_up_as_far_as_they_are_known() -> None:
    assert ConnectTiming().total_ms is None
    assert ConnectTiming(dns_ms=1.5, tcp_ms=2.0, ready_ms=0.5).total_ms == 4.0


def test_files_that_come_with_the_program_are_found_in_a_checkout_and_in_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resource("catalogue", "models.toml").is_file()

    (tmp_path / "_resources").mkdir()
    monkeypatch.setattr("app.core.resources._PACKAGE", tmp_path)

    assert resource("a", "b") == tmp_path / "_resources" / "a" / "b"


def test_the_version_is_three_numbers() -> None:
    assert [part.isdigit() for part in VERSION.split(".")] == [True] * 3
    assert Path(app.__file__).is_file()


def test_a_refresh_tells_whether_a_page_shown_before_may_differ() -> None:
    assert not Refreshed().anything
    assert Refreshed(repriced_n=1).anything

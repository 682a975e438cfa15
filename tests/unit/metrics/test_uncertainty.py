import pytest

from app.core.events import SpeechEndMethod
from app.metrics.uncertainty import SPEECH_END, uncertainty_reason, v2v_uncertainty

ANNOTATED = SpeechEndMethod.ANNOTATED


@pytest.mark.parametrize(
    ("method", "device_clock", "total_ms"),
    [
        (ANNOTATED, "digital", 6.9),
        (ANNOTATED, "measured", 10.5),
        (SpeechEndMethod.SILERO, "measured", 60.9),
        (SpeechEndMethod.ENERGY, "assumed", 103.2),
    ],
)
def test_the_budget_of_each_set_up(
    method: SpeechEndMethod, device_clock: str, total_ms: float
) -> None:
    budget = v2v_uncertainty(method, device_clock, loop_lag_ms=1.0)

    assert budget is not None
    assert budget.total_ms == pytest.approx(total_ms, abs=0.1)
    assert uncertainty_reason(method, device_clock, 1.0) == ""


def test_a_late_loop_late_callbacks_and_long_frames_show() -> None:
    budget = v2v_uncertainty(
        ANNOTATED, "digital", loop_lag_ms=30.0, frame_ms=120.0, callback_lag_ms=20.0
    )

    assert budget is not None
    assert budget.total_ms == pytest.approx(50.2, abs=0.1)


@pytest.mark.parametrize(
    ("device_clock", "device_ms"), [("measured", 2.0), ("assumed", 2.0), ("digital", 0.0)]
)
def test_a_calibration_takes_the_place_of_what_is_assumed(
    device_clock: str, device_ms: float
) -> None:
    budget = v2v_uncertainty(ANNOTATED, device_clock, loop_lag_ms=1.0, device_iqr_ms=2.698)

    assert budget is not None
    assert budget.device_ms == pytest.approx(device_ms)


def test_the_bias_of_a_detector_is_told_to_whoever_reports_its_ends() -> None:
    assert SPEECH_END[SpeechEndMethod.SILERO].bias_ms == 40.0
    assert SPEECH_END[ANNOTATED].bias_ms == 0.0


@pytest.mark.parametrize(
    ("method", "device_clock", "loop_lag_ms", "reason"),
    [
        (SpeechEndMethod.NONE, "digital", 1.0, "how the end of the user's speech was found"),
        (ANNOTATED, "astrological", 1.0, "device's clock"),
        (ANNOTATED, None, 1.0, "device's clock"),
        (ANNOTATED, "digital", None, "own lateness"),
    ],
)
def test_what_is_not_known_at_all_has_no_budget_but_a_reason(
    method: SpeechEndMethod, device_clock: str | None, loop_lag_ms: float | None, reason: str
) -> None:
    assert v2v_uncertainty(method, device_clock, loop_lag_ms=loop_lag_ms, device_iqr_ms=1.0) is None
    assert reason in uncertainty_reason(method, device_clock, loop_lag_ms)

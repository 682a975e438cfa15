import pytest

from app.core.events import SpeechEndMethod
from app.metrics.uncertainty import v2v_uncertainty


@pytest.mark.parametrize(
    ("method", "device_clock", "total_ms"),
    [
        (SpeechEndMethod.ANNOTATED, "digital", 6.9),
        (SpeechEndMethod.ANNOTATED, "measured", 10.5),
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


def test_a_late_loop_and_long_frames_show() -> None:
    budget = v2v_uncertainty(SpeechEndMethod.ANNOTATED, "digital", loop_lag_ms=30.0, frame_ms=120.0)

    assert budget is not None
    assert budget.total_ms == pytest.approx(46.0, abs=0.1)


@pytest.mark.parametrize(
    ("method", "device_clock"),
    [(SpeechEndMethod.NONE, "digital"), (SpeechEndMethod.ANNOTATED, "astrological")],
)
def test_what_is_not_known_at_all_has_no_budget(method: SpeechEndMethod, device_clock: str) -> None:
    assert v2v_uncertainty(method, device_clock, loop_lag_ms=1.0) is None

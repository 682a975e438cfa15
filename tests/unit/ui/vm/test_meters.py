import pytest

from app.session.messages import MeterReport
from app.ui.vm.meters import Level, MetersViewModel


def meters(rms: float | None, peak: float | None) -> MeterReport:
    return MeterReport(
        input_rms_dbfs=rms,
        input_peak_dbfs=peak,
        output_rms_dbfs=None,
        output_peak_dbfs=None,
    )


@pytest.mark.parametrize(
    ("rms", "fill"), [(None, 0.0), (-90.0, 0.0), (-60.0, 0.0), (-30.0, 0.5), (0.0, 1.0), (3.0, 1.0)]
)
def test_the_bar_is_linear_in_db_from_minus_60(rms: float | None, fill: float) -> None:
    vm = MetersViewModel()

    vm.take(meters(rms, rms))

    assert vm.input.fill == fill


def test_the_peak_falls_one_db_a_report() -> None:
    vm = MetersViewModel()

    vm.take(meters(-30.0, -30.0))
    vm.take(meters(None, None))

    assert vm.input.peak == pytest.approx(29 / 60)


def test_full_scale_is_marked_and_said() -> None:
    vm = MetersViewModel()

    vm.take(meters(-12.4, 0.0))

    assert (vm.input.clipped, vm.input.spoken) == (True, "\N{MINUS SIGN}12.0 dBFS")


def test_only_a_meter_that_moves_is_told() -> None:
    vm = MetersViewModel()
    told: list[bool] = []
    vm.changed.connect(lambda: told.append(True))

    vm.take(meters(None, None))
    vm.take(meters(-20.0, -20.0))

    assert told == [True]


def test_both_meters_fall_when_no_session_runs() -> None:
    vm = MetersViewModel()
    vm.take(meters(-20.0, -20.0))

    vm.reset()

    assert vm.input == vm.output == Level(spoken="\N{EN DASH}")

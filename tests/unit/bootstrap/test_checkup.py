from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.bootstrap.checkup import (
    check_devices,
    check_display,
    check_python,
    check_space,
    check_weights,
    judged_weights,
)
from app.cli.doctor import Verdict
from app.core.errors import DeviceError
from app.core.ports import DeviceInfo, WeightCondition, WeightStatus


class Lister:
    """Implements ``DeviceLister`` with a list, or an error."""

    def __init__(self, *devices: tuple[int, int], error: DeviceError | None = None) -> None:
        self._devices = devices
        self._error = error

    async def list_devices(self) -> Sequence[DeviceInfo]:
        if self._error is not None:
            raise self._error
        return [
            DeviceInfo(
                index=number,
                name="card",
                host_api="ALSA",
                input_channels=inputs,
                output_channels=outputs,
                default_rate_hz=48_000,
                is_default_input=False,
                is_default_output=False,
            )
            for number, (inputs, outputs) in enumerate(self._devices)
        ]


class Keeper:
    """Implements ``WeightKeeper`` with files of given conditions."""

    folder = "/weights"
    sets = ("default", "extra")

    def __init__(self, *conditions: WeightCondition) -> None:
        self._conditions = conditions

    def status(self) -> Sequence[WeightStatus]:
        rows = [("default", condition) for condition in self._conditions]
        return [
            WeightStatus(
                weight_set=name,
                name=f"{name}{number}.onnx",
                size_bytes=1,
                licence="MIT",
                package="p==1",
                condition=condition,
            )
            for number, (name, condition) in enumerate([*rows, ("extra", WeightCondition.MISSING)])
        ]

    def fetch(self, sets: Sequence[str], say: Callable[[str], None]) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("version", "verdict"),
    [
        ((3, 10), Verdict.PROBLEM),
        ((3, 11), Verdict.OK),
        ((3, 13), Verdict.OK),
        ((3, 14), Verdict.PROBLEM),
    ],
)
def test_only_the_supported_pythons_are_good(version: tuple[int, int], verdict: Verdict) -> None:
    assert check_python(version, "words").verdict is verdict


@pytest.mark.parametrize(
    ("environment", "verdict", "says"),
    [
        ({}, Verdict.WARNING, "there is no display, so no window"),
        (
            {"DISPLAY": ":59997"},
            Verdict.WARNING,
            "the display :59997 does not answer, so no window",
        ),
        ({"QT_QPA_PLATFORM": "offscreen"}, Verdict.OK, "QT_QPA_PLATFORM=offscreen"),
    ],
)
def test_a_missing_display_takes_away_only_the_window(
    environment: dict[str, str], verdict: Verdict, says: str
) -> None:
    finding = check_display(environment)

    assert (finding.verdict, finding.says) == (verdict, says)
    assert bool(finding.advice) == (verdict is not Verdict.OK)


@pytest.mark.parametrize(
    ("lister", "verdict", "says"),
    [
        (Lister((1, 0), (0, 2), (2, 2)), Verdict.OK, "2 for input, 2 for output"),
        (Lister((1, 0)), Verdict.WARNING, "1 for input, 0 for output"),
        (Lister(), Verdict.WARNING, "0 for input, 0 for output"),
        (Lister(error=DeviceError("gone", hint="Wait.")), Verdict.WARNING, "gone"),
    ],
)
def test_sound_devices_are_counted(lister: Lister, verdict: Verdict, says: str) -> None:
    finding = check_devices(lister)

    assert (finding.verdict, finding.says) == (verdict, says)
    assert bool(finding.advice) == (verdict is not Verdict.OK)


def test_extra_weights_may_be_missing() -> None:
    finding = judged_weights(Keeper(WeightCondition.PRESENT))

    assert (finding.verdict, finding.says) == (Verdict.OK, "1 files in /weights")


def test_a_damaged_weight_is_a_problem_that_says_what_to_do() -> None:
    finding = judged_weights(
        Keeper(WeightCondition.PRESENT, WeightCondition.DAMAGED, WeightCondition.MISSING)
    )

    assert finding.verdict is Verdict.PROBLEM
    assert finding.says == "default1.onnx is damaged, and 1 more"
    assert "weights fetch" in finding.advice


def test_a_machine_without_weights_is_told_to_fetch_them(tmp_path: Path) -> None:
    finding = check_weights({"VIVAVOCE_WEIGHTS": str(tmp_path)})

    assert finding.verdict is Verdict.PROBLEM
    assert "missing" in finding.says


def test_recordings_go_where_there_is_space(tmp_path: Path) -> None:
    assert check_space(tmp_path / "not" / "yet" / "there").verdict is not Verdict.PROBLEM
    assert list(tmp_path.iterdir()) == []


def test_recordings_cannot_go_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    finding = check_space(tmp_path / "file" / "sessions")

    assert finding.verdict is Verdict.PROBLEM
    assert "VIVAVOCE_SESSIONS" in finding.advice

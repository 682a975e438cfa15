"""The engine's longer work finds who does it, and tells the result."""

import subprocess
import sys

import pytest

from app.bootstrap.jobs import Jobs
from app.bootstrap.known import catalogue
from app.core.errors import AppError
from app.session.jobs import JobRequest
from app.session.messages import (
    CalibrationKind,
    CompareSessions,
    EngineReport,
    InputChoice,
    InputKind,
    ListSessions,
    SessionsReport,
    StartBattery,
    StartCalibration,
    StartSweep,
    VerifySession,
)
from tests.support.clocks import run_virtual
from tests.support.session import Peer, World, start


def do(request: JobRequest) -> list[EngineReport]:
    told: list[EngineReport] = []
    world = World(Peer(lambda _peer, _message: None))

    async def run() -> None:
        await Jobs(world.parts(), catalogue())(request, told.append)

    run_virtual(run())
    return told


def test_sessions_are_listed() -> None:
    assert do(ListSessions(root="/nowhere"))[-1] == SessionsReport(())


@pytest.mark.parametrize(
    "request_",
    [
        VerifySession("/nowhere/s1"),
        CompareSessions(first=("/nowhere/s1",), second=("/nowhere/s2",)),
        StartCalibration(
            kind=CalibrationKind.DEVICES,
            input=InputChoice(kind=InputKind.DEVICE, device="none"),
            turns=5,
        ),
        StartBattery(start=start(), stimuli=("sneeze",)),
        StartSweep(start=start(), settings=()),
    ],
    ids=["verify", "compare", "devices", "battery", "sweep"],
)
def test_what_cannot_be_done_is_an_error_of_ours(request_: JobRequest) -> None:
    with pytest.raises(AppError):
        do(request_)


def test_nothing_is_stored_of_a_calibration_that_failed() -> None:
    world = World(Peer(lambda _peer, _message: None))
    request = StartCalibration(kind=CalibrationKind.DEVICES, turns=5)

    async def run() -> None:
        with pytest.raises(AppError):
            await Jobs(world.parts(), catalogue())(request, lambda _: None)

    run_virtual(run())

    assert world.calibrations.added == []


def test_an_engine_that_only_talks_loads_no_heavy_library() -> None:
    words = (
        "import sys, app.bootstrap.measuring; "
        "sys.exit(bool({'scipy', 'onnxruntime', 'sounddevice', 'xllamacpp'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", words], check=False, timeout=50).returncode == 0

"""A loudspeaker and a microphone on a real sound server, by chirps.

The microphone is the monitor of the loudspeaker, so that the way between them is nothing. The
server's stamps are good to some 9 ms a life of its streams: what is asserted is no tighter.
"""

import asyncio
import os
import sys
from collections.abc import Iterator

import pytest

from app.audio.host import DeviceMicrophone, DeviceSpeaker
from app.audio.supervisor import AudioChild
from app.core.calibration import DeviceCalibration
from app.core.clock import MonotonicClock
from app.core.errors import DeviceError
from app.session.messages import EngineReport, JobReport
from app.session.parts import OpenedInput
from app.trials.devices import DeviceTrialPorts, calibrate_devices
from tests.support.sound_server import SoundServer, sound_server_installed

pytestmark = [
    pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools"),
    pytest.mark.realtime,
]

CHIRPS = 5
STAMPS_MS = 25.0
"""Twice what was measured of the server, and room for a busy machine."""


@pytest.fixture(scope="module")
def running() -> Iterator[SoundServer]:
    with SoundServer() as server:
        yield server


@pytest.fixture
def server(running: SoundServer, monkeypatch: pytest.MonkeyPatch) -> SoundServer:
    use(running, monkeypatch)
    return running


def use(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("PULSE_", "ALSA_")):
            monkeypatch.delenv(name)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


class Rig:
    def __init__(self) -> None:
        clock = MonotonicClock()
        self.child = AudioChild(clock)
        self.told: list[EngineReport] = []
        self.ports = DeviceTrialPorts(
            clock=clock,
            make_input=lambda choice: OpenedInput(
                source=DeviceMicrophone(choice.device, self.child), script=None
            ),
            make_output=lambda choice: DeviceSpeaker(choice.device, self.child),
            today=lambda: "2026-03-01T10:00:00+00:00",
            new_id=lambda: "cal",
            aside=asyncio.to_thread,
        )

    async def calibrate(self) -> DeviceCalibration:
        report = await calibrate_devices(self.ports, self.told.append, chirps=CHIRPS)
        assert report.devices is not None
        return report.devices


def test_two_calibrations_of_one_pair_agree(
    server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SOURCE", "vspeaker.monitor")
    rig = Rig()

    first, second = asyncio.run(rig.calibrate()), asyncio.run(rig.calibrate())

    for each in (first, second):
        sys.stdout.write(
            f"\nresidual {each.residual_ms:.2f} ms, IQR {each.residual_iqr_ms:.2f} ms; loop "
            f"{each.loop_ms:.1f} ms; {each.found} of {each.chirps}; {each.xruns} xruns\n"
        )
        assert each.device_clock == "measured"
        assert each.found >= 0.8 * CHIRPS
        assert each.residual_ms == pytest.approx(0, abs=STAMPS_MS)
        assert each.level_dbfs == pytest.approx(-9.6, abs=1)
    assert first.residual_ms is not None
    assert second.residual_ms == pytest.approx(first.residual_ms, abs=STAMPS_MS)
    assert rig.child.process_ids == ()


def test_a_microphone_that_hears_nothing_is_said_to_be_silent(server: SoundServer) -> None:
    rig = Rig()

    with pytest.raises(DeviceError, match="is silent"):
        asyncio.run(rig.calibrate())

    assert rig.child.process_ids == ()


def test_a_sound_server_that_dies_meanwhile_ends_it_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()

    async def killed(server: SoundServer) -> None:
        task = asyncio.create_task(rig.calibrate())
        while not any(isinstance(told, JobReport) and told.done == 1 for told in rig.told):
            await asyncio.sleep(0.02)
            assert not task.done()
        server.kill()
        await task

    with SoundServer() as mortal:
        use(mortal, monkeypatch)
        with pytest.raises(DeviceError, match="lost meanwhile") as caught:
            asyncio.run(killed(mortal))

    assert "cable" in caught.value.hint
    assert rig.child.process_ids == ()

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from app.core.audio_format import StreamHealth
from app.core.errors import DeviceError
from app.core.ports import AudioSink, AudioSource
from app.session.messages import (
    CalibrationReport,
    EngineReport,
    InputChoice,
    InputKind,
    JobReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
)
from app.session.parts import OpenedInput
from app.trials.devices import CHIRPS, FEWEST, MOST, DeviceTrialPorts, calibrate_devices
from tests.support.acoustic import Room, RoomMicrophone, RoomSpeaker
from tests.support.clocks import run_virtual
from tests.support.session import LoopClock

UTC = "2026-03-01T10:00:00.000+00:00"


class Rig:
    """A calibration in a room that is computed, with what it told."""

    def __init__(self, **room: float | str | None) -> None:
        self.speaker = RoomSpeaker(LoopClock(), Room(**room))  # type: ignore[arg-type] # a table's words
        self.microphone = RoomMicrophone(LoopClock(), self.speaker)
        self.chosen: list[InputChoice | OutputChoice] = []
        self.told: list[EngineReport] = []
        self.harm: list[tuple[float, Callable[[], None]]] = []

    @property
    def ports(self) -> DeviceTrialPorts:
        return DeviceTrialPorts(
            clock=LoopClock(),
            make_input=self._input,
            make_output=self._output,
            today=lambda: UTC,
            new_id=lambda: "cal_1",
            aside=_aside,
        )

    def _input(self, choice: InputChoice) -> OpenedInput:
        self.chosen.append(choice)
        source: AudioSource = self.microphone
        return OpenedInput(source=source, script=None)

    def _output(self, choice: OutputChoice) -> AudioSink:
        self.chosen.append(choice)
        return self.speaker

    def calibrate(self, chirps: int | None = 12) -> CalibrationReport:
        return run_virtual(self.calibrating(chirps))

    async def calibrating(self, chirps: int | None = 12) -> CalibrationReport:
        loop = asyncio.get_running_loop()
        for after_s, harm in self.harm:
            loop.call_later(after_s, harm)
        return await calibrate_devices(
            self.ports, self.told.append, microphone="Mic", loudspeaker="Box", chirps=chirps
        )

    @property
    def closed(self) -> bool:
        return self.speaker.closed and self.microphone.closed


def _aside(work: Callable[[], None]) -> Awaitable[None]:
    async def at_once() -> None:
        work()

    return at_once()


@pytest.mark.parametrize("delay_ms", [2.0, 37.25, 310.0])
def test_the_way_is_measured_to_a_tenth_of_a_millisecond(delay_ms: float) -> None:
    rig = Rig(delay_ms=delay_ms)

    report = rig.calibrate()

    found = report.devices
    assert found is not None
    assert (found.chirps, found.found, found.xruns) == (12, 12, 0)
    assert found.residual_ms == pytest.approx(delay_ms, abs=0.1)
    assert found.residual_iqr_ms == pytest.approx(0, abs=0.1)
    assert found.loop_ms == pytest.approx(delay_ms + 20, abs=0.1)
    assert (found.input_name, found.output_name) == ("room microphone", "no loudspeaker")
    assert (found.calibration_id, found.measured_utc) == ("cal_1", UTC)
    assert found.device_clock == "measured"
    assert all(row.passed for row in report.rows)
    assert rig.closed


def test_stamps_that_are_early_by_so_much_leave_that_as_the_residual() -> None:
    found = Rig(delay_ms=5, stamp_ms=120.0).calibrate().devices

    assert found is not None
    assert found.residual_ms == pytest.approx(125, abs=0.1)


def test_stamps_that_are_late_give_a_negative_residual() -> None:
    found = Rig(delay_ms=5, stamp_ms=-80.0).calibrate().devices

    assert found is not None
    assert found.residual_ms == pytest.approx(-75, abs=0.1)


def test_the_devices_that_were_named_are_asked_for() -> None:
    rig = Rig()

    rig.calibrate()

    assert rig.chosen == [
        InputChoice(kind=InputKind.DEVICE, device="Mic"),
        OutputChoice(kind=OutputKind.DEVICE, device="Box"),
    ]


def test_every_chirp_is_told_of() -> None:
    rig = Rig()

    rig.calibrate()

    steps = [report for report in rig.told if isinstance(report, JobReport)]
    assert steps[0].words == "opening the devices"
    assert [step.done for step in steps[1:]] == list(range(1, 13))
    assert (steps[-1].words, steps[-1].total) == ("chirp 12 of 12", 12)


@pytest.mark.parametrize(
    ("asked", "played"), [(None, CHIRPS), (1, FEWEST), (MOST + 1, MOST), (7, 7)]
)
def test_the_number_of_chirps_has_bounds(asked: int | None, played: int) -> None:
    rig = Rig(speaker_hz=8_000)

    with pytest.raises(DeviceError):
        rig.calibrate(asked)

    (step,) = rig.told
    assert isinstance(step, JobReport)
    assert step.total == played


def test_noise_as_loud_as_the_chirps_is_borne() -> None:
    found = Rig(gain=0.05, noise=0.015).calibrate().devices

    assert found is not None
    assert found.found >= 10
    assert found.residual_ms == pytest.approx(37.25, abs=0.5)


REFUSALS: dict[str, tuple[dict[str, float | str | None], str, str]] = {
    "no-way": ({"gain": 0.0}, "did not hear the loudspeaker", "Raise the volume"),
    "digital-silence": ({"gain": 0.0, "noise": 0.0}, "room microphone is silent", "unmute"),
    "muted": ({"gain": 0.0, "noise": 1e-5}, "room microphone is silent", "unmute"),
    "unsteady": ({"wobble_ms": 70.0}, "took the same time", "busy"),
    "slow-loudspeaker": ({"speaker_hz": 8_000}, "no loudspeaker runs at 8000 Hz", "profile"),
    "slow-microphone": ({"microphone_hz": 8_000}, "room microphone runs at 8000 Hz", "profile"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_measured_is_said_with_the_remedy(case: str) -> None:
    room, words, hint = REFUSALS[case]
    rig = Rig(**room)

    with pytest.raises(DeviceError, match=words) as caught:
        rig.calibrate()

    assert hint in caught.value.hint
    assert rig.closed


def test_too_few_are_said_to_be_too_few() -> None:
    rig = Rig()
    rig.harm = [(3.0, lambda: _set(rig.speaker, room=Room(gain=0.0)))]

    with pytest.raises(DeviceError, match=r"heard only [4-7] of 12 chirps") as caught:
        rig.calibrate()

    assert "volume" in caught.value.hint


LOSSES: dict[str, tuple[Callable[[Rig], None], str]] = {
    "microphone-unplugged": (lambda rig: _set(rig.microphone, gone=True), "did not come back"),
    "microphone-away": (
        lambda rig: _set(rig.microphone, problem="it was unplugged"),
        "was lost meanwhile: it was unplugged",
    ),
    "loudspeaker-away": (
        lambda rig: _set(rig.speaker, trouble="the sound device was lost"),
        "was lost meanwhile: the sound device was lost",
    ),
    "opened-anew": (
        lambda rig: _set(rig.microphone, health=StreamHealth(restarts=1)),
        "a sound device was lost meanwhile$",
    ),
    "callbacks-stop": (lambda rig: _set(rig.microphone, dead=True), "microphone delivers nothing"),
    "output-stops": (lambda rig: _set(rig.speaker, dead=True), "loudspeaker delivers nothing"),
    "another-rate": (
        lambda rig: _set(rig.microphone, rate_hz=44_100),
        "changed its rate from 48000 Hz to 44100 Hz",
    ),
}


@pytest.mark.parametrize("case", LOSSES)
@pytest.mark.parametrize("after_s", [0.1, 2.0])
def test_a_device_that_is_lost_ends_it_in_one_sentence(case: str, after_s: float) -> None:
    lose, words = LOSSES[case]
    if case == "another-rate" and after_s == 0.1:
        after_s = 1.2  # what comes while the devices settle is dropped
    rig = Rig()
    rig.harm = [(after_s, lambda: lose(rig))]

    with pytest.raises(DeviceError, match=words) as caught:
        rig.calibrate()

    assert caught.value.hint or case == "microphone-unplugged"
    assert rig.closed


def test_a_loudspeaker_that_does_not_open_leaves_nothing_open() -> None:
    rig = Rig()

    def refuse() -> None:
        raise DeviceError("there is no loudspeaker named 'Box'")

    _set(rig.speaker, open=refuse)

    with pytest.raises(DeviceError, match="'Box'"):
        rig.calibrate()

    assert rig.closed


@pytest.mark.parametrize("after_s", [0.05, 1.0, 4.0])
def test_cancelling_closes_both_devices(after_s: float) -> None:
    rig = Rig()

    async def cancelled() -> bool:
        task = asyncio.create_task(rig.calibrating())
        await asyncio.sleep(after_s)
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert run_virtual(cancelled())
    assert rig.closed


DOUBTS: dict[str, tuple[Rig, str]] = {
    "overdriven": (Rig(gain=8.0), "overdriven"),
    "assumed": (Rig(device_clock="assumed"), "cannot be believed"),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_what_makes_a_result_doubtful_is_told_and_the_result_kept(case: str) -> None:
    rig, words = DOUBTS[case]

    report = rig.calibrate()

    assert report.devices is not None
    assert report.devices.residual_ms == pytest.approx(37.25, abs=0.1)
    (doubt,) = (told for told in rig.told if isinstance(told, ProblemReport))
    assert words in doubt.sentence
    assert doubt.hint
    assert {row.metric: row.passed for row in report.rows}["clipped"] is (case != "overdriven")


def test_xruns_are_counted_and_many_of_them_fail() -> None:
    rig = Rig()
    rig.harm = [(2.0, lambda: _set(rig.microphone, health=StreamHealth(xruns=9)))]

    report = rig.calibrate()

    assert report.devices is not None
    assert report.devices.xruns == 9
    assert [row.metric for row in report.rows if not row.passed] == ["xruns"]
    assert any("9 times" in t.sentence for t in rig.told if isinstance(t, ProblemReport))


def test_a_loudspeaker_that_does_not_say_what_it_holds_has_no_loop() -> None:
    report = Rig(out_ms=None).calibrate()

    assert report.devices is not None
    assert (report.devices.loop_ms, report.devices.loop_iqr_ms) == (None, None)
    assert report.devices.residual_ms is not None
    assert "loop_ms" not in {row.metric for row in report.rows}


def _set(thing: object, **values: object) -> None:
    for name, value in values.items():
        setattr(thing, name, value)

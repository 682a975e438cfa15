"""A session through every event of its devices, with a real sound server.

The engine in its own process, the simulator as the model, speech into virtual microphones and
replies out of virtual loudspeakers. After each event a turn is held through the devices that
must be in use then.
"""

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.bootstrap.known import PROGRAM
from app.core.audio_format import Samples
from app.core.clock import MonotonicClock
from app.core.config import TurnDetection
from app.core.events import DeviceSide
from app.dsp.resample import resample
from app.localengine.simulator_schedule import speech
from app.session.host import EngineProcess
from app.session.messages import (
    DeviceReport,
    EndSession,
    InputChoice,
    InputKind,
    LiveState,
    MarkKind,
    MarkReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
    SessionReport,
    SpanKind,
    SpanReport,
    StartSession,
    StateReport,
    SwitchDevices,
    TurnReport,
)
from tests.support.device_rig import DeviceRig
from tests.support.program import alive, assert_whole, children, environment, stereo
from tests.support.recording import journal_lines
from tests.support.sound_server import LIMIT_S, RATE_HZ, sound_server_installed, wait_until
from tests.support.window import Window, simulated

pytestmark = [
    pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools"),
    pytest.mark.timeout(300),
    pytest.mark.realtime,
]

SAID: Samples = resample(speech(600, -12.0), 24_000, RATE_HZ)
AUDIBLE = 1000
PLACED = 6 * 24
"""Blocks are laid end to end in a recording while they deviate by 5 ms at most."""


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeviceRig]:
    with DeviceRig() as running:
        for name, value in {**environment(tmp_path), **running.environment}.items():
            monkeypatch.setenv(name, value)
        yield running


class Call:
    """A session under way, as its window sees it."""

    def __init__(self, rig: DeviceRig, start: StartSession) -> None:
        self.rig = rig
        self.window = Window(EngineProcess((*PROGRAM, "engine"), MonotonicClock()))
        self.turns = 0
        self.window.engine.send(start)

    @property
    def state(self) -> LiveState:
        told = [each.state for each in self.window.reports if isinstance(each, StateReport)]
        return told[-1] if told else LiveState.IDLE

    @property
    def turns_told(self) -> int:
        return sum(isinstance(each, TurnReport) for each in self.window.reports)

    def of(self, kind: type[DeviceReport]) -> list[DeviceReport]:
        return [each for each in self.window.reports if isinstance(each, kind)]

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < deadline, self.story
            self.window.pump(LIMIT_S)

    @property
    def story(self) -> list[str]:
        """What has been told so far, but for what is told all the time."""
        kinds = (DeviceReport, StateReport, TurnReport, ProblemReport)
        return [str(each) for each in self.window.reports if isinstance(each, kinds)]

    def while_open(self, act: Callable[[], object]) -> None:
        """Do something slow; the window goes on reading, as it must to know that all is well."""
        with ThreadPoolExecutor(1) as pool:
            doing = pool.submit(act)
            self.until(doing.done)
        doing.result()

    def told(self, words: str, *, since: int = 0) -> bool:
        return any(words in each.words for each in self.of(DeviceReport)[since:])

    def holds_a_turn(self, microphone: str, speaker: str) -> None:
        """Say something into a microphone; the reply must be audible at a loudspeaker."""
        listening = self.rig.listen(speaker)
        self.rig.say(SAID, microphone)
        self.turns += 1
        self.until(lambda: self.turns_told >= self.turns)
        assert int(np.abs(listening.heard().astype(np.int32)).max()) > AUDIBLE

    def end(self) -> Path:
        self.window.engine.send(EndSession())
        self.until(lambda: self.state in {LiveState.STOPPED, LiveState.FAILED})
        reports = [each for each in self.window.reports if isinstance(each, SessionReport)]
        assert reports[-1].record.state == "complete"
        return Path(reports[-1].folder)


@pytest.fixture
def call(rig: DeviceRig, tmp_path: Path) -> Iterator[Call]:
    for name in ("desk", "headset_mic"):
        rig.prepare_microphone(name)
    rig.plug_microphone("desk", "Desk Microphone")
    rig.plug_speaker("monitor_speaker", "Monitor Speaker")
    rig.until_warm()
    start = simulated(tmp_path / "sessions")
    call = Call(
        rig,
        replace(
            start,
            settings=replace(start.settings, turn_detection=TurnDetection(silence_ms=200)),
            input=InputChoice(kind=InputKind.DEVICE, device="Desk Microphone"),
            output=OutputChoice(kind=OutputKind.DEVICE, device="Monitor Speaker"),
            end_with_input=False,
        ),
    )
    try:
        call.until(lambda: call.state is LiveState.LISTENING)
        yield call
    finally:
        pid = call.window.engine.pid
        family = [] if pid is None else [pid, *children(pid)]
        call.window.engine.close()
        wait_until(lambda: not any(map(alive, family)))


def test_a_session_survives_every_event_of_its_devices(call: Call, rig: DeviceRig) -> None:
    call.holds_a_turn("desk_in", "monitor_speaker")

    rig.unplug("source", "desk")
    call.until(lambda: call.told("The microphone Desk Microphone is away"))
    call.holds_a_turn("vmic_in", "monitor_speaker")

    rig.unplug("sink", "monitor_speaker")
    call.until(lambda: call.told("The loudspeaker Monitor Speaker is away"))
    call.holds_a_turn("vmic_in", "vspeaker")

    call.while_open(lambda: plug_headset(rig))
    call.until(lambda: any(each.offer == HEADSET for each in call.of(DeviceReport)))
    choose(call, HEADSET)
    call.until(lambda: call.told(f"The microphone is now {HEADSET}"))
    call.until(lambda: call.told(f"The loudspeaker is now {HEADSET}"))
    call.holds_a_turn("headset_mic_in", "headset")

    choose(call, None)
    call.until(lambda: call.told("The microphone is now the default microphone"))
    call.until(lambda: call.told("The loudspeaker is now the default loudspeaker"))
    rig.control("set-default-sink", "headset")
    rig.control("set-default-source", "headset_mic")
    call.until(lambda: call.told(f"The loudspeaker is now {HEADSET}, the new default"))
    call.until(lambda: call.told(f"The microphone is now {HEADSET}, the new default"))
    call.holds_a_turn("headset_mic_in", "headset")

    rig.kill()
    call.until(lambda: lost_sides(call) == set(DeviceSide))
    call.while_open(rig.start)
    call.until(lambda: not lost_sides(call))
    call.holds_a_turn("vmic_in", "vspeaker")

    rig.hang()
    call.until(lambda: lost_sides(call) == set(DeviceSide))
    call.while_open(lambda: time.sleep(HUNG_S))  # how long the server hangs is the event itself
    rig.go_on()
    call.until(lambda: not lost_sides(call))
    call.holds_a_turn("vmic_in", "vspeaker")

    folder = call.end()
    assert_recorded(call, folder)


HEADSET = "Jabra Evolve 65"
HUNG_S = 1.3


def plug_headset(rig: DeviceRig) -> None:
    rig.plug_microphone("headset_mic", HEADSET)
    rig.plug_speaker("headset", HEADSET)


def choose(call: Call, device: str | None) -> None:
    call.window.engine.send(
        SwitchDevices(
            input=InputChoice(kind=InputKind.DEVICE, device=device),
            output=OutputChoice(kind=OutputKind.DEVICE, device=device),
        )
    )


def lost_sides(call: Call) -> set[DeviceSide]:
    """Return the sides whose last report is of a loss."""
    lost = {each.side: each.lost for each in call.of(DeviceReport) if each.side is not None}
    return {side for side, away in lost.items() if away}


def assert_recorded(call: Call, folder: Path) -> None:
    """Every gap is silence of its length in the recording, marked and told."""
    assert_whole(folder, turns=call.turns)
    sound = stereo(folder)
    lines = journal_lines(folder)
    spans = [each for each in call.window.reports if isinstance(each, SpanReport)]
    marks = [each.kind for each in call.window.reports if isinstance(each, MarkReport)]
    for line in lines:
        if line.get("event") == "DeviceBack":
            told = line["fields"]
            sys.stdout.write(f"{told['side']}: {told['name']}, gap {told['gap_ms']:.1f} ms\n")
    assert {MarkKind.DEVICE_LOST, MarkKind.DEVICE_BACK, MarkKind.DEVICES_CHANGED} <= set(marks)
    gaps = [each for each in spans if each.kind is SpanKind.GAP]
    assert {each.words for each in gaps} == {"microphone", "loudspeaker"}
    for gap in gaps:
        column = 0 if gap.words == "microphone" else 1
        start, end = round(gap.start_ms * 24) + PLACED, round(gap.end_ms * 24) - PLACED
        frames = sound[start:end, column]
        assert not frames.any(), gap

"""The guided microphone test in virtual time."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from app.audio.null_sink import NullSpeaker
from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.errors import DeviceError
from app.core.ports import DeviceNotice, NoticeKind
from app.session.messages import (
    EngineReport,
    InputChoice,
    InputKind,
    JobReport,
    MeterReport,
    MicFault,
    MicReport,
    OutputChoice,
    OutputKind,
    StartMicTest,
)
from app.session.parts import OpenedInput
from app.trials.mic_test import SENTENCE, run_mic_test
from tests.support.clocks import run_virtual
from tests.support.hot_devices import Hot, HotMicrophone
from tests.support.microphones import SoundMicrophone, voice
from tests.support.session import EnergyVad, LoopClock, Peer, World

RATE = 48_000
MICROPHONE = InputChoice(kind=InputKind.DEVICE)
LOUDSPEAKER = OutputChoice(kind=OutputKind.NULL)


class DeafSpeaker(NullSpeaker):
    """A loudspeaker that takes no sound."""

    def write(self, samples: Samples) -> int:
        del samples
        return 0


class Bench:
    """A microphone, a loudspeaker and what was told."""

    def __init__(
        self,
        sound: Samples,
        *,
        refusal: DeviceError | None = None,
        speaker: type[NullSpeaker] = NullSpeaker,
    ) -> None:
        clock = LoopClock()
        self.microphone = SoundMicrophone(sound, RATE, clock, refusal=refusal)
        self.speakers: list[NullSpeaker] = []
        self.told: list[EngineReport] = []

        def make_output(_: OutputChoice) -> NullSpeaker:
            self.speakers.append(speaker(clock))
            return self.speakers[-1]

        self.parts = replace(
            World(Peer(EnergyVad())).parts(),
            make_input=lambda _: OpenedInput(source=self.microphone, script=None),
            make_output=make_output,
        )

    def run(self, **more: object) -> MicReport:
        request = replace(StartMicTest(input=MICROPHONE), **more)  # type: ignore[arg-type]
        return run_virtual(run_mic_test(self.parts, request, self.told.append))

    def of(self, kind: type[EngineReport]) -> list[EngineReport]:
        return [report for report in self.told if isinstance(report, kind)]


def test_it_listens_for_as_long_as_asked_and_says_what_it_found() -> None:
    bench = Bench(voice(9, RATE, dbfs=-55, noise_dbfs=-90))

    report = bench.run(seconds=3.0)

    assert [finding.fault for finding in report.findings] == [MicFault.TOO_QUIET]
    assert report.examined_s == pytest.approx(3.0, abs=0.1)
    assert bench.of(MicReport) == [report]
    assert bench.microphone.opened == bench.microphone.closed == 1
    assert bench.speakers == []


def test_it_asks_for_the_sentence_and_shows_levels_meanwhile() -> None:
    bench = Bench(voice(5, RATE))

    bench.run()

    steps = [report for report in bench.told if isinstance(report, JobReport)]
    assert steps[0].words == "Opening the microphone"
    assert all(SENTENCE in step.words for step in steps[1:])
    assert [step.done for step in steps[1:]] == sorted(step.done for step in steps[1:])
    assert steps[-1].total == 40
    assert len(bench.of(MeterReport)) > 40


def test_what_was_heard_is_played_back_whole() -> None:
    bench = Bench(voice(2, RATE))

    bench.run(seconds=2.0, play_back=LOUDSPEAKER)

    played = [report for report in bench.told if isinstance(report, MeterReport)]
    assert any((report.output_peak_dbfs or -120) > -15 for report in played)
    assert len(bench.speakers) == 1
    (index,) = [at for at, report in enumerate(bench.told) if isinstance(report, MicReport)]
    assert index < len(bench.told) - 20, "it is told before it is played"


@pytest.mark.parametrize("seconds", [-3.0, 0.0, 1e9])
def test_a_time_beyond_reason_is_brought_into_it(seconds: float) -> None:
    report = Bench(voice(40, RATE)).run(seconds=seconds)

    assert 0.9 <= report.examined_s <= 5.0


def test_a_microphone_that_does_not_open_is_a_finding() -> None:
    bench = Bench(voice(1, RATE), refusal=DeviceError("the microphone X: Device unavailable"))

    report = bench.run(play_back=LOUDSPEAKER)

    assert [finding.fault for finding in report.findings] == [MicFault.BUSY]
    assert bench.microphone.closed == 1
    assert bench.speakers == []


def test_a_device_that_delivers_nothing_is_found_and_nothing_is_played() -> None:
    bench = Bench(np.zeros(0, np.int16))

    report = bench.run(seconds=2.0, play_back=LOUDSPEAKER)

    assert [finding.fault for finding in report.findings] == [MicFault.SILENT]
    assert bench.speakers == []


def test_a_microphone_that_is_lost_meanwhile_is_said_to_be_lost_not_silent() -> None:
    bench = Bench(voice(1, RATE))
    hot = Hot(name="Desk")
    microphone = HotMicrophone(LoopClock(), hot)
    bench.parts = replace(
        bench.parts, make_input=lambda _: OpenedInput(source=microphone, script=None)
    )
    at_ns = Nanoseconds(1)
    hot.notices = [DeviceNotice(kind=NoticeKind.REFUSED, at_ns=at_ns, name="X", reason="busy")]

    assert bench.run(seconds=2.0).findings[0].fault is MicFault.SILENT

    hot.notices = [DeviceNotice(kind=NoticeKind.LOST, at_ns=at_ns, name="Desk", reason="gone")]
    (finding,) = bench.run(seconds=4.0, play_back=LOUDSPEAKER).findings

    assert finding.fault is MicFault.MISSING
    assert finding.sentence.startswith("The microphone Desk was lost while it was listened to.")
    assert bench.speakers == []


def test_a_loudspeaker_that_takes_nothing_is_told() -> None:
    bench = Bench(voice(2, RATE), speaker=DeafSpeaker)

    with pytest.raises(DeviceError, match="takes no sound"):
        bench.run(seconds=1.0, play_back=LOUDSPEAKER)


def test_breaking_it_off_closes_the_microphone() -> None:
    bench = Bench(voice(9, RATE))

    async def broken_off() -> None:
        request = StartMicTest(input=MICROPHONE, seconds=9)
        task = asyncio.create_task(run_mic_test(bench.parts, request, bench.told.append))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtual(broken_off())

    assert bench.microphone.closed == 1
    assert bench.of(MicReport) == []

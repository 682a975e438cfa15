"""From figures to sentences with a remedy."""

import asyncio
import re
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soxr

from app.core.audio_format import Samples
from app.core.errors import DeviceError
from app.dsp.mic import MicExamination
from app.session.messages import EngineReport, MicFault, MicReport
from app.session.mic_findings import finding_of_error, report_of
from app.session.mic_watch import MicWatch
from tests.support.clocks import run_virtual
from tests.support.memory import MemoryRecording
from tests.support.microphones import SoundMicrophone, blocks_of, voice
from tests.support.session import LoopClock

RATE = 48_000
CLIPS = sorted((Path(__file__).parents[2] / "audio").glob("*.wav"))


def report(samples: Samples, rate_hz: int = RATE, *, claimed_hz: int | None = None) -> MicReport:
    examination = MicExamination(rate_hz)
    for block in blocks_of(samples, rate_hz, claimed_hz=claimed_hz):
        examination.push(block)
    return report_of(examination.figures(), len(samples) / rate_hz)


def faults(found: MicReport) -> list[MicFault]:
    return [finding.fault for finding in found.findings]


BAD: dict[MicFault, Callable[[], Samples]] = {
    MicFault.SILENT: lambda: np.zeros(3 * RATE, np.int16),
    MicFault.CLIPPED: lambda: voice(3, RATE, dbfs=4),
    MicFault.TOO_QUIET: lambda: voice(3, RATE, dbfs=-50, noise_dbfs=-85),
    MicFault.NOISY: lambda: voice(3, RATE, dbfs=-25, noise_dbfs=-36),
    MicFault.DC_OFFSET: lambda: (voice(3, RATE, dbfs=-25) + 1000).astype(np.int16),
}


@pytest.mark.parametrize("fault", BAD)
def test_each_fault_is_found_within_three_seconds_and_alone(fault: MicFault) -> None:
    found = report(BAD[fault]())

    assert faults(found) == [fault]
    assert found.findings[0].measured


def test_a_good_microphone_has_no_fault() -> None:
    assert faults(report(voice(3, RATE))) == []


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.stem)
def test_recordings_of_people_are_free_of_faults_unless_they_are_telephone(clip: Path) -> None:
    with wave.open(str(clip)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples, rate_hz = samples[:: file.getnchannels()], file.getframerate()

    found = faults(report(samples[: 5 * rate_hz], rate_hz))

    assert found == ([MicFault.NARROWBAND] if rate_hz == 8_000 and len(samples) > rate_hz else [])


@pytest.mark.parametrize(("real_hz", "wrong"), [(44_100, True), (46_500, False), (49_500, False)])
def test_a_rate_that_is_off_by_more_than_four_percent_is_told(real_hz: int, *, wrong: bool) -> None:
    found = report(voice(3, real_hz), real_hz, claimed_hz=48_000)

    assert (MicFault.WRONG_RATE in faults(found)) is wrong


@pytest.mark.parametrize("seconds", [0.3, 0.9])
def test_nothing_is_said_before_a_second_was_heard(seconds: float) -> None:
    assert faults(report(np.zeros(round(seconds * RATE), np.int16))) == []


def test_a_device_that_delivers_nothing_is_silent() -> None:
    nothing = MicExamination(RATE).figures()

    assert faults(report_of(nothing, 1.0)) == []
    assert faults(report_of(nothing, 2.0)) == [MicFault.SILENT]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("the microphone X does not open: Device unavailable [PaErrorCode -9985]", MicFault.BUSY),
        ("the microphone X does not open: Permission denied", MicFault.REFUSED),
        ("there is no microphone named 'Jabra'", MicFault.MISSING),
        ("there is no microphone", MicFault.MISSING),
        ("the sound system does not answer", MicFault.MISSING),
    ],
)
def test_a_device_that_does_not_open_tells_why(words: str, fault: MicFault) -> None:
    found = finding_of_error(DeviceError(words, hint="Do this."))

    assert found.fault is fault


def test_every_sentence_is_one_and_holds_a_remedy() -> None:
    found = [report(make()).findings[0].sentence for make in BAD.values()]
    found += [finding_of_error(DeviceError(words)).sentence for words in ("busy", "permission")]

    for sentence in found:
        assert re.fullmatch(r"[A-Z][^.!?]*\.", sentence), sentence
        assert ":" in sentence


def watched(samples: Samples, seconds: float) -> tuple[list[EngineReport], MemoryRecording]:
    told: list[EngineReport] = []
    recording = MemoryRecording()

    async def run() -> None:
        clock = LoopClock()
        microphone = SoundMicrophone(samples, RATE, clock)
        microphone.open()
        watch = MicWatch(clock, recording, told.append)
        task = asyncio.create_task(watch.run())
        while clock.now_ns() < 1_000_000_000 + seconds * 1e9:
            for block in microphone.poll():
                watch.take(block)
            await asyncio.sleep(0.01)
        task.cancel()

    run_virtual(run())
    return told, recording


def test_a_session_tells_a_fault_once_and_again_that_it_is_gone() -> None:
    sound = np.concatenate((np.zeros(3 * RATE, np.int16), voice(9, RATE)))

    told, recording = watched(sound, 11)

    assert [faults(each) for each in told if isinstance(each, MicReport)] == [
        [MicFault.SILENT],
        [],
    ]
    assert [name for name, _ in recording.events] == ["MicFindings", "MicFindings"]


def test_a_session_says_nothing_of_a_good_microphone() -> None:
    told, recording = watched(voice(5, RATE), 5)

    assert told == []
    assert recording.events == []


def test_a_nearly_silent_microphone_is_not_called_digital_silence() -> None:
    faint = np.zeros(3 * RATE, np.int16)
    faint[::50] = 1

    (finding,) = report(faint).findings

    assert finding.fault is MicFault.SILENT
    assert "all but silent" in finding.sentence


def test_telephone_sound_in_a_wide_stream_is_told_with_its_bandwidth() -> None:
    narrow = voice(3, 8_000).astype(np.float32) / 32_768
    wide = np.rint(soxr.resample(narrow, 8_000, RATE) * 30_000).astype(np.int16)

    (finding,) = report(wide).findings

    assert finding.fault is MicFault.NARROWBAND
    assert finding.measured == "4.2 kHz"

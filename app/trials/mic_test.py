"""The guided microphone test: listen for some seconds, say what is wrong, play it back."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, AudioBlock, Samples
from app.core.clock import Clock
from app.core.errors import DeviceError
from app.core.events import PlaybackFinished
from app.core.ids import ItemId, ResponseId
from app.core.ports import AudioSource, HotDevice, NoticeKind, Player
from app.dsp.mic import MicExamination
from app.dsp.pcm import concat
from app.dsp.resample import resample
from app.session.jobs import Tell
from app.session.messages import (
    JobReport,
    MeterReport,
    MicReport,
    OutputChoice,
    StartMicTest,
)
from app.session.mic_findings import finding_of_error, report_of
from app.session.monitor import Meters
from app.session.parts import SessionParts
from app.session.tasks import to_its_end

SENTENCE: Final = "The quick brown fox jumps over the lazy dog."
"""To be said while it listens: it holds low and high sounds."""
LONGEST_S: Final = 30.0
STEP_S: Final = 0.05
TOLD_EVERY: Final = 5
PLAY_LIMIT_S: Final = 5.0

_REPLY = ResponseId("mic-test")
_ITEM = ItemId("mic-test")


@dataclass(frozen=True, slots=True)
class Heard:
    """What the microphone gave, and what was found."""

    report: MicReport
    samples: Samples
    rate_hz: int


async def run_mic_test(parts: SessionParts, request: StartMicTest, tell: Tell) -> MicReport:
    """Hold the test and return what was found; a device that does not open is a finding.

    Tells ``JobReport`` and ``MeterReport`` while it works, then ``MicReport``; cancelling it
    closes the devices.

    Raises:
        DeviceError: If the loudspeaker of the playback cannot be used.
    """
    source = parts.make_input(request.input).source
    seconds = min(max(request.seconds, 1.0), LONGEST_S)
    tell(JobReport(done=0, total=1, words="Opening the microphone"))
    try:
        await to_its_end(parts.aside(source.open))
        heard = await _listen(parts.clock, source, seconds, tell)
    except DeviceError as error:
        report = MicReport(findings=(finding_of_error(error),), examined_s=0.0)
        tell(report)
        return report
    finally:
        await to_its_end(parts.aside(source.close))
    tell(heard.report)
    if request.play_back is not None and len(heard.samples):
        await _play_back(parts, heard, request.play_back, tell)
    return heard.report


async def _listen(clock: Clock, source: AudioSource, seconds: float, tell: Tell) -> Heard:
    examination = MicExamination(SESSION_RATE_HZ)
    meters = Meters()
    kept: deque[AudioBlock] = deque()
    begun_ns, steps = clock.now_ns(), 0
    while (spent_s := (clock.now_ns() - begun_ns) / 1e9) < seconds:
        for block in source.poll():
            examination.push(block)
            meters.add_input(block.samples)
            kept.append(block)
        _refuse_a_loss(source)
        level = meters.take()
        if level is not None:
            tell(level)
        if steps % TOLD_EVERY == 0:
            words = f'Say: "{SENTENCE}"'
            tell(JobReport(done=round(spent_s * 10), total=round(seconds * 10), words=words))
        steps += 1
        await asyncio.sleep(STEP_S)
    rate_hz = kept[-1].rate_hz if kept else SESSION_RATE_HZ
    samples = concat(tuple(block.samples for block in kept if block.rate_hz == rate_hz))
    return Heard(report_of(examination.figures(), spent_s), samples, rate_hz)


def _refuse_a_loss(source: AudioSource) -> None:
    """Say that a microphone has gone: the silence that it leaves is no fault of its own."""
    if not isinstance(source, HotDevice):
        return
    if any(notice.kind is NoticeKind.LOST for notice in source.take_notices()):
        raise DeviceError(
            f"the microphone {source.name} was lost while it was listened to",
            hint="Plug it in again and repeat the test, or choose another one.",
        )


async def _play_back(parts: SessionParts, heard: Heard, output: OutputChoice, tell: Tell) -> None:
    sink = parts.make_output(output)
    ready: list[Samples] = []
    try:
        await to_its_end(parts.aside(sink.open))
        await parts.aside(
            lambda: ready.append(resample(heard.samples, heard.rate_hz, SESSION_RATE_HZ))
        )
        player = parts.make_player(sink)
        player.play(_REPLY, _ITEM, ready[0])
        player.end(_REPLY)
        tell(JobReport(done=1, total=1, words="This is what the model hears"))
        async with asyncio.timeout(len(ready[0]) / SESSION_RATE_HZ + PLAY_LIMIT_S):
            await _until_played(player, tell)
    except TimeoutError:
        raise DeviceError(
            f"the loudspeaker {sink.name} takes no sound", hint="Choose another one."
        ) from None
    finally:
        await to_its_end(parts.aside(sink.close))


async def _until_played(player: Player, tell: Tell) -> None:
    meters = Meters()
    while True:
        events, blocks = player.poll()
        for block in blocks:
            meters.add_output(block.samples)
        level: MeterReport | None = meters.take()
        if level is not None:
            tell(level)
        if any(isinstance(event, PlaybackFinished) for event in events):
            return
        await asyncio.sleep(STEP_S)

"""Examines the live microphone of a session while it runs."""

import asyncio
from collections.abc import Callable
from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, AudioBlock
from app.core.clock import Clock
from app.core.ports import Recording
from app.dsp.mic import MicExamination
from app.session.messages import EngineReport, MicReport
from app.session.mic_findings import report_of

PERIOD_S: Final = 0.5


class MicWatch:
    """Tells what is wrong with a microphone, once for every change. On the engine's loop.

    It hears what the device gives, muted or not, before anything is done to it.

    Args:
        clock: The session's.
        recording: Gets each change as an event.
        report: Gets what a front end shows.
    """

    def __init__(
        self, clock: Clock, recording: Recording, report: Callable[[EngineReport], None]
    ) -> None:
        self._clock = clock
        self._recording = recording
        self._report = report
        self._examination = MicExamination(SESSION_RATE_HZ)
        self._told: tuple[str, ...] = ()

    def take(self, block: AudioBlock) -> None:
        """Take in a block as the device gave it."""
        self._examination.push(block)

    async def run(self) -> None:
        """Look twice a second until cancelled."""
        begun_ns = self._clock.now_ns()
        while True:
            await asyncio.sleep(PERIOD_S)
            listened_s = (self._clock.now_ns() - begun_ns) / 1e9
            self._tell(report_of(self._examination.figures(), listened_s))

    def _tell(self, report: MicReport) -> None:
        faults = tuple(finding.fault.value for finding in report.findings)
        if faults == self._told:
            return
        self._told = faults
        measured = {finding.fault.value: finding.measured for finding in report.findings}
        self._recording.event(self._clock.now_ns(), "MicFindings", measured)
        self._report(report)

"""The state of the measurement, told once a second."""

import asyncio

from app.core.clock import Nanoseconds
from app.core.errors import ConnectionEndedError
from app.core.ports import HotDevice
from app.core.records import TurnRecord
from app.metrics.uncertainty import v2v_uncertainty
from app.session.closing import callback_lag_ms, device_clock_of
from app.session.messages import HealthReport, ProblemReport, Remedy
from app.session.monitor import ClientDelays, LoopLag
from app.session.problems import unwritten
from app.session.speech_ends import SpeechEnds
from app.session.stage import Stage
from app.session.turns import TurnTracker

TICK_S = 0.25
TOLD_EVERY = 4
PINGED_EVERY = 8
"""Ticks between reports, and at least between pings."""


class Health:
    """Tells the health of one session. All calls on the engine's loop.

    Attributes:
        rtt_ms: The last ping's round trip, or None before one was answered.
    """

    def __init__(
        self,
        stage: Stage,
        tracker: TurnTracker,
        lag: LoopLag,
        delays: ClientDelays,
        ends: SpeechEnds,
    ) -> None:
        self._stage = stage
        self._tracker = tracker
        self._lag = lag
        self._delays = delays
        self._ends = ends
        self._u_v2v_ms: float | None = None
        self._told_ns = stage.clock.now_ns()
        self.rtt_ms: float | None = None
        self._write_failed = False
        self._away: dict[str, str] = {}

    def add(self, turn: TurnRecord) -> None:
        """Take a finished turn."""
        self._u_v2v_ms = turn.u_v2v_ms if turn.u_v2v_ms is not None else self._u_v2v_ms

    async def run(self) -> None:
        """Tell it until cancelled.

        Pings go out only between turns: a pong behind a burst of audio measures the burst.
        """
        ticks = pinged = 0
        while True:
            await asyncio.sleep(TICK_S)
            ticks += 1
            if ticks - pinged >= PINGED_EVERY and self._stage.line.up and not self._tracker.busy:
                pinged = ticks
                await self._ping()
            if ticks % TOLD_EVERY == 0:
                self._tell()

    async def _ping(self) -> None:
        try:
            self.rtt_ms = await self._stage.line.connection.ping_ms()
        except ConnectionEndedError:
            self.rtt_ms = None  # the receiving task meets the same end and tells it
        else:
            self._stage.account.add_rtt(self.rtt_ms)

    def _tell(self) -> None:
        stage = self._stage
        account = stage.account
        account.refresh(stage, account.record.counters.dropped_reports)
        counters = account.record.counters
        now_ns = stage.clock.now_ns()
        elapsed_ns = Nanoseconds(now_ns - account.record.t0_ns)
        source, sink = stage.opened.source, stage.player.sink
        told_ns, self._told_ns = self._told_ns, now_ns
        self._stage.report(
            HealthReport(
                elapsed_s=elapsed_ns / 1e9,
                loop_lag_p99_ms=self._lag.p99_ms,
                callback_lag_ms=callback_lag_ms(source, sink, told_ns),
                client_added_p95_ms=self._delays.p95_ms,
                client=self._delays.report,
                client_limited_n=counters.client_limited,
                u_v2v_ms=self._uncertainty_ms(),
                rtt_ms=self.rtt_ms,
                xruns=counters.capture.xruns + counters.playback.xruns,
                drops=counters.dropped_capture_frames
                + counters.dropped_playback_frames
                + counters.dropped_journal_lines,
                unknown_messages=counters.unknown_messages,
                recording=stage.recording.failure is None,
                disk_full=stage.recording.disk_full,
                expires_in_s=account.expires_in_s(elapsed_ns),
            )
        )
        self._tell_failure()
        for device in (source, sink):
            if not isinstance(device, HotDevice):  # whose desk tells it
                self._tell_device(device.name, device.problem)

    def _uncertainty_ms(self) -> float | None:
        """Return the newest turn's, or what it will be before there is one."""
        if self._u_v2v_ms is not None:
            return self._u_v2v_ms
        clock = device_clock_of(self._stage.opened.source, self._stage.player.sink)
        lag_ms = self._lag.p99_ms or 0.0
        budget = v2v_uncertainty(self._ends.method, clock, loop_lag_ms=lag_ms)
        return None if budget is None else budget.total_ms

    def _tell_device(self, name: str, problem: str) -> None:
        """Tell once why a device is away, and again if it goes away for another reason."""
        if problem and self._away.get(name) != problem:
            self._stage.report(
                ProblemReport(
                    sentence=f"{name}: {problem}.",
                    hint="The session goes on and takes the device back as soon as it answers.",
                    remedy=Remedy.CHOOSE_DEVICE,
                )
            )
        self._away[name] = problem

    def _tell_failure(self) -> None:
        problem = unwritten(self._stage.recording)
        if problem is None or self._write_failed:
            return
        self._write_failed = True
        self._stage.report(problem)

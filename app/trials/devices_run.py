"""Playing a train of chirps through a loudspeaker while a microphone listens."""

import asyncio
from typing import Final

from app.core.audio_format import AudioBlock, PlayedBlock, Samples
from app.core.clock import Clock, Nanoseconds
from app.core.errors import DeviceError
from app.core.ports import AudioSink, AudioSource
from app.dsp.chirp import HIGH_HZ, chirp
from app.dsp.pcm import silence
from app.session.jobs import Tell
from app.session.messages import JobReport
from app.trials.devices_hearing import Trial
from app.trials.devices_train import offsets_s

SETTLE_NS: Final = 800_000_000
"""Both devices run for so long before anything counts: stamps lie for the first half second."""
TAIL_NS: Final = 1_000_000_000
"""Listened for after the last chirp."""
STALL_NS: Final = 3_000_000_000
"""Nothing from a device for so long ends the run."""
AHEAD_S: Final = 0.2

_POLL_S = 0.01
_SECOND_NS = 1_000_000_000
_AGAIN = "Check its plug and cable, then measure again."
_WORDS = ("microphone", "loudspeaker")


class ChirpRun:
    """One run over two open devices, which stay open. All calls on the loop.

    Args:
        clock: The session's.
        source: The microphone.
        sink: The loudspeaker.
        tell: Gets a JobReport at each chirp.
    """

    def __init__(self, clock: Clock, source: AudioSource, sink: AudioSink, tell: Tell) -> None:
        self._clock = clock
        self._source = source
        self._sink = sink
        self._tell = tell
        self._restarts = self._count_restarts()
        self._alive_ns = [clock.now_ns(), clock.now_ns()]

    async def run(self, chirps: int, seed: int) -> Trial:
        """Play the train and listen.

        Raises:
            DeviceError: If a device delivers nothing, stops, is lost, changes its rate, or has
                one that cannot carry a chirp.
        """
        await self._settle()
        xruns = self._count_xruns()
        played = Playing(self._sink, chirps, seed)
        blocks = await self._listen(played)
        clocks = {self._source.device_clock, self._sink.device_clock}
        return Trial(
            chirps=chirps,
            played_ns=tuple(played.instants),
            blocks=tuple(blocks),
            input_name=self._source.name,
            output_name=self._sink.name,
            device_out_ms=self._sink.device_out_ms,
            device_clock="assumed" if "assumed" in clocks else "measured",
            xruns=self._count_xruns() - xruns,
        )

    async def _settle(self) -> None:
        """Let both devices run for a while; what they give meanwhile is dropped."""
        until_ns: Nanoseconds | None = None
        both_run = [False, False]
        while until_ns is None or self._clock.now_ns() < until_ns:
            given = self._poll()
            both_run = [ran or bool(blocks) for ran, blocks in zip(both_run, given, strict=True)]
            if until_ns is None and all(both_run):
                until_ns = Nanoseconds(self._clock.now_ns() + SETTLE_NS)
            await asyncio.sleep(_POLL_S)

    async def _listen(self, playing: "Playing") -> list[AudioBlock]:
        blocks: list[AudioBlock] = []
        told = 0
        while not blocks or blocks[-1].captured_ns < playing.end_ns + TAIL_NS:
            captured, played = self._poll()
            blocks += captured
            self._same_rate(blocks)
            playing.go_on(played)
            if len(playing.instants) > told:
                told = len(playing.instants)
                words = f"chirp {told} of {playing.chirps}"
                self._tell(JobReport(done=told, total=playing.chirps, words=words))
            await asyncio.sleep(_POLL_S)
        return blocks

    def _poll(self) -> tuple[list[AudioBlock], list[PlayedBlock]]:
        captured, played = list(self._source.poll()), list(self._sink.poll())
        now_ns = self._clock.now_ns()
        devices: tuple[AudioSource | AudioSink, ...] = (self._source, self._sink)
        for index, (device, blocks) in enumerate(zip(devices, (captured, played), strict=True)):
            if self._count_restarts() > self._restarts or device.problem:
                words = f": {device.problem}" if device.problem else ""
                raise DeviceError(f"a sound device was lost meanwhile{words}", hint=_AGAIN)
            if blocks:
                self._alive_ns[index] = now_ns
            elif now_ns - self._alive_ns[index] > STALL_NS:
                raise DeviceError(
                    f"the {_WORDS[index]} {device.name} delivers nothing", hint=_AGAIN
                )
        return captured, played

    def _same_rate(self, blocks: list[AudioBlock]) -> None:
        if blocks and blocks[0].rate_hz != blocks[-1].rate_hz:
            raise DeviceError(
                f"{self._source.name} changed its rate from {blocks[0].rate_hz} Hz to "
                f"{blocks[-1].rate_hz} Hz meanwhile",
                hint="Measure again.",
            )

    def _count_restarts(self) -> int:
        return self._source.health.restarts + self._sink.health.restarts

    def _count_xruns(self) -> int:
        return self._source.health.xruns + self._sink.health.xruns


class Playing:
    """A train on its way to a loudspeaker to which nobody else writes.

    Attributes:
        chirps: How many it has.
        instants: DAC instant of the first frame of each that was played so far.

    Raises:
        DeviceError: If the loudspeaker's rate is too low for a chirp.
    """

    def __init__(self, sink: AudioSink, chirps: int, seed: int) -> None:
        self._sink = sink
        self.chirps = chirps
        self.instants: list[Nanoseconds] = []
        self._starts, self._train = _train(sink, chirps, seed)
        self._written = 0
        self._taken = 0

    @property
    def end_ns(self) -> Nanoseconds:
        """When the last chirp began, or an instant beyond all while it has not."""
        if len(self.instants) < self.chirps:
            return Nanoseconds(2**62)
        return self.instants[-1]

    def go_on(self, played: list[PlayedBlock]) -> None:
        """Take in what was played, then keep the loudspeaker 0.2 s ahead."""
        for block in played:
            self._account(block)
        ahead = round(AHEAD_S * self._sink.rate_hz) - self._sink.queued_frames
        if ahead > 0:
            piece = self._train[self._written : self._written + ahead]
            self._written += self._sink.write(piece)

    def _account(self, block: PlayedBlock) -> None:
        while len(self.instants) < self.chirps:
            inside = self._starts[len(self.instants)] - self._taken
            if inside >= block.taken_frames:
                break
            at_ns = block.played_ns + inside * _SECOND_NS // block.rate_hz
            self.instants.append(Nanoseconds(at_ns))
        self._taken += block.taken_frames


def _train(sink: AudioSink, chirps: int, seed: int) -> tuple[list[int], Samples]:
    """Return each chirp's first frame, and all of it as one sound at the loudspeaker's rate."""
    rate_hz = sink.rate_hz
    try:
        one = chirp(rate_hz)
    except ValueError as exc:
        raise DeviceError(
            f"{sink.name} runs at {rate_hz} Hz; chirps need more than {2 * HIGH_HZ:.0f} Hz",
            hint="Choose another device, or another profile of this one.",
        ) from exc
    starts = [round(offset_s * rate_hz) for offset_s in offsets_s(chirps, seed)]
    train = silence(starts[-1] + 2 * len(one))
    for start in starts:
        train[start : start + len(one)] = one
    return starts, train

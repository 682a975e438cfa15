"""What the microphone heard of the chirps that the loudspeaker played."""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from app.core.audio_format import AudioBlock
from app.core.clock import Nanoseconds
from app.core.errors import DeviceError
from app.dsp.chirp import HIGH_HZ, ChirpFinder, HeardChirp
from app.dsp.pcm import concat, peak_dbfs
from app.metrics.statistics import quantile
from app.trials.devices_train import match


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """All that a run over both devices gave.

    Attributes:
        chirps: How many were to be played.
        played_ns: DAC instant of the first frame of each that was.
        blocks: What was captured meanwhile, oldest first.
        device_out_ms: From hand-over to DAC, or None where it is not known.
        device_clock: "measured" where the stamps of both devices were believed.
    """

    chirps: int
    played_ns: tuple[Nanoseconds, ...]
    blocks: tuple[AudioBlock, ...]
    input_name: str
    output_name: str
    device_out_ms: float | None
    device_clock: str
    xruns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What was found of them.

    Attributes:
        residuals_ms: Captured less played, of each chirp that lies at the common delay.
        recognised: Chirps that were heard at any time.
        clipped: Those at the common delay that are cut off.
        level_dbfs: Median level of those, or None without one.
        peak_dbfs: Of all that was captured; None is digital silence.
    """

    residuals_ms: list[float]
    recognised: int
    clipped: int
    level_dbfs: float | None
    peak_dbfs: float | None

    @property
    def found(self) -> int:
        """Chirps at the common delay."""
        return len(self.residuals_ms)


def hear(trial: Trial) -> Hearing:
    """Find the chirps. Takes some 30 ms for each second of sound.

    Raises:
        DeviceError: If the microphone's rate is too low for them.
    """
    samples = concat([block.samples for block in trial.blocks])
    if not trial.blocks or not len(samples):
        raise DeviceError(
            f"the microphone {trial.input_name} delivers nothing", hint="Choose another one."
        )
    heard = chirp_finder(trial.blocks[0].rate_hz, trial.input_name).find(samples)
    starts = [0, *accumulate(len(block.samples) for block in trial.blocks)]
    instants = [_instant(trial.blocks, starts, chirp) for chirp in heard]
    pairs = match(trial.played_ns, instants)
    matched = [heard[pair.heard] for pair in pairs]
    return Hearing(
        residuals_ms=[
            (instants[pair.heard] - trial.played_ns[pair.played]) / 1e6 for pair in pairs
        ],
        recognised=len(heard),
        clipped=sum(chirp.clipped for chirp in matched),
        level_dbfs=quantile([chirp.level_dbfs for chirp in matched], 0.5),
        peak_dbfs=peak_dbfs(samples),
    )


def chirp_finder(rate_hz: int, name: str) -> ChirpFinder:
    """Return a finder at a device's rate.

    Raises:
        DeviceError: If the rate is too low.
    """
    try:
        return ChirpFinder(rate_hz)
    except ValueError as exc:
        raise DeviceError(
            f"{name} runs at {rate_hz} Hz; chirps need more than {2 * HIGH_HZ:.0f} Hz",
            hint="Choose another device, or another profile of this one.",
        ) from exc


def _instant(blocks: tuple[AudioBlock, ...], starts: list[int], chirp: HeardChirp) -> Nanoseconds:
    """Return when a chirp's first frame was captured, by the stamp of its own block."""
    index = min(max(bisect_right(starts, chirp.frame) - 1, 0), len(blocks) - 1)
    block = blocks[index]
    inside_ns = round((chirp.frame - starts[index]) * 1e9 / block.rate_hz)
    return Nanoseconds(block.captured_ns + inside_ns)

"""Cost of moving 10 ms of audio: through the ring, a resampler and the detectors.

``python -m tests.benchmarks.rings``
"""

import json
import os

import numpy as np

from app.audio.ring import local_ring
from app.dsp.activity import SpeechActivity
from app.dsp.audible_runs import AudibleRuns
from app.dsp.pcm import rms_dbfs
from app.dsp.resample import Resampler
from tests.benchmarks.codec import best_us

DEVICE_HZ = 48_000
BLOCK = DEVICE_HZ // 100


def run() -> dict[str, object]:
    """Measure and return the figures, microseconds for each block of 10 ms."""
    ring = local_ring(BLOCK * 20, np.int16)
    block = np.random.default_rng(0).normal(0, 3000, BLOCK).astype(np.int16)
    out = np.zeros(BLOCK, np.int16)
    down = Resampler(DEVICE_HZ, 24_000)
    up = Resampler(24_000, DEVICE_HZ)
    wire = block[: BLOCK // 2]
    quiet = np.zeros(BLOCK // 2, np.int16)
    activity, audible = SpeechActivity(24_000), AudibleRuns(24_000)

    def through_the_ring() -> None:
        ring.write(block)
        assert ring.read_into(out) == BLOCK

    return {
        "ring_write_and_read_us": round(best_us(through_the_ring), 2),
        "resample_48k_to_24k_us": round(best_us(lambda: down.push(block)), 1),
        "resample_24k_to_48k_us": round(best_us(lambda: up.push(wire)), 1),
        "speech_activity_us": round(best_us(lambda: activity.push(wire)), 1),
        "audible_runs_us": round(best_us(lambda: audible.push(quiet)), 1),
        "level_us": round(best_us(lambda: rms_dbfs(wire)), 1),
        "load_average": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))  # noqa: T201

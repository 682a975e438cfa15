"""Speech of a noisy microphone, by a network that was trained to hear it.

Source: metrics specification, 2.4 and 4.1: speech from a probability of 0.5 on, until it falls
under 0.35; the detector's bias, +40 ms at the end and +20 ms at the start, is subtracted.
"""

from typing import Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.ports import VoiceActivity
from app.dsp.pcm import concat, silence, to_float
from app.dsp.resample import Resampler
from app.dsp.speech import MERGE_GAP_MS, SHORTEST_MS, Segment

ENTER: Final = 0.5
EXIT: Final = 0.35
END_BIAS_MS: Final = 40.0
START_BIAS_MS: Final = 20.0

_RATE_HZ = 16_000
_STEP = 512
_STEP_MS = _STEP * 1000 / _RATE_HZ
_FRAMES_PER_MS = SESSION_RATE_HZ / 1000


class DetectedSpeech:
    """Hears one side of a recording, a piece at a time. One owner.

    Args:
        detector: Fed 32 ms at a time; it keeps its context between pieces.
    """

    def __init__(self, detector: VoiceActivity) -> None:
        self._detector = detector
        self._resampler = Resampler(SESSION_RATE_HZ, _RATE_HZ)
        self._rest = silence(0)
        self._probabilities: list[float] = []

    def push(self, samples: Samples) -> None:
        """Take the next frames in, 24 kHz mono."""
        pending = concat((self._rest, self._resampler.push(samples)))
        whole = len(pending) // _STEP * _STEP
        for frame in to_float(pending[:whole]).reshape(-1, _STEP):
            self._probabilities.append(self._detector.probability(frame))
        self._rest = pending[whole:].copy()

    def speech(self) -> list[Segment]:
        """Return the speech so far, in frames at 24 kHz, oldest first."""
        spans: list[tuple[float, float]] = []
        start: int | None = None
        for step, probability in enumerate([*self._probabilities, 0.0]):
            if start is None and probability >= ENTER:
                start = step
            elif start is not None and probability < EXIT:
                spans.append((start * _STEP_MS - START_BIAS_MS, step * _STEP_MS - END_BIAS_MS))
                start = None
        return [
            Segment(max(round(first * _FRAMES_PER_MS), 0), round(last * _FRAMES_PER_MS))
            for first, last in _joined(spans)
            if last - first >= SHORTEST_MS
        ]


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for first, last in spans:
        if joined and first - joined[-1][1] < MERGE_GAP_MS:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined

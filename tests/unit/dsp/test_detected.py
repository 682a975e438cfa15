from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.dsp.detected import DetectedSpeech
from tests.unit.dsp.test_speech import RATE, silence, voice

MS = RATE // 1000


class LoudIsSpeech:
    """A network that takes all that is loud for speech."""

    def reset(self) -> None:
        """It has no memory."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        assert frame.shape == (512,)
        return 0.9 if float(np.abs(frame).max()) > 0.05 else 0.1


class Told:
    """A network that says what it was told to."""

    def __init__(self, probabilities: Sequence[float]) -> None:
        self._left = list(probabilities)

    def reset(self) -> None:
        """It has no memory."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        return self._left.pop(0) if self._left else 0.0


def spans_ms(detected: DetectedSpeech) -> list[tuple[float, float]]:
    return [(each.start / MS, each.end / MS) for each in detected.speech()]


def test_speech_is_found_where_it_is_less_the_detectors_bias() -> None:
    detected = DetectedSpeech(LoudIsSpeech())

    for piece in np.array_split(np.concatenate([silence(960), voice(960), silence(960)]), 7):
        detected.push(piece)

    ((start, end),) = spans_ms(detected)
    assert start == pytest.approx(960 - 20, abs=32)
    assert end == pytest.approx(1_920 - 40, abs=32)


STEPS: dict[str, tuple[list[float], list[tuple[float, float]]]] = {
    "nothing": ([0.1] * 10, []),
    "0.5 begins and 0.35 goes on": ([0.0] * 5 + [0.5] + [0.36] * 5 + [0.34], [(140, 312)]),
    "under 60 ms it is none": ([0.0] * 5 + [0.9] * 2 + [0.0], []),
    "short gaps are bridged": ([0.0] * 5 + [0.9] * 5 + [0.0] * 5 + [0.9] * 5, [(140, 600)]),
    "long gaps are not": (
        [0.0] * 5 + [0.9] * 5 + [0.0] * 7 + [0.9] * 5,
        [(140, 280), (524, 664)],
    ),
    "from the very beginning": ([0.9] * 5 + [0.0], [(0, 120)]),
}


@pytest.mark.parametrize(("probabilities", "found"), STEPS.values(), ids=STEPS.keys())
def test_probabilities_become_speech(
    probabilities: list[float], found: list[tuple[float, float]]
) -> None:
    detected = DetectedSpeech(Told(probabilities))
    clip: Samples = silence(32 * len(probabilities) + 40)

    detected.push(clip)

    assert spans_ms(detected) == found

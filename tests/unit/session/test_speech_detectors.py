"""Where a live user's speech begins and ends, by a network and by energy."""

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.session.speech_detectors import (
    END_BIAS_MS,
    HOP,
    DetectedEdge,
    EnergyDetector,
    SpeechDetector,
    VoiceDetector,
)
from tests.support.session import tone

T0_MS = 5000.0
HOP_MS = 32.0


class Loud:
    """A network that calls a hop speech by its level, and in between the two thresholds."""

    def __init__(self) -> None:
        self.frames: list[NDArray[np.float32]] = []

    def reset(self) -> None:
        self.frames.clear()

    def probability(self, frame: NDArray[np.float32]) -> float:
        assert frame.shape == (HOP,)
        assert frame.dtype == np.float32
        self.frames.append(frame)
        level = float(np.abs(frame).max())
        return 0.9 if level > 0.2 else 0.4 if level > 0.05 else 0.01


def edges(detector: SpeechDetector, samples: Samples, piece: int = 480) -> list[tuple[bool, float]]:
    """Feed ``samples`` from T0_MS on in pieces; return the edges in ms from there."""
    found: list[DetectedEdge] = []
    for start in range(0, len(samples), piece):
        at_ns = Nanoseconds(round(T0_MS * 1e6) + start * 1_000_000_000 // 24_000)
        found += detector.feed(at_ns, samples[start : start + piece])
    return [(edge.started, edge.at_ns / 1e6 - T0_MS) for edge in found]


def speech(*spans: tuple[int, float]) -> Samples:
    return np.concatenate([tone(ms, level) for ms, level in spans])


def test_the_network_finds_both_ends_to_a_hop_less_its_bias() -> None:
    found = edges(VoiceDetector(Loud()), speech((500, 0.0), (1000, 0.3), (500, 0.0)))

    (began, at_on), (ended, at_off) = found
    assert (began, ended) == (True, False)
    assert 500 - HOP_MS <= at_on <= 500
    assert 1500 <= at_off + END_BIAS_MS <= 1500 + HOP_MS + 1


def test_what_is_quieter_than_an_onset_goes_on_but_begins_nothing() -> None:
    quiet = speech((500, 0.1), (500, 0.0))
    trailing = speech((500, 0.0), (500, 0.3), (600, 0.1), (500, 0.0))

    assert edges(VoiceDetector(Loud()), quiet) == []
    assert edges(VoiceDetector(Loud()), trailing)[1][1] + END_BIAS_MS == pytest.approx(1616, abs=33)


@pytest.mark.parametrize(("pause_ms", "ends"), [(90, 1), (200, 2)])
def test_a_short_pause_is_no_end(pause_ms: int, ends: int) -> None:
    found = edges(
        VoiceDetector(Loud()), speech((200, 0.0), (500, 0.3), (pause_ms, 0.0), (500, 0.3), (500, 0))
    )

    assert [started for started, _ in found].count(False) == ends


def test_a_stream_that_is_cut_otherwise_gives_the_same_edges() -> None:
    samples = speech((500, 0.0), (1000, 0.3), (500, 0.0))

    whole = edges(VoiceDetector(Loud()), samples, piece=480)

    for piece in (160, 481, 2400):
        other = edges(VoiceDetector(Loud()), samples, piece=piece)
        assert [at for _, at in other] == pytest.approx([at for _, at in whole], abs=0.1)


def test_instants_are_the_microphones_own_after_a_gap() -> None:
    detector = VoiceDetector(Loud())
    edges(detector, speech((480, 0.0)))
    late = Nanoseconds(60_000_000_000)

    found = [
        edge
        for index in range(50)
        for edge in detector.feed(Nanoseconds(late + index * 20_000_000), tone(20))
    ]

    assert len(found) == 1
    assert abs(found[0].at_ns - late) <= HOP_MS * 1e6
    assert detector.speaking


def test_each_says_how_it_hears() -> None:
    assert VoiceDetector(Loud()).method is SpeechEndMethod.SILERO
    assert EnergyDetector().method is SpeechEndMethod.ENERGY


def test_energy_finds_both_ends() -> None:
    detector = EnergyDetector()

    found = edges(detector, speech((500, 0.0), (1000, 0.3), (500, 0.0)))

    assert [started for started, _ in found] == [True, False]
    assert [at for _, at in found] == pytest.approx([500, 1500], abs=11)
    assert not detector.speaking

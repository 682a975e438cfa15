"""What is recorded of a loudspeaker: what it sounded, and not what died with it."""

import numpy as np

from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.dsp.pcm import silence
from app.session.heard import MOST, HeardAudio
from tests.support.audio import ns, ramp
from tests.support.memory import MemoryRecording

FRAMES = 240


def block(number: int) -> PlayedBlock:
    samples = ramp(FRAMES, 1 + number * FRAMES)
    return PlayedBlock(samples, 24_000, ns(number * 10), number * FRAMES, FRAMES)


def lost(at_ms: float) -> PlayedBlock:
    return PlayedBlock(silence(0), 24_000, ns(at_ms), 0, 0, unheard_frames=1)


def recorded(recording: MemoryRecording) -> Samples:
    return np.concatenate([samples for _, samples in recording.agent] or [silence(0)])


def test_a_block_is_recorded_once_the_device_is_known_to_have_sounded_it() -> None:
    recording = MemoryRecording()
    heard = HeardAudio(recording)
    for number in range(5):
        heard.put(block(number))

    heard.settle(ns(20))
    before = list(recording.agent)
    heard.settle(ns(29.9))
    heard.close()

    assert [at_ns for at_ns, _ in before] == [ns(0), ns(10)]
    assert [at_ns for at_ns, _ in recording.agent] == [ns(10 * n) for n in range(5)]


def test_what_a_lost_device_did_not_sound_is_not_recorded() -> None:
    recording = MemoryRecording()
    heard = HeardAudio(recording)
    for number in range(6):
        heard.put(block(number))
    heard.settle(ns(10))

    heard.put(lost(35))
    heard.close()

    assert recorded(recording).tolist() == ramp(35 * 24).tolist()


def test_a_loss_with_nothing_on_its_way_changes_nothing() -> None:
    recording = MemoryRecording()
    heard = HeardAudio(recording)

    heard.put(lost(0))
    heard.close()

    assert recording.agent == []


def test_no_more_is_held_than_a_device_could_hold() -> None:
    recording = MemoryRecording()
    heard = HeardAudio(recording)

    for number in range(MOST + 3):
        heard.put(block(number))

    assert [at_ns for at_ns, _ in recording.agent] == [Nanoseconds(ns(10 * n)) for n in range(3)]

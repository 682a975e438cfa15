"""What is done to the microphone between the device and everybody who hears it."""

import numpy as np
import pytest

from app.core.audio_format import PlayedBlock, Samples
from app.core.clock import Nanoseconds
from app.core.conduct import Processing
from app.dsp.pcm import silence
from app.session.echo_chain import HANG_MS, VoiceChain

CANCELLING = Processing(echo_cancellation=True)
HALF_DUPLEX = Processing(half_duplex=True)
LOUD = np.full(480, 5000, np.int16)


def at(ms: float) -> Nanoseconds:
    return Nanoseconds(9_000_000_000 + round(ms * 1e6))


class Subtracts:
    """Takes the far end away, and says that it took a millisecond."""

    delay_frames = 24

    def __init__(self) -> None:
        self.sizes: set[tuple[int, int]] = set()

    def process(self, near: Samples, far: Samples) -> Samples:
        self.sizes.add((len(near), len(far)))
        return near - far


def chain(processing: Processing, *, watching: bool = False) -> tuple[VoiceChain, list[int]]:
    refreshed: list[int] = []
    made = VoiceChain(watching=watching, refresh=lambda: refreshed.append(1))
    made.use(processing, Subtracts() if processing.filters else None, at(0))
    return made, refreshed


def play(chain: VoiceChain, blocks: range, level: int = 1000) -> None:
    for index in blocks:
        samples = np.full(240, level, np.int16)
        chain.play(PlayedBlock(samples, 24_000, at(10 * index), index * 240, 240 if level else 0))


def test_where_nothing_is_switched_on_frames_pass_as_they_are() -> None:
    idle, refreshed = chain(Processing())
    play(idle, range(4))

    at_ns, frame = idle.pass_on(at(0), LOUD)

    assert frame is LOUD
    assert at_ns == at(0)
    assert not idle.active
    assert not idle.sounding(at(0), at(40))
    assert refreshed == []


def test_who_only_watches_changes_nothing() -> None:
    watching, refreshed = chain(Processing(), watching=True)
    play(watching, range(4))

    at_ns, frame = watching.pass_on(at(0), LOUD)

    assert frame is LOUD
    assert at_ns == at(0)
    assert watching.sounding(at(0), at(40))
    assert refreshed == [1]


def test_the_processor_gets_what_sounded_at_the_very_instants_of_the_microphone() -> None:
    cancelling, _ = chain(CANCELLING)
    play(cancelling, range(2))

    at_ns, frame = cancelling.pass_on(at(10), LOUD)

    assert frame.tolist() == [4000] * 240 + [5000] * 240
    assert at_ns == at(9)
    assert cancelling.late_ns == 1_000_000


@pytest.mark.parametrize(
    ("start_ms", "passes"),
    [
        (-20, True),
        (-19, False),
        (0, False),
        (20, False),
        (39 + HANG_MS, False),
        (40 + HANG_MS, True),
    ],
)
def test_half_duplex_is_silent_while_a_reply_sounds_and_a_little_longer(
    start_ms: int, *, passes: bool
) -> None:
    half, _ = chain(HALF_DUPLEX)
    play(half, range(4))
    play(half, range(4, 60), level=0)

    at_ns, frame = half.pass_on(at(start_ms), LOUD)

    assert at_ns == at(start_ms)
    assert frame.tolist() == (LOUD if passes else silence(480)).tolist()


@pytest.mark.parametrize(
    ("processing", "asked_ms", "since"),
    [(CANCELLING, 1, True), (CANCELLING, 0, False), (HALF_DUPLEX, 1, False)],
)
def test_it_is_known_since_when_echo_is_cancelled(
    processing: Processing, asked_ms: float, *, since: bool
) -> None:
    made, _ = chain(processing)

    assert made.cancelling_since(at(asked_ms)) is since
    assert not VoiceChain(watching=True, refresh=lambda: None).cancelling_since(at(1))


def test_it_works_in_frames_of_ten_milliseconds() -> None:
    made = VoiceChain(watching=False, refresh=lambda: None)
    subtracts = Subtracts()
    made.use(CANCELLING, subtracts, at(0))

    made.pass_on(at(0), LOUD)
    made.pass_on(at(20), LOUD[:240])

    assert subtracts.sizes == {(240, 240)}

"""When our own ears decide that the user wants the floor."""

from collections.abc import Callable

import pytest

from app.audio.sources import SilentMicrophone
from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.conduct import BargeIn
from app.dsp.pcm import concat, silence
from app.session.local_ears import LocalEars
from app.session.parts import OpenedInput
from app.session.speech_detectors import EnergyDetector, SpeechDetector, VoiceDetector
from app.session.speech_ends import SpeechEnds
from tests.support.clocks import ManualClock
from tests.support.live_user import LoudIsSpeech
from tests.support.session import tone

FRAME = 480
NETWORK, ENERGY = (lambda: VoiceDetector(LoudIsSpeech())), EnergyDetector
EARS = pytest.mark.parametrize("detector", [NETWORK, ENERGY], ids=["network", "energy"])
LOCAL = BargeIn(local=True, local_speech_ms=100)


def quiet(ms: int) -> Samples:
    return silence(ms * 24)


def decided(
    said: Samples,
    detector: Callable[[], SpeechDetector],
    wish: BargeIn = LOCAL,
    *,
    sounds_from_ms: float = 0.0,
    echo_until_ms: float = 0.0,
) -> list[float]:
    """Return when it was decided, ms; each decision silences the reply."""
    clock, decisions = ManualClock(), list[float]()
    ends = SpeechEnds(OpenedInput(source=SilentMicrophone(clock), script=None), detector())

    def now_ms() -> float:
        return clock.now_ns() / 1e6

    def sounding() -> bool:
        return now_ms() >= sounds_from_ms and not decisions

    ears = LocalEars(ends, clock, sounding, lambda at_ns: decisions.append(at_ns / 1e6))
    ears.wish = wish
    ears.is_echo = lambda _: now_ms() <= echo_until_ms
    for first in range(0, len(said) - FRAME + 1, FRAME):
        at_ns = Nanoseconds(clock.now_ns())
        clock.advance_ms(20)
        ends.feed(at_ns, said[first : first + FRAME])
        ears.listen()
    return decisions


@EARS
def test_speech_is_noticed_once_there_is_so_much_of_it(
    detector: Callable[[], SpeechDetector],
) -> None:
    said = concat((quiet(400), tone(600), quiet(400)))

    (at_ms,) = decided(said, detector)

    assert 500 <= at_ms <= 560


@EARS
@pytest.mark.parametrize(("speech_ms", "least"), [(0, 400), (40, 440), (300, 700)])
def test_how_much_is_the_users_choice(
    detector: Callable[[], SpeechDetector], speech_ms: int, least: int
) -> None:
    said = concat((quiet(400), tone(900), quiet(400)))

    (at_ms,) = decided(said, detector, BargeIn(local=True, local_speech_ms=speech_ms))

    assert least <= at_ms <= least + 80


@EARS
@pytest.mark.parametrize(
    "wish",
    [BargeIn(local=False), BargeIn(enabled=False, local=True)],
    ids=["not wished", "no barge-in at all"],
)
def test_it_is_a_choice(detector: Callable[[], SpeechDetector], wish: BargeIn) -> None:
    assert decided(concat((quiet(400), tone(600))), detector, wish) == []


@EARS
def test_a_click_is_no_speech_though_the_hangover_goes_on(
    detector: Callable[[], SpeechDetector],
) -> None:
    assert decided(concat((quiet(400), tone(60), quiet(600))), detector) == []


@EARS
def test_what_was_said_before_the_reply_sounded_does_not_count(
    detector: Callable[[], SpeechDetector],
) -> None:
    said = concat((quiet(400), tone(600), quiet(600)))

    assert decided(said, detector, sounds_from_ms=1040) == []
    (at_ms,) = decided(said, detector, sounds_from_ms=700)
    assert 770 <= at_ms <= 860


@EARS
def test_other_speech_after_that_counts_from_its_own_beginning(
    detector: Callable[[], SpeechDetector],
) -> None:
    said = concat((quiet(400), tone(600), quiet(400), tone(300), quiet(100)))

    (at_ms,) = decided(said, detector, sounds_from_ms=1010)

    assert 1500 <= at_ms <= 1560


@EARS
def test_the_agents_own_voice_decides_nothing_and_is_asked_about_seldom(
    detector: Callable[[], SpeechDetector],
) -> None:
    said = concat((quiet(400), tone(900), quiet(100)))

    assert decided(said, detector, echo_until_ms=2000) == []
    (at_ms,) = decided(said, detector, echo_until_ms=600)
    assert 680 <= at_ms <= 760


@EARS
def test_with_no_reply_there_is_nothing_to_stop(detector: Callable[[], SpeechDetector]) -> None:
    assert decided(concat((quiet(400), tone(600))), detector, sounds_from_ms=9999) == []

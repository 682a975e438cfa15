import numpy as np
from hypothesis import given, strategies as st

from app.localengine.listening_rate import LISTENING_DELAY_MS
from app.localengine.ports import DetectorSettings, SpeechMark, Waveform
from app.localengine.simulator_hearing import EnergyDetector, ScriptedUtterance


def audio(*spans: tuple[float, int]) -> Waveform:
    """Spans of a level and a length in ms."""
    pieces = [np.full(span_ms * 16, level, np.float32) for level, span_ms in spans]
    return np.concatenate(pieces)


def detector(silence_ms: int = 200, extra_ms: float = 0.0) -> EnergyDetector:
    made = EnergyDetector(-40.0, extra_ms)
    made.configure(DetectorSettings(silence_ms=silence_ms))
    return made


def hasty(*false_end_ms: float | None) -> EnergyDetector:
    """Ends its first turns so long after their onset, the others as ever."""
    ends = dict(enumerate(false_end_ms, 1))
    made = EnergyDetector(-40.0, 0.0, ends.get)
    made.configure(DetectorSettings(silence_ms=200))
    return made


def rounded(marks: list[SpeechMark]) -> list[tuple[bool, int]]:
    return [(mark.started, round(mark.at_ms + LISTENING_DELAY_MS)) for mark in marks]


def test_speech_and_its_end_are_found_to_the_sample() -> None:
    marks = list(detector().feed(audio((0.0, 100), (0.1, 300), (0.0, 250))))

    assert rounded(marks) == [(True, 100), (False, 400)]


def test_the_end_is_found_with_the_block_that_completes_the_silence() -> None:
    ears = detector()
    ears.feed(audio((0.1, 100)))

    assert ears.feed(audio((0.0, 199))) == []
    assert rounded(list(ears.feed(audio((0.0, 1))))) == [(False, 100)]


def test_a_pause_shorter_than_the_silence_does_not_end_a_turn() -> None:
    marks = detector().feed(audio((0.0, 100), (0.1, 100), (0.0, 150), (0.1, 100)))

    assert rounded(list(marks)) == [(True, 100)]


def test_several_turns_in_one_block_are_all_found() -> None:
    turn = ((0.0, 100), (0.1, 100), (0.0, 200))

    marks = detector().feed(audio(*turn, *turn))

    assert rounded(list(marks)) == [(True, 100), (False, 200), (True, 500), (False, 600)]


def test_quiet_noise_is_no_speech_and_extra_silence_is_waited_for() -> None:
    assert detector().feed(audio((0.009, 500))) == []
    assert len(detector(extra_ms=100).feed(audio((0.1, 10), (0.0, 250)))) == 1
    assert len(detector(extra_ms=100).feed(audio((0.1, 10), (0.0, 310)))) == 2


def test_forgetting_keeps_the_position() -> None:
    ears = detector()
    ears.feed(audio((0.1, 100)))
    ears.reset()

    assert rounded(list(ears.feed(audio((0.0, 300), (0.1, 10))))) == [(True, 400)]


def test_a_false_end_comes_so_long_after_the_onset_and_what_follows_is_none() -> None:
    sound = audio((0.0, 100), (0.1, 600), (0.0, 300), (0.1, 300), (0.0, 250))

    marks = list(hasty(150.0).feed(sound))

    assert rounded(marks) == [(True, 100), (False, 50), (True, 1000), (False, 1300)]


def test_a_false_end_comes_with_the_block_that_completes_its_time() -> None:
    ears = hasty(150.0)
    ears.feed(audio((0.1, 1)))

    assert ears.feed(audio((0.1, 147))) == []
    assert len(ears.feed(audio((0.1, 3)))) == 1


def test_an_end_that_is_true_comes_before_a_false_one_that_is_later() -> None:
    marks = list(hasty(500.0).feed(audio((0.1, 100), (0.0, 700))))

    assert rounded(marks) == [(True, 1), (False, 100)]


def test_a_false_end_may_fall_into_the_silence_after_the_speech() -> None:
    ears = hasty(150.0, None)
    sound = audio((0.1, 100), (0.0, 300), (0.1, 100), (0.0, 250))

    marks = list(ears.feed(sound))

    assert [mark.started for mark in marks] == [True, False, True, False]
    assert rounded(marks)[2:] == [(True, 400), (False, 500)]


def test_forgetting_forgets_a_false_end_too() -> None:
    ears = hasty(150.0)
    ears.feed(audio((0.1, 100)))
    ears.reset()

    assert ears.feed(audio((0.0, 100))) == []


@given(st.lists(st.integers(min_value=1, max_value=400), min_size=1, max_size=8))
def test_the_same_audio_gives_the_same_marks_however_it_is_cut(cuts: list[int]) -> None:
    sound = audio((0.0, 50), (0.1, 80), (0.0, 120), (0.2, 30), (0.0, 260), (0.1, 60))

    for ends in ((), (70.0, None, 90.0)):
        ears, at = hasty(*ends), 0
        marks: list[SpeechMark] = []
        for frames in [*(cut * 16 for cut in cuts), len(sound)]:
            marks += ears.feed(sound[at : at + frames])
            at += frames

        assert marks == list(hasty(*ends).feed(sound))


def test_a_scripted_utterance_says_a_word_more_every_300_ms_of_speech() -> None:
    partials: list[str] = []
    utterance = ScriptedUtterance("one two three", partials.append)

    utterance.feed(audio((0.0, 700)), speech=False)
    for _ in range(4):
        utterance.feed(audio((0.1, 200)), speech=True)
    utterance.cancel()
    utterance.feed(audio((0.1, 900)), speech=True)

    assert partials == ["one", "one two"]


def patient(least_ms: float = 300.0) -> EnergyDetector:
    made = EnergyDetector(-40.0, 0.0)
    made.configure(DetectorSettings(silence_ms=200, least_ms=least_ms))
    return made


def test_sound_that_is_over_too_soon_is_no_speech() -> None:
    assert patient().feed(audio((0.0, 100), (0.1, 299), (0.0, 500))) == []


def test_sound_that_lasts_is_told_when_it_has_and_dated_back() -> None:
    ears = patient()

    assert ears.feed(audio((0.0, 100), (0.1, 299))) == []
    assert rounded(list(ears.feed(audio((0.1, 1))))) == [(True, 100)]
    assert rounded(list(ears.feed(audio((0.1, 100), (0.0, 250))))) == [(False, 500)]


def test_a_short_pause_in_a_sound_does_not_shorten_it_and_a_long_one_does() -> None:
    pieces = ((0.1, 120), (0.0, 100), (0.1, 120))

    assert rounded(list(patient().feed(audio((0.0, 100), *pieces)))) == [(True, 100)]
    assert patient().feed(audio((0.1, 120), (0.0, 210), (0.1, 120), (0.0, 300))) == []


def test_what_the_sound_must_last_is_settled_at_its_onset() -> None:
    ears = patient()
    ears.feed(audio((0.1, 100)))
    ears.configure(DetectorSettings(silence_ms=200))

    assert ears.feed(audio((0.1, 100), (0.0, 300))) == []
    assert rounded(list(ears.feed(audio((0.1, 10))))) == [(True, 500)]


def test_a_sound_that_may_become_speech_is_forgotten_too() -> None:
    ears = patient()
    ears.feed(audio((0.1, 200)))
    ears.reset()

    assert ears.feed(audio((0.1, 299))) == []


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_how_sound_is_cut_does_not_change_how_long_it_is(cuts: list[int]) -> None:
    whole = audio((0.0, 50), (0.1, 250), (0.0, 250), (0.1, 350), (0.0, 300))
    ears, at = patient(), 0
    marks: list[SpeechMark] = []
    for cut in cuts:
        marks += ears.feed(whole[at * 16 : (at + cut) * 16])
        at += cut
    marks += ears.feed(whole[at * 16 :])

    assert rounded(marks) == [(True, 550), (False, 900)]

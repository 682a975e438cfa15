import asyncio
import threading
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from app.core.errors import EngineError
from app.localengine.listening import RollingUtterance, SpeechTurnDetector, is_noise_word
from app.localengine.ports import DetectorSettings, SpeechMark, Waveform
from app.localengine.workers import Worker
from tests.support.stages import LoudnessVad, ScriptedRecognizer, quiet, speech


def marks(*audio: Waveform, piece: int = 512, silence_ms: int = 200) -> list[SpeechMark]:
    detector = SpeechTurnDetector(LoudnessVad())
    detector.configure(DetectorSettings(silence_ms=silence_ms))
    sound = np.concatenate(audio)
    return [
        mark for at in range(0, len(sound), piece) for mark in detector.feed(sound[at : at + piece])
    ]


@pytest.mark.parametrize("piece", [160, 512, 1000, 100_000])
def test_a_turn_is_dated_by_its_sound_however_the_audio_is_cut(piece: int) -> None:
    found = marks(quiet(10), speech(20), quiet(20), piece=piece)

    assert found == [
        SpeechMark(started=True, at_ms=320.0),
        SpeechMark(started=False, at_ms=960.0),
    ]


@pytest.mark.parametrize(
    ("silence_ms", "frames_needed"), [(200, 6), (350, 11), (500, 16)], ids=["200", "350", "500"]
)
def test_a_turn_ends_at_the_frame_nearest_to_the_silence_asked_for(
    silence_ms: int, frames_needed: int
) -> None:
    short = marks(speech(10), quiet(frames_needed - 1), silence_ms=silence_ms)
    enough = marks(speech(10), quiet(frames_needed), silence_ms=silence_ms)

    assert [mark.started for mark in short] == [True]
    assert [mark.started for mark in enough] == [True, False]


def test_a_click_does_not_start_a_turn() -> None:
    assert marks(quiet(3), speech(2), quiet(10)) == []


def test_a_pause_shorter_than_the_silence_does_not_end_a_turn() -> None:
    found = marks(speech(10), quiet(10), speech(5), quiet(20), silence_ms=500)

    assert found == [
        SpeechMark(started=True, at_ms=0.0),
        SpeechMark(started=False, at_ms=800.0),
    ]


def test_after_a_reset_positions_go_on() -> None:
    detector = SpeechTurnDetector(LoudnessVad())
    detector.feed(np.concatenate((speech(5), speech(1)[:100])))

    detector.reset()

    assert detector.feed(speech(3)) == [SpeechMark(started=True, at_ms=1000 * 2660 / 16_000)]


# --- utterances ---


def utter(
    recognizer: ScriptedRecognizer,
    talk: Callable[[RollingUtterance], Awaitable[str]],
) -> tuple[str, list[str]]:
    """Run ``talk`` with an utterance; return its words and the partial texts."""
    partials: list[str] = []

    async def main() -> str:
        worker = Worker("listen")
        try:
            return await talk(RollingUtterance(recognizer, LoudnessVad(), worker, partials.append))
        finally:
            await worker.close()

    return asyncio.run(main()), partials


async def settle(recognizer: ScriptedRecognizer, runs: int) -> None:
    """Let the loop turn until the recogniser has run so often and its results are here."""
    while len(recognizer.lengths) < runs:
        await asyncio.to_thread(lambda: None)
    await asyncio.to_thread(lambda: None)
    await asyncio.sleep(0)


def test_partial_texts_come_from_0_6_s_on_and_every_0_4_s() -> None:
    recognizer = ScriptedRecognizer()

    async def talk(utterance: RollingUtterance) -> str:
        for frame in range(45):
            utterance.feed(speech(1), speech=True)
            await settle(recognizer, (frame >= 18) + (frame >= 31) + (frame >= 44))
        return ""

    _, partials = utter(recognizer, talk)

    assert partials == ["hello there"] * 3


def test_the_final_words_are_ready_before_they_are_asked_for() -> None:
    recognizer = ScriptedRecognizer()

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(speech(15), speech=True)
        utterance.feed(quiet(4), speech=False)
        await settle(recognizer, 1)
        utterance.feed(quiet(10), speech=False)
        return await utterance.finish()

    words, partials = utter(recognizer, talk)

    assert words == "hello there"
    assert partials == ["hello there"]
    assert len(recognizer.lengths) == 1


def test_speech_that_goes_on_throws_the_guess_away() -> None:
    recognizer = ScriptedRecognizer()

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(speech(10), speech=True)
        utterance.feed(quiet(4), speech=False)
        await settle(recognizer, 1)
        utterance.feed(speech(3), speech=True)
        return await utterance.finish()

    utter(recognizer, talk)

    assert recognizer.lengths == [14 * 512, 17 * 512]


def test_only_speech_with_300_ms_around_it_is_recognised() -> None:
    recognizer = ScriptedRecognizer()

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(np.concatenate((quiet(100), speech(20), quiet(100))), speech=True)
        return await utterance.finish()

    utter(recognizer, talk)

    assert recognizer.lengths == [20 * 512 + 2 * 4800]


def test_audio_without_speech_has_no_words_and_is_not_recognised() -> None:
    recognizer = ScriptedRecognizer("You")

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(quiet(60), speech=True)
        return await utterance.finish()

    assert utter(recognizer, talk) == ("", [])
    assert recognizer.lengths == []


@pytest.mark.parametrize(
    ("frames", "words", "expected"),
    [(5, "You", ""), (5, "Yes.", "Yes."), (30, "You", "You")],
    ids=["noise", "short answer", "really said"],
)
def test_a_lone_noise_word_in_hardly_any_speech_is_dropped(
    frames: int, words: str, expected: str
) -> None:
    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(np.concatenate((quiet(10), speech(frames), quiet(2))), speech=True)
        return await utterance.finish()

    assert utter(ScriptedRecognizer(words), talk)[0] == expected


def test_a_long_utterance_is_settled_stretch_by_stretch() -> None:
    recognizer = ScriptedRecognizer("part")

    async def talk(utterance: RollingUtterance) -> str:
        for _ in range(70):
            utterance.feed(speech(31), speech=True)
        return await utterance.finish()

    words, _ = utter(recognizer, talk)

    assert words == "part part part"
    assert max(recognizer.lengths) <= 31 * 16_000


def test_a_long_utterance_is_cut_at_a_pause_if_there_is_one() -> None:
    recognizer = ScriptedRecognizer("part")

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(speech(640), speech=True)
        utterance.feed(quiet(6), speech=True)
        utterance.feed(speech(20), speech=True)
        return await utterance.finish()

    words, _ = utter(recognizer, talk)

    assert words == "part part"


def test_after_cancel_no_callback_comes() -> None:
    gate = threading.Event()
    recognizer = ScriptedRecognizer(gate=gate)

    async def talk(utterance: RollingUtterance) -> str:
        utterance.feed(speech(25), speech=True)
        await settle(recognizer, 1)
        utterance.cancel()
        gate.set()
        await asyncio.to_thread(lambda: None)
        return ""

    assert utter(recognizer, talk) == ("", [])


def test_a_busy_worker_costs_partial_texts_and_fails_only_the_final_one() -> None:
    async def main() -> int:
        gate = threading.Event()
        worker = Worker("busy", most_pending=1)
        job = worker.submit(gate.wait, 5)
        utterance = RollingUtterance(ScriptedRecognizer(), LoudnessVad(), worker, print)
        utterance.feed(np.concatenate((speech(30), quiet(5))), speech=True)
        with pytest.raises(EngineError, match="too busy"):
            await utterance.finish()
        gate.set()
        await job
        await worker.close()
        return worker.refused

    assert asyncio.run(main()) == 2


@pytest.mark.parametrize(
    ("text", "expected"), [("You.", True), ("Thank you!", True), ("You there", False), ("", False)]
)
def test_noise_words_are_known(text: str, *, expected: bool) -> None:
    assert is_noise_word(text) is expected

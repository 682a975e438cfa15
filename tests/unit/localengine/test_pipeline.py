import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from app.localengine.pipeline import ModelWords, ReadyWords, Speaking, reply_pieces
from app.localengine.ports import (
    Message,
    ReplyAudio,
    ReplyFailed,
    ReplyIncomplete,
    ReplyPiece,
    ReplyText,
    Role,
)
from app.localengine.workers import Worker
from tests.support.clocks import run_virtual
from tests.support.stages import ScriptedModel, ToneVoice

ASKED = [Message(role=Role.USER, text="How are you?")]


async def collect(pieces: AsyncIterator[ReplyPiece]) -> list[ReplyPiece]:
    return [piece async for piece in pieces]


def model_reply(
    model: ScriptedModel, voice: ToneVoice | None, most: int | None = None
) -> list[ReplyPiece]:
    async def main() -> list[ReplyPiece]:
        think, speak = Worker("think"), Worker("speak")
        try:
            words = ModelWords(model, think, ASKED, 50)
            speaking = Speaking(voice=voice, worker=speak, speed=1.0) if voice else None
            return await collect(reply_pieces(words, speaking, most))
        finally:
            await think.close()
            await speak.close()

    return asyncio.run(main())


def text(pieces: list[ReplyPiece]) -> str:
    return "".join(piece.text for piece in pieces if isinstance(piece, ReplyText))


def frames(pieces: list[ReplyPiece]) -> int:
    return sum(len(piece.samples) for piece in pieces if isinstance(piece, ReplyAudio))


def test_every_word_is_written_and_spoken_once() -> None:
    voice = ToneVoice()

    pieces = model_reply(ScriptedModel("Well, ", "I am ", "fine. ", "And you?"), voice)

    assert text(pieces) == "Well, I am fine. And you?"
    assert voice.said == ["Well, I am fine.", "And you?"]
    assert frames(pieces) == 2 * 2 * 2400


def test_audio_of_another_rate_is_resampled_to_its_exact_length() -> None:
    pieces = model_reply(ScriptedModel("Of course, ", "I will."), ToneVoice(rate_hz=22_050))

    assert frames(pieces) == 4 * 2400


def test_a_reply_in_writing_has_no_audio() -> None:
    pieces = model_reply(ScriptedModel("Yes, ", "sir."), None)

    assert [type(piece) for piece in pieces] == [ReplyText, ReplyText]


@pytest.mark.parametrize("spoken", [True, False])
def test_a_bound_on_tokens_cuts_the_reply_and_says_so(*, spoken: bool) -> None:
    voice = ToneVoice() if spoken else None

    pieces = model_reply(ScriptedModel("one ", "two ", "three ", "four"), voice, most=2)

    assert text(pieces) == "one two "
    assert pieces[-1] == ReplyIncomplete(reason="max_output_tokens")
    assert voice is None or voice.said == ["one two"]


def test_a_reply_that_just_fits_is_complete() -> None:
    pieces = model_reply(ScriptedModel("one ", "two"), None, most=2)

    assert text(pieces) == "one two"
    assert ReplyIncomplete(reason="max_output_tokens") not in pieces


@pytest.mark.parametrize("spoken", [True, False])
def test_a_model_that_fails_ends_the_reply_with_the_reason(*, spoken: bool) -> None:
    model = ScriptedModel("I think ", fails="the endpoint broke off")

    pieces = model_reply(model, ToneVoice() if spoken else None)

    assert text(pieces) == "I think "
    assert pieces[-1] == ReplyFailed(code="server_error", message="the endpoint broke off")


def test_a_model_that_says_nothing_ends_quietly() -> None:
    assert model_reply(ScriptedModel(), ToneVoice()) == []


def test_closing_stops_the_model_and_the_voice() -> None:
    model, voice = ScriptedModel("Of course, ", "yes. ", endless=True), ToneVoice(windows=100)

    async def main() -> None:
        think, speak = Worker("think"), Worker("speak")
        words = ModelWords(model, think, ASKED, 50)
        pieces = reply_pieces(words, Speaking(voice=voice, worker=speak, speed=1.0), None)
        async for piece in pieces:
            if isinstance(piece, ReplyAudio):
                break
        await pieces.aclose()
        await asyncio.to_thread(model.stopped.wait, 5)
        await think.close()
        await speak.close()

    asyncio.run(main())

    assert model.stopped.is_set()
    assert voice.made <= 2


def test_cancelling_the_consumer_stops_the_model_too() -> None:
    gate = threading.Event()
    model = ScriptedModel("never", gate=gate, endless=True)

    async def main() -> None:
        think = Worker("think")
        words = ModelWords(model, think, ASKED, 50)
        task = asyncio.create_task(collect(reply_pieces(words, None, None)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        await asyncio.to_thread(model.stopped.wait, 5)
        await think.close()

    asyncio.run(main())

    assert model.stopped.is_set()


def test_nothing_is_spoken_ahead_of_the_consumer() -> None:
    voice = ToneVoice(windows=50)

    async def main() -> int:
        speak = Worker("speak")
        words = ReadyWords(["One long sentence.", "And another."], lambda t: 1)
        pieces = reply_pieces(words, Speaking(voice=voice, worker=speak, speed=1.0), None)
        async for piece in pieces:
            if isinstance(piece, ReplyAudio):
                break
        for _ in range(5):
            await asyncio.to_thread(lambda: None)
        made = voice.made
        await pieces.aclose()
        await speak.close()
        return made

    assert asyncio.run(main()) == 1


def test_two_replies_take_turns_in_the_voice() -> None:
    order: list[str] = []

    async def speak_all(name: str, worker: Worker) -> None:
        words = ReadyWords(["Words, words."], lambda t: 1)
        speaking = Speaking(voice=ToneVoice(windows=3), worker=worker, speed=1.0)
        async for piece in reply_pieces(words, speaking, None):
            order.extend([name] * isinstance(piece, ReplyAudio))

    async def main() -> None:
        worker = Worker("speak")
        await asyncio.gather(speak_all("a", worker), speak_all("b", worker))
        await worker.close()

    asyncio.run(main())

    assert sorted(order[:2]) == ["a", "b"]
    assert sorted(order[2:4]) == ["a", "b"]


def test_known_words_come_a_sentence_at_a_time() -> None:
    words = ReadyWords(["Once upon a time.", "The end."], lambda t: 1)

    first, second = words.take(), words.take()

    assert "".join(piece.text for piece in first) == "Once upon a time. "
    assert "".join(piece.text for piece in second) == "The end."
    assert words.ended
    assert words.take() == ()


def test_a_model_that_writes_more_than_its_bound_is_not_heard() -> None:
    async def main() -> str:
        think = Worker("think")
        words = ModelWords(_Chatty(), think, ASKED, 2)
        pieces = await collect(reply_pieces(words, None, None))
        await think.close()
        return text(pieces)

    assert asyncio.run(main()) == "a a "


class _Chatty(ScriptedModel):
    def __init__(self) -> None:
        super().__init__(*["a "] * 9)

    def reply(self, messages, *, max_tokens, stop, emit):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - breaks its contract
        super().reply(messages, max_tokens=99, stop=stop, emit=emit)


def test_a_bound_that_cuts_known_words_ends_them_for_good() -> None:
    words = ReadyWords(["A longword follows.", "A b c."], len)

    pieces = asyncio.run(collect(reply_pieces(words, None, 4)))

    assert text(pieces) == "A "
    assert pieces[-1] == ReplyIncomplete(reason="max_output_tokens")


class SlowWords:
    """Writes its parts, each after so many seconds of waiting."""

    def __init__(self, *parts: tuple[float, str]) -> None:
        self._parts = list(parts)
        self._ready: list[ReplyText] = []

    @property
    def ended(self) -> bool:
        return not self._parts and not self._ready

    def take(self) -> list[ReplyText]:
        taken, self._ready = self._ready, []
        return taken

    async def wait(self) -> None:
        wait_s, part = self._parts[0]
        await asyncio.sleep(wait_s)
        del self._parts[0]
        self._ready.append(ReplyText(text=part, tokens=1))

    def check(self) -> None:
        """Nothing fails."""

    def stop(self) -> None:
        self._parts.clear()


@pytest.mark.parametrize(
    ("wait_s", "said"),
    [
        (0.05, ["Well, hm,", "it was a dark and stormy night."]),
        (9.0, ["Well, hm,", "it was a", "dark and stormy night."]),
    ],
    ids=["a quick model", "a slow model"],
)
def test_before_the_listener_runs_dry_the_words_there_are_get_spoken(
    wait_s: float, said: list[str]
) -> None:
    voice = ToneVoice(windows=5)
    words = SlowWords((0, "Well, hm, "), (0, "it was a "), (wait_s, "dark and stormy night."))

    async def main() -> None:
        speak = Worker("speak")
        speaking = Speaking(voice=voice, worker=speak, speed=1.0)
        await collect(reply_pieces(words, speaking, None))
        await speak.close()

    run_virtual(main())

    assert voice.said == said

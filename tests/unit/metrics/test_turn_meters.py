"""What a turn used beside the tokens of its replies."""

from dataclasses import replace

from app.core.events import TokenUsage, TranscriptionUsage
from app.core.money import Meter
from app.metrics.meters import meters
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2
from tests.unit.metrics.turns import record


def test_all_words_that_were_written_down_are_added_up() -> None:
    first = TranscriptionUsage(text_in=2, audio_in=13, text_out=9)
    second = TranscriptionUsage(audio_in=7, seconds=1.5)
    found = record(
        replace(e.heard(10, "What"), usage=first),
        replace(e.heard(20, "else?"), usage=second),
        e.heard(30, "Nothing."),
    )

    assert found.transcription_text_in == 2
    assert found.transcription_audio_in == 20
    assert found.transcription_out == 9
    assert found.transcription_s == 1.5


def test_what_nobody_told_is_unknown() -> None:
    found = record(e.heard(10, "What"))

    assert found.transcription_audio_in is None
    assert found.characters is None
    assert found.session_s is None


def test_typed_messages_and_the_characters_of_the_reply_are_counted() -> None:
    found = record(e.typed(10), e.typed(20), e.text(30, "It is noon."))

    assert (found.text_messages, found.characters) == (2, 11)


def test_replies_that_were_cut_off_and_those_after_a_tool_are_all_counted() -> None:
    def used(tokens: int) -> TokenUsage:
        return TokenUsage(input_text=tokens, output_audio=tokens)

    found = record(
        e.response(10),
        e.done(20, status="cancelled", reason="turn_detected", usage=used(100)),
        e.response(30, R2),
        e.done(40, R2, usage=used(7)),
    )

    assert meters(found)[Meter.AUDIO_OUT] == 107
    assert meters(found)[Meter.TEXT_IN] == 107

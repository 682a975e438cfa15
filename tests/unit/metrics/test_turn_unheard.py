from dataclasses import replace
from typing import Any

import pytest

from app.core.events import BargeInCause, PlaybackFlushed, SessionEvent, TokenUsage
from app.metrics.turn import TurnContext
from tests.unit.metrics import events as e
from tests.unit.metrics.events import R2, ns
from tests.unit.metrics.turns import CONTEXT, record

HEAD: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.response(1510),
    e.audio(1600, 4000),
    e.playing(1610),
    e.audible(1620, media_ms=10.0),
    e.agent_on(1620),
]
AUDIO_80 = TokenUsage(output_audio=80)


def over(at: float, **more: Any) -> TurnContext:
    return replace(CONTEXT, interrupted_by_ns=ns(at), **more)


def cut(at: float, played_ms: float, **more: Any) -> PlaybackFlushed:
    return e.flushed(at, played_ms, at + 5, at + 10, cause=BargeInCause.SERVER, **more)


@pytest.mark.parametrize(
    ("events", "audio_ms", "tokens"),
    [
        ([e.done(1700, usage=AUDIO_80), e.played_out(5610, 4000.0)], 0.0, 0.0),
        ([e.done(1700, usage=AUDIO_80), e.played_out(5610, 3999.5)], 0.0, 0.0),
        ([e.done(1700, usage=AUDIO_80), cut(2610, 1000.0)], 3000.0, 60.0),
        ([e.done(2620, usage=AUDIO_80), cut(1600, 0.0)], 4000.0, 80.0),
        ([e.done(1700), cut(2610, 1000.0)], 3000.0, None),
        ([e.done(1700, usage=TokenUsage(output_total=9)), cut(2610, 1000.0)], 3000.0, None),
        ([cut(2610, 1000.0)], 3000.0, None),
        ([cut(2610, 1000.0), e.audio(2700, 500)], 3500.0, None),
        ([e.done(1700, usage=AUDIO_80)], None, None),
    ],
    ids=[
        "heard whole",
        "but for rounding",
        "a quarter heard",
        "nothing heard",
        "no usage",
        "no audio tokens",
        "never done",
        "more came after the flush",
        "still sounding",
    ],
)
def test_what_was_received_and_not_heard_is_wasted(
    events: list[SessionEvent], audio_ms: float | None, tokens: float | None
) -> None:
    turn = record(*HEAD, *events)

    assert (turn.wasted_audio_ms, turn.wasted_tokens) == (audio_ms, tokens)


def test_each_reply_of_a_turn_counts_by_itself() -> None:
    turn = record(
        *HEAD,
        e.done(1700, usage=AUDIO_80),
        e.played_out(5610, 4000.0),
        e.audio(6000, 1000, R2),
        e.done(6100, usage=TokenUsage(output_audio=20), reply=R2),
        replace(cut(6510, 500.0), response_id=R2),
    )

    assert (turn.wasted_audio_ms, turn.wasted_tokens) == (500.0, 10.0)


def test_without_audio_nothing_is_known_of_waste() -> None:
    turn = record(e.user_off(1000), e.text(1600, "Hi"), e.done(1700, usage=AUDIO_80))

    assert (turn.wasted_audio_ms, turn.wasted_tokens) == (None, None)


def test_an_endless_stream_of_silence_and_speech_wastes_what_nobody_knows() -> None:
    turn = record(*HEAD, cut(2610, 1000.0), context=replace(CONTEXT, continuous_stream=True))

    assert (turn.wasted_audio_ms, turn.wasted_tokens) == (None, None)


# --- words over the user --------------------------------------------------------------------------

IN_TURNS: list[SessionEvent] = [
    e.user_off(1000, 1010),
    e.vad_off(1500),
    e.response(1510),
    e.text(1590, "One two. "),
    e.audio(1600, 1000),
    e.text(1690, "Three four. "),
    e.audio(1700, 2000),
    e.text(1790, "Five six."),
    e.audio(1800, 2000),
    e.playing(1610),
    e.audible(1610, media_ms=0.0),
    e.agent_on(1610),
]
STOP: list[SessionEvent] = [e.done(1900), cut(4600, 3000.0), e.agent_off(4605)]


def test_words_that_ended_between_the_onset_and_the_silence_were_spoken_over_the_user() -> None:
    turn = record(*IN_TURNS, *STOP, context=over(2610))

    # Heard until 3000 ms of it, and silent at 4610: the onset was at 1000 ms.
    assert turn.overspeech_words == 2.0


@pytest.mark.parametrize(
    ("onset", "words"), [(4590, 0.0), (3900, 1.0), (2800, 2.0), (1620, 4.0), (1500, 4.0)]
)
def test_the_later_the_onset_the_fewer_words(onset: float, words: float) -> None:
    turn = record(*IN_TURNS, *STOP, context=over(onset))

    assert turn.overspeech_words == words


def test_a_reply_that_was_never_cut_spreads_its_words_evenly() -> None:
    events = [*IN_TURNS, e.done(1900), e.played_out(6610, 5000.0), e.agent_off(6610)]

    turn = record(*events, context=over(5610))

    assert turn.overspeech_words == pytest.approx(6 * 1000 / 5000)


def test_words_of_another_reply_are_not_this_ones() -> None:
    more: list[SessionEvent] = [e.text(1650, "Nine. ", R2), e.audio(1650, 500, R2)]

    turn = record(*IN_TURNS, *more, *STOP, context=over(2610))

    assert turn.overspeech_words == 2.0


def test_words_that_came_at_once_are_spread_evenly() -> None:
    events = [*HEAD, e.text(1700, "a b c d"), cut(3610, 2000.0), e.agent_off(3615)]

    turn = record(*events, context=over(2615))

    assert turn.overspeech_words == pytest.approx(4 * 1000 / 4000)


@pytest.mark.parametrize(("status", "words"), [("completed", 6.0), ("cancelled", 3.0)])
def test_words_whose_audio_never_came_take_their_time(status: str, words: float) -> None:
    """120 characters with 4 s of audio: either that is all, or they would have taken 8 s."""
    said = e.text(1700, "four" + " four" * 23 + ".")
    events = [*HEAD, said, cut(3610, 2000.0), e.done(3700, status=status), e.agent_off(3615)]

    turn = record(*events, context=over(2615))

    assert turn.overspeech_words == pytest.approx(words)


def test_without_words_none_were_spoken_over_the_user() -> None:
    turn = record(*HEAD, cut(3610, 2000.0), e.agent_off(3615), context=over(2615))

    assert turn.overspeech_ms == 1000.0
    assert turn.overspeech_words is None

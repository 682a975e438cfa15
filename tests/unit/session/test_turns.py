"""What a turn remembers of the speech that followed it."""

import pytest

from app.core.clock import Nanoseconds
from app.core.events import (
    BargeInCause,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStarted,
    ResponseAudio,
    ResponseFinished,
    ResponseStarted,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextSent,
)
from app.core.ids import ItemId, ResponseId
from app.session.open_turn import OpenTurn
from app.session.turns import TurnTracker

R1, A1 = ResponseId("r1"), ItemId("a1")


def s(seconds: float) -> Nanoseconds:
    return Nanoseconds(round(seconds * 1e9))


def onset(at: float) -> SpeechStarted:
    return SpeechStarted(at_ns=s(at), audio_ms=0, item_id=None)


def audio(at: float) -> ResponseAudio:
    return ResponseAudio(
        at_ns=s(at), response_id=R1, item_id=A1, output_index=0, content_index=0, pcm=b"\0" * 960
    )


def flushed(at: float, cause: BargeInCause) -> PlaybackFlushed:
    return PlaybackFlushed(
        at_ns=s(at),
        response_id=R1,
        item_id=A1,
        played_ms=1000.0,
        dropped_ms=500.0,
        silent_ns=s(at + 0.01),
        cause=cause,
    )


def played_out(at: float) -> PlaybackFinished:
    return PlaybackFinished(at_ns=s(at), response_id=R1, played_ms=1000.0)


REPLY: list[SessionEvent] = [
    onset(1),
    SpeechStopped(at_ns=s(2), audio_ms=0, item_id=None),
    ResponseStarted(at_ns=s(2.1), response_id=R1),
    audio(2.9),
    PlaybackStarted(at_ns=s(3), response_id=R1),
    PlaybackAudible(at_ns=s(3), response_id=R1),
]
"""Audible from the third second on, and not over."""


def tracked(*events: SessionEvent | float) -> OpenTurn:
    """Return the first turn; a number is an instant at which our own ears heard the user."""
    closed: list[OpenTurn] = []
    tracker = TurnTracker(
        closed=closed.append, input_name=lambda: None, reply_timeout_ns=s(30), wants_words=True
    )
    for event in events:
        if isinstance(event, float):
            tracker.hear_user(s(event), started=True)
        else:
            tracker.take(event)
    first = tracker.turn_of(R1)
    tracker.poll(s(90), active=False)
    assert first == closed[0].turn_id == 1
    return closed[0]


@pytest.mark.parametrize(
    ("then", "on", "vad_on"),
    [
        pytest.param([4.0, flushed(4.2, BargeInCause.SERVER), onset(4.2)], 4.0, 4.2, id="server"),
        pytest.param([4.0, flushed(4.1, BargeInCause.LOCAL), onset(4.5)], 4.0, 4.5, id="our ears"),
        pytest.param(
            [flushed(4.1, BargeInCause.LOCAL), 4.0, onset(4.5)], 4.0, 4.5, id="told after the stop"
        ),
        pytest.param(
            [4.0, flushed(6.0, BargeInCause.SCRIPT), onset(9.0)], 4.0, None, id="other speech later"
        ),
        pytest.param([4.0, played_out(5.0), onset(9.0)], 4.0, None, id="speech after its end"),
        pytest.param(
            [4.0, flushed(9.0, BargeInCause.SERVER), onset(9.0)], None, 9.0, id="heard much later"
        ),
        pytest.param(
            [4.0, flushed(6.0, BargeInCause.TYPED), TextSent(at_ns=s(6.1), text="Hm")],
            4.0,
            None,
            id="typed later",
        ),
        pytest.param([flushed(4.1, BargeInCause.STOP_KEY), 5.0], None, None, id="after the stop"),
        pytest.param([2.5], None, None, id="before it sounded"),
        pytest.param([onset(4.2), 4.0, 5.5], 4.0, 4.2, id="the user speaks twice into it"),
    ],
)
def test_a_turn_knows_the_speech_that_fell_into_it(
    then: list[SessionEvent | float], on: float | None, vad_on: float | None
) -> None:
    interrupter = tracked(*REPLY, *then).interrupter

    assert interrupter.on_ns == (None if on is None else s(on))
    assert interrupter.vad_on_ns == (None if vad_on is None else s(vad_on))


def test_what_comes_late_of_a_turn_that_is_over_begins_none() -> None:
    closed: list[OpenTurn] = []
    tracker = TurnTracker(
        closed=closed.append, input_name=lambda: None, reply_timeout_ns=s(30), wants_words=False
    )
    done = ResponseFinished(
        at_ns=s(4),
        response_id=R1,
        status="completed",
        reason=None,
        error_code=None,
        error_message=None,
        usage=None,
        output=(),
    )
    for event in (*REPLY, done, played_out(5)):
        tracker.take(event)
    tracker.poll(s(6), active=False)

    tracker.take(audio(7))

    assert len(closed) == 1
    assert not tracker.busy


@pytest.mark.parametrize(
    ("ends", "over_at"),
    [([], 64.3), ([flushed(5, BargeInCause.SCRIPT)], 7.3), ([played_out(15)], 15.1)],
    ids=["never ends", "was stopped", "was played out"],
)
def test_a_turn_that_goes_on_over_the_user_is_over_when_its_reply_is(
    ends: list[SessionEvent], over_at: float
) -> None:
    closed: list[OpenTurn] = []
    tracker = TurnTracker(
        closed=closed.append, input_name=lambda: None, reply_timeout_ns=s(99), wants_words=False
    )
    for event in (*REPLY, onset(4.2)):
        tracker.take(event)
    before_ns = s(over_at - 0.2)
    for event in (each for each in ends if each.at_ns < before_ns):
        tracker.take(event)

    tracker.poll(before_ns, active=True)
    assert not closed

    for event in (each for each in ends if each.at_ns > before_ns):
        tracker.take(event)

    tracker.poll(s(over_at), active=True)
    assert [turn.turn_id for turn in closed] == [1]


def test_what_is_about_to_be_spoken_is_noted_where_a_reply_is_not_over() -> None:
    closed: list[OpenTurn] = []
    tracker = TurnTracker(
        closed=closed.append, input_name=lambda: None, reply_timeout_ns=s(30), wants_words=True
    )
    for event in REPLY:
        tracker.take(event)

    tracker.expect_interrupter("cough.wav", is_turn=False)
    tracker.take(flushed(4, BargeInCause.SCRIPT))
    tracker.expect_interrupter("question.wav", is_turn=True)
    tracker.poll(s(60), active=False)

    assert (closed[0].interrupter_name, closed[0].interrupter_is_turn) == ("cough.wav", False)

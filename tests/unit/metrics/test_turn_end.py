"""Turns that were no exchange of their own, and replies that the service cut short."""

from dataclasses import replace

import pytest

from app.core.events import SessionEvent, TextKind
from app.core.records import TurnStatus
from app.metrics.turn import TurnContext
from app.metrics.turn_unknown import unknown_reason
from tests.unit.metrics import events as e
from tests.unit.metrics.events import ns
from tests.unit.metrics.turns import CONTEXT, SPOKEN, record

UH: list[SessionEvent] = [
    e.user_on(1000),
    e.vad_on(1100),
    e.user_off(1200, 1212),
    e.vad_off(1700),
    e.response(1710),
]
"""A sound of the user's that the provider takes for a turn."""
NOISE: list[SessionEvent] = [e.vad_on(100), e.vad_off(700), e.response(710)]
"""The same of what our own ears took for no speech."""
CUT: list[SessionEvent] = [e.done(2100, status="cancelled", reason="turn_detected")]
WRITTEN: list[SessionEvent] = [e.text(1800, "Yes?", kind=TextKind.TEXT), e.done(1900)]
HEARD: list[SessionEvent] = [e.audio(1900, 800), e.playing(1910), e.audible(1920, media_ms=0.0)]


def heard_at(at: float) -> TurnContext:
    """The user was heard again at an instant."""
    return replace(CONTEXT, interrupted_by_ns=ns(at))


def noticed_at(at: float) -> TurnContext:
    """The provider alone heard the user again."""
    return replace(CONTEXT, interrupter_vad_on_ns=ns(at))


@pytest.mark.parametrize(
    ("events", "context", "expected"),
    [
        pytest.param([*UH, *CUT], heard_at(2000), True, id="went on before the answer"),
        pytest.param([*UH, *CUT], noticed_at(2000), True, id="as the provider alone noticed"),
        pytest.param([*UH, *CUT], heard_at(3200), True, id="after a pause of 2.0 s"),
        pytest.param([*UH, *CUT], heard_at(3201), False, id="after more: an answer was missed"),
        pytest.param([*NOISE, *CUT], heard_at(750), True, id="after a noise"),
        pytest.param([*NOISE, *CUT], heard_at(650), True, id="before the noise was over"),
        pytest.param([*UH[:-1]], heard_at(2000), True, id="before a reply had begun"),
        pytest.param([*UH, e.audio(1900, 800)], heard_at(2000), True, id="before it sounded"),
        pytest.param(
            [*UH, e.audio(1900, 800), e.done(1950)], heard_at(2000), True, id="whole, unheard"
        ),
        pytest.param([*UH, *HEARD], heard_at(2000), False, id="while it sounded"),
        pytest.param([*UH, *WRITTEN], heard_at(2000), False, id="after it was written"),
        pytest.param([*UH, *CUT], CONTEXT, False, id="nobody spoke again"),
        pytest.param([e.typed(1000), *CUT], heard_at(1500), False, id="typed"),
        pytest.param([e.response(1000)], heard_at(1500), False, id="nobody had spoken"),
    ],
)
def test_who_goes_on_before_an_answer_made_a_false_start(
    events: list[SessionEvent], context: TurnContext, *, expected: bool
) -> None:
    assert record(*events, context=context).false_start is expected


@pytest.mark.parametrize("begins", [UH[:2] + UH[3:], NOISE], ids=["speech", "noise"])
def test_the_end_of_what_the_user_went_on_to_say_is_none_of_a_false_start(
    begins: list[SessionEvent],
) -> None:
    turn = record(*begins, *CUT, e.user_off(4000, 4010), context=heard_at(1750))

    assert turn.false_start is True
    assert (turn.u_off_ns, turn.endpointing_ms, turn.endpoint_delay_ms) == (None, None, None)
    assert unknown_reason("endpointing_ms", turn).startswith("a false start: the user spoke on")


def test_an_end_that_was_known_when_the_turn_was_decided_stays_measured() -> None:
    turn = record(*UH, *CUT, e.user_off(4000, 4010), context=heard_at(1750))

    assert turn.false_start is True
    assert (turn.u_off_ns, turn.endpointing_ms) == (ns(1200), 488.0)


@pytest.mark.parametrize(
    ("reply", "v2v_ms"), [(HEARD, -2080.0), (WRITTEN, None)], ids=["heard", "written"]
)
def test_a_reply_before_the_user_had_ended_keeps_its_negative_endpointing(
    reply: list[SessionEvent], v2v_ms: float | None
) -> None:
    turn = record(*NOISE, *reply, e.user_off(4000, 4010))

    assert turn.false_start is False
    assert (turn.endpointing_ms, turn.v2v_ms) == (-3310.0, v2v_ms)


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("completed", None, TurnStatus.OK),
        ("incomplete", "max_output_tokens", TurnStatus.OK),
        ("incomplete", "content_filter", TurnStatus.ERROR),
        ("failed", None, TurnStatus.ERROR),
        ("cancelled", "client_cancelled", TurnStatus.CANCELLED),
        ("cancelled", "turn_detected", TurnStatus.INTERRUPTED),
    ],
)
def test_how_the_provider_says_that_a_reply_ended_is_kept(
    status: str, reason: str | None, expected: TurnStatus
) -> None:
    turn = record(*SPOKEN[:-2], e.done(3910, status=status, reason=reason))

    assert (turn.reply_status, turn.reply_reason, turn.status) == (status, reason, expected)


def test_a_reply_that_never_ended_has_no_such_words() -> None:
    turn = record(*SPOKEN[:-2])

    assert (turn.reply_status, turn.reply_reason) == (None, None)

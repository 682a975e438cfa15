import pytest

from app.metrics.exchanges import Exchange, exchanges
from app.metrics.outcomes import SpeechSpan
from tests.unit.metrics.test_conversation import mask


def told(
    user: list[SpeechSpan], agent: list[SpeechSpan]
) -> list[tuple[float | None, float | None]]:
    """Return the end of speech and the answer of every exchange, in seconds."""
    return [
        (
            None if each.u_off_ms is None else each.u_off_ms / 1000,
            None if each.answer_ms is None else each.answer_ms / 1000,
        )
        for each in exchanges(user, agent)
    ]


CASES: dict[str, tuple[list[SpeechSpan], list[SpeechSpan], list[tuple[float | None, float | None]]]]
CASES = {
    "nothing": (mask(), mask(), []),
    "a greeting": (mask(), mask(1, 2, 3, 4), [(None, 1)]),
    "nobody answers": (mask(1, 2), mask(), [(2, None)]),
    "an answer": (mask(1, 2), mask(2.5, 4), [(2, 2.5)]),
    "a greeting, then an answer": (mask(3, 4), mask(1, 2, 5, 6), [(None, 1), (4, 5)]),
    "a pause of the user": (mask(1, 2, 3, 4), mask(4.5, 6), [(4, 4.5)]),
    "the user waits in vain and asks again": (
        mask(1, 2, 5, 6),
        mask(6.5, 8),
        [(2, None), (6, 6.5)],
    ),
    "several replies": (mask(1, 2), mask(2.5, 3, 3.4, 4, 7, 8), [(2, 2.5)]),
    "a premature answer": (mask(1, 4), mask(3, 6), [(4, 3)]),
    "a backchannel is no answer": (mask(1, 4), mask(2, 2.4, 4.5, 6), [(4, 4.5)]),
    "an answer to what was said before the last word": (
        mask(1, 2, 2.9, 3.5),
        mask(3, 5),
        [(2, 3), (3.5, None)],
    ),
    "an interruption": (
        mask(1, 2, 4, 6),
        mask(2.5, 4.3, 7, 8),
        [(2, 2.5), (6, 7)],
    ),
    "an agent who draws breath in the interruption": (
        mask(1, 2, 4, 6),
        mask(2.5, 4.1, 4.5, 6.5, 7.5, 8),
        [(2, 2.5), (6, 7.5)],
    ),
    "an agent who goes on in bursts": (
        mask(4, 8),
        mask(3, 4.5, 5, 5.5, 6, 9),
        [(None, 3), (8, None)],
    ),
    "a cough while the agent goes on": (
        mask(1, 2, 4, 4.1),
        mask(2.5, 4, 4.3, 6),
        [(2, 2.5), (4.1, 4.3)],
    ),
}


@pytest.mark.parametrize(("user", "agent", "found"), CASES.values(), ids=CASES.keys())
def test_who_answers_what(
    user: list[SpeechSpan],
    agent: list[SpeechSpan],
    found: list[tuple[float | None, float | None]],
) -> None:
    assert told(user, agent) == found


def test_an_exchange_keeps_all_that_was_said() -> None:
    (only,) = exchanges(mask(1, 2, 3, 4), mask(4.5, 5, 6, 7))

    assert only == Exchange(ends_ms=(2000, 4000), onsets_ms=(4500, 6000), answer_ms=4500)
    assert only.v2v_ms == 500


@pytest.mark.parametrize(
    ("agent", "resumed"),
    [
        (mask(2.5, 4, 4.3, 6), True),
        (mask(2.5, 3.9, 4.3, 6), True),
        (mask(2.5, 3.2, 4.3, 6), False),
        (mask(4.3, 4.6, 5, 6), False),
    ],
    ids=["in the same breath", "soon after", "long after", "nothing before"],
)
def test_an_answer_may_be_what_the_agent_was_saying(
    agent: list[SpeechSpan], *, resumed: bool
) -> None:
    *_, last = exchanges(mask(4, 4.1), agent)

    assert last.resumed is resumed


def test_an_answer_that_does_not_wait_is_negative() -> None:
    (only,) = exchanges(mask(1, 4), mask(3.8, 6))

    assert only.v2v_ms == pytest.approx(-200)
    assert Exchange(ends_ms=(), answer_ms=1.0).v2v_ms is None
    assert Exchange(ends_ms=(1.0,)).v2v_ms is None

from dataclasses import fields, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.core.events import SessionEvent
from app.core.records import TurnRecord
from app.metrics.turn import TurnContext
from tests.unit.metrics.turns import (
    BARGE_IN,
    CONTEXT,
    FULL,
    INTERRUPTED,
    NO_EVENTS,
    PUSH_TO_TALK,
    SPOKEN,
    TOOL,
    record,
)

TURNS: list[tuple[list[SessionEvent], TurnContext]] = [
    (SPOKEN, FULL),
    (INTERRUPTED, BARGE_IN),
    (TOOL, CONTEXT),
    (PUSH_TO_TALK, FULL),
    (NO_EVENTS, CONTEXT),
]
INSTANTS = tuple(field.name for field in fields(TurnRecord) if field.name.endswith("_ns"))
IN_ORDER = {"ResponseText", "ResponseTextDone", "InputTranscriptDelta", "InputTranscriptDone"}
"""Words are taken in the order in which they are told."""


def shifted(value: Any, by_ns: int) -> Any:
    """Return an event or a context with every instant moved."""
    names = [field.name for field in fields(value) if field.name.endswith("_ns")]
    known = {name: getattr(value, name) for name in names}
    return replace(
        value, **{name: at_ns + by_ns for name, at_ns in known.items() if at_ns is not None}
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(-(10**15), 10**18), st.sampled_from(TURNS))
def test_shifting_all_stamps_changes_nothing_but_the_instants(
    by_ns: int, turn: tuple[list[SessionEvent], TurnContext]
) -> None:
    events, context = turn
    here = record(*events, context=context)

    there = record(*(shifted(event, by_ns) for event in events), context=shifted(context, by_ns))

    known = {name: at_ns for name in INSTANTS if (at_ns := getattr(here, name)) is not None}
    assert there == replace(here, **{name: at_ns + by_ns for name, at_ns in known.items()})


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False), st.sampled_from(TURNS))
def test_the_order_of_arrival_changes_nothing_but_words(
    random: Random, turn: tuple[list[SessionEvent], TurnContext]
) -> None:
    events, context = turn
    shuffled = list(events)
    random.shuffle(shuffled)
    words = iter([event for event in events if type(event).__name__ in IN_ORDER])
    told = [next(words) if type(event).__name__ in IN_ORDER else event for event in shuffled]

    assert record(*told, context=context) == record(*events, context=context)


@pytest.mark.parametrize("turn", TURNS, ids=["spoken", "interrupted", "tool", "push", "no events"])
def test_whatever_is_missing_nothing_fails(turn: tuple[list[SessionEvent], TurnContext]) -> None:
    events, context = turn

    for cut in range(0, len(events), 1 + len(events) // 20):
        record(*events[:cut], context=context)
        record(*events[cut:], context=context)
        record(*events[:cut], *events[cut + 1 :], context=context)

"""What a session is billed for comes to the same without its turns, by every table."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from app.core.clock import Nanoseconds
from app.core.config import SessionSettings
from app.core.events import TokenUsage
from app.core.money import CostStatus, Meter, PriceRow
from app.core.records import SessionRecord, TurnRecord
from app.metrics.billing import billed, from_text, to_text
from app.metrics.cost import billed_row, price, price_billed, price_session, uncounted_in
from app.metrics.meters import session_meters
from tests.support.money import FULL, GOLDEN, LIVE, MINI, SCRIBE, FakeBook, row, session, turn

COUNTS = st.one_of(st.none(), st.integers(-1, 10**6))
USAGES = st.one_of(
    st.none(),
    st.builds(
        TokenUsage,
        input_total=COUNTS,
        input_text=COUNTS,
        input_audio=COUNTS,
        cached_total=COUNTS,
        output_total=COUNTS,
        output_text=COUNTS,
        output_audio=COUNTS,
    ),
)
INSTANTS = st.one_of(st.none(), st.just(Nanoseconds(1)))
SECONDS = st.one_of(st.none(), st.floats(0, 1e5))
TURNS = st.lists(
    st.builds(
        replace,
        st.just(turn()),
        usage=USAGES,
        decided_ns=INSTANTS,
        user_final_ns=INSTANTS,
        transcription_s=SECONDS,
        session_s=SECONDS,
    ),
    max_size=4,
)
RECORDS = st.builds(
    session,
    provider=st.sampled_from(["openai", "local", "elsewhere"]),
    model=st.sampled_from([None, "gpt-realtime-mini", "gpt-live-1"]),
    settings=st.builds(SessionSettings, transcribe_input=st.booleans()),
    connected_s=SECONDS,
)
BY_THE_SECOND = row({Meter.TRANSCRIPTION_SECONDS: "1"}, model="gpt-realtime-mini")
OURS = replace(MINI, provider="local", model="")
BOOKS = st.sampled_from([
    None, FakeBook(), FakeBook((LIVE,)), FakeBook((BY_THE_SECOND,)), FakeBook((OURS, SCRIBE)),
])  # fmt: skip
ROWS: tuple[PriceRow | None, ...] = (None, MINI, FULL, LIVE, SCRIBE, row({}))


@given(TURNS, RECORDS, BOOKS)
def test_kept_as_text_a_session_comes_to_what_its_turns_come_to(
    turns: list[TurnRecord], record: SessionRecord, book: FakeBook | None
) -> None:
    kept = from_text(to_text(billed(turns, record)))

    assert kept == billed(turns, record)
    assert price_billed(kept, billed_row(kept, book)) == price_session(turns, record, book)


@given(TURNS, RECORDS, st.sampled_from(ROWS))
def test_use_is_uncounted_where_that_of_a_turn_is(
    turns: list[TurnRecord], record: SessionRecord, by: PriceRow | None
) -> None:
    used = billed(turns, record)
    uncounted = any(uncounted_in(each, by) for each in turns)

    if by is not None or not used.ours:
        whole = price(session_meters(turns, record), by, uncounted=uncounted)
        assert price_billed(used, by) == whole


def test_our_own_engine_costs_nothing_unless_it_has_a_price() -> None:
    used = billed([turn(GOLDEN)], session("local", None))

    assert price_billed(used, None).status is CostStatus.LOCAL
    assert price_billed(used, MINI).status is CostStatus.PRICED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "[]",
        "null",
        "{}",
        '{"meters": 7}',
        '{"meters": {"text_in": null}}',
        '{"meters": {"doubloons": 1}}',
        '{"meters": {}, "provider": "p"}',
        json.dumps({**json.loads(to_text(billed([], session()))), "more": 1}),
    ],
)
def test_what_was_kept_otherwise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)

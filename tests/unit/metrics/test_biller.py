"""Our own engine with a language model elsewhere is not free."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.core.engine_parts import EnginePart, EngineParts
from app.core.events import TokenUsage
from app.core.money import CostStatus, Meter
from app.core.records import SessionRecord
from app.metrics.biller import COUNTED_HERE
from app.metrics.billing import billed, from_text, to_text
from app.metrics.cost import billed_row, price_billed, price_session, price_turn, session_row
from tests.support.money import SCRIBE, FakeBook, row, session, turn

WORDS = row({Meter.TEXT_IN: "0.15", Meter.TEXT_OUT: "0.6"}, model="small", notes="per token")
USED = TokenUsage(
    input_total=1000, input_text=1000, output_total=700, output_text=500, output_audio=200
)
USD = Decimal("0.00045")
SPEECH = (EnginePart.RECOGNISER, EnginePart.VOICE)
ELSEWHERE = EngineParts(local=SPEECH, billed_by="openai", model="small")
TURNS = [turn(USED, session_s=60.0, characters=900)]


def held(parts: EngineParts | None, *arguments: str) -> SessionRecord:
    return session("local", None, engine_parts=parts, engine_arguments=arguments, connected_s=60.0)


OLDER = held(None, "--llm-url=https://api.openai.com", "--llm-model", "small")
"""A record of a version that did not say who served what."""


@pytest.mark.parametrize("record", [held(ELSEWHERE), OLDER], ids=["told", "an older record"])
def test_its_words_are_priced_by_the_model_that_wrote_them_and_speech_is_not(
    record: SessionRecord,
) -> None:
    book = FakeBook((WORDS, SCRIBE))

    cost = price_session(TURNS, record, book)
    each = price_turn(TURNS[0], record, session_row(record, book))

    assert (cost.usd, cost.status, cost.unpriced) == (USD, CostStatus.PRICED, ())
    assert each.usd == USD
    assert cost.row is not None
    assert cost.row.notes == f"per token; {COUNTED_HERE}"
    assert not set(cost.row.rates) & set(SCRIBE.rates)


def test_the_library_prices_it_alike() -> None:
    kept = from_text(to_text(billed(TURNS, held(ELSEWHERE))))

    assert not kept.scribed
    assert price_billed(kept, billed_row(kept, FakeBook((WORDS, SCRIBE)))).usd == USD


@pytest.mark.parametrize(
    "parts",
    [
        ELSEWHERE,
        replace(ELSEWHERE, model=None),
        replace(ELSEWHERE, billed_by="elsewhere", host="host.example"),
    ],
)
def test_a_model_that_nobody_priced_is_unpriced_and_never_local(parts: EngineParts) -> None:
    cost = price_session(TURNS, held(parts), FakeBook((SCRIBE,)))

    assert (cost.usd, cost.status) == (None, CostStatus.UNPRICED)
    assert set(cost.unpriced) == {Meter.TEXT_IN, Meter.TEXT_OUT}


def test_without_prices_it_is_unpriced_too() -> None:
    assert price_session(TURNS, held(ELSEWHERE), None).status is CostStatus.UNPRICED


@pytest.mark.parametrize("parts", [EngineParts(), None])
def test_an_engine_that_is_all_local_is_billed_by_nobody(parts: EngineParts | None) -> None:
    cost = price_session(TURNS, held(parts, "--llm-url=http://127.0.0.1:1"), FakeBook((WORDS,)))

    assert (cost.usd, cost.status) == (Decimal(0), CostStatus.LOCAL)


@pytest.mark.parametrize(
    ("host", "provider"), [("llm.example", "llm.example"), ("", "elsewhere"), (None, "elsewhere")]
)
def test_a_host_that_no_table_names_is_priced_by_its_name(host: str | None, provider: str) -> None:
    parts = EngineParts(local=SPEECH, billed_by="elsewhere", host=host, model="small")
    mine = replace(WORDS, provider=provider)

    assert price_session(TURNS, held(parts), FakeBook((mine,))).usd == USD

"""Money from outside: what the simulator says it used is what is priced, and a budget ends it."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.core.money import Meter, PriceOrigin
from app.core.price_rows import fields_of
from app.store.prices import SCHEMA
from tests.support.measuring import Measured
from tests.support.money import MINI, SCRIBE, row
from tests.support.program import QUICK, Ended, run, spoken
from tests.support.recording import account

PRICE = row(
    {meter: str(rate) for meter, rate in {**MINI.rates, **SCRIBE.rates}.items()},
    provider="simulator",
    model="",
    origin=PriceOrigin.YOURS,
)
KINDS = (
    ("input_token_details", "text_tokens", Meter.TEXT_IN, Meter.TEXT_IN_CACHED),
    ("input_token_details", "audio_tokens", Meter.AUDIO_IN, Meter.AUDIO_IN_CACHED),
)


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Measured[Ended]:
    """Three questions, of which the budget pays for two."""

    def hold() -> Ended:
        home = tmp_path_factory.mktemp("money")
        prices = home / "data" / "vivavoce" / "prices.json"
        prices.parent.mkdir(parents=True)
        prices.write_text(json.dumps({"schema": SCHEMA, "rows": [fields_of(PRICE)]}))
        asked = ("--input", str(spoken(home / "made.wav"))) * 3
        budget = ("--warn-usd", "0.0001", "--budget-usd", "0.0006")
        return run(home, "talk", "--model", "simulator", "--json", *QUICK, *asked, *budget)

    return Measured(hold)


@pytest.fixture
def priced(talks: Measured[Ended], request: pytest.FixtureRequest) -> Ended:
    return talks.of(request)


def messages(folder: Path, kind: str) -> list[dict[str, Any]]:
    """Return the messages of one kind as they came over the wire."""
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    wire = [json.loads(line["raw"]) for line in lines if line.get("dir") == "<"]
    return [message for message in wire if message["type"] == kind]


def by_hand(folder: Path) -> Decimal:
    """Return what the messages come to at PRICE, worked out from the wire alone."""
    rates, total = PRICE.rates, Decimal(0)
    for message in messages(folder, "response.done"):
        usage = message["response"]["usage"]
        for details, name, fresh, cached in KINDS:
            read = usage[details][name]
            kept = usage[details]["cached_tokens_details"][name]
            total += (read - kept) * rates[fresh] + kept * rates[cached]
        written = usage["output_token_details"]
        total += written["text_tokens"] * rates[Meter.TEXT_OUT]
        total += written["audio_tokens"] * rates[Meter.AUDIO_OUT]
    for message in messages(folder, "conversation.item.input_audio_transcription.completed"):
        usage = message["usage"]
        heard = usage["input_token_details"]["audio_tokens"]
        total += heard * rates[Meter.TRANSCRIPTION_AUDIO_IN]
        total += usage["output_tokens"] * rates[Meter.TRANSCRIPTION_OUT]
    return total / 1_000_000


def test_what_was_used_is_what_is_priced(priced: Ended) -> None:
    spent = by_hand(priced.folder)

    assert spent > 0
    assert priced.summary["cost_status"] == "priced"
    assert Decimal(priced.summary["cost_usd"]) == spent
    cached = sum(turn["audio_in_cached"] for turn in priced.turns)
    assert cached > 0
    assert all(turn["transcription_audio_in"] for turn in priced.turns)


@pytest.mark.realtime
def test_the_time_of_the_session_is_that_of_its_turns(priced: Ended) -> None:
    connected_s = account(priced.folder)["connected_s"]

    assert sum(turn["session_s"] for turn in priced.turns) == pytest.approx(connected_s, abs=1.0)


def test_the_budget_warns_and_then_ends_the_session(priced: Ended) -> None:
    assert priced.code == 0
    assert len(priced.turns) < 3
    assert priced.summary["end_reason"].startswith("Stopped by the budget: it has cost $")
    assert priced.err.count("of its warning.") == 1
    assert account(priced.folder)["budget"]["stop_usd"] == "0.0006"

"""The offline snapshot of genai-prices, read as our rows."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from app.core.money import Meter, PriceOrigin
from app.providers.prices_genai import GenaiPrices, _dated, _rates

PRICES = GenaiPrices()


def test_a_realtime_model_has_each_kind_of_token_apart() -> None:
    (mini,) = PRICES.of("openai", "gpt-realtime-mini")

    assert mini.rates[Meter.AUDIO_IN] == 10
    assert mini.rates[Meter.AUDIO_IN_CACHED] == Decimal("0.3")
    assert mini.rates[Meter.TEXT_OUT] == Decimal("2.4")
    assert mini.origin is PriceOrigin.GENAI_PRICES
    assert mini.source.startswith(f"genai-prices {PRICES.version}, OpenAI: gpt-realtime-mini")
    assert mini.as_of is None


@pytest.mark.parametrize(
    ("provider", "model", "meter", "rate"),
    [
        ("openai", "gpt-live-1", Meter.SESSION_SECONDS, "0.05"),
        ("openai", "whisper-1", Meter.TRANSCRIPTION_SECONDS, "0.006"),
        ("openai", "gpt-4o-mini-transcribe", Meter.TRANSCRIPTION_AUDIO_IN, "3"),
        ("openai", "gpt-4o-mini-tts", Meter.AUDIO_OUT, "12"),
        ("openai", "tts-1", Meter.CHARACTERS, "15"),
        ("elevenlabs", "eleven_realtime_v1_max", Meter.SESSION_SECONDS, "0.08"),
        ("xai", "grok-voice-latest", Meter.TEXT_MESSAGES, "4"),
        ("openai", "gpt-realtime-2025-08-28", Meter.AUDIO_IN, "32"),
    ],
)
def test_their_units_become_ours(provider: str, model: str, meter: Meter, rate: str) -> None:
    assert PRICES.of(provider, model)[-1].rates[meter] == Decimal(rate)


def test_a_price_that_changed_has_two_dated_rows() -> None:
    before, since = PRICES.of("xai", "grok-voice-latest")

    assert (before.valid_from, since.valid_from) == (None, "2026-08-05")
    assert before.rates[Meter.SESSION_SECONDS] < since.rates[Meter.SESSION_SECONDS]


def test_what_it_does_not_know_is_unknown() -> None:
    assert PRICES.of("openai", "gpt-99") == ()
    fresh = GenaiPrices()
    assert fresh.of("custom", "gpt-realtime") == ()
    assert fresh._providers is None


def test_the_voices_are_those_that_hear_or_speak() -> None:
    listed = {(row.provider, row.model) for row in PRICES.voices()}

    assert ("openai", "gpt-realtime") in listed
    assert ("openai", "gpt-5") not in listed


def test_what_our_meters_do_not_hold_is_told() -> None:
    tiers = TieredPrices(base=Decimal(2), tiers=[Tier(start=200_000, price=Decimal(4))])
    rates, odd = _rates("m", ModelPrice(input_mtok=tiers, requests_kcount=Decimal(5)))

    assert rates == {Meter.TEXT_IN: Decimal(2)}
    assert odd == ["input_mtok: 4 from 200000 tokens on", "requests_kcount 5 is billed as well"]


def test_prices_of_some_hours_are_told_and_not_taken() -> None:
    @dataclass
    class Night(TimeOfDateConstraint):
        start_time: object = None  # type: ignore[assignment]
        end_time: object = None  # type: ignore[assignment]

    usual, cheap = ModelPrice(input_mtok=Decimal(2)), ModelPrice(input_mtok=Decimal(1))
    info = ModelInfo(
        id="m",
        match=ClauseEquals(equals="m"),
        prices=[
            ConditionalPrice(prices=usual),
            ConditionalPrice(constraint=Night(), prices=cheap),
        ],
    )

    assert _dated(info.prices) == [(None, usual, ("at some hours of the day it costs otherwise",))]

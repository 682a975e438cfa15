"""What use comes to: exact, and never zero where it is unknown."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.core.clock import Nanoseconds
from app.core.config import SessionSettings
from app.core.events import TokenUsage
from app.core.money import CostStatus, Meter, PriceRow
from app.core.records import TurnStatus
from app.metrics.cost import (
    CostSplit,
    per,
    price,
    price_at,
    price_session,
    price_turn,
    session_row,
    split,
    wasted_usd,
    with_transcription,
)
from tests.support.money import (
    FULL,
    GOLDEN,
    GOLDEN_USD,
    LIVE,
    MINI,
    SCRIBE,
    FakeBook,
    row,
    session,
    turn,
)

EVERY = row(dict.fromkeys(Meter, "3"))
READINGS = st.dictionaries(st.sampled_from(list(Meter)), st.integers(0, 10**7).map(float))


def test_the_golden_cost_comes_out_to_the_last_digit() -> None:
    cost = price_turn(turn(GOLDEN), session(), MINI)

    assert cost.usd == GOLDEN_USD
    assert cost.status is CostStatus.PRICED
    assert cost.parts[Meter.AUDIO_IN] == Decimal("0.005")
    assert cost.parts[Meter.AUDIO_OUT] == Decimal("0.012")
    into = (Meter.TEXT_IN, Meter.TEXT_IN_CACHED, Meter.AUDIO_IN, Meter.AUDIO_IN_CACHED)
    assert sum(cost.parts[meter] for meter in into) == Decimal("0.005336")


@given(READINGS)
def test_the_parts_are_the_whole(used: dict[Meter, float]) -> None:
    cost = price(used, EVERY)

    assert cost.usd == sum(cost.parts.values())
    parts = split(cost)
    assert cost.usd == parts.audio + parts.text + parts.cached + parts.other


@given(READINGS, st.integers(2, 9))
def test_n_times_the_use_costs_n_times_as_much(used: dict[Meter, float], times: int) -> None:
    whole, one = price({m: v * times for m, v in used.items()}, EVERY), price(used, EVERY)

    assert one.usd is not None
    assert whole.usd is not None
    assert abs(whole.usd - one.usd * times) < Decimal("1e-18")


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_how_a_session_is_split_into_turns_does_not_change_what_it_costs(spoken: list[int]) -> None:
    def used(tokens: int) -> TokenUsage:
        return TokenUsage(input_audio=tokens, output_audio=2 * tokens)

    many = [turn(used(tokens), turn_id=n) for n, tokens in enumerate(spoken, 1)]
    one = [turn(used(sum(spoken)))]

    assert price_at(many, session(), MINI).usd == price_at(one, session(), MINI).usd


def test_unknown_is_unpriced_and_never_zero() -> None:
    for unknown in (None, row({})):
        cost = price({Meter.AUDIO_OUT: 5.0, Meter.SESSION_SECONDS: 3.0}, unknown)
        assert cost.usd is None
        assert cost.status is CostStatus.UNPRICED
        assert cost.unpriced == (Meter.AUDIO_OUT,)


def test_nothing_used_costs_nothing() -> None:
    assert price({}, MINI).usd == 0
    assert price({}, MINI).status is CostStatus.PRICED


@pytest.mark.parametrize(
    ("used", "by", "status", "unpriced"),
    [
        pytest.param(
            {Meter.AUDIO_IN: 1.0, Meter.IMAGE_IN: 1.0}, MINI, CostStatus.PARTIAL,
            (Meter.IMAGE_IN,), id="a-kind-without-a-rate",
        ),
        pytest.param(
            {Meter.IMAGE_IN: 1.0}, MINI, CostStatus.UNPRICED, (Meter.IMAGE_IN,),
            id="nothing-but-that",
        ),
        pytest.param(
            {Meter.AUDIO_IN: 1.0, Meter.SESSION_SECONDS: 60.0, Meter.CHARACTERS: 9.0,
             Meter.TEXT_MESSAGES: 1.0},
            MINI, CostStatus.PRICED, (), id="billed-by-tokens-alone",
        ),
        pytest.param(
            {Meter.AUDIO_IN: 1.0, Meter.SESSION_SECONDS: 60.0, Meter.TRANSCRIPTION_OUT: 5.0},
            LIVE, CostStatus.PRICED, (), id="billed-by-time-alone",
        ),
        pytest.param(
            {Meter.AUDIO_IN: 1.0, Meter.TRANSCRIPTION_OUT: 5.0}, MINI, CostStatus.PARTIAL,
            (Meter.TRANSCRIPTION_OUT,), id="words-by-somebody-unknown",
        ),
        pytest.param(
            {Meter.AUDIO_IN: 1.0, Meter.TRANSCRIPTION_SECONDS: 5.0},
            with_transcription(MINI, SCRIBE), CostStatus.PARTIAL,
            (Meter.TRANSCRIPTION_SECONDS,), id="seconds-where-tokens-are-billed",
        ),
        pytest.param(
            {Meter.TEXT_IN: 1.0, Meter.AUDIO_IN: 1.0, Meter.SESSION_SECONDS: 60.0},
            row({Meter.TEXT_IN: "1.8", Meter.SESSION_SECONDS: "0.08"}), CostStatus.PARTIAL,
            (Meter.AUDIO_IN,), id="audio-is-never-billed-as-text",
        ),
    ],
)  # fmt: skip
def test_what_has_no_rate_makes_a_sum_the_least_it_was(
    used: dict[Meter, float], by: PriceRow, status: CostStatus, unpriced: tuple[Meter, ...]
) -> None:
    cost = price(used, by)

    assert cost.status is status
    assert cost.unpriced == unpriced
    assert (cost.usd is None) is (status is CostStatus.UNPRICED)


def test_reasoning_is_billed_once_as_text_unless_it_has_a_rate() -> None:
    used = TokenUsage(output_text=100, output_reasoning=40)
    apart = row({Meter.TEXT_OUT: "2.4", Meter.REASONING_OUT: "10"})

    assert price_turn(turn(used), session(), MINI).usd == Decimal("0.00024")
    assert price_turn(turn(used), session(), apart).usd == Decimal("0.000144") + Decimal("0.0004")


def test_a_service_by_time_bills_the_silence_too() -> None:
    held = session(model="gpt-live-1", connected_s=90.0)
    book = FakeBook()

    cost = price_session([turn(None, session_s=10.0)], held, book)

    assert cost.usd == Decimal("0.075")
    assert cost.status is CostStatus.PRICED
    assert not cost.uncounted


def test_every_snapshot_of_usage_is_billed() -> None:
    gemini = row({Meter.TEXT_IN: "0.75", Meter.AUDIO_IN: "3", Meter.AUDIO_OUT: "12"})
    turns = [
        turn(TokenUsage(input_text=180, input_audio=32 * n, output_audio=84), turn_id=n)
        for n in (1, 2, 3)
    ]

    expected = (180 * 3 * Decimal("0.75") + 32 * 6 * 3 + 84 * 3 * 12) / 1_000_000
    assert price_at(turns, session("google_gemini", "gemini-3.8-live"), gemini).usd == expected
    assert price_session(turns, session("google_gemini", "gemini-9"), FakeBook()).usd is None


def test_our_own_engine_costs_nothing_unless_the_user_says_so() -> None:
    for provider in ("local", "simulator"):
        held = session(provider, None)
        cost = price_session([turn()], held, FakeBook())
        assert (cost.usd, cost.status) == (Decimal(0), CostStatus.LOCAL)
        assert price_turn(turn(), held, None).status is CostStatus.LOCAL
        assert price_turn(turn(), held, MINI).usd == GOLDEN_USD


def test_an_endpoint_of_ones_own_is_unpriced() -> None:
    assert price_session([turn()], session("custom", "gpt-realtime-mini"), FakeBook()).usd is None
    assert price_session([turn()], session(), None).usd is None


AT = Nanoseconds(5)


@pytest.mark.parametrize(
    ("told", "uncounted"),
    [
        pytest.param({"create_ns": AT}, True, id="a-reply-was-begun"),
        pytest.param({"create_ns": None, "decided_ns": AT}, True, id="the-turn-was-decided"),
        pytest.param({"create_ns": None}, False, id="nobody-asked-for-anything"),
    ],
)
def test_a_turn_that_nobody_counted_is_no_free_turn(
    told: dict[str, Any], *, uncounted: bool
) -> None:
    silent = turn(None, turn_id=2, status=TurnStatus.TIMEOUT, **told)

    cost = price_at([turn(), silent], session(), MINI)

    assert cost.uncounted is uncounted
    assert cost.status is (CostStatus.PARTIAL if uncounted else CostStatus.PRICED)
    assert cost.usd == GOLDEN_USD
    alone = price_turn(silent, session(), MINI)
    assert alone.usd == (None if uncounted else 0)


def test_a_count_without_kinds_is_told() -> None:
    cost = price_turn(turn(TokenUsage(input_total=100)), session(), MINI)

    assert cost.usd is None
    assert cost.uncounted


def test_words_that_were_written_down_and_not_counted_are_told() -> None:
    by = with_transcription(MINI, SCRIBE)

    assert price_turn(turn(user_final_ns=AT), session(), by).uncounted
    assert not price_turn(turn(user_final_ns=AT, transcription_out=3), session(), by).uncounted
    assert not price_turn(turn(user_final_ns=AT), session(), MINI).uncounted


def test_whoever_writes_down_the_words_is_priced_apart() -> None:
    book = FakeBook()

    by = session_row(session(), book)

    assert by is not None
    assert by.rates == {**MINI.rates, **SCRIBE.rates}
    assert "gpt-4o-mini-transcribe: another page" in by.notes
    assert book.asked == [
        ("openai", "gpt-realtime-mini", "2026-11-21"),
        ("openai", "gpt-4o-mini-transcribe", "2026-11-21"),
    ]
    told = turn(transcription_audio_in=1000, transcription_out=100)
    extra = Decimal("0.003") + Decimal("0.0005")
    assert price_turn(told, session(), by).usd == GOLDEN_USD + extra


@pytest.mark.parametrize(
    "scribe",
    [
        pytest.param(None, id="nobody"),
        pytest.param(FULL, id="one-that-writes-nothing-down"),
    ],
)
def test_without_a_price_of_the_words_the_row_stays(scribe: PriceRow | None) -> None:
    assert with_transcription(MINI, scribe) is MINI


def test_a_row_that_knows_the_words_is_not_asked_twice() -> None:
    whole = with_transcription(MINI, SCRIBE)

    assert with_transcription(whole, SCRIBE) is whole
    settings = SessionSettings(transcribe_input=False)
    assert session_row(session(settings=settings), FakeBook()) is MINI
    assert session_row(session(model="gpt-9"), FakeBook()) is None


def test_a_cost_is_split_by_what_it_is_for() -> None:
    cost = price(dict.fromkeys(Meter, 1.0), row({**dict.fromkeys(Meter, "60")}))

    parts = split(cost)

    million = Decimal(60) / 1_000_000
    assert parts.audio == 2 * million
    assert parts.text == 3 * million
    assert parts.cached == 3 * million
    assert parts.audio + parts.text + parts.cached + parts.other == cost.usd
    assert split(price({}, MINI)) == CostSplit()


def test_per_unit_is_unknown_without_units() -> None:
    cost = price({Meter.AUDIO_OUT: 100_000.0}, MINI)

    assert per(cost, 4) == Decimal("0.5")
    assert per(cost, 0) is None
    assert per(cost, None) is None
    assert per(price({}, None), 4) is None


def test_audio_that_nobody_heard_was_paid_for() -> None:
    cut = turn(wasted_audio_ms=5000.0, wasted_tokens=100.0)

    assert wasted_usd([cut, turn(turn_id=2)], MINI) == Decimal("0.002")
    assert wasted_usd([cut], LIVE) is None
    assert wasted_usd([cut], None) is None
    assert wasted_usd([turn(wasted_audio_ms=10.0)], MINI) is None
    assert wasted_usd([], MINI) == 0

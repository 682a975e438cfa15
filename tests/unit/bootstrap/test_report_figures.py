"""Figures of a report are those of the metrics, and are withheld where the sample is small."""

from decimal import Decimal

import pytest

from app.bootstrap.prices import price_book
from app.bootstrap.report_figures import report_figures
from app.core.config import AuthScheme, Dialect, Target
from app.core.events import TokenUsage
from app.core.money import CostStatus
from app.core.ports import StoredSession
from app.core.records import TurnStatus
from app.metrics.summary import summarise
from tests.support.reporting import session, turn

OPENAI = Target(
    provider="openai",
    model="gpt-realtime-mini",
    url="wss://api.openai.com/v1/realtime",
    dialect=Dialect.OPENAI_GA,
    auth=AuthScheme.BEARER,
    title="GPT Realtime mini",
)
GOLDEN = TokenUsage(
    input_text=300, input_audio=1200, cached_text=100, cached_audio=700,
    output_text=100, output_audio=600, input_total=1500, output_total=700,
)  # fmt: skip
"""The golden cost of the metrics specification, section 11."""


def many(n: int) -> StoredSession:
    return session([turn(k, 600.0 + k) for k in range(1, n + 1)])


@pytest.mark.parametrize("n", [1, 4, 5, 6, 21, 80])
def test_figures_are_those_of_the_summary(n: int) -> None:
    stored = many(n)
    summary = summarise(stored.turns, for_people=True)

    (model,) = report_figures([stored], None).models

    rows = {row.id: row.value for row in model.rows}
    assert model.median_ms == rows["v2v_ms"] == summary.v2v_p50_ms
    assert rows["v2v_p90_ms"] == summary.v2v_p90_ms
    assert rows["v2v_p95_ms"] == summary.v2v_p95_ms
    assert rows["endpointing_ms"] == summary.endpointing_p50_ms
    (first,) = (row.each for row in model.rows if row.id == "first_turn_v2v_ms")
    assert first == (summary.first_turn_v2v_ms,)
    assert len(model.v2v_ms) == summary.v2v_n


def test_what_the_sample_does_not_bear_out_is_withheld_with_what_it_needs() -> None:
    (model,) = report_figures([many(5)], None).models

    rows = {row.id: row for row in model.rows}
    assert (rows["v2v_ms"].value, rows["v2v_ms"].note) == (None, "needs 5")
    assert rows["v2v_ms"].each == (602.0, 603.0, 604.0, 605.0)
    assert (rows["v2v_p95_ms"].value, rows["v2v_p95_ms"].note) == (None, "needs 20")
    assert (rows["availability"].value, rows["availability"].note) == (
        None, "5 of 5; a rate needs 10",
    )  # fmt: skip


def test_first_failed_and_excluded_turns_say_why_they_do_not_count() -> None:
    stored = session([
        turn(1),
        turn(2),
        turn(3, status=TurnStatus.ERROR),
        turn(4, excluded_reason="xrun"),
        turn(5, has_tool=True),
        turn(6, v2v_ms=700.0),
    ])  # fmt: skip

    (numbers,) = report_figures([stored], None).sessions

    assert [each.why_not for each in numbers.turns] == [
        "first turn", "", "failed", "excluded", "with a tool", "",
    ]  # fmt: skip
    assert [each.counts for each in numbers.turns] == [False, True, False, False, False, True]


def test_the_breakdown_is_of_the_turn_nearest_to_the_median_and_adds_up() -> None:
    (model,) = report_figures([many(8)], None).models

    near = model.near_median
    assert near is not None
    assert near.turn_id == 5
    assert sum(ms for _, ms in near.parts) == pytest.approx(near.v2v_ms)


def test_sessions_are_pooled_only_under_the_same_settings() -> None:
    other = session([turn(1)], engine_arguments=("--first-audio=300",))

    figures = report_figures([many(2), other, many(3)], None)

    assert [model.sessions for model in figures.models] == [(0, 2), (1,)]


def test_a_priced_session_has_the_golden_cost_and_its_split() -> None:
    stored = session(
        [turn(1, usage=GOLDEN, transcription_s=0.0)],
        target=OPENAI,
        t0_utc="2026-11-20T10:00:00+00:00",
    )

    figures = report_figures([stored], price_book({"HOME": "/nowhere"}))

    money = figures.models[0].money
    assert figures.sessions[0].turns[0].usd == Decimal("0.017576")
    assert money.usd == Decimal("0.017576")
    parts = (money.text_usd, money.audio_usd, money.cached_usd, money.other_usd)
    assert sum((part for part in parts if part is not None), Decimal(0)) == money.usd
    assert money.cached_share == pytest.approx(800 / 1500)
    assert money.rows[0].model == "gpt-realtime-mini"
    assert figures.price_table_date


def test_what_nobody_prices_is_unpriced_and_our_own_is_free() -> None:
    priced = session([turn(1, usage=GOLDEN)], target=OPENAI)

    unpriced = report_figures([priced], None).models[0].money
    own = report_figures([many(2)], None).models[0].money

    assert (unpriced.usd, unpriced.status) == (None, CostStatus.UNPRICED)
    assert (unpriced.text_usd, unpriced.per_minute_usd) == (None, None)
    assert (own.usd, own.status) == (Decimal(0), CostStatus.LOCAL)


def test_every_definition_of_a_shown_figure_is_there() -> None:
    figures = report_figures([many(2)], None)

    assert {"v2v_ms", "endpointing_ms", "u_v2v_ms"} <= {each.id for each in figures.definitions}
    assert set(figures.part_names) >= {"tx_wait_ms", "endpointing_ms", "server_response_ms"}


def test_without_turns_nothing_is_measured() -> None:
    (model,) = report_figures([session()], None).models

    assert (model.turns_n, model.median_ms, model.near_median, model.steps) == (0, None, None, ())
    assert report_figures([], None).models == ()

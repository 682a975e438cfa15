"""What a session costs while it runs, in virtual time."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.config import SessionSettings, Target
from app.core.money import Budget, CostStatus, Meter, PriceRow
from app.core.records import TurnStatus
from app.metrics.cost import price_session
from app.metrics.meters import session_meters
from app.session.live import LiveSession
from app.session.messages import CostReport, ProblemReport, TurnReport
from app.session.parts import SessionOutcome
from tests.support.audio import write_wav
from tests.support.clocks import run_virtual
from tests.support.money import GOLDEN_USD, LIVE, MINI, FakeBook
from tests.support.session import TARGET, EnergyVad, Peer, StreamingVad, World, start, tone

USAGE: dict[str, Any] = {
    "total_tokens": 2200,
    "input_tokens": 1500,
    "output_tokens": 700,
    "input_token_details": {
        "text_tokens": 300,
        "audio_tokens": 1200,
        "cached_tokens": 800,
        "cached_tokens_details": {"text_tokens": 100, "audio_tokens": 700},
    },
    "output_token_details": {"text_tokens": 100, "audio_tokens": 600},
}
MODEL: Target = replace(TARGET, provider="openai", model="gpt-realtime-mini", title="Mini")
QUIET = SessionSettings(transcribe_input=False)
BY = replace(MINI, rates={**MINI.rates, Meter.TRANSCRIPTION_SECONDS: Decimal(0)})
"""The peer in memory writes down the words whether or not it is asked to."""


@pytest.fixture
def question(tmp_path: Path) -> Path:
    pause = np.zeros(2400, np.int16)
    return write_wav(tmp_path / "question.wav", np.concatenate([pause, tone(900), pause]))


def hold(world: World, book: FakeBook | None, *paths: Path, **more: Any) -> SessionOutcome:
    async def run() -> SessionOutcome:
        parts = replace(world.parts(), prices=book)
        told: dict[str, Any] = {"target": MODEL, "settings": QUIET} | more
        return await LiveSession(parts, start(*paths, **told), world.reports.append).run()

    return run_virtual(run())


def world(usage: dict[str, Any] | None = USAGE, **more: Any) -> World:
    return World(Peer(EnergyVad(silence_ms=500, usage=usage, **more)))


def problems(held: World) -> list[str]:
    return [report.sentence for report in held.of(ProblemReport)]


def test_what_the_provider_counts_is_what_is_priced(question: Path) -> None:
    held = world()

    outcome = hold(held, FakeBook((BY,)), question, question)

    turns = [report.record for report in held.of(TurnReport)]
    told = [report for report in held.of(CostReport) if report.turn is not None]
    assert [report.turn.usd for report in told if report.turn] == [GOLDEN_USD, GOLDEN_USD]
    assert [report.turn_id for report in told] == [1, 2]
    assert told[0].cached_share == pytest.approx(800 / 1500)
    last = held.of(CostReport)[-1]
    assert last.total.usd == 2 * GOLDEN_USD
    assert last.total.status is CostStatus.PRICED
    assert last.wasted_usd == 0
    assert outcome.record is not None
    assert price_session(turns, outcome.record, FakeBook((BY,))).usd == 2 * GOLDEN_USD
    used = session_meters(turns, outcome.record)
    assert dict(last.meters)[Meter.AUDIO_OUT] == used[Meter.AUDIO_OUT] == 1200
    assert used[Meter.SESSION_SECONDS] == pytest.approx(last.elapsed_s)
    assert sum(turn.session_s or 0 for turn in turns) <= last.elapsed_s


def test_a_service_by_time_is_told_every_five_seconds() -> None:
    held = world()
    live = replace(MODEL, model="gpt-live-1")

    hold(held, FakeBook(), target=live, budget=Budget(stop_usd=Decimal("0.015")))

    reports = held.of(CostReport)
    assert [round(report.elapsed_s) for report in reports[:3]] == [5, 10, 15]
    for report in reports:
        assert report.total.usd is not None
        assert float(report.total.usd) == pytest.approx(report.elapsed_s * 0.05 / 60, abs=1e-8)


def test_a_budget_warns_once_and_then_stops_the_session() -> None:
    held = world()
    live = replace(MODEL, model="gpt-live-1")
    budget = Budget(warn_usd=Decimal("0.005"), stop_usd=Decimal("0.01"))

    outcome = hold(held, FakeBook(), target=live, budget=budget)

    assert outcome.record is not None
    stopped = "Stopped by the budget: it has cost $0.0108, over $0.0100."
    assert outcome.record.end_reason == stopped
    assert outcome.record.connected_s == pytest.approx(13, abs=0.5)
    assert problems(held) == [
        "The session has cost $0.005833, over the $0.005000 of its warning.",
        stopped,
    ]
    assert held.of(CostReport)[-1].over_budget
    assert held.of(CostReport)[0].budget_words == "$0.004167 of $0.0100"


def test_a_reply_that_costs_too_much_is_the_last(question: Path) -> None:
    held = world()

    outcome = hold(held, FakeBook((BY,)), *[question] * 5, budget=Budget(stop_usd=Decimal("0.03")))

    assert outcome.record is not None
    assert outcome.record.end_reason == (
        "Stopped by the budget: it has cost $0.0352, over $0.0300."
    )
    assert outcome.record.turns_n == 2


def test_without_a_price_nothing_is_guessed(question: Path) -> None:
    held = world()

    outcome = hold(held, FakeBook(known=()), question, budget=Budget(stop_usd=Decimal(1)))

    assert outcome.record is not None
    assert outcome.record.end_reason == "All input was answered."
    assert problems(held) == ["The budget cannot be checked: the price of Mini is unknown."]
    last = held.of(CostReport)[-1]
    assert (last.total.usd, last.wasted_usd, last.budget_words) == (None, None, "unpriced")


def test_an_unpriced_session_ends_by_its_time() -> None:
    held = world()

    outcome = hold(held, None, budget=Budget(stop_unpriced_s=7))

    assert outcome.record is not None
    assert outcome.record.end_reason == ("Stopped by the budget: its price is unknown, after 7 s.")


def test_our_own_engine_costs_nothing(question: Path) -> None:
    held = world()
    local = replace(MODEL, provider="custom", model=None)
    simulated = replace(local, provider="simulator")

    hold(held, FakeBook(), question, target=simulated, budget=Budget(stop_usd=Decimal(0)))

    last = held.of(CostReport)[-1]
    assert last.total.status is CostStatus.LOCAL
    assert last.wasted_usd == 0
    assert not problems(held)


def test_a_reply_that_nobody_counted_makes_the_sum_the_least_it_was(question: Path) -> None:
    held = world(None)

    hold(held, FakeBook(), question)

    last = held.of(CostReport)[-1]
    assert last.total.uncounted
    assert last.total.usd is None


def test_whoever_writes_down_the_words_is_billed_too(question: Path) -> None:
    held = world()
    by: PriceRow = replace(
        MINI, rates={**MINI.rates, Meter.TRANSCRIPTION_SECONDS: Decimal("0.006")}
    )

    hold(held, FakeBook(known=(by,)), question, settings=SessionSettings())

    last = held.of(CostReport)[-1]
    assert last.total.usd == GOLDEN_USD + Decimal("0.0001")
    (turn,) = [report.record for report in held.of(TurnReport)]
    assert turn.transcription_s == 1.0


def test_prices_are_read_before_the_connection_is_opened() -> None:
    held = world()

    class Late(FakeBook):
        def row(self, provider: str, model: str | None, on: str | None = None) -> PriceRow | None:
            assert not held.asked
            return LIVE

    hold(held, Late(), budget=Budget(stop_usd=Decimal("0.001")))

    assert held.asked


@pytest.mark.parametrize(
    ("stop_usd", "status"),
    [("0.0015", TurnStatus.CANCELLED), ("0.0033", TurnStatus.CANCELLED)],
    ids=["while the model thinks", "while it speaks"],
)
def test_a_budget_that_ends_a_session_in_mid_turn_keeps_all_of_it(
    question: Path, stop_usd: str, status: TurnStatus
) -> None:
    held = World(Peer(StreamingVad(silence_ms=500, after_ms=800, ms=8000, speed=1.0)))
    live = replace(MODEL, model="gpt-live-1")
    budget = Budget(warn_usd=Decimal("0.001"), stop_usd=Decimal(stop_usd))

    outcome = hold(held, FakeBook(), question, target=live, budget=budget)

    (turn,) = held.store.recording.turns
    assert outcome.problem is None
    assert outcome.record is not None
    assert (outcome.record.state, outcome.record.turns_n) == ("complete", 1)
    assert str(outcome.record.end_reason).startswith("Stopped by the budget: it has cost $")
    assert (turn.status, turn.error_message) == (status, "The session ended.")
    assert turn.user_transcript == "Question 1."
    assert problems(held)[0].endswith("over the $0.001000 of its warning.")
    assert held.store.recording.closed
    spoken = held.store.recording.agent
    assert bool(spoken and any(samples.any() for _, samples in spoken)) is (stop_usd == "0.0033")

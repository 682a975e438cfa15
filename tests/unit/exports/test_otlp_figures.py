"""What telemetry tells by our own names: money, interruptions, the reply's sound, failures."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.core.exporting import SemConv
from app.core.money import Cost, CostStatus, Meter
from app.core.records import InterruptKind, TurnRecord
from app.exports.job import Pricing
from app.exports.otlp_figures import interruption_outcome
from tests.support.bundles import line, recorded
from tests.support.money import MINI
from tests.support.telemetry import (
    ANSWERED,
    JOURNAL,
    STOPPED,
    TURNS,
    a_session,
    attributes,
    named,
    told,
)

PRICED = Cost(
    usd=Decimal("0.25"),
    status=CostStatus.PARTIAL,
    parts={Meter.AUDIO_OUT: Decimal("0.25")},
    unpriced=(Meter.TEXT_IN,),
    row=MINI,
)
LOCAL = Cost(usd=Decimal(0), status=CostStatus.LOCAL)
UNPRICED = Cost(usd=None, status=CostStatus.UNPRICED, unpriced=(Meter.AUDIO_IN,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_session(tmp_path / "from")


def priced_at(cost: Cost, seen: Callable[[TurnRecord], object] = lambda _: None) -> Pricing:
    def turn(each: TurnRecord, _record: object) -> Cost:
        seen(each)
        return cost

    parts = {"audio": Decimal("0.25"), "text": Decimal(0)}
    return Pricing(turn=turn, session=lambda _: cost, split=lambda _: parts)


def money(of: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name.startswith("vc.cost")}


def metric(metrics: list[Any], name: str) -> list[dict[str, Any]]:
    return [
        {**point, "attributes": attributes(point)}
        for each in metrics
        if each["name"] == name
        for point in (each.get("sum") or each["histogram"])["dataPoints"]
    ]


# --- money


@pytest.mark.parametrize("semconv", list(SemConv))
def test_a_cost_has_its_currency_its_status_and_the_date_of_its_price(
    folder: Path, tmp_path: Path, semconv: SemConv
) -> None:
    spans, metrics = told(tmp_path, folder, pricing=priced_at(PRICED), semconv=semconv)

    known = {
        "vc.cost.amount": 0.25,
        "vc.cost.currency": "USD",
        "vc.cost.status": "partial",
        "vc.cost.unpriced": ["text_in"],
        "vc.cost.audio": 0.25,
        "vc.cost.price_date": "2026-11-21",
        "vc.cost.price_origin": "shipped",
        "vc.cost.price_source": "a page",
    }
    assert [money(attributes(turn)) for turn in named(spans, "invoke_agent")] == [known] * 4
    assert money(attributes(named(spans, "vc.session")[0])) == known
    (point,) = metric(metrics, "vc.cost")
    assert point["asDouble"] == 0.25
    assert point["attributes"]["vc.cost.currency"] == "USD"
    assert point["attributes"]["vc.cost.status"] == "partial"


def test_what_is_not_priced_is_absent_and_what_nobody_bills_is_0(
    folder: Path, tmp_path: Path
) -> None:
    without, nothing = told(tmp_path / "a", folder)
    unpriced, no_sum = told(tmp_path / "b", folder, pricing=priced_at(UNPRICED))
    local, sums = told(tmp_path / "c", folder, pricing=priced_at(LOCAL))

    assert money(attributes(without[0])) == {}
    assert money(attributes(unpriced[0])) == {
        "vc.cost.status": "unpriced", "vc.cost.unpriced": ["audio_in"]
    }  # fmt: skip
    assert metric(nothing, "vc.cost") == metric(no_sum, "vc.cost") == []
    assert attributes(local[0])["vc.cost.amount"] == 0.0
    assert [point["asDouble"] for point in metric(sums, "vc.cost")] == [0.0]


def test_each_turn_is_priced_as_it_was_recorded(folder: Path, tmp_path: Path) -> None:
    seen: list[TurnRecord] = []

    told(tmp_path, folder, pricing=priced_at(LOCAL, seen.append))

    assert [turn.turn_id for turn in seen] == [1, 2, 3, 4]
    assert seen[0].usage == ANSWERED.usage


# --- interruptions and the sound of the reply


JUDGED = replace(
    STOPPED,
    interrupt_kind=InterruptKind.GENERATION,
    missed_interrupt=False,
    vad_on_latency_ms=180.0,
    overspeech_ms=310.0,
    wasted_audio_ms=900.0,
    wasted_tokens=12.5,
    premature=True,
    stalls_n=2,
    stall_ms=250.0,
    delivery_x=4.0,
)


def test_a_turn_tells_of_its_interruption_and_its_sound(tmp_path: Path) -> None:
    spans, _ = told(tmp_path, recorded(tmp_path / "from", turns=(JUDGED,)))

    turn = attributes(named(spans, "invoke_agent")[0])
    assert {name: turn[name] for name in turn if name.startswith(("vc.inter", "vc.audio"))} == {
        "vc.interruption.cause": "server",
        "vc.interruption.kind": "generation",
        "vc.interruption.missed": False,
        "vc.interruption.detection": 0.18,
        "vc.interruption.yield": 0.31,
        "vc.interruption.overspeech": 0.31,
        "vc.interruption.heard": 0.5,
        "vc.interruption.wasted_audio": 0.9,
        "vc.interruption.wasted_tokens": 12.5,
        "vc.audio.stalls": 2,
        "vc.audio.stalled": 0.25,
        "vc.audio.delivery": 4.0,
    }
    assert turn["vc.turn.premature"] is True


def test_figures_of_turns_become_metrics_and_unknown_ones_none(
    folder: Path, tmp_path: Path
) -> None:
    _, bare = told(tmp_path / "a", folder)
    _, metrics = told(tmp_path / "b", recorded(tmp_path / "from2", turns=(JUDGED,)))

    assert not {"vc.interruptions", "vc.audio.stalls", "vc.turns.timed", "vc.audio.stalled"} & {
        each["name"] for each in bare
    }
    (outcome,) = metric(metrics, "vc.interruptions")
    assert (outcome["attributes"]["vc.interruption.outcome"], outcome["asInt"]) == ("yielded", "1")
    (timed,) = metric(metrics, "vc.turns.timed")
    assert (timed["attributes"]["vc.turn.premature"], timed["asInt"]) == (True, "1")
    assert [point["asInt"] for point in metric(metrics, "vc.audio.stalls")] == ["2"]
    assert [point["sum"] for point in metric(metrics, "vc.audio.stalled")] == [0.25]
    assert [point["sum"] for point in metric(metrics, "vc.interruption.detection")] == [0.18]


@pytest.mark.parametrize(
    ("judged", "outcome"),
    [
        ((None, None), None),
        ((False, None), "yielded"),
        ((True, None), "missed"),
        ((None, True), "false"),
        ((None, False), "ignored"),
    ],
)
def test_an_interruption_has_one_outcome(
    judged: tuple[bool | None, bool | None], outcome: str | None
) -> None:
    missed, false = judged
    turn = replace(ANSWERED, missed_interrupt=missed, false_interrupt=false)

    assert interruption_outcome(turn) == outcome


# --- what failed, and what ended early


def test_replies_are_counted_by_what_became_of_them(folder: Path, tmp_path: Path) -> None:
    _, metrics = told(tmp_path, folder)

    counted = {
        point["attributes"]["vc.response.status"]: point["asInt"]
        for point in metric(metrics, "vc.replies")
    }
    assert counted == {"completed": "1", "cancelled": "1", "failed": "1", "unfinished": "1"}


def test_a_reply_that_ran_into_its_limit_says_so(tmp_path: Path) -> None:
    cut = {"status": "incomplete", "reason": "max_output_tokens"}
    other = {"status": "incomplete", "reason": "content_filter"}
    journal = [
        *JOURNAL[:2],
        line(2900, "ResponseFinished", response_id="r1", **cut),
        line(3500, "ResponseStarted", response_id="r9"),
        line(3900, "ResponseFinished", response_id="r9", **other),
    ]
    spans, _ = told(tmp_path, recorded(tmp_path / "from", turns=TURNS, journal=journal))

    replies = [attributes(span) for span in named(spans, "realtime_inference")]
    assert [each["gen_ai.response.finish_reasons"] for each in replies] == [
        ["length"], ["content_filter"]
    ]  # fmt: skip
    assert {each["vc.response.status"] for each in replies} == {"incomplete"}


@pytest.mark.parametrize(
    ("state", "reason", "message"),
    [
        ("complete", None, None),
        ("running", None, None),
        ("failed", "No key.", "No key."),
        ("failed", None, "It never got as far as a conversation."),
        ("interrupted", None, "Its program ended before it did."),
    ],
)
def test_a_session_that_failed_or_was_torn_off_is_an_error(
    tmp_path: Path, state: str, reason: str | None, message: str | None
) -> None:
    folder = recorded(tmp_path / "from", turns=TURNS, state=state, end_reason=reason)
    spans, _ = told(tmp_path, folder)

    session = named(spans, "vc.session")[0]
    assert session["status"].get("message") == message
    assert attributes(session).get("error.type") == (None if message is None else state)

"""The five workloads, typed and spoken."""

from decimal import Decimal

import pytest

from app.metrics.workloads import WORKLOADS, workload_cost
from tests.support.money import FULL, LIVE, MINI


def test_they_are_those_of_the_profile() -> None:
    assert [(each.title, each.tokens_in, each.tokens_out, each.turns) for each in WORKLOADS] == [
        ("Live Customer Support", 500, 500, 10),
        ("Real-time Voice Translation", 150, 150, 1),
        ("Interactive Code Assistant", 2000, 1500, 1),
        ("Meeting Summary", 20000, 1000, 1),
        ("Content Moderation", 100, 10, 1),
    ]


def test_typed_it_costs_its_text_tokens() -> None:
    moderation = workload_cost(WORKLOADS[4], MINI)
    assert moderation.text.usd == (100 * Decimal("0.6") + 10 * Decimal("2.4")) / 1_000_000

    support = workload_cost(WORKLOADS[0], MINI)
    read = sum(500 + before * 1000 for before in range(10))
    assert support.text.usd == (read * Decimal("0.6") + 5000 * Decimal("2.4")) / 1_000_000


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each.id)
def test_spoken_it_costs_more_than_twenty_times_as_much(workload: object) -> None:
    for by in (MINI, FULL):
        found = workload_cost(workload, by)  # type: ignore[arg-type]
        assert found.times is not None
        assert found.times > 20


def test_a_spoken_workload_lasts() -> None:
    assert workload_cost(WORKLOADS[0], MINI).speech_s == pytest.approx(10 * 1000 / 3.5)


def test_spoken_it_costs_its_seconds_and_the_transcript_of_the_reply() -> None:
    meeting = workload_cost(WORKLOADS[3], MINI)

    user_s, agent_s = 20_000 / 3.5, 1_000 / 3.5
    usd = (user_s * 10 * 10 + agent_s * 20 * 20 + 1_000 * 2.4) / 1e6
    assert meeting.speech.usd is not None
    assert float(meeting.speech.usd) == pytest.approx(usd)


def test_earlier_turns_may_be_cached() -> None:
    fresh, cached = (workload_cost(WORKLOADS[0], MINI, share).speech.usd for share in (0.0, 1.0))

    assert fresh is not None
    assert cached is not None
    assert cached < fresh


def test_without_a_price_nothing_is_told() -> None:
    assert workload_cost(WORKLOADS[1], None).times is None
    assert workload_cost(WORKLOADS[1], LIVE).times is None

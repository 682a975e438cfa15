"""Money in words."""

from decimal import Decimal

import pytest

from app.core.money import METER_WORDS, Cost, CostStatus, Meter
from app.metrics.cost_words import (
    UNIT_WORDS,
    cost_words,
    missing_words,
    row_words,
    usd_words,
)
from tests.support.money import MINI, row


@pytest.mark.parametrize(
    ("usd", "words"),
    [
        (None, "unpriced"),
        ("0", "$0"),
        ("0.0000001", "<$0.000001"),
        ("0.00045", "$0.000450"),
        ("0.017576", "$0.0176"),
        ("1.005", "$1.00"),
        ("3128.472", "$3,128.47"),
    ],
)
def test_dollars(usd: str | None, words: str) -> None:
    assert usd_words(None if usd is None else Decimal(usd)) == words


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CostStatus.PRICED, "$0.5000"),
        (CostStatus.PARTIAL, "at least $0.5000"),
        (CostStatus.LOCAL, "0 (local)"),
        (CostStatus.UNPRICED, "unpriced"),
    ],
)
def test_a_cost_is_told_as_far_as_it_can_be_believed(status: CostStatus, words: str) -> None:
    assert cost_words(Cost(usd=Decimal("0.5"), status=status)) == words


def test_what_is_missing_is_a_sentence() -> None:
    whole = Cost(usd=Decimal(1), status=CostStatus.PRICED)
    assert missing_words(whole) == ""
    both = Cost(usd=None, status=CostStatus.UNPRICED, unpriced=(Meter.IMAGE_IN,), uncounted=True)
    assert missing_words(both) == (
        "No price is known for image in and the provider did not say all that was used."
    )


def test_a_row_names_its_source_and_date() -> None:
    assert row_words(MINI) == "openai gpt-realtime-mini (shipped, read 2026-11-21): a page"
    dated = row({}, valid_from="2026-08-05")
    assert row_words(dated) == "openai m (shipped, from 2026-08-05 on)"
    assert row_words(None) == "unpriced"


def test_every_meter_has_words() -> None:
    assert set(METER_WORDS) == set(UNIT_WORDS) == set(Meter)

"""A row of prices as JSON; what was written by hand is checked."""

from decimal import Decimal
from typing import Any

import pytest

from app.core.money import Meter, PriceOrigin
from app.core.price_rows import fields_of, rate_from, row_of
from tests.support.money import MINI, row

WRITTEN: dict[str, Any] = {
    "provider": "openai",
    "model": "m",
    "rates": {"text_in": "0.6", "audio_out": 20, "session_s": 0.05},
    "valid_from": "2026-08-05",
    "as_of": None,
}


def test_a_row_is_read() -> None:
    assert row_of(WRITTEN, PriceOrigin.YOURS) == row(
        {Meter.TEXT_IN: "0.6", Meter.AUDIO_OUT: "20", Meter.SESSION_SECONDS: "0.05"},
        origin=PriceOrigin.YOURS,
        valid_from="2026-08-05",
    )


def test_a_row_survives_the_journey() -> None:
    assert row_of(fields_of(MINI), PriceOrigin.SHIPPED) == MINI


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"provider": ""}, "names no provider"),
        ({"provider": 7}, "provider is no text"),
        ({"model": "m" * 200}, "model is no text of at most 160"),
        ({"rates": [1]}, "rates is no object"),
        ({"rates": {"gold": "1"}}, "'gold' is no meter"),
        ({"rates": {"text_in": True}}, "the rate of text_in is no number"),
        ({"rates": {"text_in": None}}, "the rate of text_in is no number"),
        ({"rates": {"text_in": "much"}}, "'much' is no number"),
        ({"rates": {"text_in": "-1"}}, "no price from 0"),
        ({"rates": {"text_in": "NaN"}}, "no price from 0"),
        ({"rates": {"text_in": "1e9"}}, "no price from 0"),
        ({"valid_from": "tomorrow"}, "Invalid isoformat"),
        ({"as_of": 5}, "as_of is no date"),
    ],
)
def test_what_is_no_row_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        row_of({**WRITTEN, **change}, PriceOrigin.YOURS)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValueError, match="no object"):
        row_of("openai", PriceOrigin.YOURS)


def test_a_rate_keeps_its_digits() -> None:
    assert rate_from("0.016667") == Decimal("0.016667")

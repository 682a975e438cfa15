"""The shipped table of prices."""

import json
from decimal import Decimal

import pytest

from app.core.errors import ConfigError
from app.core.money import Meter
from app.core.resources import resource
from app.providers.catalogue import parse_catalogue
from app.providers.prices_table import parse_prices

ROWS = parse_prices(resource("prices", "prices.json").read_text("utf-8"))


def test_every_shipped_row_says_where_it_is_from() -> None:
    assert len(ROWS) > 90
    for each in ROWS:
        assert each.source
        assert each.as_of or not each.rates
        assert each.rates or each.notes
    assert len({(r.provider, r.model, r.valid_from) for r in ROWS}) == len(ROWS)


def test_every_model_of_the_catalogue_has_a_price() -> None:
    catalogue = parse_catalogue(resource("catalogue", "models.toml").read_text("utf-8"))
    known = {(row.provider, row.model) for row in ROWS if row.rates}

    for provider in catalogue.providers:
        for model in provider.models:
            assert (provider.id, model.id) in known


def test_the_row_of_the_golden_cost() -> None:
    (mini,) = [row for row in ROWS if (row.provider, row.model) == ("openai", "gpt-realtime-mini")]

    assert {meter: rate for meter, rate in mini.rates.items() if "image" not in meter} == {
        Meter.TEXT_IN: Decimal("0.6"),
        Meter.TEXT_IN_CACHED: Decimal("0.06"),
        Meter.TEXT_OUT: Decimal("2.4"),
        Meter.AUDIO_IN: Decimal(10),
        Meter.AUDIO_IN_CACHED: Decimal("0.3"),
        Meter.AUDIO_OUT: Decimal(20),
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ('{"schema": 1}', "damaged: 'rows'"),
        ('{"schema": 2, "rows": []}', "schema 2"),
        (json.dumps({"schema": 1, "rows": [{"provider": "x", "rates": {"a": 1}}]}), "no meter"),
        ("[" * 100_000, "damaged"),
    ],
)
def test_a_damaged_table_is_told(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        parse_prices(text)

"""Whose price is believed, on which day."""

from decimal import Decimal

import pytest

from app.core.money import Meter, PriceOrigin, PriceRow
from app.providers.prices import Prices, canonical
from tests.support.money import MINI, row

YOURS, OTHERS = PriceOrigin.YOURS, PriceOrigin.GENAI_PRICES


class Own:
    """Implements ``OwnPrices`` in memory."""

    def __init__(self, *rows: PriceRow) -> None:
        self.kept = list(rows)

    def rows(self) -> tuple[PriceRow, ...]:
        return tuple(self.kept)

    def set(self, row: PriceRow) -> None:
        self.kept.append(row)

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        before = len(self.kept)
        self.kept = [r for r in self.kept if (r.provider, r.model, r.valid_from)
                     != (provider, model, valid_from)]  # fmt: skip
        return len(self.kept) < before


class Others:
    """Implements ``OthersPrices`` in memory; counts how often it was asked."""

    version = "7"

    def __init__(self, *rows: PriceRow) -> None:
        self._rows = rows
        self.asked = 0

    def of(self, provider: str, model: str) -> tuple[PriceRow, ...]:
        self.asked += 1
        return tuple(r for r in self._rows if (r.provider, r.model) == (provider, model))

    def voices(self) -> tuple[PriceRow, ...]:
        return self._rows


def a(usd: str, origin: PriceOrigin, valid_from: str | None = None, model: str = "m") -> PriceRow:
    return row({Meter.AUDIO_OUT: usd}, model=model, origin=origin, valid_from=valid_from)


def book(own: Own, *shipped: PriceRow, others: Others | None = None) -> Prices:
    return Prices(own, shipped, others, lambda: "2026-11-21")


def usd(prices: Prices, on: str | None = None, model: str = "m") -> Decimal | None:
    found = prices.row("openai", model, on)
    return None if found is None else found.rates[Meter.AUDIO_OUT]


SHIPPED = a("2", PriceOrigin.SHIPPED)


def test_yours_come_before_the_shipped_and_those_before_all_others() -> None:
    others = Others(a("3", OTHERS), a("4", OTHERS, model="n"))
    prices = book(Own(), SHIPPED, others=others)

    assert usd(prices) == 2
    assert others.asked == 0
    assert usd(prices, model="n") == usd(prices, model="n") == 4
    assert others.asked == 1
    prices.set(a("1", YOURS))
    assert usd(prices) == 1
    assert prices.remove("openai", "m", None)
    assert not prices.remove("openai", "m", None)
    assert usd(prices) == 2


@pytest.mark.parametrize(
    ("on", "cost"),
    [
        ("2026-08-04", "5"),
        ("2026-08-05", "8"),
        ("2026-11-30", "8"),
        (None, "8"),
        ("2027-01-01", "9"),
    ],
)
def test_the_row_of_the_day_holds(on: str | None, cost: str) -> None:
    dated = (
        a("9", PriceOrigin.SHIPPED, "2027-01-01"),
        a("8", PriceOrigin.SHIPPED, "2026-08-05"),
        a("5", PriceOrigin.SHIPPED),
    )

    assert usd(book(Own(), *dated), on) == Decimal(cost)


def test_a_price_that_is_yet_to_come_lets_others_speak() -> None:
    own = Own(a("1", YOURS, "2026-12-01"))

    assert usd(book(own, SHIPPED)) == 2
    assert usd(book(own, SHIPPED), "2026-12-01") == 1
    old = a("7", PriceOrigin.SHIPPED, "2026-08-05")
    assert usd(book(Own(), old, others=Others(a("6", OTHERS))), "2026-01-01") == 6


def test_nobody_knows_and_nobody_guesses() -> None:
    noted = row({}, model="m", notes="price not found")
    prices = book(Own(), noted)

    assert prices.row("openai", "m") is None
    assert prices.row("openai", None) is None
    assert prices.row("custom", "gpt-realtime") is None
    assert prices.history("openai", "m") == (noted,)
    assert prices.rows() == (noted,)


def test_a_note_of_the_shipped_table_does_not_hide_the_price_of_another() -> None:
    assert usd(book(Own(), row({}, model="m"), others=Others(a("3", OTHERS)))) == 3


def test_a_price_for_all_models_of_a_provider() -> None:
    whole = row({Meter.AUDIO_OUT: "1"}, provider="custom", model="", origin=YOURS)
    prices = book(Own(whole))

    assert prices.row("custom", None) == prices.row("custom", "anything") == whole
    assert prices.history("custom", "") == (whole,)


def test_the_history_is_of_every_source_the_oldest_first() -> None:
    own, later = a("1", YOURS, "2026-12-01"), a("8", OTHERS, "2026-08-05")
    prices = book(Own(own), SHIPPED, others=Others(later))

    assert prices.history("openai", "m") == (SHIPPED, later, own)


def test_every_model_is_listed_once_at_todays_price() -> None:
    own = row({Meter.AUDIO_OUT: "1"}, provider="mine", origin=YOURS)
    prices = book(Own(own), SHIPPED, MINI, others=Others(a("3", OTHERS), a("4", OTHERS, model="n")))

    listed = [(each.provider, each.model, each.origin) for each in prices.rows()]

    assert listed == [
        ("mine", "m", YOURS),
        ("openai", "gpt-realtime-mini", PriceOrigin.SHIPPED),
        ("openai", "m", PriceOrigin.SHIPPED),
        ("openai", "n", OTHERS),
    ]


def test_a_provider_has_several_names() -> None:
    gemini = row({Meter.AUDIO_OUT: "12"}, provider="google_gemini")

    assert book(Own(), gemini).row("google", "m") == gemini
    assert canonical("openai") == "openai"


def test_the_fingerprint_changes_with_every_price() -> None:
    prices = book(Own(), SHIPPED)
    prints = [prices.fingerprint, prices.fingerprint]
    prices.set(a("1", YOURS))
    prints.append(prices.fingerprint)
    prices.remove("openai", "m", None)
    prints.append(prices.fingerprint)
    prints.append(book(Own(), a("2.1", PriceOrigin.SHIPPED)).fingerprint)
    prints.append(book(Own(), SHIPPED, others=Others()).fingerprint)

    assert prints[0] == prints[1] == prints[3]
    assert len(set(prints)) == 4


def test_the_date_of_the_table_is_its_newest() -> None:
    assert book(Own(), SHIPPED, MINI).table_date == "2026-11-21"
    assert book(Own()).table_date == ""


def test_a_price_is_kept_under_the_providers_own_name() -> None:
    own = Own(row({Meter.AUDIO_OUT: "5"}, provider="google", origin=YOURS))
    prices = book(own)
    prices.set(row({Meter.AUDIO_OUT: "1"}, provider="gemini", model="n", origin=YOURS))

    assert own.kept[-1].provider == "google_gemini"
    assert prices.remove("gemini", "n", None)
    assert prices.remove("google", "m", None)
    assert own.kept == []

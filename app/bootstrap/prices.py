"""What models cost, composed: the user's own file, the shipped table, the package's snapshot."""

from collections.abc import Mapping
from datetime import UTC, datetime

from app.core.resources import resource
from app.providers.prices import Prices
from app.providers.prices_genai import GenaiPrices
from app.providers.prices_table import parse_prices
from app.store.prices import FilePrices, prices_path


def price_book(environment: Mapping[str, str]) -> Prices:
    """Return what models cost: implements ``PriceBook``; reads two small files.

    Raises:
        ConfigError: If the shipped table was damaged.
    """
    shipped = parse_prices(resource("prices", "prices.json").read_text("utf-8"))
    return Prices(own_prices(environment), shipped, GenaiPrices(), _today)


def own_prices(environment: Mapping[str, str]) -> FilePrices:
    """Return the user's own prices."""
    return FilePrices(prices_path(environment))


def _today() -> str:
    return datetime.now(UTC).date().isoformat()

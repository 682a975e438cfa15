"""The shipped table of prices: JSON text in, rows out.

Format and sources: ``resources/prices/README.md``.
"""

import json
from typing import Final

from app.core.errors import ConfigError
from app.core.money import PriceOrigin, PriceRow
from app.core.price_rows import row_of

SCHEMA: Final = 1
"""The version of the table's shape that this program reads."""


def parse_prices(text: str) -> tuple[PriceRow, ...]:
    """Return the rows of the shipped table.

    Raises:
        ConfigError: If it is damaged; the message names the row.
    """
    try:
        table = json.loads(text)
        rows = table["rows"]
        if table["schema"] != SCHEMA:
            raise ConfigError(f"The price table has schema {table['schema']}, not {SCHEMA}.")
        return tuple(row_of(row, PriceOrigin.SHIPPED) for row in rows)
    except (ValueError, TypeError, KeyError, RecursionError) as exc:
        raise ConfigError(f"The price table is damaged: {exc}.") from exc

"""Who bills a session, and for which of its meters.

Our own engine is billed by nobody, unless its language model is served elsewhere: then its text
tokens are that service's, by this engine's own count, and all else is still ours.

Source: metrics specification, section 11: a cascade is the sum of its legs, each with its own
meter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.core.engine_parts import ELSEWHERE, engine_parts
from app.core.money import OURS, Meter, PriceRow
from app.core.records import SessionRecord

_WORDS: Final = frozenset({
    Meter.TEXT_IN,
    Meter.TEXT_IN_CACHED,
    Meter.TEXT_OUT,
    Meter.REASONING_OUT,
})  # fmt: skip

COUNTED_HERE: Final = "Text tokens as this program counts them; the service may count others"


@dataclass(frozen=True, slots=True, kw_only=True)
class Biller:
    """Who bills.

    Attributes:
        provider: As price tables name it; ``model`` too, None where nobody says.
        ours: Nobody does: it is our own engine, and all of it local.
        words_only: Only the language model of our own engine is billed.
    """

    provider: str
    model: str | None
    ours: bool = False
    words_only: bool = False

    def of(self, used: Mapping[Meter, float]) -> Mapping[Meter, float]:
        """Return the meters that are billed."""
        if not self.words_only:
            return used
        return {meter: value for meter, value in used.items() if meter in _WORDS}

    def told(self, row: PriceRow | None) -> PriceRow | None:
        """Return a row with what must be known of it."""
        if row is None or not self.words_only:
            return row
        return replace(row, notes="; ".join(filter(None, (row.notes, COUNTED_HERE))))


def biller_of(record: SessionRecord) -> Biller:
    """Return who bills a session; a record of an older version is understood by its options."""
    target = record.target
    if target.provider not in OURS:
        return Biller(provider=target.provider, model=target.model)
    parts = record.engine_parts or engine_parts(target.provider, record.engine_arguments)
    if parts is None or parts.billed_by is None:
        return Biller(provider=target.provider, model=target.model, ours=True)
    provider = parts.billed_by if parts.billed_by != ELSEWHERE else parts.host or ELSEWHERE
    return Biller(provider=provider, model=parts.model, words_only=True)

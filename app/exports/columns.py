"""The columns of exported tables: what kind of value each holds.

What a column means and its unit stand in ``resources/schema/turns.schema.json`` and
``sessions.schema.json``, which every row is checked against.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

from app.core.config import VadMode, WireFormat
from app.core.money import CostStatus, PriceOrigin
from app.core.records import TurnRecord
from app.core.rows import TURN_COLUMNS, USAGE_COLUMNS


class Kind(StrEnum):
    """What a cell holds; the value is the JSON type."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "string"
    INSTANT = "date-time"
    """A text: ISO 8601 with +00:00. A TIMESTAMP in Parquet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column.

    Attributes:
        words: The only ones that are allowed; () allows any text.
        required: Whether every row has a value.
        meaning: One line, where it is not a column of turns; ``unit`` likewise.
    """

    name: str
    kind: Kind
    words: tuple[str, ...] = ()
    required: bool = False
    meaning: str = ""
    unit: str = ""


_WORDS: Final[Mapping[str, type[Enum]]] = MappingProxyType({
    "vad_mode": VadMode,
    "audio_format_in": WireFormat,
    "audio_format_out": WireFormat,
})  # fmt: skip
_SESSION_KINDS: Final[Mapping[str, Kind]] = MappingProxyType({
    "order_idx": Kind.INTEGER,
    "vad_silence_ms": Kind.INTEGER,
    "vad_threshold": Kind.NUMBER,
    "tools_n": Kind.INTEGER,
    "t0_utc": Kind.INSTANT,
    "device_residual_ms": Kind.NUMBER,
})  # fmt: skip
_REQUIRED: Final = frozenset({"schema_version", "session_id", "turn_id", "status"})
_KINDS: Final[Mapping[type, Kind]] = MappingProxyType(
    {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.NUMBER, str: Kind.TEXT}
)

MONEY_COLUMNS: Final = (
    Column(
        name="cost_usd", kind=Kind.NUMBER, unit="USD",
        meaning="what it comes to at read time; empty is unpriced, 0 is our own engine",
    ),
    Column(name="cost_text_usd", kind=Kind.NUMBER, unit="USD", meaning="of it, fresh text"),
    Column(name="cost_audio_usd", kind=Kind.NUMBER, unit="USD", meaning="of it, fresh audio"),
    Column(
        name="cost_cached_usd", kind=Kind.NUMBER, unit="USD", meaning="of it, cached input"
    ),
    Column(
        name="cost_other_usd", kind=Kind.NUMBER, unit="USD",
        meaning="of it, images, transcription, time, characters and messages",
    ),
    Column(
        name="cost_status", kind=Kind.TEXT, words=tuple(CostStatus),
        meaning="priced, partial (the least that was billed), unpriced or local (nobody bills)",
    ),
    Column(
        name="cost_unpriced", kind=Kind.TEXT,
        meaning="meters that were used and have no price, with blanks between",
    ),
    Column(
        name="price_table_date", kind=Kind.TEXT,
        meaning="ISO date on which the price's source was read",
    ),
    Column(
        name="price_origin", kind=Kind.TEXT, words=tuple(PriceOrigin), meaning="whose price it is"
    ),
    Column(name="price_source", kind=Kind.TEXT, meaning="where the price stands"),
)  # fmt: skip
"""Computed when the table is written, never stored."""


@cache
def turn_columns() -> tuple[Column, ...]:
    """Return the columns of the table of turns, in order."""
    hints = get_type_hints(TurnRecord)
    usage = dict.fromkeys(USAGE_COLUMNS, int | None)
    measured = {each.name: hints[each.name] for each in fields(TurnRecord)}
    typed: dict[str, Any] = {**measured, **usage}
    return (*(_turn_column(name, typed.get(name)) for name in TURN_COLUMNS), *MONEY_COLUMNS)


def _turn_column(name: str, hint: Any) -> Column:
    required = name in _REQUIRED
    if name in _WORDS:
        return Column(name=name, kind=Kind.TEXT, words=_values(_WORDS[name]), required=required)
    if hint is None:
        kind = _SESSION_KINDS.get(name, Kind.TEXT)
        return Column(name=name, kind=kind, required=required)
    plain = _plain(hint)
    if issubclass(plain, Enum):
        return Column(name=name, kind=Kind.TEXT, words=_values(plain), required=required)
    return Column(name=name, kind=_KINDS[plain], required=required)


def _values(words: type[Enum]) -> tuple[str, ...]:
    return tuple(str(word.value) for word in words)


def _plain(hint: Any) -> type:
    """Return the type of a field that may be None."""
    if get_origin(hint) in {types.UnionType, Union}:
        (hint,) = (each for each in get_args(hint) if each is not type(None))
    if isinstance(hint, NewType):
        hint = hint.__supertype__
    plain: type = hint
    return plain

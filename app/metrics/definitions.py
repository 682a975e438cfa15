"""What each column of a turn means: the text on hover and in the legend of an export.

The rows are the product's promise. A number without a row here is not shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.metrics import definitions_floor, definitions_latency, definitions_reply
from app.metrics.definitions_words import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDefinition:
    """A measured column.

    Attributes:
        id: The column's name in ``TurnRecord``.
        name: The field's word for it.
        unit: "ms", "x", "tokens/s" or "".
        start: The instant it is measured from, for people.
        end: The instant it is measured to.
        clock: Whose time: "session", "DAC" (mapped to it), "media" (samples) or "count".
        formula: One line.
        pitfalls: What it must not be mistaken for.
        source: Row of the metrics specification.
    """

    id: str
    name: str
    unit: str
    start: str
    end: str
    clock: str
    formula: str
    pitfalls: str
    source: str

    @property
    def hover(self) -> str:
        """One paragraph for the window."""
        return f"{self.name}: {self.formula}. From {self.start} to {self.end}. {self.pitfalls}"


_ROWS: Final[tuple[Row, ...]] = (
    *definitions_latency.ROWS,
    *definitions_reply.ROWS,
    *definitions_floor.TAKING,
    *definitions_floor.CLIENT,
)

_FIELDS = ("id", "name", "unit", "start", "end", "clock", "formula", "pitfalls", "source")

DEFINITIONS: Final[Mapping[str, MetricDefinition]] = MappingProxyType(
    {row[0]: MetricDefinition(**dict(zip(_FIELDS, row, strict=True))) for row in _ROWS}
)
"""By column name, in the order of the columns for people."""

BREAKDOWN: Final = (
    "tx_wait_ms",
    "endpointing_ms",
    "server_response_ms",
    "playout_wait_ms",
    "leading_silence_ms",
    "device_out_ms",
)
"""The parts of voice-to-voice, in the order in which they happen."""

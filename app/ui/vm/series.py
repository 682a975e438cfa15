"""What is drawn over the turns, and what can be chosen to be counted."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import attrgetter
from typing import Final, get_args

from app.core.records import TurnRecord
from app.metrics.definitions import DEFINITIONS

DELIVERY_CAP = 50.0
TIMES = "\N{MULTIPLICATION SIGN}"


class Shape(StrEnum):
    """Mark of a series, so that it is told apart without its colour."""

    DISC = "disc"
    TRIANGLE = "triangle"
    SQUARE = "square"
    DIAMOND = "diamond"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One metric drawn over the turns.

    Attributes:
        role: Role of the theme it is drawn in.
        reported: Told by the provider: drawn hollow.
        cap: Values above are shown as "more than" it; None where every value tells.
    """

    name: str
    metric: str
    unit: str
    shape: Shape
    role: str
    read: Callable[[TurnRecord], float | None]
    reported: bool = False
    cap: float | None = None


V2V = Series(
    name="V2V",
    metric="v2v_ms",
    unit="ms",
    shape=Shape.DISC,
    role="accent",
    read=lambda turn: turn.v2v_ms,
)
TTFA = Series(
    name="TTFA (stop)",
    metric="ttfa_stop_ms",
    unit="ms",
    shape=Shape.TRIANGLE,
    role="model",
    read=lambda turn: turn.ttfa_stop_ms,
)
TTFT = Series(
    name="TTFT (stop)",
    metric="ttft_stop_ms",
    unit="ms",
    shape=Shape.SQUARE,
    role="you",
    read=lambda turn: turn.ttft_stop_ms,
)
TOKENS = Series(
    name="Tokens/s",
    metric="text_tps",
    unit="tok/s",
    shape=Shape.DIAMOND,
    role="you",
    read=lambda turn: turn.text_tps,
    reported=True,
)
DELIVERY = Series(
    name="Delivery",
    metric="delivery_x",
    unit=TIMES,
    shape=Shape.DISC,
    role="model",
    read=lambda turn: turn.delivery_x,
    cap=DELIVERY_CAP,
)
LATENCY: Final = (V2V, TTFA, TTFT)
THROUGHPUT: Final = (TOKENS, DELIVERY)
PLOTTED: Final = (*LATENCY, *THROUGHPUT)

COMMON: Final = (
    "v2v_ms",
    "ttfa_eos_ms",
    "ttfa_stop_ms",
    "ttft_eos_ms",
    "ttft_stop_ms",
    "endpointing_ms",
    "server_response_ms",
    "leading_silence_ms",
    "client_added_ms",
    "yield_ms",
    "required_prebuffer_ms",
    "jitter_p95_ms",
    "delivery_x",
    "text_tps",
)
"""What a picker offers first."""

UNITS: Final = {"x": TIMES, "tokens/s": "tok/s"}
_NUMBERS: Final = frozenset(
    field.name for field in fields(TurnRecord) if {float, int} & set(get_args(field.type))
)


def unit_of(metric: str) -> str:
    """Return the unit of a metric as it is shown."""
    unit = DEFINITIONS[metric].unit
    return UNITS.get(unit, unit)


def cap_of(metric: str) -> float | None:
    """Return above which value of a metric a larger one says nothing more, or None."""
    return DELIVERY_CAP if metric == DELIVERY.metric else None


def numeric(metric: str) -> bool:
    """Whether a metric can be counted over the turns."""
    return metric in DEFINITIONS and metric in _NUMBERS


def choices() -> tuple[str, ...]:
    """Return every metric that can be counted, the common ones first."""
    first = [metric for metric in COMMON if numeric(metric)]
    return (*first, *(each for each in DEFINITIONS if numeric(each) and each not in first))


def series_of(metric: str) -> Series:
    """Return how a metric is drawn; one without a place of its own wears V2V's."""
    found = next((each for each in PLOTTED if each.metric == metric), None)
    if found is not None:
        return found
    return Series(
        name=DEFINITIONS[metric].name,
        metric=metric,
        unit=unit_of(metric),
        shape=Shape.DISC,
        role="accent",
        read=attrgetter(metric),
    )

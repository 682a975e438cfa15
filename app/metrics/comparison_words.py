"""A comparison in one sentence for people.

The word "significant" is not used: a sentence names the difference, its interval, the number
of pairs and p, or it names what that number of pairs could have shown.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.metrics.definitions import DEFINITIONS

LEVEL: Final = 0.05
"""Below this p, corrected for several metrics, a difference counts as shown."""

_LEAST_P: Final = 0.0001
_UNITS: Final = (("_ms", "ms"), ("_tps", "tok/s"), ("_x", "\N{MULTIPLICATION SIGN}"))
_ROUND_FROM: Final = 100.0
_PRECISE_BELOW: Final = 10.0
_FEW: Final = 6

_SAID: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "v2v_ms": ("{b} is {d} slower", "{b} is {d} faster"),
        "ttfa_eos_ms": (
            "{b} begins to send audio {d} later after the end of speech",
            "{b} begins to send audio {d} earlier after the end of speech",
        ),
        "ttfa_stop_ms": (
            "{b} begins to send audio {d} later after its endpoint",
            "{b} begins to send audio {d} earlier after its endpoint",
        ),
        "ttft_ms": (
            "{b} is {d} slower to its first token",
            "{b} is {d} faster to its first token",
        ),
        "endpointing_ms": (
            "{b} takes {d} longer to end the user's turn",
            "{b} ends the user's turn {d} earlier",
        ),
        "server_response_ms": (
            "{b} takes {d} longer to respond",
            "{b} responds {d} earlier",
        ),
        "required_prebuffer_ms": (
            "{b} needs {d} more prebuffer",
            "{b} needs {d} less prebuffer",
        ),
        "text_tps": ("{b} writes {d} faster", "{b} writes {d} slower"),
        "delivery_x": ("{b} delivers audio {d} faster", "{b} delivers audio {d} slower"),
    }
)


def unit_of(metric: str) -> str:
    """Return the unit of a column, by its name's end; "" for none."""
    return next((unit for ending, unit in _UNITS if metric.endswith(ending)), "")


def number(value: float) -> str:
    """Return a value with three figures at most, and never "-0"."""
    size = abs(value)
    digits = 0 if size >= _ROUND_FROM else 1 if size >= _PRECISE_BELOW else 2
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def chance(p: float) -> str:
    """Return e.g. "p 0.0004" or "p < 0.0001"."""
    return f"p < {_LEAST_P}" if p < _LEAST_P else f"p {p:.2g}"


def verdict(
    *,
    metric: str,
    second: str,
    n: int,
    noun: str,
    difference: float | None,
    bounds: tuple[float | None, float | None],
    p: float | None,
    p_holm: float | None,
    metrics_n: int,
    detectable: float | None,
) -> str:
    """Return the sentence.

    Args:
        metric: Column of the turn table.
        second: Name of the side that the difference is of, against the other.
        n: How many pairs (or turns of the smaller side) there are; ``noun`` names them.
        noun: "pairs" or "turns a side".
        difference: Second less first.
        bounds: Its interval.
        p: Uncorrected; ``p_holm`` is corrected for ``metrics_n`` metrics.
        p_holm: None where ``p`` is.
        metrics_n: Metrics that were tested.
        detectable: What the sample would have shown.
    """
    low, high = bounds
    unit = unit_of(metric)
    if difference is None:
        return "Not measured on both sides."
    if p is None or p_holm is None or low is None or high is None or detectable is None:
        return f"Too few to tell: {n} {noun}, and it takes {_FEW}."
    if not (low > 0 or high < 0) or p >= LEVEL:
        return f"No difference shown; {n} {noun} would show {_with(detectable, unit)} or more."
    said = _sentence(metric, second, difference, unit)
    low, high = (low, high) if difference >= 0 else (-high, -low)
    facts = f"95 % interval {number(low)} to {number(high)}, {n} {noun}, {chance(p)}"
    return _corrected(f"{said}, {facts}", p_holm, metrics_n)


def _corrected(said: str, p_holm: float, metrics_n: int) -> str:
    """Return the sentence, or that it does not hold once all metrics are thought of."""
    if p_holm < LEVEL:
        return f"{said}."
    return (
        f"Not shown: {said}, but {metrics_n} metrics were tested and corrected "
        f"for that it is {chance(p_holm)}."
    )


def _sentence(metric: str, second: str, difference: float, unit: str) -> str:
    more, less = _SAID.get(metric, ("{b} is {d} higher in {m}", "{b} is {d} lower in {m}"))
    definition = DEFINITIONS.get(metric)
    name = metric if definition is None else definition.name.lower()
    size = _with(abs(difference), unit)
    return (more if difference > 0 else less).format(b=second, d=size, m=name)


def _with(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()

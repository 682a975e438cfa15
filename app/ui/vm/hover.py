"""What a figure means, said on hover: a heading, then rows of a name, a tab and words."""

from dataclasses import dataclass

from app.core.records import TurnRecord
from app.metrics.definitions import DEFINITIONS
from app.metrics.spans import span_of
from app.metrics.turn_unknown import unknown_reason
from app.ui.vm.limits import LIMIT_COLUMNS, limit_words
from app.ui.vm.series import cap_of, unit_of
from app.ui.vm.text import UNKNOWN, one_line, plus_minus, quantity

HAS_UNCERTAINTY = frozenset({"v2v_ms", "v2v_line_ms", "v2v_ear_ms"})
NO_TURN = "no turn has ended yet"
NO_SPAN = "no stretch of the session stands behind this figure"
ONE_UNKNOWN = "one of its two instants was not observed in this turn"


@dataclass(frozen=True, slots=True)
class Fact:
    """One metric of one turn: the words of its value, and why it is unknown, or "".

    Attributes:
        clickable: Whether a stretch of the session stands behind it.
    """

    metric: str
    text: str
    reason: str
    clickable: bool

    @property
    def known(self) -> bool:
        """Whether the turn has it."""
        return not self.reason


def value_words(metric: str, value: object) -> str:
    """Return a value of any kind with its unit, or an en dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return UNKNOWN
    if isinstance(value, int | float):
        return quantity(value, unit_of(metric), cap=cap_of(metric))
    words = str(value)
    return limit_words(words) if metric in LIMIT_COLUMNS else one_line(words, limit=60)


def fact(metric: str, turn: TurnRecord | None) -> Fact:
    """Return what ``turn`` says of ``metric``; without a turn everything is unknown."""
    if turn is None:
        return Fact(metric, UNKNOWN, NO_TURN, clickable=False)
    value = getattr(turn, metric)
    if value is None:
        reason = unknown_reason(metric, turn) or ONE_UNKNOWN
        return Fact(metric, UNKNOWN, one_line(reason), clickable=False)
    clickable = span_of(metric, turn) is not None
    return Fact(metric, value_words(metric, value), "", clickable=clickable)


def uncertainty_words(metric: str, turn: TurnRecord | None) -> str:
    """Return e.g. "± 6 ms", or "" where none is known."""
    if turn is None or turn.u_v2v_ms is None or metric not in HAS_UNCERTAINTY:
        return ""
    if getattr(turn, metric) is None:
        return ""
    return plus_minus(turn.u_v2v_ms)


def hover(
    metric: str, *, turn: TurnRecord | None = None, session: str = "", reported: bool = False
) -> str:
    """Return what is known of a metric, and of its value in ``turn``.

    Args:
        metric: Column of the turn table.
        turn: None where the figure is not that of a turn.
        session: Its n, quantiles and interval over the session, or "".
        reported: Told by the provider.
    """
    definition = DEFINITIONS[metric]
    rows = [] if turn is None else _of_turn(metric, turn)
    rows += [("session", session)] if session else []
    rows += [
        ("formula", definition.formula),
        ("from", definition.start),
        ("to", definition.end),
        ("clock", definition.clock),
        ("note", definition.pitfalls),
    ]
    rows += [("source", f"metrics specification, {definition.source}")]
    rows += [("reported", "by the provider, not measured here: drawn hollow")] if reported else []
    return "\n".join([definition.name, *(f"{name}\t{words}" for name, words in rows if words)])


def _of_turn(metric: str, turn: TurnRecord) -> list[tuple[str, str]]:
    found = fact(metric, turn)
    value = f"{found.text} {uncertainty_words(metric, turn)}".strip()
    rows = [(f"turn {turn.turn_id}", value)]
    rows += [("unknown", found.reason)] if found.reason else []
    rows += [("left out", limit_words(turn.excluded_reason))] if turn.excluded_reason else []
    rows += [("client-limited", limit_words(turn.client_limited))] if turn.client_limited else []
    if found.known:
        rows += [("click", "marks and plays it" if found.clickable else NO_SPAN)]
    return rows

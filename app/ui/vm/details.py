"""Every defined metric of one turn, by topic, and filtered by what is typed."""

from dataclasses import dataclass

from app.core.records import TurnRecord
from app.metrics.definitions import DEFINITIONS
from app.ui.vm.hover import fact, uncertainty_words
from app.ui.vm.topics import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailRow:
    """One metric: ``text`` is its value with the unit, or an en dash."""

    metric: str
    name: str
    text: str
    known: bool
    clickable: bool


@dataclass(frozen=True, slots=True)
class DetailGroup:
    """The rows of one topic."""

    topic: str
    rows: tuple[DetailRow, ...]


def details(turn: TurnRecord | None, wanted: str = "") -> tuple[DetailGroup, ...]:
    """Return the groups of which a row holds every word of ``wanted``.

    A word may stand in the metric's name, its column, its topic or its formula.
    """
    words = wanted.lower().split()
    found = (
        DetailGroup(
            topic,
            tuple(_row(metric, turn) for metric in metrics if _holds(metric, topic, words)),
        )
        for topic, metrics in grouped()
    )
    return tuple(group for group in found if group.rows)


def _holds(metric: str, topic: str, words: list[str]) -> bool:
    definition = DEFINITIONS[metric]
    text = f"{metric} {definition.name} {topic} {definition.formula}".lower()
    return all(word in text for word in words)


def _row(metric: str, turn: TurnRecord | None) -> DetailRow:
    found = fact(metric, turn)
    return DetailRow(
        metric=metric,
        name=DEFINITIONS[metric].name,
        text=f"{found.text} {uncertainty_words(metric, turn)}".strip(),
        known=found.known,
        clickable=found.clickable,
    )

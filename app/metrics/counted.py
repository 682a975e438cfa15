"""Which turns a figure is of: one rule for the summary of a session and for comparisons.

Source: metrics specification, rule 9, L1, L17 and 9.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.turn_record import TurnRecord, TurnStatus

FAILED: Final = frozenset({TurnStatus.TIMEOUT, TurnStatus.ERROR})


@dataclass(frozen=True, slots=True)
class Choice:
    """Which turns the figures are of.

    Attributes:
        drops_first: First turns are left out, because there are others.
        drops_tools: Turns with a tool are left out, because there are others.
    """

    drops_first: bool
    drops_tools: bool

    def takes(self, turn: TurnRecord) -> bool:
        """Whether a turn's latencies count."""
        return (
            measured(turn)
            and not (self.drops_first and turn.is_first_turn)
            and not (self.drops_tools and turn.has_tool)
        )


def measured(turn: TurnRecord) -> bool:
    """Whether a turn succeeded and nothing spoilt its figures."""
    return turn.status not in FAILED and turn.excluded_reason is None


def choose(sides: Sequence[Sequence[TurnRecord]]) -> Choice:
    """Return the choice: first turns and those with tools are told apart where others remain."""
    kept = [[turn for turn in side if measured(turn)] for side in sides]
    drops_tools = all(any(not turn.has_tool for turn in side) for side in kept)
    if drops_tools:
        kept = [[turn for turn in side if not turn.has_tool] for side in kept]
    drops_first = all(any(not turn.is_first_turn for turn in side) for side in kept)
    return Choice(drops_first=drops_first, drops_tools=drops_tools)

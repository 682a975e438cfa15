"""Which turn of one side belongs to which of the other.

Source: metrics specification, 9.2: the same stimuli, interleaved.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from app.core.ports.store import StoredSession
from app.core.turn_record import TurnRecord
from app.metrics.counted import FAILED, Choice, choose, measured

__all__ = [
    "FAILED",
    "Choice",
    "Design",
    "Pair",
    "PairedSessions",
    "choose",
    "design_of",
    "measured",
    "pair_sessions",
    "said_as",
    "turns_of",
]

Pair: TypeAlias = tuple[TurnRecord, TurnRecord]

_MOST_SIDES: Final = 8
"""Models of a run that a round is looked for with."""

_LONGEST_STREAK: Final = 2
_FEWEST_SWITCHES: Final = 2


class Design(StrEnum):
    """How the sessions of both sides lie to each other in time."""

    INTERLEAVED = "interleaved"
    IN_SEQUENCE = "one after the other"
    UNPAIRED = "unpaired"


@dataclass(frozen=True, slots=True)
class PairedSessions:
    """A session of each side that were held as near to each other as there is."""

    first: StoredSession
    second: StoredSession

    def turns(self) -> list[Pair]:
        """Return the turns on the same stimulus: the k-th hearing of it on either side."""
        again = _one_user(self.first, self.second)
        second = dict(_heard(self.second.turns, again=again))
        first = _heard(self.first.turns, again=again)
        return [(turn, second[key]) for key, turn in first if key in second]


def said_as(turn: TurnRecord) -> str:
    """Return what a turn's speech is called where its session is heard again."""
    return turn.input_name or f"turn {turn.turn_id}"


def pair_sessions(
    first: Sequence[StoredSession], second: Sequence[StoredSession]
) -> tuple[PairedSessions, ...]:
    """Return the pairs in order of time.

    Sessions of one run go by its rounds, so that one that is missing moves no other; what
    belongs to no run, or to a run of one side, goes by its place in time.
    """
    runs = {_run_of(each) for each in first} & {_run_of(each) for each in second} - {None}
    pairs = [
        pair
        for run in runs
        for pair in _by_round(*(_in_time(side, {run}) for side in (first, second)))
    ]
    others = {_run_of(each) for each in (*first, *second)} - runs
    pairs += zip(_in_time(first, others), _in_time(second, others), strict=False)
    return tuple(PairedSessions(*pair) for pair in sorted(pairs, key=lambda pair: _place(pair[0])))


def design_of(
    first: Sequence[StoredSession], second: Sequence[StoredSession], *, paired: bool
) -> Design:
    """Return the design: interleaved is what no slow drift can turn into a difference.

    That is: the sides take turns at least twice, and neither goes more than twice running.
    """
    if not paired:
        return Design.UNPAIRED
    order = [(_place(each), side) for side, held in enumerate((first, second)) for each in held]
    sides = [side for _, side in sorted(order)]
    switches = sum(one != other for one, other in itertools.pairwise(sides))
    streak = longest = 1
    for one, other in itertools.pairwise(sides):
        streak = streak + 1 if one == other else 1
        longest = max(longest, streak)
    takes_turns = switches >= _FEWEST_SWITCHES and longest <= _LONGEST_STREAK
    return Design.INTERLEAVED if takes_turns else Design.IN_SEQUENCE


def turns_of(sessions: Iterable[StoredSession]) -> list[TurnRecord]:
    """Return all turns of a side."""
    return [turn for session in sessions for turn in session.turns]


def _one_user(first: StoredSession, second: StoredSession) -> bool:
    """Whether one is the other's user heard again, or both are a third one's."""
    one, other = first.record, second.record
    same = (one.rerun_of or one.session_id) == (other.rerun_of or other.session_id)
    return same and (one.rerun_of is not None or other.rerun_of is not None)


def _heard(turns: Sequence[TurnRecord], *, again: bool) -> list[tuple[tuple[str, int], TurnRecord]]:
    """Return the turns on a named stimulus, each with how often that was heard before.

    ``again``: turns without a name are called as in a re-run of their session.
    """
    before: defaultdict[str, int] = defaultdict(int)
    heard = []
    for turn in turns:
        name = said_as(turn) if again else turn.input_name
        if name is not None:
            heard.append(((name, before[name]), turn))
            before[name] += 1
    return heard


def _run_of(session: StoredSession) -> str | None:
    """Return the run that the session has a place in, or None."""
    return None if session.record.order_idx is None else session.record.run_id


def _by_round(
    first: Sequence[StoredSession], second: Sequence[StoredSession]
) -> list[tuple[StoredSession, StoredSession]]:
    """Return the pairs of a run's rounds.

    How many sessions a round has is not stored: it is the least number that puts no two
    sessions of a side into one round and brings the most pairs together.
    """
    best: list[tuple[StoredSession, StoredSession]] = []
    for sides in range(2, _MOST_SIDES + 1):
        ours, theirs = _rounds(first, sides), _rounds(second, sides)
        if len(ours) == len(first) and len(theirs) == len(second):
            pairs = [(ours[key], theirs[key]) for key in ours if key in theirs]
            best = max(best, pairs, key=len)
    return best or list(zip(first, second, strict=False))


def _rounds(held: Sequence[StoredSession], sides: int) -> dict[int, StoredSession]:
    return {(session.record.order_idx or 0) // sides: session for session in held}


def _in_time(
    sessions: Iterable[StoredSession], runs: AbstractSet[str | None]
) -> list[StoredSession]:
    return sorted((each for each in sessions if _run_of(each) in runs), key=_place)


def _place(session: StoredSession) -> tuple[str, int, str]:
    order = session.record.order_idx
    return session.record.t0_utc, -1 if order is None else order, session.record.session_id

"""How the turns of a session ended, counted as they come and go."""

from collections import Counter

from app.core.events import BargeInCause
from app.core.records import TurnRecord, TurnStatus
from app.metrics.counted import FAILED, measured
from app.metrics.statistics import wilson
from app.ui.vm.limits import JOINT, limit_words
from app.ui.vm.text import UNKNOWN, number, one_line, quantity

LEAST_EVENTS = 10
INTERRUPTED = "interrupted"
YIELDED = "yielded"
CAUSES = {
    BargeInCause.SERVER: "heard by the provider",
    BargeInCause.LOCAL: "heard by this computer",
    BargeInCause.TYPED: "typed message",
    BargeInCause.TALK_KEY: "talk key",
    BargeInCause.STOP_KEY: "stop key",
    BargeInCause.SCRIPT: "the script",
}
FLAGS = ("premature", "takeover", "missed_interrupt", "false_interrupt", "self_interrupted")


class Tally:
    """Counts of turns; a turn that was added can be taken out again.

    Attributes:
        errors: Turns that failed, by class.
        excluded: Turns that did not fail but are left out, by reason.
        limited: Causes why our own side may have spoilt a turn, of which it may have several;
            ``limited_turns`` are the turns.
        flags: What measured turns know of themselves, true and false.
        causes: What stopped the replies of measured turns.
    """

    def __init__(self) -> None:
        self.turns = 0
        self.status: Counter[TurnStatus] = Counter()
        self.errors: Counter[str] = Counter()
        self.excluded: Counter[str] = Counter()
        self.limited: Counter[str] = Counter()
        self.limited_turns = 0
        self.flags: Counter[tuple[str, bool]] = Counter()
        self.causes: Counter[str] = Counter()

    def add(self, turn: TurnRecord, by: int = 1) -> None:
        """Count a turn; ``by`` -1 takes it out."""
        self.turns += by
        self.status[turn.status] += by
        if turn.status in FAILED:
            self.errors[turn.error_type or str(turn.status)] += by
        elif turn.excluded_reason is not None:
            self.excluded[limit_words(turn.excluded_reason)] += by
        if turn.client_limited is not None:
            self.limited_turns += by
            for cause in turn.client_limited.split(JOINT):
                self.limited[limit_words(cause)] += by
        if measured(turn):
            self._add_flags(turn, by)

    def _add_flags(self, turn: TurnRecord, by: int) -> None:
        for flag in FLAGS:
            value = getattr(turn, flag)
            if value is not None:
                self.flags[flag, bool(value)] += by
        if turn.interrupt_kind is not None:
            self.flags[INTERRUPTED, True] += by
            if turn.missed_interrupt is not None:
                self.flags[YIELDED, not turn.missed_interrupt] += by
        if turn.interrupt_cause is not None:
            self.causes[CAUSES[turn.interrupt_cause]] += by

    @property
    def failed(self) -> int:
        """Turns without a reply; they stay in the denominator."""
        return sum(self.status[each] for each in FAILED)

    @property
    def availability(self) -> str:
        """Share of turns that did not fail, with its interval."""
        if not self.turns:
            return UNKNOWN
        return _rate(self.turns - self.failed, self.turns, least=1)

    def rate(self, flag: str) -> str:
        """Return the share of turns in which ``flag`` is true, of those that know it."""
        true, false = self.flags[flag, True], self.flags[flag, False]
        return _rate(true, true + false, least=LEAST_EVENTS)


def _rate(true: int, count: int, *, least: int) -> str:
    if not count:
        return UNKNOWN
    if count < least:
        return f"{true} of {count} (a rate needs {least})"
    ends = wilson(true, count)
    low, high = number((ends.low or 0.0) * 100), number((ends.high or 0.0) * 100)
    return f"{quantity(true / count * 100, '%')} ({low} to {high}), {true} of {count}"


def listed(found: Counter[str], turns: int | None = None) -> str:
    """Return e.g. "3: xrun 2, clock_jump 1", or "0".

    Args:
        found: How often each name comes.
        turns: How many turns there are, where one may have several names.
    """
    kept = +found
    if not kept:
        return "0"
    words = ", ".join(f"{one_line(name, limit=40)} {n}" for name, n in kept.most_common(5))
    return f"{kept.total() if turns is None else turns}: {words}"

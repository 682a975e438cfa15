"""Which sessions a rule puts into the trash, and which it deletes from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import StoreError
from app.core.library import Retention

_DAY_S: Final = 86_400.0
_MOST_DAYS: Final = 10_000_000
"""A rule of more days takes nothing; of any number of them there is no sum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepable:
    """What a rule looks at; instants are Unix seconds, None where nobody knows.

    Attributes:
        fixed: It is starred, runs, or is not wholly understood: it stays, and counts.
    """

    key: str
    began_s: float | None
    bytes_n: int
    fixed: bool


def check(rule: Retention) -> None:
    """Refuse what would take every session by mistake.

    Raises:
        StoreError: If a number is less than nothing.
    """
    numbers = (
        rule.older_than_days,
        rule.most_bytes,
        rule.most_sessions,
        rule.empty_trash_after_days,
    )
    if any(number is not None and number < 0 for number in numbers):
        raise StoreError("A rule of what is kept has no numbers below 0.")


def to_trash(sessions: Sequence[Keepable], rule: Retention, now_s: float) -> tuple[str, ...]:
    """Return the keys of those that ``rule`` puts into the trash, oldest first.

    What must stay counts towards how many there may be and how much they may take. A session of
    which nobody knows when it began is never too old, and goes last.
    """
    loose = sorted((each for each in sessions if not each.fixed), key=_age)
    going = {each.key for each in loose if _too_old(each, rule, now_s)}
    count = len(sessions) - len(going)
    size = sum(each.bytes_n for each in sessions if each.key not in going)
    for each in loose:
        too_many = rule.most_sessions is not None and count > rule.most_sessions
        too_large = rule.most_bytes is not None and size > rule.most_bytes
        if not (too_many or too_large):
            break
        if each.key not in going:
            going.add(each.key)
            count, size = count - 1, size - each.bytes_n
    return tuple(each.key for each in loose if each.key in going)


def to_delete(trashed: Sequence[Keepable], rule: Retention, now_s: float) -> tuple[str, ...]:
    """Return the keys of those in the trash that ``rule`` deletes.

    Args:
        trashed: ``began_s`` is when it was put there.
        rule: Says after how many days.
        now_s: The present.
    """
    if rule.empty_trash_after_days is None:
        return ()
    before_s = _days_before_s(now_s, rule.empty_trash_after_days)
    gone = (each for each in trashed if not each.fixed and each.began_s is not None)
    return tuple(each.key for each in gone if (each.began_s or 0.0) < before_s)


def _too_old(session: Keepable, rule: Retention, now_s: float) -> bool:
    if rule.older_than_days is None or session.began_s is None:
        return False
    return session.began_s < _days_before_s(now_s, rule.older_than_days)


def _days_before_s(now_s: float, days: int) -> float:
    return now_s - min(days, _MOST_DAYS) * _DAY_S


def _age(session: Keepable) -> tuple[bool, float, str]:
    return session.began_s is None, session.began_s or 0.0, session.key

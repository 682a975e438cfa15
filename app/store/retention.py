"""Which sessions a rule puts into the trash, and which it deletes from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.core.library import Retention


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
    before_s = now_s - timedelta(days=rule.empty_trash_after_days).total_seconds()
    gone = (each for each in trashed if not each.fixed and each.began_s is not None)
    return tuple(each.key for each in gone if (each.began_s or 0.0) < before_s)


def _too_old(session: Keepable, rule: Retention, now_s: float) -> bool:
    if rule.older_than_days is None or session.began_s is None:
        return False
    return session.began_s < now_s - timedelta(days=rule.older_than_days).total_seconds()


def _age(session: Keepable) -> tuple[bool, float, str]:
    return session.began_s is None, session.began_s or 0.0, session.key

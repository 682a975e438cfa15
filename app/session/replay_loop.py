"""Where a turn lies, for being heard again and again."""

from typing import Final

from app.core.clock import Nanoseconds
from app.core.ports import StoredSession
from app.core.records import TurnRecord

BEFORE_NS: Final = 500_000_000
AFTER_NS: Final = 500_000_000
_BEGINS: Final = ("u_on_ns", "vad_on_ns", "commit_ns", "create_ns", "tok1_ns", "audible_ns")
_ENDS: Final = ("audible_end_ns", "last_audio_ns", "done_ns", "u_off_ns")


def stretch_of(stored: StoredSession, turn_id: int) -> tuple[Nanoseconds, Nanoseconds] | None:
    """Return where a turn begins and ends, session time, with half a second on either side.

    None where there is no such turn, or nobody knows when it was.
    """
    turn = next((each for each in stored.turns if each.turn_id == turn_id), None)
    if turn is None:
        return None
    begins, ends = _known(turn, _BEGINS), _known(turn, _ENDS)
    if not begins or not ends:
        return None
    t0_ns = stored.record.t0_ns
    start_ns = max(min(begins) - t0_ns - BEFORE_NS, 0)
    end_ns = max(max(ends) - t0_ns + AFTER_NS, start_ns + BEFORE_NS)
    return Nanoseconds(start_ns), Nanoseconds(end_ns)


def begins_of(stored: StoredSession) -> tuple[tuple[int, float], ...]:
    """Return every turn of which it is known when it began, with its session time, ms."""
    t0_ns = stored.record.t0_ns
    found = ((turn.turn_id, _known(turn, _BEGINS)) for turn in stored.turns)
    return tuple((turn_id, max(min(at) - t0_ns, 0) / 1e6) for turn_id, at in found if at)


def _known(turn: TurnRecord, names: tuple[str, ...]) -> list[int]:
    values = (getattr(turn, name) for name in names)
    return [value for value in values if value is not None]

"""How a turn ended, in words: in the window, the terminal and reports alike."""

from typing import Final

from app.core.turn_record import TurnRecord, TurnStatus

INCOMPLETE: Final = "incomplete"
"""The wire's status of a reply that the service itself ended before it was whole."""


def ended_words(turn: TurnRecord) -> str:
    """Return how a turn ended, e.g. "interrupted, false start"; "" for one that is simply ok."""
    status = () if turn.status is TurnStatus.OK else (turn.status.value,)
    return ", ".join((*status, *end_notes(turn)))


def end_notes(turn: TurnRecord) -> tuple[str, ...]:
    """Return what the status of a turn does not say, a few words each; () for nothing.

    The reason is the provider's own text, of any length.
    """
    notes: list[str] = []
    if turn.false_start:
        notes.append("false start")
    if turn.reply_status == INCOMPLETE:
        why = "" if turn.reply_reason is None else f": {turn.reply_reason}"
        notes.append(f"cut short by the service{why}")
    return tuple(notes)

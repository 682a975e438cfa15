"""How a turn ended beyond its status: a false start of the user, a reply that was cut short.

Source: metrics specification, 4.1 (speech that no speech of the other side and at most 2.0 s
separate is one turn), 12.2, and section 1 (``done`` with its status and reason).
"""

from collections.abc import Mapping
from typing import Any

from app.metrics.conversation import TURN_PAUSE_MS
from app.metrics.turn_facts import TurnFacts, either, span_ms


def ending(facts: TurnFacts) -> Mapping[str, Any]:
    """Return how the last reply ended, by the provider's words, and whether it was expected."""
    last = facts.timeline.last_finish
    return {
        "reply_status": None if last is None else last.status,
        "reply_reason": None if last is None else last.reason,
        "false_start": _false_start(facts),
    }


def _false_start(facts: TurnFacts) -> bool:
    """Return whether the user went on before there was an answer: no exchange of its own."""
    timeline, context = facts.timeline, facts.context
    if timeline.answered or timeline.text_tx_ns is not None:
        return False
    ended = either(timeline.u_off_ns, timeline.decided_ns)
    paused = span_ms(ended, either(context.interrupted_by_ns, context.interrupter_vad_on_ns))
    return paused is not None and paused <= TURN_PAUSE_MS

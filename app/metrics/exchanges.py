"""Who answered what, from the two sides of a recording alone.

An answer is the first speech of the agent after the user began to speak: also one that begins
before the user has ended, whose latency is negative. No answer are the rest of a reply that
the user interrupted, and what is over before the user has ended (a backchannel).

Source: metrics specification, 3.1 (signed values), 4.1 and 4.2.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.metrics.conversation import TURN_PAUSE_MS, Spans
from app.metrics.outcomes import SpeechSpan

CONTINUED_MS: Final = 1_000.0
"""An agent who was silent for less may only have drawn breath."""
NOT_HEARD_MS: Final = 200.0
"""An answer cannot be to speech that began less than this before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the user said, and what the agent said then; ms of session time.

    Attributes:
        ends_ms: Every end of the user's speech in it, in order: the last is what the agent
            had heard; none where the agent spoke first.
        onsets_ms: Every beginning of the agent's speech after it, in order.
        answer_ms: The one that answers, or None.
        resumed: Whether the answer may be the rest of what the agent was saying before.
    """

    ends_ms: tuple[float, ...]
    onsets_ms: tuple[float, ...] = ()
    answer_ms: float | None = None
    resumed: bool = False

    @property
    def u_off_ms(self) -> float | None:
        """End of the user's speech."""
        return self.ends_ms[-1] if self.ends_ms else None

    @property
    def v2v_ms(self) -> float | None:
        """Voice to voice; negative where the agent did not wait."""
        if self.answer_ms is None or self.u_off_ms is None:
            return None
        return self.answer_ms - self.u_off_ms


def exchanges(user: Spans, agent: Spans) -> list[Exchange]:
    """Return the exchanges in order of time; both sides in order, spans of a side apart."""
    before, *heard = _heard_by(user, agent)
    found: list[Exchange] = []
    if before:
        onsets = tuple(span.start_ms for span in before)
        found.append(Exchange(ends_ms=(), onsets_ms=onsets, answer_ms=onsets[0]))
    said: list[SpeechSpan] = []
    told: list[SpeechSpan] = []
    for span, replies in zip(user, heard, strict=True):
        if said and span.start_ms - said[-1].end_ms > TURN_PAUSE_MS:
            found.append(_exchange(said, told))
            said, told = [], []
        said, told = [*said, span], [*told, *replies]
        answer = next((reply for reply in replies if _answers(reply, span, agent)), None)
        if answer is not None:
            found.append(_exchange(said, told, answer, resumed=_resumes(answer, span, agent)))
            said, told = [], []
    return [*found, _exchange(said, told)] if said else found


def _exchange(
    said: Sequence[SpeechSpan],
    told: Sequence[SpeechSpan],
    answer: SpeechSpan | None = None,
    *,
    resumed: bool = False,
) -> Exchange:
    return Exchange(
        ends_ms=tuple(span.end_ms for span in said),
        onsets_ms=tuple(span.start_ms for span in told),
        answer_ms=None if answer is None else answer.start_ms,
        resumed=resumed,
    )


def _heard_by(user: Spans, agent: Spans) -> list[list[SpeechSpan]]:
    """Return the agent's speech after each span of the user; the first list is before any."""
    heard_ms = [span.start_ms + NOT_HEARD_MS for span in user]
    groups: list[list[SpeechSpan]] = [[] for _ in range(len(user) + 1)]
    for span in agent:
        groups[bisect_right(heard_ms, span.start_ms)].append(span)
    return groups


def _answers(reply: SpeechSpan, said: SpeechSpan, agent: Spans) -> bool:
    if reply.start_ms >= said.end_ms:
        return True
    return reply.end_ms > said.end_ms and not _resumes(reply, said, agent)


def _resumes(reply: SpeechSpan, said: SpeechSpan, agent: Spans) -> bool:
    """Whether the agent was speaking when the user began, and has only drawn breath since."""
    at = bisect_left(agent, reply.start_ms, key=lambda span: span.start_ms)
    while at and agent[at].start_ms - agent[at - 1].end_ms < CONTINUED_MS:
        at -= 1
        if agent[at].start_ms < said.start_ms + NOT_HEARD_MS:
            return True
    return False

"""Turn-taking of a whole session, from where each side speaks. Pure arithmetic of spans.

A turn is a side's speech that neither the other side's speech nor more than 2 s of silence
parts. Times are milliseconds of session time; rates over fewer than 10 events are None.

Source: metrics specification, 4.1 and 4.2 (T3, T8, T10, T11, T13, T14, T16 to T19).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.metrics.outcomes import ConversationFigures, SpeechSpan
from app.metrics.statistics import quantile

TURN_PAUSE_MS: Final = 2_000.0
ANSWER_WITHIN_MS: Final = 10_000.0
TAKEOVER_MS: Final = 1_000.0
YIELD_WITHIN_MS: Final = 2_000.0
DEAD_AIR_MS: Final = 2_000.0
LEAST_EVENTS: Final = 10
ECHO_MS: Final = 1_000.0
"""A detection with no speech of the user in this time before it was not of the user."""

Spans = Sequence[SpeechSpan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Words that were heard of each side in the session; None where that is not known.

    Of an interrupted reply it is an estimate, and no whole number.
    """

    user: int | None = None
    agent: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Speech of one side that belongs together."""

    spans: tuple[SpeechSpan, ...]

    @property
    def start_ms(self) -> float:
        """Where it begins."""
        return self.spans[0].start_ms

    @property
    def end_ms(self) -> float:
        """Where it ends."""
        return self.spans[-1].end_ms

    @property
    def length_ms(self) -> float:
        """From its beginning to its end, pauses included."""
        return self.end_ms - self.start_ms


def turns_of(own: Spans, other: Spans, *, pause_ms: float = TURN_PAUSE_MS) -> list[Turn]:
    """Return the turns of ``own``; both sides in order of time, spans of a side apart."""
    groups: list[list[SpeechSpan]] = []
    for span in own:
        if groups and not _parted(groups[-1][-1], span, other, pause_ms):
            groups[-1].append(span)
        else:
            groups.append([span])
    return [Turn(tuple(group)) for group in groups]


def _parted(before: SpeechSpan, after: SpeechSpan, other: Spans, pause_ms: float) -> bool:
    """Whether a long silence lies between two spans, or speech of the other side."""
    if after.start_ms - before.end_ms > pause_ms:
        return True
    begun = bisect_left(other, after.start_ms, key=_start)
    return begun > 0 and other[begun - 1].end_ms > before.end_ms


def conversation(
    user: Spans,
    agent: Spans,
    *,
    words: Words | None = None,
    detections_ms: Sequence[float] | None = None,
) -> ConversationFigures:
    """Return the figures of a session.

    Args:
        user: Speech of the user, in order of time and apart.
        agent: Speech of the agent, likewise.
        words: How much was said.
        detections_ms: When the provider said that the user had begun to speak; None unless
            all that could reach its detector is on the user's side (no open microphone).
    """
    said = words or Words()
    users, agents = turns_of(user, agent), turns_of(agent, user)
    user_ms, agent_ms = _total(user), _total(agent)
    silences = _silences(user, agent)
    return ConversationFigures(
        **_answers(users, agents),
        **_overlapping(user, agent),
        **_interruptions(users, agent),
        **_backchannels(users, agents, user_ms),
        dead_air_n=len(silences),
        dead_air_ms=float(sum(silences)),
        talk_ratio=agent_ms / (agent_ms + user_ms) if agent_ms + user_ms else None,
        user_speech_ms=user_ms,
        agent_speech_ms=agent_ms,
        user_wpm=_per_minute(said.user, user_ms),
        agent_wpm=_per_minute(said.agent, agent_ms),
        user_turn_p50_ms=quantile([turn.length_ms for turn in users], 0.5),
        agent_turn_p50_ms=quantile([turn.length_ms for turn in agents], 0.5),
        pauses_n=sum(len(turn.spans) - 1 for turn in users),
        spurious_n=sum(_spurious(turn, user, agent) for turn in agents),
        self_interruptions_n=_self_interruptions(detections_ms, user, agent),
    )


def _answers(users: Sequence[Turn], agents: Sequence[Turn]) -> dict[str, Any]:
    answers = [_answer_ms(turn, users, agents, at) for at, turn in enumerate(users)]
    pairs = zip(users, answers, strict=True)
    transfers = [onset - turn.end_ms for turn, onset in pairs if onset is not None]
    return {
        "response_rate": _rate(len(transfers), len(users)),
        "response_n": len(users),
        "takeover_rate": _rate(_takeovers(answers, agents), len(users)),
        "fto_p50_ms": quantile(transfers, 0.5),
        "fto_n": len(transfers),
    }


def _overlapping(user: Spans, agent: Spans) -> dict[str, Any]:
    overlaps, agent_ms = _overlaps(user, agent), _total(agent)
    overlap_ms = _total([each for each, _ in overlaps])
    return {
        "overlap_ms": overlap_ms,
        "overlap_longest_ms": max((s.end_ms - s.start_ms for s, _ in overlaps), default=0.0),
        "overlap_share": overlap_ms / agent_ms if agent_ms else None,
        "overlap_by_agent_ms": _total([each for each, by_agent in overlaps if by_agent]),
    }


def _interruptions(users: Sequence[Turn], agent: Spans) -> dict[str, Any]:
    stops = _stops(users, agent)
    yields = [stop for stop in stops if stop <= YIELD_WITHIN_MS]
    return {
        "interruptions_n": len(stops),
        "yielded_n": len(yields),
        "yield_rate": _rate(len(yields), len(stops)),
        "yield_p50_ms": quantile(yields, 0.5),
    }


def _backchannels(users: Sequence[Turn], agents: Sequence[Turn], user_ms: float) -> dict[str, Any]:
    count = sum(_inside(turn, users) for turn in agents if turn.length_ms < TAKEOVER_MS)
    enough = count >= LEAST_EVENTS
    return {
        "backchannels_n": count,
        "backchannels_per_min": _per_minute(count, user_ms) if enough else None,
    }


# --- who answers whom ------------------------------------------------------------------------


def _answer_ms(turn: Turn, users: Sequence[Turn], agents: Sequence[Turn], at: int) -> float | None:
    """Return where the agent began to answer: before the user spoke again, within 10 s.

    It may begin before the user has ended; agent turns inside the user's are none.
    """
    limit = users[at + 1].start_ms if at + 1 < len(users) else float("inf")
    limit = min(limit, turn.end_ms + ANSWER_WITHIN_MS)
    first = bisect_right(agents, turn.start_ms, key=_turn_start)
    for answer in agents[first:]:
        if answer.start_ms >= limit:
            return None
        if answer.end_ms > turn.end_ms:
            return answer.start_ms
    return None


def _takeovers(answers: Sequence[float | None], agents: Sequence[Turn]) -> int:
    lengths = {turn.start_ms: turn.length_ms for turn in agents}
    return sum(onset is not None and lengths[onset] >= TAKEOVER_MS for onset in answers)


def _inside(turn: Turn, users: Sequence[Turn]) -> bool:
    before = bisect_left(users, turn.start_ms, key=_turn_start)
    return before > 0 and users[before - 1].end_ms > turn.end_ms


def _spurious(turn: Turn, user: Spans, agent: Spans) -> bool:
    """Whether nobody had spoken for 10 s, though the user had before."""
    said = bisect_left(user, turn.start_ms, key=_start)
    told = bisect_left(agent, turn.start_ms, key=_start)
    if not said:
        return False
    last_ms = max(user[said - 1].end_ms, agent[told - 1].end_ms if told else 0.0)
    return turn.start_ms - last_ms > ANSWER_WITHIN_MS


# --- both at once, and nobody ----------------------------------------------------------------


def _overlaps(user: Spans, agent: Spans) -> list[tuple[SpeechSpan, bool]]:
    """Return where both speak, and whether the agent came second."""
    found: list[tuple[SpeechSpan, bool]] = []
    i = j = 0
    while i < len(user) and j < len(agent):
        mine, theirs = user[i], agent[j]
        start, end = max(mine.start_ms, theirs.start_ms), min(mine.end_ms, theirs.end_ms)
        if start < end:
            found.append((SpeechSpan(start, end), theirs.start_ms > mine.start_ms))
        if mine.end_ms <= theirs.end_ms:
            i += 1
        else:
            j += 1
    return found


def _silences(user: Spans, agent: Spans) -> list[float]:
    """Return the silences of both of more than 2 s, between the first and the last speech."""
    long: list[float] = []
    end_ms: float | None = None
    for span in sorted((*user, *agent), key=_start):
        if end_ms is not None and span.start_ms - end_ms > DEAD_AIR_MS:
            long.append(span.start_ms - end_ms)
        end_ms = span.end_ms if end_ms is None else max(end_ms, span.end_ms)
    return long


def _stops(users: Sequence[Turn], agent: Spans) -> list[float]:
    """Return, of each user turn that begins in the agent's speech, when that falls silent."""
    stops: list[float] = []
    for turn in users:
        before = bisect_left(agent, turn.start_ms, key=_start)
        if before and agent[before - 1].end_ms > turn.start_ms:
            stops.append(agent[before - 1].end_ms - turn.start_ms)
    return stops


def _self_interruptions(
    detections_ms: Sequence[float] | None, user: Spans, agent: Spans
) -> int | None:
    if detections_ms is None:
        return None
    return sum(
        _speaks(agent, at, at) and not _speaks(user, at - ECHO_MS, at) for at in detections_ms
    )


def _speaks(side: Spans, start_ms: float, end_ms: float) -> bool:
    begun = bisect_right(side, end_ms, key=_start)
    return begun > 0 and side[begun - 1].end_ms > start_ms


# --- arithmetic ------------------------------------------------------------------------------


def _start(span: SpeechSpan) -> float:
    return span.start_ms


def _turn_start(turn: Turn) -> float:
    return turn.start_ms


def _total(spans: Spans) -> float:
    return float(sum(span.end_ms - span.start_ms for span in spans))


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole >= LEAST_EVENTS else None


def _per_minute(count: float | None, span_ms: float) -> float | None:
    return count / (span_ms / 60_000) if count is not None and span_ms else None

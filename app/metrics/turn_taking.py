"""Who had the floor: interruptions, overlap, what was heard.

Source: metrics specification, L19 and 4.2.
"""

from collections.abc import Mapping
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.events import BargeInCause, PlaybackFlushed
from app.core.records import TurnStatus
from app.metrics.timeline import TurnTimeline
from app.metrics.timeline_values import Span
from app.metrics.turn_facts import (
    Interruption,
    TurnFacts,
    less,
    overlap_ms,
    silent_ns,
    span_ms,
    total_ms,
)
from app.metrics.turn_unheard import overspeech_words

YIELD_WINDOW_MS: Final = 2000.0
"""An agent that is not silent by then did not yield."""

FALSE_STOP_MS: Final = 1000.0
"""An agent that falls silent by then stopped because of the stimulus."""

TURN_MS: Final = 1000.0
TURN_WORDS: Final = 3
"""Shorter output of no more words is a backchannel, not a turn."""


def taking(facts: TurnFacts) -> Mapping[str, Any]:
    """Return what belongs to the floor, interrupted or not."""
    timeline = facts.timeline
    flush = timeline.flush
    heard = _heard_ms(timeline)
    stopped = facts.interruption is not None or flush is not None
    return {
        "barge_in": facts.interruption is not None,
        "takeover": _takeover(facts),
        "overlap_ms": _overlap_ms(facts),
        "self_interrupted": _self_interrupted(facts),
        "heard_ms": heard,
        "truncate_sent_ms": timeline.truncate_sent_ms,
        "truncate_err_ms": less(timeline.truncate_sent_ms, _truncated_heard_ms(timeline, heard)),
        "flush_ns": None if flush is None else silent_ns(flush),
        "interrupt_cause": None if flush is None else flush.cause,
        "interrupter_name": facts.context.interrupter_name if stopped else None,
        "interrupter_is_turn": facts.context.interrupter_is_turn if stopped else None,
        "local_stop_ms": _local_stop_ms(facts),
        "handover_stop_ms": None if flush is None else span_ms(flush.at_ns, flush.handed_end_ns),
        "cancel_last_audio_ms": span_ms(timeline.cancel_tx_ns, timeline.last_audio_ns),
        "cancel_done_ms": span_ms(timeline.cancel_tx_ns, _cancelled_ns(timeline)),
        **_interruption(facts),
    }


def _interruption(facts: TurnFacts) -> Mapping[str, Any]:
    interruption, timeline, context = facts.interruption, facts.timeline, facts.context
    if interruption is None:
        return {}
    onset, vad_on = interruption.onset_ns, context.interrupter_vad_on_ns
    stopped = span_ms(onset, _yielded_ns(facts, interruption))
    by_provider = span_ms(onset, timeline.last_audio_ns)
    overspeech = _overspeech_ms(facts, interruption)
    return {
        "interrupted_ns": onset,
        "interrupt_kind": interruption.kind,
        "vad_on_latency_ms": span_ms(onset, vad_on),
        "local_on_latency_ms": _local_on_ms(timeline, onset),
        "yield_ms": stopped,
        "server_stop_ms": by_provider if by_provider is not None and by_provider > 0 else None,
        "server_cancel_ms": span_ms(vad_on, _cancelled_ns(timeline)),
        "overspeech_ms": overspeech,
        "overspeech_words": overspeech_words(facts, interruption, overspeech),
        "missed_interrupt": _missed_interrupt(facts, interruption, stopped),
        "false_interrupt": _false_interrupt(facts, interruption, stopped),
        "resumed_ms": _resumed_ms(timeline, interruption),
    }


_BY_SPEECH: Final = frozenset({BargeInCause.SERVER, BargeInCause.LOCAL, None})
"""Who stops a reply because the user speaks; None is a recording that does not tell."""


def _local_stop_ms(facts: TurnFacts) -> float | None:
    """Return the time from the decision to the silence of a reply that had begun to sound."""
    flush = facts.timeline.flush
    if flush is None or flush.played_ms <= 0:
        return None
    told = flush.cause is not None
    decided = flush.at_ns if told else facts.context.interrupter_vad_on_ns
    return span_ms(decided, flush.silent_ns) if told or facts.interruption is not None else None


def _local_on_ms(timeline: TurnTimeline, onset: Nanoseconds) -> float | None:
    """Return the time from the onset to the decision of our own ears."""
    local = (flush.at_ns for flush in timeline.flushes if flush.cause is BargeInCause.LOCAL)
    return span_ms(onset, min(local, default=None))


def _by_hand(facts: TurnFacts) -> PlaybackFlushed | None:
    """Return the stop by hand that ended the reply, if that is what ended it."""
    flush = facts.timeline.flush
    return None if flush is None or flush.cause in _BY_SPEECH else flush


def _yielded_ns(facts: TurnFacts, interruption: Interruption) -> Nanoseconds | None:
    """Return when the agent fell silent for the user; None where a hand silenced it first."""
    by_hand = _by_hand(facts)
    if by_hand is None:
        return interruption.yielded_ns
    ends = (span.end_ns for span in facts.timeline.agent_spans if span.end_ns is not None)
    paused = (end for end in ends if interruption.onset_ns <= end < by_hand.at_ns)
    return min(paused, default=None)


def _cancelled_ns(timeline: TurnTimeline) -> Nanoseconds | None:
    ends = (finish.at_ns for finish in timeline.finishes if finish.status == "cancelled")
    return min(ends, default=None)


def _heard_ms(timeline: TurnTimeline) -> float | None:
    """Return what was played of the reply that was cut off, else of all replies."""
    if timeline.flush is not None:
        return timeline.flush.played_ms
    ends = timeline.playback_ends
    return float(sum(end.played_ms for end in ends)) if ends else None


def _truncated_heard_ms(timeline: TurnTimeline, heard: float | None) -> float | None:
    """Return what was played of the item that was truncated, where it is told by item."""
    item_id = None if timeline.truncation is None else timeline.truncation.item_id
    items = [item for flush in timeline.flushes for item in flush.items]
    return next((item.played_ms for item in items if item.item_id == item_id), heard)


def _overspeech_ms(facts: TurnFacts, interruption: Interruption) -> float | None:
    spans = facts.timeline.agent_spans
    if any(span.end_ns is None for span in spans):
        return None
    return overlap_ms(spans, [Span(interruption.onset_ns, None)])


def _missed_interrupt(
    facts: TurnFacts, interruption: Interruption, stopped_ms: float | None
) -> bool | None:
    """Return whether the agent did not yield, to speech that may be meant as a turn."""
    if facts.context.interrupter_is_turn is False:
        return None
    return _longer(facts, interruption, stopped_ms, YIELD_WINDOW_MS)


def _false_interrupt(
    facts: TurnFacts, interruption: Interruption, stopped_ms: float | None
) -> bool | None:
    """Return whether the agent stopped for speech that is no turn. By its class alone."""
    if facts.context.interrupter_is_turn is not False:
        return None
    longer = _longer(facts, interruption, stopped_ms, FALSE_STOP_MS)
    return None if longer is None else not longer


def _longer(
    facts: TurnFacts, interruption: Interruption, stopped_ms: float | None, limit_ms: float
) -> bool | None:
    """Return whether the agent spoke on for longer; None where a hand silenced it before."""
    if stopped_ms is not None:
        return stopped_ms > limit_ms
    by_hand = _by_hand(facts)
    if by_hand is None or facts.timeline.audible_ns is None:
        return None
    went_on = span_ms(interruption.onset_ns, silent_ns(by_hand))
    return True if went_on is not None and went_on > limit_ms else None


def _resumed_ms(timeline: TurnTimeline, interruption: Interruption) -> float | None:
    silent = interruption.yielded_ns
    if silent is None:
        return None
    return span_ms(silent, min((at for at in timeline.agent_starts if at > silent), default=None))


def _self_interrupted(facts: TurnFacts) -> bool | None:
    """Return whether the provider took its own voice for the user's."""
    timeline, at_ns = facts.timeline, facts.context.interrupter_vad_on_ns
    if at_ns is None or facts.context.user_was_silent is None or timeline.audible_ns is None:
        return None
    flushed = timeline.flush is not None and silent_ns(timeline.flush) >= at_ns
    sounding = any(
        span.start_ns <= at_ns and (span.end_ns is None or at_ns < span.end_ns)
        for span in timeline.agent_spans
    )
    return facts.context.user_was_silent if flushed or sounding else None


def _takeover(facts: TurnFacts) -> bool | None:
    """Return whether the agent's output counts as a turn rather than as a backchannel."""
    timeline = facts.timeline
    if timeline.audible_ns is None:
        return False if facts.context.status is TurnStatus.TIMEOUT else None
    cut_off = timeline.flush is not None  # its words are more than were heard
    if not cut_off and len((timeline.agent_transcript or "").split()) > TURN_WORDS:
        return True
    lasted = total_ms(timeline.agent_spans)
    return None if lasted is None else lasted >= TURN_MS


def _overlap_ms(facts: TurnFacts) -> float | None:
    """Return for how long the reply sounded while the user spoke."""
    timeline, context = facts.timeline, facts.context
    agent = timeline.agent_spans
    user = list(timeline.user_spans)
    if not user and timeline.u_off_ns is not None and agent:
        user = [Span(min(agent[0].start_ns, timeline.u_off_ns), timeline.u_off_ns)]
    if context.interrupted_by_ns is not None:
        user.append(Span(context.interrupted_by_ns, context.interrupter_off_ns))
    if not agent or (not user and timeline.text_tx_ns is None):
        return None
    if any(span.end_ns is None for span in agent):
        return None
    return overlap_ms(agent, user)

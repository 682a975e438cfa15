"""What a turn's figures have in common: worked out once from its instants.

Source: metrics specification, 3.1, 4.2 and the note on status and playhead below the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.clock import Nanoseconds, ms
from app.core.events import AgentSpeechStarted, PlaybackAudible, PlaybackFlushed
from app.core.ids import ResponseId
from app.core.records import InterruptKind
from app.metrics.chunks import Reply, by_reply
from app.metrics.timeline import TurnTimeline
from app.metrics.timeline_values import FOREVER, Modality, Span
from app.metrics.turn_context import TurnContext


def span_ms(start: Nanoseconds | None, end: Nanoseconds | None) -> float | None:
    """Return ``end - start`` in ms, or None unless both were seen. Unknown is never zero."""
    if start is None or end is None:
        return None
    return ms(Nanoseconds(end - start))


def less(value: float | None, *others: float | None) -> float | None:
    """Return ``value`` less all ``others``, or None unless all are known."""
    known = [other for other in others if other is not None]
    if value is None or len(known) < len(others):
        return None
    return value - sum(known)


def either(ours: Nanoseconds | None, theirs: Nanoseconds | None) -> Nanoseconds | None:
    """Return ours, else theirs."""
    return ours if ours is not None else theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """The user's speech that fell into the reply.

    Attributes:
        onset_ns: Its acoustic onset.
        yielded_ns: When the agent first fell silent after it; None if that is not known, or if
            nothing of the reply had sounded.
        kind: Whether the reply was still arriving; None where the provider does not say.
    """

    onset_ns: Nanoseconds
    yielded_ns: Nanoseconds | None
    kind: InterruptKind | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFacts:
    """A turn's timeline and context, and what several figures need of them.

    Attributes:
        replies: The pieces of each reply.
        continuous: The audio is one endless stream that holds silence, so that its first piece
            says nothing about the answer.
        first_audio_ns: Arrival of the first piece that counts: of an endless stream the one
            that was first heard, None where that is not known.
        stalled_ms: How long the playback ran dry before anything was audible.
        leading_ms: Silence at the head of what counts, in its own media time.
        interruption: None if nobody spoke into the reply.
    """

    timeline: TurnTimeline
    context: TurnContext
    replies: Mapping[ResponseId, Reply]
    continuous: bool
    first_audio_ns: Nanoseconds | None
    stalled_ms: float
    leading_ms: float | None
    interruption: Interruption | None

    @property
    def first_token(self) -> tuple[Nanoseconds, Modality] | None:
        """The first non-empty delta that says something, and its kind."""
        at_ns, kind = self.timeline.tok1_ns, self.timeline.tok1_modality
        if self.continuous and kind is Modality.AUDIO:
            candidates = (
                (self.timeline.first_transcript_ns, Modality.TRANSCRIPT),
                (self.first_audio_ns, Modality.AUDIO),
            )
            return min(((at, by) for at, by in candidates if at is not None), default=None)
        return None if at_ns is None or kind is None else (at_ns, kind)

    @property
    def way_unseen(self) -> bool:
        """Whether the way of the audio from the socket to the loudspeaker is not known."""
        if self.first_audio_ns is None:
            return True
        heard = self.timeline.audible_ns if self.continuous else self.timeline.playback_ns
        return heard is None


def facts_of(timeline: TurnTimeline, context: TurnContext) -> TurnFacts:
    """Return what the figures of a turn need."""
    replies = by_reply(timeline.audio)
    continuous = context.continuous_stream or _endless(timeline)
    stalled_ms = _stalled_before_audible(timeline)
    first_audio_ns, leading_ms = timeline.first_audio_ns, _leading_ms(timeline, stalled_ms)
    if continuous:
        first_audio_ns, leading_ms = _first_heard(timeline, replies, context.stream_before_ms)
    if context.leading_silence_ms is not None:
        leading_ms = context.leading_silence_ms
    return TurnFacts(
        timeline=timeline,
        context=context,
        replies=replies,
        continuous=continuous,
        first_audio_ns=first_audio_ns,
        stalled_ms=stalled_ms,
        leading_ms=leading_ms,
        interruption=_interruption(timeline, context),
    )


# --- the reply's head ---------------------------------------------------------------------------


def _endless(timeline: TurnTimeline) -> bool:
    """Whether audio came while the user spoke, unannounced, and was heard only afterwards."""
    u_off, audible, first = timeline.u_off_ns, timeline.audible_ns, timeline.first_audio_ns
    if timeline.response_ns is not None or timeline.decided_ns is not None:
        return False
    return (
        u_off is not None and audible is not None and first is not None and first < u_off <= audible
    )


def _first_heard(
    timeline: TurnTimeline, replies: Mapping[ResponseId, Reply], before_ms: float
) -> tuple[Nanoseconds | None, float | None]:
    """Return when the piece that was first heard arrived, and the silence at its head.

    Unknown too where that piece is none of the turn's: ``before_ms`` came before the turn.
    """
    told: list[AgentSpeechStarted | PlaybackAudible] = [*timeline.agent_onsets, *timeline.audibles]
    heard = min(told, key=_heard_at, default=None)
    if heard is None or heard.media_ms is None or heard.response_id is None:
        return None, None
    reply, media_ms = replies.get(heard.response_id), heard.media_ms - before_ms
    if reply is None or media_ms < 0:
        return None, None
    at_ns, start_ms = reply.holding(media_ms)
    return (at_ns, media_ms - start_ms) if at_ns <= heard.at_ns else (None, None)


def _heard_at(event: AgentSpeechStarted | PlaybackAudible) -> Nanoseconds:
    return event.at_ns


def _leading_ms(timeline: TurnTimeline, stalled_ms: float) -> float | None:
    """Return the silence at the head: by the media, else by the DAC without what stalled."""
    audible, playback = timeline.audible, timeline.playback
    if audible is not None and playback is not None:
        same = audible.response_id == playback.response_id
        if same and audible.media_ms is not None:
            return audible.media_ms
    return less(span_ms(timeline.playback_ns, timeline.audible_ns), stalled_ms)


def _stalled_before_audible(timeline: TurnTimeline) -> float:
    audible_ns = timeline.audible_ns
    if audible_ns is None:
        return 0.0
    return float(sum(stall.stall_ms for stall in timeline.stalls if stall.at_ns < audible_ns))


# --- interruption -------------------------------------------------------------------------------


def _interruption(timeline: TurnTimeline, context: TurnContext) -> Interruption | None:
    onset = context.interrupted_by_ns
    if onset is None or not _open_at(timeline, onset):
        return None
    return Interruption(
        onset_ns=onset, yielded_ns=_yielded_ns(timeline, onset), kind=_kind(timeline, onset)
    )


def _open_at(timeline: TurnTimeline, onset: Nanoseconds) -> bool:
    """Whether something of the reply was still to be heard at ``onset``."""
    silent = [silent_ns(flush) for flush in timeline.flushes]
    if any(at >= onset for at in silent):
        return True
    if timeline.audible_ns is not None:
        silent += [end.at_ns for end in timeline.playback_ends]
        played = bool(silent) and len(silent) >= len(timeline.playbacks)
        end = either(timeline.audible_end_ns, max(silent) if played else None)
        return end is None or end > onset
    done = timeline.done_ns
    return timeline.reply_begun and (done is None or done > onset)


def silent_ns(flush: PlaybackFlushed) -> Nanoseconds:
    """Return when nothing of the reply is at the DAC any more, else when we emptied the queue."""
    return flush.silent_ns if flush.silent_ns is not None else flush.at_ns


def _yielded_ns(timeline: TurnTimeline, onset: Nanoseconds) -> Nanoseconds | None:
    """Return the end of the agent's speech into which the user spoke."""
    if timeline.audible_ns is None:
        return None
    flush = timeline.flush
    if flush is not None and flush.audible_end_ns is not None:
        return flush.audible_end_ns
    ends = [span.end_ns for span in timeline.agent_spans]
    end = next((end for end in ends if end is None or end >= onset), None)
    return timeline.audible_end_ns if end is None else end


def _kind(timeline: TurnTimeline, onset: Nanoseconds) -> InterruptKind | None:
    """Tell it from the playhead; the reply's status says nothing about it."""
    if timeline.last_audio_ns is not None and timeline.last_audio_ns > onset:
        return InterruptKind.GENERATION
    over = timeline.done_ns if timeline.done_ns is not None else timeline.audio_done_ns
    if over is None:
        return None
    return InterruptKind.GENERATION if over > onset else InterruptKind.PLAYBACK_ONLY


# --- spans --------------------------------------------------------------------------------------


def overlap_ms(first: Iterable[Span], second: Iterable[Span]) -> float:
    """Return for how long both lists of spans hold at once; an open span goes on for ever.

    Each list may overlap within itself, which counts once.
    """
    others = merged(second)
    shared = 0
    for span in merged(first):
        for other in others:
            shared += max(0, _end(span, other) - max(span.start_ns, other.start_ns))
    return shared / 1e6


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as spans that do not touch, in order."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda each: each.start_ns):
        last = joined[-1] if joined else None
        if last is None or _or_forever(last.end_ns) < span.start_ns:
            joined.append(span)
        else:
            end = max(_or_forever(last.end_ns), _or_forever(span.end_ns))
            joined[-1] = Span(last.start_ns, None if end == FOREVER else Nanoseconds(end))
    return joined


def total_ms(spans: Iterable[Span]) -> float | None:
    """Return the length of ``spans`` together, or None if one of them is still open."""
    total = 0
    for span in merged(spans):
        if span.end_ns is None:
            return None
        total += span.end_ns - span.start_ns
    return total / 1e6


def _end(first: Span, second: Span) -> int:
    return min(_or_forever(first.end_ns), _or_forever(second.end_ns))


def _or_forever(end_ns: Nanoseconds | None) -> Nanoseconds:
    return FOREVER if end_ns is None else end_ns

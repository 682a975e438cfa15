"""First token, first audio, words, tools and the stream of a turn's replies.

Source: metrics specification, L2, L3, L5 to L15, L18 and L19.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from app.core.audio_format import SESSION_RATE_HZ
from app.core.clock import Nanoseconds, ms
from app.core.events import PlaybackStalled
from app.core.ids import ResponseId
from app.metrics.chunks import FRAMES_PER_MS, delivery
from app.metrics.statistics import quantile
from app.metrics.timeline import TurnTimeline
from app.metrics.timeline_values import Span
from app.metrics.turn_facts import TurnFacts, either, less, span_ms, total_ms

BURST_NS: Final = 20_000_000
"""Deltas closer together than this came in one burst."""


def first_token(facts: TurnFacts) -> Mapping[str, Any]:
    """Return the times to first token and first audio, each with its four references."""
    timeline, a0 = facts.timeline, facts.first_audio_ns
    token = facts.first_token
    tok1 = None if token is None else token[0]
    refs = references(timeline)
    ref = reference_name(timeline)
    start = None if ref is None else refs[ref]
    ttfa, leading = span_ms(start, a0), facts.leading_ms
    return {
        **{f"ttft_{name}_ms": span_ms(at, tok1) for name, at in refs.items()},
        **{f"ttfa_{name}_ms": span_ms(at, a0) for name, at in refs.items()},
        "ttft_ms": span_ms(start, tok1),
        "ttft_ref": ref,
        "ttft_modality": None if token is None else token[1].value,
        "ttfaa_ms": None if ttfa is None or leading is None else ttfa + leading,
        "tts_lead_ms": span_ms(facts.timeline.first_transcript_ns, a0),
        "done_ms": span_ms(start, timeline.done_ns),
        "endpoint_delay_ms": span_ms(timeline.u_off_ns, timeline.vad_off_ns),
        "release_delay_ms": span_ms(timeline.u_off_ns, timeline.commit_tx_ns),
        "model_latency_ms": less(span_ms(_asked_ns(timeline), a0), facts.context.rtt_ms),
    }


def references(timeline: TurnTimeline) -> dict[str, Nanoseconds | None]:
    """Return the four reference points."""
    return {
        "eos": timeline.u_off_ns,
        "stop": timeline.vad_off_ns,
        "commit": either(timeline.commit_tx_ns, timeline.committed_ns),
        "create": either(timeline.create_tx_ns, timeline.response_ns),
    }


def reference_name(timeline: TurnTimeline) -> str | None:
    """Return the reference of ``ttft_ms``: the provider's stop, else a commit, else a create."""
    refs = references(timeline)
    return next((name for name in ("stop", "commit", "create") if refs[name] is not None), None)


def _asked_ns(timeline: TurnTimeline) -> Nanoseconds | None:
    """Return when the provider had all that it needed for its reply."""
    known = (timeline.vad_off_ns, timeline.commit_tx_ns, timeline.create_tx_ns)
    return max((at for at in known if at is not None), default=None)


def words(facts: TurnFacts) -> Mapping[str, Any]:
    """Return how the transcripts of both sides lie to the sound."""
    timeline = facts.timeline
    return {
        "user_transcript": timeline.user_transcript,
        "agent_transcript": timeline.agent_transcript,
        "user_first_transcript_ms": span_ms(timeline.u_on_ns, timeline.user_first_ns),
        "user_final_transcript_ms": span_ms(timeline.u_off_ns, timeline.user_final_ns),
        "transcript_lead_ms": span_ms(timeline.audible_ns, timeline.first_transcript_ns),
        "transcript_end_lag_ms": span_ms(timeline.audible_end_ns, timeline.transcript_done_ns),
    }


def tools(facts: TurnFacts) -> Mapping[str, Any]:
    """Return where the time of a turn with a function call went."""
    timeline = facts.timeline
    called, result = timeline.tool_called_ns, timeline.tool_result_ns
    after = timeline.audible_after(result)
    heard = timeline.audible_ns
    lead_in = None if called is None else heard is not None and heard < called
    return {
        "has_tool": called is not None,
        "tool_decide_ms": span_ms(timeline.u_off_ns, called),
        "tool_exec_ms": _executing_ms(timeline),
        "tool_resume_ms": span_ms(result, after),
        "tool_v2v_ms": span_ms(timeline.u_off_ns, after),
        "tool_lead_in": lead_in,
        "tool_audible_ns": after,
    }


def _executing_ms(timeline: TurnTimeline) -> float | None:
    """Return how long at least one call was ours; None unless every call was answered."""
    answered = {result.call_id: result.at_ns for result in timeline.results}
    spans = [
        Span(call.at_ns, answered.get(call.call_id)) for call in timeline.calls if call.call_id
    ]
    return total_ms(spans) if spans else None


def stream(facts: TurnFacts) -> Mapping[str, Any]:
    """Return how the reply arrived and played, and its rates."""
    timeline = facts.timeline
    came = delivery(tuple(facts.replies.values()))
    stalls = _heard_stalls(timeline)
    stalled_ms = float(sum(stall.stall_ms for stall in stalls))
    played = (timeline.audible_ns if facts.continuous else timeline.playback_ns) is not None
    audio_ms = timeline.audio_frames / FRAMES_PER_MS
    return {
        "audio_out_ms": audio_ms if timeline.audio_pieces else None,
        "chunks_n": timeline.audio_pieces or None,
        "required_prebuffer_ms": came.required_prebuffer_ms,
        "jitter_p95_ms": came.jitter_p95_ms,
        "jitter_smoothed_ms": came.jitter_smoothed_ms,
        "delivery_x": came.delivery_x,
        "stalls_n": len(stalls) if played else None,
        "stall_ms": stalled_ms if played else None,
        "stall_longest_ms": max((s.stall_ms for s in stalls), default=0.0) if played else None,
        "stall_ratio": stalled_ms / audio_ms if played and audio_ms else None,
        **_token_rates(facts),
        **_text_gaps(timeline),
    }


def _heard_stalls(timeline: TurnTimeline) -> list[PlaybackStalled]:
    """Return the stalls between the first audible frame and the last."""
    first, last = timeline.audible_ns, timeline.audible_end_ns
    return [
        stall
        for stall in timeline.stalls
        if (first is None or stall.at_ns >= first) and (last is None or stall.at_ns < last)
    ]


# --- rates --------------------------------------------------------------------------------------


def _token_rates(facts: TurnFacts) -> Mapping[str, float | None]:
    timeline = facts.timeline
    refs, ref = references(timeline), reference_name(timeline)
    reports = [finish.usage for finish in timeline.finishes if finish.usage is not None]
    output = [usage.output_total for usage in reports if usage.output_total is not None]
    elapsed = span_ms(None if ref is None else refs[ref], timeline.done_ns)
    return {
        "text_tps": text_tps(timeline),
        "total_tps": _total_tps(facts),
        "e2e_tps": _rate(float(sum(output)), elapsed) if any(output) else None,
        "audio_tokens_per_s": _audio_token_rate(facts),
    }


def text_tps(timeline: TurnTimeline) -> float | None:
    """Return text tokens per second between the first and the last delta of each reply.

    A reply's tokens are those its usage reports, else its deltas are counted as tokens.
    None without a reply whose deltas took BURST_NS: words that come at once have no rate.
    """
    reported = {f.response_id: f.usage.output_text for f in timeline.finishes if f.usage}
    steps = 0
    span_ns = 0
    for response_id, stamps in _text_by_reply(timeline).items():
        if stamps[-1] - stamps[0] >= BURST_NS:
            steps += (reported.get(response_id) or len(stamps)) - 1
            span_ns += stamps[-1] - stamps[0]
    return steps / (span_ns / 1e9) if steps > 0 else None


def _total_tps(facts: TurnFacts) -> float | None:
    """Return tokens of all kinds per second of replies, from first token to end of each."""
    begun = _first_of_replies(facts)
    tokens = 0
    span_ns = 0
    for finish in facts.timeline.finishes:
        count = finish.usage.output_total if finish.usage is not None else None
        start = None if finish.response_id is None else begun.get(finish.response_id)
        if count is not None and start is not None and finish.at_ns - start >= BURST_NS:
            tokens += count
            span_ns += finish.at_ns - start
    return _rate(float(tokens), span_ns / 1e6)


def _first_of_replies(facts: TurnFacts) -> dict[ResponseId, Nanoseconds]:
    """Return the first delta of words or audio of each reply."""
    begun = {
        response_id: stamps[0] for response_id, stamps in _text_by_reply(facts.timeline).items()
    }
    for response_id, reply in facts.replies.items():
        arrived = Nanoseconds(int(reply.at_ns[0]))
        begun[response_id] = min(begun.get(response_id, arrived), arrived)
    return begun


def _audio_token_rate(facts: TurnFacts) -> float | None:
    """Return audio tokens per second of audio, over the replies that report theirs."""
    tokens = 0
    frames = 0
    for finish in facts.timeline.finishes:
        reply = None if finish.response_id is None else facts.replies.get(finish.response_id)
        count = finish.usage.output_audio if finish.usage is not None else None
        if reply is not None and count is not None:
            tokens += count
            frames += int(reply.frames.sum())
    return _rate(float(tokens), frames * 1e3 / SESSION_RATE_HZ)


def _rate(count: float, span: float | None) -> float | None:
    return count / (span / 1e3) if span is not None and span > 0 else None


def _text_gaps(timeline: TurnTimeline) -> Mapping[str, float | None]:
    gaps = [
        ms(Nanoseconds(after - before))
        for stamps in _text_by_reply(timeline).values()
        for before, after in pairwise(stamps)
    ]
    if not gaps:
        return {}
    return {
        "text_gap_p50_ms": quantile(gaps, 0.5),
        "text_gap_p95_ms": quantile(gaps, 0.95),
        "text_gap_max_ms": max(gaps),
    }


def _text_by_reply(timeline: TurnTimeline) -> dict[ResponseId, list[Nanoseconds]]:
    """Return when the deltas of each reply came, in order."""
    replies: dict[ResponseId, list[Nanoseconds]] = {}
    for arrival in sorted(timeline.text, key=lambda each: each.at_ns):
        replies.setdefault(arrival.response_id, []).append(arrival.at_ns)
    return replies

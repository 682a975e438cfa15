"""What of a turn's replies was never heard, and which words were spoken over the user.

Source: metrics specification, 4.2 (T5, T6).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from app.core.clock import Nanoseconds
from app.core.ids import ResponseId
from app.metrics.chunks import FRAMES_PER_MS
from app.metrics.heard_words import Said, aligned, heard_words, lasting_ms
from app.metrics.timeline import TurnTimeline
from app.metrics.timeline_values import AudioArrival
from app.metrics.turn_facts import Interruption, TurnFacts, silent_ns

ROUNDING_MS: Final = 1.0
"""By how much what was played may miss what arrived: two rates, whole frames."""


def unheard(facts: TurnFacts) -> Mapping[str, Any]:
    """Return what was received and not heard, as audio and as tokens."""
    if facts.continuous:
        return {"wasted_audio_ms": None, "wasted_tokens": None}
    arrived = {response_id: reply.audio_ms for response_id, reply in facts.replies.items()}
    heard = _heard_ms(facts.timeline)
    known = bool(arrived) and arrived.keys() <= heard.keys()
    wasted = {
        response_id: _whole(audio_ms - heard.get(response_id, 0.0))
        for response_id, audio_ms in arrived.items()
    }
    return {
        "wasted_audio_ms": sum(wasted.values()) if known else None,
        "wasted_tokens": _wasted_tokens(facts.timeline, arrived, heard) if known else None,
    }


def _whole(unheard_ms: float) -> float:
    return unheard_ms if unheard_ms >= ROUNDING_MS else 0.0


def _heard_ms(timeline: TurnTimeline) -> dict[ResponseId, float]:
    """Return how much of each reply was played, of those that are over."""
    heard = {end.response_id: end.played_ms for end in timeline.playback_ends}
    return heard | {flush.response_id: flush.played_ms for flush in timeline.flushes}


def _wasted_tokens(
    timeline: TurnTimeline, arrived: Mapping[ResponseId, float], heard: Mapping[ResponseId, float]
) -> float | None:
    """Return the audio tokens of replies times the share of them that was not heard.

    None unless every reply with audio reports them.
    """
    reported = {
        finish.response_id: finish.usage.output_audio
        for finish in timeline.finishes
        if finish.usage is not None and finish.response_id is not None
    }
    wasted = 0.0
    for response_id, audio_ms in arrived.items():
        tokens = reported.get(response_id)
        if tokens is None:
            return None
        wasted += tokens * _whole(audio_ms - heard[response_id]) / audio_ms
    return wasted


def overspeech_words(
    facts: TurnFacts, interruption: Interruption, overspeech_ms: float | None
) -> float | None:
    """Return how many words of the reply were spoken over the user.

    Where the place of the words in the audio is known, those that ended between the onset and
    the silence; else the reply's words by the share of its audio. Words of a reply that was cut
    off while its audio was still to come last longer than what came of it.
    """
    timeline = facts.timeline
    transcript = timeline.agent_transcript
    if overspeech_ms is None or not transcript or not timeline.audio_frames:
        return None
    flush = timeline.flush
    if flush is not None and flush.response_id in facts.replies:
        reply, said = facts.replies[flush.response_id], said_in(timeline, flush.response_id)
        over_ms = max((silent_ns(flush) - interruption.onset_ns) / 1e6, 0.0)
        if aligned(said, reply.audio_ms):
            return float(
                heard_words(
                    said,
                    audio_ms=reply.audio_ms,
                    start_ms=flush.played_ms - over_ms,
                    end_ms=flush.played_ms,
                    complete=_complete(timeline, flush.response_id),
                )
            )
    whole = flush is None or _complete(timeline, flush.response_id)
    lasts_ms = lasting_ms(transcript, timeline.audio_frames / FRAMES_PER_MS, complete=whole)
    return len(transcript.split()) * min(overspeech_ms / lasts_ms, 1.0)


def said_in(timeline: TurnTimeline, response_id: ResponseId) -> Sequence[Said]:
    """Return the words of a reply, each piece with the reply's audio that had come before it."""
    audio = sorted((a for a in timeline.audio if a.response_id == response_id), key=_instant)
    instants = [piece.at_ns for piece in audio]
    before = [0, *accumulate(piece.frames for piece in audio)]
    return [
        Said(piece.text, before[bisect_left(instants, piece.at_ns)] / FRAMES_PER_MS)
        for piece in timeline.text
        if piece.response_id == response_id
    ]


def _instant(piece: AudioArrival) -> Nanoseconds:
    return piece.at_ns


def _complete(timeline: TurnTimeline, response_id: ResponseId) -> bool:
    return any(
        finish.response_id == response_id and finish.status == "completed"
        for finish in timeline.finishes
    )

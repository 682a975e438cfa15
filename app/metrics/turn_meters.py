"""What a turn used, as its events say. Unknown is None, never zero.

Source: metrics specification, section 11.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.core.events import TranscriptionUsage
from app.metrics.timeline import TurnTimeline


def metered(timeline: TurnTimeline) -> Mapping[str, Any]:
    """Return the meters beside the reply's tokens.

    ``session_s`` is not among them: the turn's events do not say how long it was open.
    """
    counts = timeline.transcriptions
    return {
        "transcription_text_in": _sum(counts, lambda each: each.text_in),
        "transcription_audio_in": _sum(counts, lambda each: each.audio_in),
        "transcription_out": _sum(counts, lambda each: each.text_out),
        "transcription_s": _sum(counts, lambda each: each.seconds),
        "characters": _characters(timeline.agent_transcript),
        "text_messages": timeline.texts_n,
    }


def _characters(words: str | None) -> int | None:
    return None if words is None else len(words)


def _sum(
    counts: Iterable[TranscriptionUsage], of: Callable[[TranscriptionUsage], float | None]
) -> float | None:
    known = [value for value in map(of, counts) if value is not None]
    return sum(known) if known else None

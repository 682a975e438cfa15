"""What each event changes in a turn's timeline. Nothing else may change one.

A reader returns the fields that change, with their new values. What is kept does not depend
on the order in which events arrive, but for pieces of words and of audio, which are taken in
the order in which the provider sent them.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    CancelSent,
    ClockJumped,
    CommitSent,
    InputCommitted,
    InputTranscriptDelta,
    InputTranscriptDone,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ResponseAudio,
    ResponseAudioDone,
    ResponseFinished,
    ResponseRequested,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SpeechStarted,
    SpeechStopped,
    TextKind,
    TextSent,
    ToolArgumentsDelta,
    ToolCalled,
    ToolResultSent,
    TruncateSent,
    UserSpeechEnded,
    UserSpeechStarted,
)
from app.metrics.timeline_fields import TimelineFields
from app.metrics.timeline_values import AudioArrival, Modality, TextArrival
from app.metrics.words import with_delta, with_final

Changes: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[TimelineFields, Any], Changes]

_BYTES_PER_FRAME = 2
_NOTHING: Changes = {}


def _earliest(field: str) -> Reader:
    """Return a reader that keeps the earliest instant of a kind of event."""

    def read(timeline: TimelineFields, event: SessionEvent) -> Changes:
        known = getattr(timeline, field)
        return {field: event.at_ns} if known is None or event.at_ns < known else _NOTHING

    return read


def _latest(field: str) -> Reader:
    """Return a reader that keeps the latest instant of a kind of event."""

    def read(timeline: TimelineFields, event: SessionEvent) -> Changes:
        known = getattr(timeline, field)
        return {field: event.at_ns} if known is None or event.at_ns > known else _NOTHING

    return read


def _instants(field: str) -> Reader:
    """Return a reader that keeps every instant of a kind of event."""

    def read(timeline: TimelineFields, event: SessionEvent) -> Changes:
        return {field: getattr(timeline, field).plus(event.at_ns)}

    return read


def _events(field: str) -> Reader:
    """Return a reader that keeps every event of a kind."""

    def read(timeline: TimelineFields, event: SessionEvent) -> Changes:
        return {field: getattr(timeline, field).plus(event)}

    return read


def _token(timeline: TimelineFields, at_ns: Nanoseconds, modality: Modality) -> Changes:
    known = timeline.tok1_ns
    if known is not None and at_ns >= known:
        return _NOTHING
    return {"tok1_ns": at_ns, "tok1_modality": modality}


def _min(known: Nanoseconds | None, at_ns: Nanoseconds) -> Nanoseconds:
    return at_ns if known is None or at_ns < known else known


def _max(known: Nanoseconds | None, at_ns: Nanoseconds) -> Nanoseconds:
    return at_ns if known is None or at_ns > known else known


def _audio(timeline: TimelineFields, event: ResponseAudio) -> Changes:
    frames = len(event.pcm) // _BYTES_PER_FRAME
    if not frames:
        return _NOTHING
    return {
        "audio": timeline.audio.plus(AudioArrival(event.response_id, event.at_ns, frames)),
        "audio_frames": timeline.audio_frames + frames,
        "audio_pieces": timeline.audio_pieces + 1,
        "first_audio_ns": _min(timeline.first_audio_ns, event.at_ns),
        "last_audio_ns": _max(timeline.last_audio_ns, event.at_ns),
        **_token(timeline, event.at_ns, Modality.AUDIO),
    }


def _text(timeline: TimelineFields, event: ResponseText) -> Changes:
    if not event.text:
        return _NOTHING
    written = event.kind is TextKind.TEXT
    first = timeline.first_transcript_ns
    return {
        "text": timeline.text.plus(TextArrival(event.response_id, event.at_ns, event.text)),
        "agent_parts": with_delta(
            timeline.agent_parts, event.item_id, event.content_index, event.text
        ),
        "first_transcript_ns": first if written else _min(first, event.at_ns),
        **_token(timeline, event.at_ns, Modality.TEXT if written else Modality.TRANSCRIPT),
    }


def _text_done(timeline: TimelineFields, event: ResponseTextDone) -> Changes:
    parts = with_final(timeline.agent_parts, event.item_id, event.content_index, event.text)
    if event.kind is TextKind.TEXT:
        return {"agent_parts": parts}
    done_ns = _max(timeline.transcript_done_ns, event.at_ns)
    return {"agent_parts": parts, "transcript_done_ns": done_ns}


def _arguments(timeline: TimelineFields, event: ToolArgumentsDelta) -> Changes:
    return _token(timeline, event.at_ns, Modality.FUNCTION) if event.text else _NOTHING


def _user_delta(timeline: TimelineFields, event: InputTranscriptDelta) -> Changes:
    if not event.text:
        return _NOTHING
    return {
        "user_parts": with_delta(
            timeline.user_parts, event.item_id, event.content_index, event.text
        ),
        "user_first_ns": _min(timeline.user_first_ns, event.at_ns),
    }


def _typed(timeline: TimelineFields, event: TextSent) -> Changes:
    return {
        "text_tx_ns": _min(timeline.text_tx_ns, event.at_ns),
        "texts_n": timeline.texts_n + 1,
    }


def _user_done(timeline: TimelineFields, event: InputTranscriptDone) -> Changes:
    used = timeline.transcriptions
    return {
        "transcriptions": used if event.usage is None else used.plus(event.usage),
        "user_parts": with_final(
            timeline.user_parts, event.item_id, event.content_index, event.text
        ),
        "user_final_ns": _max(timeline.user_final_ns, event.at_ns),
    }


def _agent_onset(timeline: TimelineFields, event: AgentSpeechStarted) -> Changes:
    starts = {"agent_starts": timeline.agent_starts.plus(event.at_ns)}
    if event.media_ms is None:
        return starts
    return {**starts, "agent_onsets": timeline.agent_onsets.plus(event)}


READERS: Mapping[type, Reader] = {
    UserSpeechStarted: _instants("speech_starts"),
    UserSpeechEnded: _events("speech_ends"),
    SpeechStarted: _earliest("vad_on_ns"),
    SpeechStopped: _instants("vad_offs"),
    CommitSent: _instants("commits"),
    InputCommitted: _instants("commit_acks"),
    TextSent: _typed,
    ResponseRequested: _instants("requests"),
    ResponseStarted: _earliest("response_ns"),
    ResponseAudio: _audio,
    ResponseAudioDone: _latest("audio_done_ns"),
    ResponseText: _text,
    ResponseTextDone: _text_done,
    ToolArgumentsDelta: _arguments,
    ToolCalled: _events("calls"),
    ToolResultSent: _events("results"),
    ResponseFinished: _events("finishes"),
    InputTranscriptDelta: _user_delta,
    InputTranscriptDone: _user_done,
    PlaybackStarted: _events("playbacks"),
    PlaybackAudible: _events("audibles"),
    PlaybackStalled: _events("stalls"),
    PlaybackFinished: _events("playback_ends"),
    PlaybackFlushed: _events("flushes"),
    AgentSpeechStarted: _agent_onset,
    AgentSpeechEnded: _instants("agent_ends"),
    CancelSent: _earliest("cancel_tx_ns"),
    TruncateSent: _events("truncations"),
    ClockJumped: _events("clock_jumps"),
}
"""Absence means that the event says nothing about turns."""

"""What is kept of one turn: the fields of its timeline.

Source: metrics specification, section 1 (canonical timeline).
"""

from dataclasses import dataclass, field

from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechStarted,
    ClockJumped,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackFlushed,
    PlaybackStalled,
    PlaybackStarted,
    ResponseFinished,
    ToolCalled,
    ToolResultSent,
    TranscriptionUsage,
    TruncateSent,
    UserSpeechEnded,
)
from app.metrics.timeline_values import AudioArrival, Modality, Series, TextArrival
from app.metrics.words import Parts


def _none() -> Series[Nanoseconds]:
    return Series()


# Without slots: taking in an event copies one mapping, whatever the number of fields.
@dataclass(frozen=True, kw_only=True)
class TimelineFields:
    """Instants of one turn on the session clock; None until seen.

    What is kept does not depend on the order of events, but for pieces of words and of audio.

    Attributes:
        speech_starts: Each onset of the user's speech at the microphone.
        speech_ends: Each end of the user's speech that was found; see ``user_end``.
        vad_on_ns: The provider's first onset reached us.
        vad_offs: Each endpoint of the provider's; see ``vad_off_ns``.
        commits: Each time that we ended the user's turn by hand; see ``commit_tx_ns``.
        commit_acks: Each time that the provider took the audio; see ``committed_ns``.
        requests: Each time that we asked for a reply; see ``create_tx_ns``.
        text_tx_ns: We sent a typed message; ``texts_n`` counts them.
        response_ns: The provider began the first reply.
        tok1_ns: First non-empty delta of any modality; ``tok1_modality`` says which.
        first_audio_ns: First reply audio that holds a frame; ``last_audio_ns`` the last.
        audio_done_ns: The provider said that no more audio comes; the last.
        audio: Reply audio by arrival, MAX_KEPT pieces at most.
        audio_frames: Frames of all reply audio, at 24 kHz; ``audio_pieces`` its pieces.
        text: Deltas of words, written or of a transcript, by arrival.
        first_transcript_ns: First delta of a transcript.
        transcript_done_ns: The provider said that a transcript is complete; the last.
        finishes: How each reply ended.
        user_first_ns: First interim words of the user; ``user_final_ns`` the last final ones.
        transcriptions: What writing down the user's words used, as far as it was told.
        calls: Function calls that are complete; ``results`` what we answered.
        playbacks: First frame of each reply at the DAC; ``audibles`` its first audible one.
        stalls: Each time the playback ran dry inside a reply.
        playback_ends: Replies that were played to their end; ``flushes`` those cut off.
        agent_onsets: Those of ``agent_starts`` that tell their place in the reply's audio.
        agent_starts: Each time the agent became audible; ``agent_ends`` fell silent.
        cancel_tx_ns: We asked the provider to stop.
        truncations: What we said was heard.
        clock_jumps: Jumps of the wall clock against the session clock.
    """

    speech_starts: Series[Nanoseconds] = field(default_factory=_none)
    speech_ends: Series[UserSpeechEnded] = field(default_factory=Series)
    vad_on_ns: Nanoseconds | None = None
    vad_offs: Series[Nanoseconds] = field(default_factory=_none)
    commits: Series[Nanoseconds] = field(default_factory=_none)
    commit_acks: Series[Nanoseconds] = field(default_factory=_none)
    requests: Series[Nanoseconds] = field(default_factory=_none)
    text_tx_ns: Nanoseconds | None = None
    texts_n: int = 0
    response_ns: Nanoseconds | None = None
    tok1_ns: Nanoseconds | None = None
    tok1_modality: Modality | None = None
    first_audio_ns: Nanoseconds | None = None
    last_audio_ns: Nanoseconds | None = None
    audio_done_ns: Nanoseconds | None = None
    audio: Series[AudioArrival] = field(default_factory=Series)
    audio_frames: int = 0
    audio_pieces: int = 0
    text: Series[TextArrival] = field(default_factory=Series)
    first_transcript_ns: Nanoseconds | None = None
    transcript_done_ns: Nanoseconds | None = None
    finishes: Series[ResponseFinished] = field(default_factory=Series)
    user_parts: Parts = ()
    user_first_ns: Nanoseconds | None = None
    user_final_ns: Nanoseconds | None = None
    transcriptions: Series[TranscriptionUsage] = field(default_factory=Series)
    agent_parts: Parts = ()
    calls: Series[ToolCalled] = field(default_factory=Series)
    results: Series[ToolResultSent] = field(default_factory=Series)
    playbacks: Series[PlaybackStarted] = field(default_factory=Series)
    audibles: Series[PlaybackAudible] = field(default_factory=Series)
    stalls: Series[PlaybackStalled] = field(default_factory=Series)
    playback_ends: Series[PlaybackFinished] = field(default_factory=Series)
    flushes: Series[PlaybackFlushed] = field(default_factory=Series)
    agent_onsets: Series[AgentSpeechStarted] = field(default_factory=Series)
    agent_starts: Series[Nanoseconds] = field(default_factory=_none)
    agent_ends: Series[Nanoseconds] = field(default_factory=_none)
    cancel_tx_ns: Nanoseconds | None = None
    truncations: Series[TruncateSent] = field(default_factory=Series)
    clock_jumps: Series[ClockJumped] = field(default_factory=Series)

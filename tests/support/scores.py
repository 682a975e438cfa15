"""Recorded sessions that nobody held: as many turns as are wanted, written in a moment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.events import (
    AgentSpeechEnded,
    AgentSpeechStarted,
    InputTranscriptDone,
    PlaybackAudible,
    PlaybackFinished,
    PlaybackStarted,
    ResponseAudio,
    ResponseFinished,
    ResponseStarted,
    ResponseText,
    ResponseTextDone,
    SessionEvent,
    SessionReady,
    SpeechEndMethod,
    SpeechStarted,
    SpeechStopped,
    TextKind,
)
from app.core.ids import ItemId, ResponseId
from app.core.privacy import RecordingMode
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.session.replay_events import SPEECH_EDGE, TURN_OVER, TurnOver
from app.session.speech_ends import SpeechEdge
from app.store.contents import AudioItem, EventItem, SessionItem, TurnItem, WireItem
from app.store.redact import Redactor
from app.store.writer import SessionWriter
from tests.support.clocks import ManualClock
from tests.support.reports import session as reported

T0_NS = 1_000_000_000_000
TURN_S = 4.0
SPOKEN_S = (0.5, 1.5)
"""When in a turn the user speaks; ``HEARD_S``: the agent."""
HEARD_S = (2.0, 3.0)
USER_HZ, AGENT_HZ = 200.0, 600.0


def record_of(turns_n: int, mode: RecordingMode = RecordingMode.FULL) -> SessionRecord:
    """The account of a session of so many turns."""
    return replace(
        reported().record,
        session_id="vv_made_up_1",
        t0_ns=Nanoseconds(T0_NS),
        t0_utc="2026-11-21T12:00:00+00:00",
        state="complete",
        turns_n=turns_n,
        recording_mode=mode,
    )


def at(turn: int, seconds: float) -> Nanoseconds:
    """The instant so long after a turn's begin; turns are counted from 1."""
    return Nanoseconds(T0_NS + round(((turn - 1) * TURN_S + seconds) * 1e9))


def turn_of(number: int) -> TurnRecord:
    """One turn."""
    return TurnRecord(
        turn_id=number,
        status=TurnStatus.OK,
        u_on_ns=at(number, SPOKEN_S[0]),
        u_off_ns=at(number, SPOKEN_S[1]),
        speech_end_method=SpeechEndMethod.SILERO,
        vad_on_ns=at(number, SPOKEN_S[0] + 0.1),
        vad_off_ns=at(number, SPOKEN_S[1] + 0.3),
        audible_ns=at(number, HEARD_S[0]),
        audible_end_ns=at(number, HEARD_S[1]),
        done_ns=at(number, HEARD_S[0] + 0.1),
        v2v_ms=(HEARD_S[0] - SPOKEN_S[1]) * 1e3,
        user_transcript=f"Question {number}.",
        agent_transcript=f"Answer {number}.",
    )


def events_of(number: int, pieces: int = 3) -> Iterator[tuple[str, object, Nanoseconds]]:
    """A turn's events, with so many pieces of its words and of its sound."""
    response, item, asked = ResponseId(f"r{number}"), ItemId(f"a{number}"), ItemId(f"u{number}")
    on, off = at(number, SPOKEN_S[0]), at(number, SPOKEN_S[1])
    begun, over = at(number, HEARD_S[0]), at(number, HEARD_S[1])
    ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    vad = (at(number, SPOKEN_S[0] + 0.1), at(number, SPOKEN_S[1] + 0.3))
    yield from _named(SpeechStarted(at_ns=vad[0], audio_ms=0, item_id=asked))
    yield SPEECH_EDGE, SpeechEdge(on, SpeechEndMethod.SILERO, started=True), vad[0]
    yield SPEECH_EDGE, SpeechEdge(off, SpeechEndMethod.SILERO), vad[1]
    yield from _named(SpeechStopped(at_ns=vad[1], audio_ms=0, item_id=asked))
    yield from _named(
        InputTranscriptDone(
            at_ns=vad[1], item_id=asked, content_index=0, text=f"Question {number}.", usage=None
        )
    )
    yield from _named(ResponseStarted(at_ns=vad[1], response_id=response))
    spoken = TextKind.TRANSCRIPT
    for piece in range(pieces):
        when = Nanoseconds(begun - 100_000_000 + piece * 1_000_000)
        words = f"Answer {number}." if piece == 0 else ""
        yield from _named(ResponseText(at_ns=when, kind=spoken, text=words, **ids))  # type: ignore[arg-type]
        sound = bytes(48_000 // max(pieces, 1) // 2 * 2)
        yield from _named(ResponseAudio(at_ns=when, pcm=sound, **ids))  # type: ignore[arg-type]
    yield from _named(PlaybackStarted(at_ns=begun, response_id=response))
    yield from _named(PlaybackAudible(at_ns=begun, response_id=response))
    yield from _named(AgentSpeechStarted(at_ns=begun, response_id=response))
    words = f"Answer {number}."
    yield from _named(ResponseTextDone(at_ns=begun, kind=spoken, text=words, **ids))  # type: ignore[arg-type]
    done = ResponseFinished(
        at_ns=at(number, HEARD_S[0] + 0.1),
        response_id=response,
        status="completed",
        reason=None,
        error_code=None,
        error_message=None,
        usage=None,
        output=(),
    )
    yield from _named(done)
    yield from _named(PlaybackFinished(at_ns=over, response_id=response, played_ms=1000.0))
    yield from _named(AgentSpeechEnded(at_ns=over, response_id=response))
    yield TURN_OVER, TurnOver(number), at(number, HEARD_S[1] + 0.2)


def _named(event: SessionEvent) -> Iterator[tuple[str, object, Nanoseconds]]:
    yield type(event).__name__, event, event.at_ns


def sound_of(hz: float, span_s: tuple[float, float]) -> Samples:
    """One side of one turn: a tone while it speaks."""
    t = np.arange(round(TURN_S * SESSION_RATE_HZ)) / SESSION_RATE_HZ
    speaks = (t >= span_s[0]) & (t < span_s[1])
    return (np.sin(2 * np.pi * hz * t) * 8_000 * speaks).astype(np.int16)


def write_score(
    folder: Path,
    turns_n: int = 3,
    *,
    pieces: int = 3,
    wire: int = 0,
    mode: RecordingMode = RecordingMode.FULL,
) -> Path:
    """Write a session of so many turns, with so many messages of the wire a turn."""
    folder.mkdir(parents=True)
    record = record_of(turns_n, mode)
    clock = ManualClock()
    clock.advance_ms(T0_NS / 1e6)
    writer = SessionWriter(folder, record, Redactor(()), clock)
    ready = SessionReady(at_ns=at(1, 0.1), session_id="s", effective={})
    writer.write(EventItem(ready.at_ns, "SessionReady", ready))
    user, agent = sound_of(USER_HZ, SPOKEN_S), sound_of(AGENT_HZ, HEARD_S)
    for number in range(1, turns_n + 1):
        for name, event, told_ns in events_of(number, pieces):
            writer.write(EventItem(told_ns, name, event))
        for _ in range(wire):
            writer.write(WireItem(">", at(number, 3.5), '{"type":"input_audio_buffer.append"}'))
        clock.advance_ms(TURN_S * 1e3)
        writer.write(AudioItem(0, at(number, 0.0), user))
        writer.write(AudioItem(1, at(number, 0.0), agent))
        writer.write(TurnItem(turn_of(number)))
        writer.flush()
    writer.write(SessionItem(record))
    writer.close()
    return folder

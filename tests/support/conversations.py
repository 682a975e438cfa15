"""Recorded sessions whose every instant is known, in folders."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.core.audio_format import Samples
from app.core.clock import Nanoseconds
from app.core.events import SpeechEndMethod
from app.core.records import SessionRecord, TurnRecord, TurnStatus
from app.localengine.simulator_schedule import speech
from app.store.recorder import FolderStore
from app.store.wav import wav_header
from tests.support.recording import T0_NS, session_record

RATE = 24_000


def track(seconds: float, *spans_s: tuple[float, float]) -> Samples:
    """Return a side that speaks in ``spans_s`` and is silent else."""
    side = np.zeros(round(seconds * RATE), np.int16)
    for start, end in spans_s:
        first, last = round(start * RATE), round(end * RATE)
        side[first:last] = speech((last - first) * 1000 / RATE + 1, -12.0)[: last - first]
    return side


def live_turn(
    turn_id: int,
    u_off_s: float,
    audible_s: float,
    *,
    error_ms: float = 0.0,
    method: SpeechEndMethod = SpeechEndMethod.ANNOTATED,
) -> TurnRecord:
    """Return what a session that measures rightly (but for ``error_ms``) says of a turn."""
    return TurnRecord(
        turn_id=turn_id,
        status=TurnStatus.OK,
        u_off_ns=Nanoseconds(T0_NS + round(u_off_s * 1e9)),
        audible_ns=Nanoseconds(T0_NS + round(audible_s * 1e9)),
        v2v_ms=(audible_s - u_off_s) * 1000 + error_ms,
        speech_end_method=method,
    )


def record_conversation(
    root: Path,
    user: Samples,
    agent: Samples,
    turns: Sequence[TurnRecord] = (),
    record: SessionRecord | None = None,
) -> Path:
    """Write a session's folder; return it."""
    account = record or session_record(state="complete", turns_n=len(turns))
    recording = FolderStore(root).begin(account)
    for turn in turns:
        recording.turn(turn)
    recording.close(account)
    frames = np.stack((user, agent), axis=1).astype("<i2")
    (recording.folder / "stereo.wav").write_bytes(wav_header(len(frames)) + frames.tobytes())
    return recording.folder

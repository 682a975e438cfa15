"""What recording costs the engine: processor time of a session's stream, with and without it.

``python -m tests.benchmarks.recording [SECONDS]``. A busy speech-to-speech session is handed to
a recording in real time: both sides in blocks of 10 ms, 50 appended messages of the microphone
and 5 audio deltas a second, 20 events a second, a turn every 5 s. The same stream handed to
nothing is subtracted. Bound: 2 % of a core.
"""

import base64
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.clock import MonotonicClock, Nanoseconds
from app.core.events import InputTranscriptDelta
from app.core.ids import ItemId
from app.core.ports import Recording
from app.core.privacy import RecordingMode
from app.core.records import SessionRecord
from app.store.recorder import FolderStore
from tests.support.memory import MemoryRecording
from tests.support.recording import session_record, turn_record

SECONDS, REPEATS = 10.0, 3
BLOCK_NS = 10_000_000
SPEECH = (np.random.default_rng(0).normal(0, 3000, 240)).astype(np.int16)
APPEND = json.dumps(
    {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(960)).decode()}
)
DELTA = json.dumps(
    {"type": "response.output_audio.delta", "delta": base64.b64encode(bytes(9600)).decode()}
)


class Nowhere(MemoryRecording):
    """Takes everything and keeps nothing."""

    def user_audio(self, *_given: object) -> None: ...
    def agent_audio(self, *_given: object) -> None: ...
    def wire(self, *_given: object) -> None: ...
    def event(self, *_given: object) -> None: ...


def stream(recording: Recording, seconds: float) -> None:
    """Hand over a session in real time."""
    clock = MonotonicClock()
    t0 = clock.now_ns()
    word = InputTranscriptDelta(at_ns=t0, item_id=ItemId("item_1"), content_index=0, text="word ")
    for block in range(round(seconds * 100)):
        at = Nanoseconds(t0 + block * BLOCK_NS)
        time.sleep(max(0.0, (at + BLOCK_NS - clock.now_ns()) / 1e9))
        recording.user_audio(at, SPEECH)
        recording.agent_audio(at, SPEECH)
        if block % 2 == 0:
            recording.wire(">", at, APPEND)
        if block % 20 == 0:
            recording.wire("<", at, DELTA)
        if block % 5 == 0:
            recording.event(at, "InputTranscriptDelta", word)
        if block % 500 == 499:
            recording.turn(turn_record(block // 500 + 1))


def share(make: Callable[[SessionRecord], Recording], record: SessionRecord, s: float) -> float:
    """Return the share of a core that it took."""
    recording = make(replace(record, t0_ns=MonotonicClock().now_ns()))
    cpu, wall = time.process_time(), time.perf_counter()
    stream(recording, s)
    spent = (time.process_time() - cpu) / (time.perf_counter() - wall)
    recording.close(record)
    return spent


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    full = session_record()
    figures = replace(full, recording_mode=RecordingMode.FIGURES)
    shares: dict[str, list[float]] = {"full": [], "figures": [], "nowhere": []}
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder), MonotonicClock())
        for _ in range(REPEATS):
            shares["nowhere"].append(share(lambda _record: Nowhere(), full, seconds))
            shares["full"].append(share(store.begin, full, seconds))
            shares["figures"].append(share(store.begin, figures, seconds))
    middle = {name: statistics.median(each) for name, each in shares.items()}
    told = {
        "seconds": seconds,
        "repeats": REPEATS,
        "full_percent_of_a_core": round(100 * (middle["full"] - middle["nowhere"]), 2),
        "figures_percent_of_a_core": round(100 * (middle["figures"] - middle["nowhere"]), 2),
        "handing_over_alone_percent": round(100 * middle["nowhere"], 2),
        "bound_percent": 2.0,
        "load": round(os.getloadavg()[0], 2),
    }
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main()

"""Many processes that record, each to be killed at a moment of its own.

``python -m tests.support.recorder_herd ROOT N`` loads what it needs once, forks N recorders and
prints a line of JSON for each: its process id and its folder of sessions. Each records one
session after another, of 0.1 to 3 s, so that a kill may meet a beginning, a middle or an end.
They end with this process, and this process with its standard input.
"""

import ctypes
import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from app.core.clock import MonotonicClock, Nanoseconds
from app.store.recorder import FolderStore
from tests.support.recorder_child import BLOCK, RATE_HZ, Handed, ramp
from tests.support.recording import session_record, turn_record

_PR_SET_PDEATHSIG = 1


def record_for_ever(root: Path, seed: int) -> None:
    """Record session after session, in real time."""
    handed = Handed(root)
    lengths = random.Random(seed)  # noqa: S311 - no secret
    clock = MonotonicClock()
    number = 0
    while True:
        number += 1
        t0 = clock.now_ns()
        begun = replace(session_record(t0_ns=t0), session_id=f"vv-{number:08d}")
        recording = FolderStore(root, clock).begin(begun)
        recording.turn(turn_record())
        for block in range(round(lengths.choice((0.1, 0.7, 1.5, 3.0)) * RATE_HZ / BLOCK)):
            due = t0 + (block + 1) * BLOCK * 1_000_000_000 // RATE_HZ
            time.sleep(max(0.0, (due - clock.now_ns()) / 1e9))
            at = Nanoseconds(t0 + block * BLOCK * 1_000_000_000 // RATE_HZ)
            recording.user_audio(at, ramp(block * BLOCK))
            recording.agent_audio(at, ramp(block * BLOCK))
            recording.wire("<", at, json.dumps({"type": "tick", "block": block}))
            handed.until(due)
        recording.close(replace(begun, state="complete", turns_n=1))


def main() -> None:
    root, count = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(count):
        below = root / str(number)
        pid = os.fork()
        if pid == 0:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            record_for_ever(below, number)
        sys.stdout.write(json.dumps({"pid": pid, "root": str(below)}) + "\n")
        sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()

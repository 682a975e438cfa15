"""A process that records a session, to be killed or to run into a limit.

``python -m tests.support.recorder_child ROOT [--limit-bytes N] [--until-failure]`` prints one
JSON line when the session has begun and one when it has closed; it records a ramp on both
sides in real time until its standard input ends.
"""

import argparse
import json
import mmap
import resource
import select
import struct
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.audio_format import Samples
from app.core.clock import MonotonicClock, Nanoseconds
from app.store.recorder import FolderRecording, FolderStore
from tests.support.recording import session_record, turn_record

RATE_HZ = 24_000
BLOCK = 480
_INSTANT = struct.Struct("=q")


class Handed:
    """Tells, in a file beside ``root``, up to which instant a recorder has handed sound on.

    What it had no time to hand on, on a machine that has other work, is not lost by it.
    """

    def __init__(self, root: Path) -> None:
        path = self._file(root)
        path.write_bytes(_INSTANT.pack(0))
        with path.open("rb+") as file:
            self._shared = mmap.mmap(file.fileno(), _INSTANT.size)

    def until(self, at_ns: int) -> None:
        _INSTANT.pack_into(self._shared, 0, at_ns)

    @classmethod
    def told_ns(cls, root: Path) -> int:
        """Return that instant, ns of the clock; its recorder may be gone."""
        (instant,) = _INSTANT.unpack(cls._file(root).read_bytes())
        return int(instant)

    @staticmethod
    def _file(root: Path) -> Path:
        return root.with_suffix(".handed")


def ramp(first: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Samples that tell their own position: 1 to 30000, again and again."""
    return (np.arange(first, first + BLOCK) % 30_000 + 1).astype(np.int16)


def assert_ramp(side: Samples) -> None:
    """Every sample is at its place; of one side the last block may not have come any more."""
    there = int(np.count_nonzero(side))
    assert len(side) - there <= BLOCK
    assert (side[:there] == np.arange(there) % 30_000 + 1).all()


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def record(
    recording: FolderRecording, t0: Nanoseconds, handed: Handed, *, until_failure: bool
) -> int:
    """Record until the input ends, or until writing has failed; return the blocks."""
    blocks = 0
    while True:
        due = t0 + (blocks + 1) * BLOCK * 1_000_000_000 // RATE_HZ
        wait_s = 0.0 if until_failure else max(0.0, (due - time.perf_counter_ns()) / 1e9)
        if select.select([sys.stdin], [], [], wait_s)[0]:
            return blocks
        at = Nanoseconds(t0 + blocks * BLOCK * 1_000_000_000 // RATE_HZ)
        recording.user_audio(at, ramp(blocks * BLOCK))
        recording.agent_audio(at, ramp(blocks * BLOCK))
        recording.wire("<", at, json.dumps({"type": "tick", "block": blocks}))
        blocks += 1
        handed.until(due)
        if until_failure and (recording.failure or blocks > 40_000):
            return blocks


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--limit-bytes", type=int)
    parser.add_argument("--until-failure", action="store_true")
    arguments = parser.parse_args()
    if arguments.limit_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (arguments.limit_bytes,) * 2)
    clock = MonotonicClock()
    # A session that began a while ago may be recorded faster than real time.
    t0 = Nanoseconds(clock.now_ns() - 3_600_000_000_000 * arguments.until_failure)
    recording = FolderStore(arguments.root, clock).begin(session_record(t0_ns=t0))
    recording.turn(turn_record())
    say(folder=str(recording.folder), t0_ns=t0)
    blocks = record(recording, t0, Handed(arguments.root), until_failure=arguments.until_failure)
    failure = recording.failure
    recording.close(replace(session_record(state="complete", t0_ns=t0), turns_n=1))
    say(blocks=blocks, failure=failure or recording.failure, dropped=recording.dropped)


if __name__ == "__main__":
    main()

"""An audio child without a sound card, for tests of what surrounds it.

As a program: ``python -m tests.support.fake_audio_child MODE audio-child --control N --memory M``.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.audio.callbacks import CaptureCallback, PlaybackCallback
from app.audio.child import main
from app.audio.shared import Direction, StreamMemory, create_memory, map_memory
from app.audio.streams import OpenError, OpenStream, Shape

RATE_HZ = 48_000
BLOCK_FRAMES = 480


def fresh_memory() -> dict[Direction, StreamMemory]:
    descriptor = create_memory()
    try:
        return map_memory(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Times:
    """PortAudio's times: a wall clock, 20 ms of latency."""

    currentTime: float  # noqa: N815

    @property
    def inputBufferAdcTime(self) -> float:  # noqa: N802
        return self.currentTime - 0.02

    @property
    def outputBufferDacTime(self) -> float:  # noqa: N802
        return self.currentTime + 0.02


class FakeStream:
    """Calls back every 10 ms, ``blocks`` times."""

    def __init__(
        self,
        direction: Direction,
        name: str,
        memory: StreamMemory,
        blocks: int,
        *,
        spins: bool = False,
    ) -> None:
        self._spins = spins
        self.device = name
        self.shape = Shape(0, RATE_HZ, BLOCK_FRAMES, 1)
        self.latency_s = 0.02
        self._blocks = blocks
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._call: Callable[[Times], None]
        if direction is Direction.INPUT:
            capture = CaptureCallback(memory, 1)
            block = np.arange(BLOCK_FRAMES, dtype=np.int16).tobytes()
            self._call = lambda times: capture(block, BLOCK_FRAMES, times, 0)
        else:
            playback = PlaybackCallback(memory, 1, BLOCK_FRAMES)
            out = np.zeros(BLOCK_FRAMES, np.int16)
            self._call = lambda times: playback(out, BLOCK_FRAMES, times, 0)

    def time_s(self) -> float | None:
        return 1e9 + time.perf_counter()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._over.set()

    def _run(self) -> None:
        due = time.perf_counter()
        for _ in range(self._blocks):
            self._call(Times(1e9 + time.perf_counter()))
            due += 0.01
            if self._over.wait(max(due - time.perf_counter(), 0)):
                return
        if self._spins:
            os.set_blocking(2, True)
            while True:  # as PortAudio's output thread does when its server dies
                os.write(2, b"Expression 'err' failed in 'src/hostapi/alsa/pa_linux_alsa.c'\n")


def runs(mode: str) -> None:
    """All is well."""


def refuses(mode: str) -> None:
    raise OpenError("there is no microphone")


def dies(mode: str) -> None:
    sys.stderr.write("first line\nthe roof is on fire\n")
    sys.stderr.flush()
    os._exit(3)


def deaf(mode: str) -> None:
    threading.Event().wait()


def noisy(mode: str) -> None:
    os.write(2, bytes(20_000_000))


def once(mode: str) -> None:
    """Run if the file named after the colon is not there, and make it; else refuse."""
    file = Path(mode.removeprefix("once:"))
    if file.exists():
        raise OpenError("there is no microphone")
    file.touch()


MODES = {f.__name__: f for f in (runs, refuses, dies, deaf, noisy, once)} | {
    "stops": runs,
    "spins": runs,
}
"""What an opener does before it opens; streams of "stops" and "spins" end after 300 ms."""


def opener_of(mode: str) -> Callable[[Direction, str | None, int | None, StreamMemory], OpenStream]:
    def opens(
        direction: Direction, name: str | None, rate_hz: int | None, memory: StreamMemory
    ) -> OpenStream:
        del rate_hz
        if name == "nobody" or (name is not None and Path(name).is_dir()):
            raise OpenError(f"there is no {direction} named {name!r}")
        MODES[mode.split(":", maxsplit=1)[0]](mode)
        short = mode in {"stops", "spins"} or mode.startswith("once:")
        blocks = 30 if short else 1_000_000
        return FakeStream(direction, name or "fake", memory, blocks, spins=mode == "spins")

    return opens


if __name__ == "__main__":
    sys.exit(main(sys.argv[3:], opener_of(sys.argv[1])))

"""The audio child: PortAudio in a process that can be killed.

Started by ``app.audio.host`` with two inherited descriptors: a socket for control, one JSON
object a line, and the shared memory. It says ``opened`` or ``failed`` to each ``open`` and
reads the streams' clocks ten times a second. It ends when the socket closes, and at the
latest a second later, whatever PortAudio does.
"""

import argparse
import gc
import json
import os
import select
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from app.audio.shared import Direction, Pair, StreamMemory, map_memory
from app.audio.streams import Opener, OpenError, OpenStream

TICK_S: Final = 0.1
FIRST_READINGS: Final = 5
END_S: Final = 1
MAX_LINE: Final = 65_536

_S_TO_NS = 1_000_000_000


class Child:
    """The child's main loop; the sound system's threads run beside it.

    Args:
        control: Requests come in, answers go out.
        memory: Both directions' parts.
        opener: The sound system.
    """

    def __init__(
        self,
        control: socket.socket,
        memory: Mapping[Direction, StreamMemory],
        opener: Opener,
    ) -> None:
        self._control = control
        self._opener = opener
        self._memory = memory
        self._streams: dict[Direction, OpenStream] = {}
        self._pair = np.zeros((1, len(Pair)), np.int64)

    def run(self) -> None:
        """Serve until the socket closes."""
        buffered = b""
        while True:
            ready, _, _ = select.select([self._control], [], [], TICK_S)
            if ready:
                received = self._control.recv(MAX_LINE)
                if not received:
                    return
                *lines, buffered = (buffered + received).split(b"\n")
                for line in lines:
                    self._handle(json.loads(line))
            for direction in self._streams:
                self._read_clock(direction)

    def _handle(self, request: Mapping[str, Any]) -> None:
        direction = Direction(request["direction"])
        try:
            stream = self._opener(
                direction, request["device"], request["rate_hz"], self._memory[direction]
            )
            self._streams[direction] = stream
            for _ in range(FIRST_READINGS):
                self._read_clock(direction)
            stream.start()
        except OpenError as exc:
            self._streams.pop(direction, None)
            self._say(direction, {"event": "failed", "message": str(exc)})
            return
        gc.freeze()
        self._say(direction, _opened(stream))

    def _say(self, direction: Direction, answer: Mapping[str, Any]) -> None:
        self._control.sendall(json.dumps({"direction": direction, **answer}).encode() + b"\n")

    def _read_clock(self, direction: Direction) -> None:
        row = self._pair[0]
        row[Pair.BEFORE_NS] = time.perf_counter_ns()
        stream_s = self._streams[direction].time_s()
        row[Pair.AFTER_NS] = time.perf_counter_ns()
        if stream_s is not None:
            row[Pair.STREAM_NS] = stream_s * _S_TO_NS
            self._memory[direction].pairs.write(self._pair)

    def close(self) -> None:
        """Stop the streams."""
        for stream in self._streams.values():
            stream.close()


def _opened(stream: OpenStream) -> Mapping[str, Any]:
    return {
        "event": "opened",
        "device": stream.device,
        "rate_hz": stream.shape.rate_hz,
        "block_frames": stream.shape.block_frames,
        "channels": stream.shape.channels,
        "latency_s": stream.latency_s,
    }


def _portaudio(
    direction: Direction, device: str | None, rate_hz: int | None, memory: StreamMemory
) -> OpenStream:
    try:
        from app.audio.portaudio import open_stream  # noqa: PLC0415 - here and nowhere else
    except (ImportError, OSError) as exc:  # sounddevice raises OSError without its library
        raise OpenError(f"PortAudio does not load: {exc}") from exc
    return open_stream(direction, device, rate_hz, memory)


def main(argv: Sequence[str], opener: Opener = _portaudio) -> int:
    """Run the audio child; ``argv`` is what follows ``audio-child``."""
    parser = argparse.ArgumentParser(prog="audio-child")
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--memory", type=int, required=True)
    arguments = parser.parse_args(argv)
    memory = map_memory(arguments.memory)
    os.close(arguments.memory)
    # The engine ends us by closing the socket; a key press in the terminal is for the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=arguments.control) as control:
        child = Child(control, memory, opener)
        try:
            child.run()
        except (ConnectionError, json.JSONDecodeError):
            pass
        finally:
            signal.alarm(END_S)  # its default action ends a process that hangs in PortAudio
            child.close()
    os._exit(0)  # PortAudio's own exit handler may hang on a sound server that does

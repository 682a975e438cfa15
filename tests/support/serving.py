"""The program's own speech server as a child process, and a plain client of it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import websockets
from websockets.asyncio.client import ClientConnection

from app.core.audio_format import Samples
from app.localengine.simulator_schedule import speech
from tests.support.sound_server import LIMIT_S

FRAME = 480


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that runs."""

    url: str
    token: str
    pid: int
    ca_file: str | None
    process: subprocess.Popen[str]

    @property
    def http(self) -> str:
        return self.url.replace("ws", "http", 1).removesuffix("/realtime")


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start ``vivavoce serve``; it ends with its standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--end-with-stdin", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Close its standard input; return exit code and what it said since."""
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err


def simulator(*arguments: str) -> AbstractContextManager[Serving]:
    """Run the simulator."""
    return serving("--simulated", *arguments)


@contextmanager
def serving(*arguments: str) -> Iterator[Serving]:
    """Run a server; one that does not end by itself with code 0 fails the test."""
    process = start(*arguments)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, stop(process)
        ready = json.loads(line)
        assert ready["type"] == "ready"
        yield Serving(ready["url"], ready["token"], ready["pid"], ready["ca_file"], process)
        assert stop(process) == (0, "", "")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def dial(server: Serving, **options: Any) -> websockets.connect:
    """Connect as the protocol's clients do."""
    headers = {"Authorization": f"Bearer {server.token}", **options.pop("headers", {})}
    return websockets.connect(
        server.url, additional_headers=headers, max_size=None, proxy=None, **options
    )


def utterance(speech_ms: int = 400, silence_ms: int = 300) -> Samples:
    """Return a little silence, speech and silence."""
    return np.concatenate(
        (silence_of(100), speech(speech_ms, level_dbfs=-12.0), silence_of(silence_ms))
    )


def silence_of(span_ms: int) -> Samples:
    return np.zeros(span_ms * 24, np.int16)


def append(samples: Samples) -> str:
    """Return the client event that appends ``samples``."""
    audio = base64.b64encode(samples.tobytes()).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": audio})


async def say(socket: ClientConnection, samples: Samples) -> None:
    """Append in frames of 20 ms, as fast as the server takes them."""
    for at in range(0, len(samples), FRAME):
        await socket.send(append(samples[at : at + FRAME]))


async def until(socket: ClientConnection, kind: str) -> list[dict[str, Any]]:
    """Return the events up to and including the next one of that type."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] != kind:
        events.append(json.loads(await socket.recv()))
    return events

"""The program as people start it: a process with folders of its own, bounded in time."""

import csv
import io
import json
import os
import select
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.bootstrap import main
from app.core.audio_format import Samples
from app.localengine.simulator_schedule import speech
from tests.support.audio import write_wav
from tests.support.keyring_daemon import private_environment
from tests.support.recording import account, journal_lines
from tests.support.sound_server import wait_until

ROOT = Path(__file__).parents[2]
LIMIT_S = 100.0
QUICK = ("--engine-option=--reply-ms=300", "--engine-option=--tokens-per-s=1000")
"""A simulator whose replies are short."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that is over."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; anything else fails the test."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def turns(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["type"] == "turn"]

    @property
    def summary(self) -> dict[str, Any]:
        last = self.rows[-1]
        assert last["type"] == "summary"
        return last

    @property
    def folder(self) -> Path:
        return Path(self.summary["session_dir"])


@dataclass(slots=True)
class Program:
    """A running process of ours; ended by its own id."""

    process: subprocess.Popen[bytes]
    home: Path
    _out: bytearray = field(default_factory=bytearray)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def sessions(self) -> Path:
        return self.home / "sessions"

    def line(self, limit_s: float = LIMIT_S) -> str:
        """Return the next line of standard output; it stays a part of ``end``'s."""
        stream = self.process.stdout
        assert stream is not None
        start = len(self._out)
        deadline = time.monotonic() + limit_s
        while b"\n" not in self._out[start:]:
            ready = select.select([stream], [], [], max(deadline - time.monotonic(), 0))[0]
            data = os.read(stream.fileno(), 65_536) if ready else b""
            assert data, f"no line of standard output within {limit_s} s"
            self._out += data
        return self._out[start:].split(b"\n")[0].decode()

    def until_journal(self, event: str, limit_s: float = LIMIT_S) -> Path:
        """Wait until the session's journal holds ``event``; return the session's folder."""
        wait_until(
            lambda: any(self._tells(each, event) for each in self._folders()),
            deadline_s=limit_s,
            step_s=0.02,
        )
        (folder,) = self._folders()
        return folder

    def _folders(self) -> list[Path]:
        assert self.process.poll() is None, "it has ended"
        return list(self.sessions.iterdir()) if self.sessions.is_dir() else []

    @staticmethod
    def _tells(folder: Path, event: str) -> bool:
        path = folder / "events.jsonl"
        return path.exists() and f'"event":"{event}"'.encode() in path.read_bytes()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def press_ctrl_c(self) -> None:
        """Send what a terminal sends: SIGINT to the program and to all that it has started."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self, limit_s: float = LIMIT_S) -> Ended:
        """Wait until it has ended by itself."""
        out, err = self.process.communicate(timeout=limit_s)
        return Ended(self.process.returncode, (bytes(self._out) + out).decode(), err.decode())


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return one without display, bus, sound server and keys; all folders are below ``home``."""
    folders = {"VIVAVOCE_SESSIONS": str(home / "sessions")}
    return {**private_environment(home), **folders, **(extra or {})}


@contextmanager
def program(
    home: Path,
    *words: str,
    prefix: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    module: Sequence[str] = ("-m", "app"),
) -> Iterator[Program]:
    """Run ``vivavoce WORDS``; whatever still runs at the end is killed."""
    process = subprocess.Popen(
        [*prefix, sys.executable, *module, *words],
        cwd=ROOT,
        env=environment(home, env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(stdin.encode())
    process.stdin.close()
    process.stdin = None
    try:
        yield Program(process, home)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def run(home: Path, *words: str, **options: Any) -> Ended:
    """Run ``vivavoce WORDS`` to its end."""
    with program(home, *words, **options) as running:
        return running.end()


def inside(home: Path, *words: str, env: Mapping[str, str] | None = None) -> Ended:
    """Run ``vivavoce WORDS`` in this process, for tests whose subject is not the process.

    The environment is the one that a process of its own would have; it is put back.
    """
    kept, out, err = dict(os.environ), io.StringIO(), io.StringIO()
    os.environ.clear()
    os.environ.update(environment(home, env))
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main(words)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return Ended(code, out.getvalue(), err.getvalue())


def spoken(path: Path, *, span_ms: float = 400.0) -> Path:
    """Write a file in which somebody speaks, with a little silence around."""
    return write_wav(path, utterance(span_ms))


def utterance(span_ms: float = 400.0) -> Samples:
    quiet = np.zeros(2400, np.int16)
    return np.concatenate((quiet, speech(span_ms, -12.0), quiet))


# --- recordings ------------------------------------------------------------------------------


def stereo(folder: Path) -> Samples:
    """Return the frames of ``stereo.wav``, shape (n, 2); its header must be right."""
    path = folder / "stereo.wav"
    with wave.open(str(path)) as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        assert shape == (2, 2, 24_000)
        frames = file.getnframes()
        data = file.readframes(frames)
    assert len(data) == frames * 4
    assert 0 <= path.stat().st_size - len(data) <= 128
    return np.frombuffer(data, "<i2").reshape(-1, 2)


def assert_whole(folder: Path, *, state: str = "complete", turns: int | None = None) -> None:
    """Assert that every file of a session can be read and agrees with the others."""
    told = account(folder)
    assert told["state"] == state
    assert told["ended_utc"]
    assert journal_lines(folder)
    assert not (folder / "events.jsonl").read_bytes().rpartition(b"\n")[2]
    with (folder / "turns.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == told["turns_n"]
    assert turns is None or len(rows) == turns
    assert len(stereo(folder)) == told["recording"]["frames"]


def only_session(root: Path) -> Path:
    (folder,) = root.iterdir()
    return folder


# --- processes -------------------------------------------------------------------------------


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


def children(pid: int) -> list[int]:
    """Return the ids of all processes that descend from ``pid``; one may end meanwhile."""
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in task.read_text("utf-8").split():
                found += [int(child), *children(int(child))]
    return found


def command_line(pid: int) -> str:
    """Return the words of a process; "" where it has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def peak_mb(pid: int) -> float:
    """Return the most memory that the process ever had resident."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024

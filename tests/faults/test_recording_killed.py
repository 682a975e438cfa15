"""A killed process loses at most one second, and the next start mends what it left."""

import json
import subprocess
import sys
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from select import select

import numpy as np
import pytest

from app.store.index import list_sessions
from app.store.repair import repair_sessions
from tests.support.recorder_child import RATE_HZ, Handed, assert_ramp
from tests.support.recording import account, journal_lines

ROOT = Path(__file__).parents[2]


@contextmanager
def child(root: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.recorder_child", str(root), *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[bytes]) -> dict[str, object]:
    assert process.stdout is not None
    assert select([process.stdout], [], [], 60)[0], "the recorder says nothing"
    said = json.loads(process.stdout.readline())
    assert isinstance(said, dict)
    return said


def wait_for_audio(folder: Path, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Return once ``stereo.wav`` holds so much; its growth is the only sign of time passing."""
    assert process.stdout is not None
    enough = 80 + int(seconds * RATE_HZ) * 4
    for _ in range(1_000):
        if (folder / "stereo.wav").stat().st_size >= enough:
            return
        select([process.stdout], [], [], 0.05)
    pytest.fail("the recording does not grow")


def test_a_killed_recorder_loses_at_most_a_second(tmp_path: Path) -> None:
    with child(tmp_path) as process:
        begun = line_of(process)
        folder = Path(str(begun["folder"]))
        wait_for_audio(folder, process, 1.6)
        assert repair_sessions(tmp_path) == (), "a live session was touched"
        process.kill()
        process.wait()
    before = (folder / "events.jsonl").read_bytes()

    (repair,) = repair_sessions(tmp_path)

    handed_s = (Handed.told_ns(tmp_path) - int(str(begun["t0_ns"]))) / 1e9
    assert repair.frames is not None
    assert handed_s - repair.frames / RATE_HZ <= 1.0
    with wave.open(str(folder / "stereo.wav")) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(frames) == repair.frames
    for side in (0, 1):
        assert_ramp(frames[:, side])
    ticks = [line for line in journal_lines(folder) if line.get("dir") == "<"]
    assert handed_s - len(ticks) * 0.02 <= 1.0
    assert before.startswith((folder / "events.jsonl").read_bytes()[: before.rfind(b"\n") + 1])
    assert (repair.turns_n, account(folder)["state"]) == (1, "interrupted")
    assert [session.state for session in list_sessions(tmp_path)] == ["interrupted"]


def test_a_recorder_whose_input_ends_closes_its_session(tmp_path: Path) -> None:
    with child(tmp_path) as process:
        folder = Path(str(line_of(process)["folder"]))
        wait_for_audio(folder, process, 0.3)
        assert process.stdin is not None
        process.stdin.close()
        said = line_of(process)
        assert process.wait() == 0

    assert (said["failure"], said["dropped"]) == (None, 0)
    assert account(folder)["state"] == "complete"
    with wave.open(str(folder / "stereo.wav")) as file:
        assert file.getnframes() == int(str(said["blocks"])) * 480
    assert repair_sessions(tmp_path) == ()


def test_a_file_size_limit_stops_the_audio_and_nothing_else(tmp_path: Path) -> None:
    with child(tmp_path, "--limit-bytes", "1000003", "--until-failure") as process:
        folder = Path(str(line_of(process)["folder"]))
        said = line_of(process)
        assert process.wait() == 0

    assert "stereo.wav stopped" in str(said["failure"])
    assert "largest size allowed here" in str(said["failure"])
    assert "goes on" in str(said["failure"])
    with wave.open(str(folder / "stereo.wav")) as file:
        count = file.getnframes()
        frames = np.frombuffer(file.readframes(count), "<i2").reshape(-1, 2)
    assert count == (1_000_003 - 80) // 4
    assert (frames == (np.arange(count) % 30_000 + 1)[:, None]).all()
    assert account(folder)["state"] == "complete"
    assert account(folder)["recording"]["failure"] == said["failure"]
    assert journal_lines(folder)
    assert int(str(said["dropped"])) > 0

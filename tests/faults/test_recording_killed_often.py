"""Fifty real recorders killed, each at a random moment: at most a second is lost, nothing else."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from select import select

import pytest

from app.core.clock import MonotonicClock
from app.core.errors import StoreError
from app.store.index import list_sessions
from app.store.reader import FolderReader
from app.store.repair import repair_sessions
from tests.support.recorder_child import RATE_HZ, Handed, assert_ramp
from tests.support.recording import account, journal_lines

ROOT = Path(__file__).parents[2]
HERD, HERDS = 25, 2
LONGEST_S = 2.5
MOST_LOST_S = 1.0


@pytest.fixture
def killed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[list[Path]]:
    """A herd of recorders, all of them killed, the last one after ``LONGEST_S``."""
    command = [sys.executable, "-m", "tests.support.recorder_herd", str(tmp_path), str(HERD)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        try:
            yield kill_each(parent, random.Random(request.param))  # noqa: S311 - a moment
        finally:
            parent.kill()


def kill_each(parent: "subprocess.Popen[bytes]", moments: random.Random) -> list[Path]:
    assert parent.stdout is not None
    herd = [json.loads(parent.stdout.readline()) for _ in range(HERD)]
    begun_ns = MonotonicClock().now_ns()
    plan = sorted((moments.uniform(0.0, LONGEST_S), each["pid"], each["root"]) for each in herd)
    killed: list[Path] = []
    for after_s, pid, root in plan:
        wait_s = after_s - (MonotonicClock().now_ns() - begun_ns) / 1e9
        select([parent.stdout], [], [], max(0.0, wait_s))  # it says no more: this only waits
        os.kill(pid, signal.SIGKILL)
        killed.append(Path(root))
    return killed


@pytest.mark.parametrize("killed", range(HERDS), indirect=True)
def test_whenever_a_recorder_is_killed_at_most_a_second_is_lost(killed: list[Path]) -> None:
    sessions = 0
    for root in killed:
        repair_sessions(root)
        for session in list_sessions(root):
            sessions += 1
            assert session.state in {"complete", "interrupted"}, session
            assert_readable(session.folder)
            if session.state == "interrupted":
                assert_little_lost(session.folder, Handed.told_ns(root))
        assert_no_account_lost(root)
        assert repair_sessions(root) == (), "mending is done once"

    assert sessions >= HERD


def assert_readable(folder: Path) -> None:
    """Every file is whole: rows, lines, and every sample at its place."""
    stored = FolderReader({}).read(folder)
    assert [turn.turn_id for turn in stored.turns] in ([1], [])
    assert not stored.odd
    for side in FolderReader({}).audio(folder):
        assert_ramp(side)
    assert journal_lines(folder)[0]["event"] == "journal"


def assert_little_lost(folder: Path, until_ns: int) -> None:
    """Of the sound that was handed on until then a second is missing at most."""
    told = account(folder)
    handed_s = (until_ns - told["t0_ns"]) / 1e9
    ticks = sum(line.get("dir") == "<" for line in journal_lines(folder))
    assert handed_s - told["recording"]["frames"] / RATE_HZ <= MOST_LOST_S
    assert handed_s - ticks * 0.02 <= MOST_LOST_S


def assert_no_account_lost(root: Path) -> None:
    """A folder without an account is one that was being made at that very moment: empty."""
    for folder in root.iterdir() if root.exists() else ():
        try:
            FolderReader({}).read(folder)
        except StoreError:
            assert not any(path.stat().st_size > 4096 for path in folder.iterdir())

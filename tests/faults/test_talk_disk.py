"""A disk that fills up in the middle of a session."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import (
    QUICK,
    Ended,
    Program,
    assert_whole,
    program,
    run,
    spoken,
    stereo,
)
from tests.support.recording import journal_lines
from tests.support.small_disk import small_disk as mounted

SMALL_KB = 160
LIMIT_BYTES = 100_000
SPEECH_MS = 2000.0


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small")
    with mounted(folder, SMALL_KB) as seen:
        yield seen


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A session whose files may not grow beyond a limit; it runs beside that on a small disk."""
    home = tmp_path_factory.mktemp("limited")
    with program(home, *words(home), prefix=("prlimit", f"--fsize={LIMIT_BYTES}")) as running:
        yield running


def words(home: Path) -> list[str]:
    said = str(spoken(home / "said.wav", span_ms=SPEECH_MS))
    return ["talk", "--model", "simulator", "--json", *QUICK, "--input", said]


def assert_told(ended: Ended, reason: str) -> None:
    """One sentence, once; the turn was held all the same."""
    assert ended.code == 1
    (line,) = (line for line in ended.err.splitlines() if line.startswith("Recording "))
    assert reason in line
    assert ("Free some space" in line) is ("full" in reason)
    assert ended.summary["error"] == line
    assert [turn["status"] for turn in ended.turns] == ["ok"]
    assert ended.summary["dropped_journal_lines"] > 0
    assert "Traceback" not in ended.err


@pytest.mark.usefixtures("limited")
def test_a_full_disk_ends_in_a_sentence_and_keeps_what_was_recorded(
    small_disk: Path, tmp_path: Path
) -> None:
    ended = run(tmp_path, *words(tmp_path), env={"VIVAVOCE_SESSIONS": str(small_disk)})

    assert_told(ended, "the disk is full")
    assert len(stereo(ended.folder)) > 8_000
    assert journal_lines(ended.folder)
    assert json.loads((ended.folder / "session.json").read_text("utf-8"))["session_id"]


def test_a_file_size_limit_ends_in_a_sentence_and_keeps_what_was_recorded(
    limited: Program,
) -> None:
    ended = limited.end()

    assert_told(ended, "the file reached the largest size allowed here")
    assert_whole(ended.folder)
    assert len(stereo(ended.folder)) > LIMIT_BYTES // 4 - 1_000

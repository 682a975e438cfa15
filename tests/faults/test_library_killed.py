"""A library whose process is killed amid its deeds: no session is lost, and all are found again."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from select import select

from app.core.library import LibraryQuery, LibraryRow
from app.store.annotations import ANNOTATION_FILE, read_annotations
from app.store.library import FolderLibrary
from app.store.library_scan import TRASH
from tests.support.libraries import asked, made_session, opened_library
from tests.support.library_child import placed

ROOT = Path(__file__).parents[2]
SESSIONS, KILLS = 30, 8
LONGEST_S = 0.25


@dataclass
class Told:
    """What the killed processes told that they had done; None for what one was just doing."""

    trashed: dict[str, bool | None] = field(default_factory=dict)
    notes: dict[str, str | None] = field(default_factory=dict)
    rebuilding: int = 0

    def take(self, lines: list[list[str]]) -> None:
        for kind, deed, name, number in lines:
            if kind == "<":
                self._note(deed, name, number)
        if lines and lines[-1][0] == ">":
            _, deed, name, _ = lines[-1]
            self._note(deed, name, None)

    def _note(self, deed: str, name: str, number: str | None) -> None:
        if deed == "note":
            self.notes[name] = None if number is None else str(number)
        elif deed == "rebuild":
            self.rebuilding += number is None
        else:
            self.trashed[name] = None if number is None else deed == "trash"


@contextmanager
def hand(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.support.library_child", str(root)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def killed_after(process: subprocess.Popen[bytes], seed: int, span_s: float) -> list[list[str]]:
    """Let a library be rearranged for so long, then kill who does it; return what was told."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"%d\n" % seed)
    process.stdin.flush()
    (pid,) = json.loads(process.stdout.readline())
    select([], [], [], span_s)
    os.kill(pid, signal.SIGKILL)
    told: list[list[str]] = []
    while (line := json.loads(process.stdout.readline())) is not None:
        told.append(line)
    return told


def stored(folder: Path) -> Mapping[str, bytes]:
    """Return all but what is written on the session, and drafts of that."""
    files = (path for path in folder.iterdir() if ANNOTATION_FILE not in path.name)
    return {path.name: path.read_bytes() for path in files}


def test_whenever_a_library_is_killed_no_session_is_lost(tmp_path: Path) -> None:
    moments = random.Random(7)  # noqa: S311 - a moment
    names = [f"s{number:02d}" for number in range(SESSIONS)]
    before = {name: stored(made_session(tmp_path, name, user="rain")) for name in names}
    told = Told()

    with hand(tmp_path) as process:
        for seed in range(KILLS):
            told.take(killed_after(process, seed, moments.uniform(0.0, LONGEST_S)))

            there = placed(tmp_path)
            assert {name: stored(folder) for name, folder in there.items()} == before
            assert_as_told(there, told)
            assert_all_found(tmp_path, names)


def assert_as_told(there: Mapping[str, Path], told: Told) -> None:
    """What was told as done is done; what was being done is done or not."""
    for name, folder in there.items():
        trashed = told.trashed.get(name, False)
        assert trashed is None or (folder.parent.name == TRASH) is trashed, name
        note, odd = read_annotations(folder)
        assert not odd
        expected = told.notes.get(name, "")
        assert expected is None or note.note == expected, name


def shown(library: FolderLibrary) -> Mapping[bool, Sequence[LibraryRow]]:
    """Return all that is told but the bytes, to which a draft that was left adds its own."""
    pages = {trash: library.query(LibraryQuery(in_trash=trash)) for trash in (False, True)}
    return {trash: [replace(row, bytes_n=0) for row in page.rows] for trash, page in pages.items()}


def assert_all_found(root: Path, names: list[str]) -> None:
    """The index that was left is brought up to date to what one made from nothing tells."""
    library = opened_library(root)
    library.refresh()
    left = shown(library)
    assert sorted(asked(library, text="rain")) == sorted(asked(library))
    library.rebuild()
    assert shown(library) == left
    assert sum(map(len, left.values())) == len(names)
    library.close()

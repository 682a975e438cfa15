"""The library on a disk that nobody can write, root neither.

It is used in a process of its own whose mount namespace alone has that disk: SQLite follows
links to where a file really lies, so that the disk cannot be looked at from outside.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.library import Annotation, LibraryQuery, Refreshed, Retention
from app.store.library_index import INDEX_FILE
from tests.support.libraries import asked, change_account, library_of, made_session, opened_library

REPOSITORY = Path(__file__).parents[2]
NO_MOUNT = 77
INSIDE = """
import sys
from pathlib import Path
from tests.faults.test_library_disk import use_locked
use_locked(Path(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.parametrize("index", ["older", "none"])
def test_everything_is_shown_and_found_and_left_as_it_is(index: str, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    inside = [sys.executable, "-c", INSIDE, str(tmp_path), index]
    try:
        done = subprocess.run(
            ["unshare", "--mount", *inside],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare to mount a disk with")
    if done.returncode == NO_MOUNT or "unshare failed" in done.stderr:
        pytest.skip("this system does not let root mount a disk")
    assert done.returncode == 0, done.stderr


def use_locked(root: Path, index: str) -> None:
    """Make sessions and their index on a disk, lock it, and use it as far as that goes."""
    _mount("-t", "tmpfs", "tmpfs", str(root))
    _fill(root, index)
    _mount("-o", "remount,ro", str(root))
    before = _files_of(root)
    library = opened_library(root)

    library.refresh()

    page = library.query(LibraryQuery())
    assert "cannot be kept on the disk" in page.problem
    assert (page.total, page.trash_n, page.rows[0].failed_n) == (1, 1, 3)
    assert asked(library, text="rain") == asked(library, tags=("demo",)) == ["a"]
    (trashed,) = library.query(LibraryQuery(in_trash=True)).rows
    refused = (
        *library.annotate(["a"], Annotation(note="mine")),
        *library.trash(["a"]),
        *library.restore([trashed.key]),
        *library.delete([trashed.key]),
    )
    assert len(refused) == 4, refused
    assert all("ead-only file system" in sentence for sentence in refused), refused
    assert library.retain(Retention(older_than_days=0), dry=False) == ()
    assert library.refresh() == Refreshed()
    assert asked(library) == asked(library, text="rain") == ["a"]
    assert library.query(LibraryQuery(in_trash=True)).rows == (trashed,)
    library.close()
    assert _files_of(root) == before


def _mount(*words: str) -> None:
    if subprocess.run(["mount", *words], check=False).returncode != 0:
        sys.exit(NO_MOUNT)


def _fill(root: Path, index: str) -> None:
    made_session(root, "a", user="rain", failed_n=2 if index == "older" else 3)
    made_session(root, "b", user="snow")
    library = library_of(root)
    library.annotate(["a"], Annotation(add_tags=("demo",)))
    library.trash(["b"])
    library.close()
    if index == "older":
        change_account(root / "a", failed_n=3)
    elif index == "none":
        for path in root.glob(f"{INDEX_FILE}*"):
            path.unlink()


def _files_of(root: Path) -> Mapping[Path, int]:
    return {path: path.stat().st_mtime_ns for path in root.rglob("*")}

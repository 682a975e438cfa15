"""A disk that is soon full, which goes away with the process that asked for it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_HOLD = 'mount -t tmpfs -o "size=$1k$3" tmpfs "$2" && echo mounted && read -r _'


@contextmanager
def small_disk(folder: Path, size_kb: int, *, read_only: bool = False) -> Iterator[Path]:
    """Mount a file system of this size and yield where it is seen from here.

    A shell holds it in a mount namespace of its own until its standard input ends: however
    this process ends, nothing stays mounted. ``folder`` must exist.
    """
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    more = ",ro" if read_only else ""
    try:
        holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", _HOLD, "sh", str(size_kb), str(folder), more],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare to mount a small disk with")
    try:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"mounted\n":
            pytest.skip("this system does not let root mount a small disk")
        yield Path(f"/proc/{holder.pid}/root{folder}")
    finally:
        holder.communicate()

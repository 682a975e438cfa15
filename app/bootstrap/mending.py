"""Mends what killed processes left behind, before a command reads or records sessions."""

import os
import sys

from app.cli.plain import plain
from app.store.layout import sessions_root
from app.store.repair import repair_sessions


def mend_sessions(folder: str | None) -> None:
    """Repair what killed processes left behind, and say so on standard error.

    Raises:
        StoreError: If the folder is there and cannot be read.
    """
    for repair in repair_sessions(sessions_root(folder, os.environ)):
        told = repair.problem or "was interrupted; its recording has been repaired"
        sys.stderr.write(plain(f"Session {repair.folder.name} {told}.") + "\n")

"""Bundles taken in: as a job of the engine, and from the terminal."""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from app.cli import importing as front
from app.cli.plain import told as in_words
from app.cli.progress import ProgressLine
from app.core.errors import AppError
from app.session.jobs import Tell
from app.session.messages import ImportBundle, ImportReport, JobReport
from app.session.parts import SessionParts
from app.store.importing import Imported, Told, import_bundle_file
from app.store.layout import expanded, sessions_root

_STEPS: Final = 100
"""Reports of how far it is, at most."""

_WORDS: Final = "taking in the sessions"


async def import_bundle_job(parts: SessionParts, request: ImportBundle, tell: Tell) -> None:
    """Take in the sessions of a bundle, and tell ``ImportReport``. Cancelling breaks it off.

    Raises:
        StoreError: If it is no bundle, or cannot be written.
    """
    loop = asyncio.get_running_loop()
    stopped = threading.Event()
    found: list[Imported] = []

    def show(done: int, total: int) -> None:
        report = JobReport(done=done, total=total, words=_WORDS)
        loop.call_soon_threadsafe(_tell_unless, stopped, tell, report)

    steps = _stepped(show, stopped)

    def work() -> None:
        root = sessions_root(request.root, os.environ)
        found.append(import_bundle_file(expanded(request.path), root, steps))

    try:
        await parts.aside(work)
    finally:
        stopped.set()
    (imported,) = found
    tell(ImportReport(added=imported.added, known=imported.known, odd=imported.odd))


def _tell_unless(stopped: threading.Event, tell: Tell, report: JobReport) -> None:
    if not stopped.is_set():
        tell(report)


def import_files(parsed: argparse.Namespace) -> int:
    """Do ``vivavoce sessions import``; return the exit code."""
    root = sessions_root(parsed.out, os.environ)
    code = 0
    for file in parsed.files:
        line = ProgressLine(sys.stderr)
        steps = _stepped(partial(_show, line), threading.Event())
        try:
            imported = import_bundle_file(Path(file), root, steps)
        except AppError as error:
            line.end()
            sys.stderr.write(f"{in_words(error)}\n")
            code = 1
            continue
        line.end()
        values = {"added": imported.added, "known": imported.known, "odd": imported.odd}
        front.show_imported(file, values, sys.stdout, as_json=parsed.json)
    return code


def _stepped(show: Callable[[int, int], None], stopped: threading.Event) -> Told:
    """Return what an import tells its bytes: ``show`` is told a hundredth at a time."""
    last = -1

    def told(done: int, total: int) -> bool:
        nonlocal last
        step = done * _STEPS // max(total, 1)
        if step != last:
            last = step
            show(step, _STEPS)
        return not stopped.is_set()

    return told


def _show(line: ProgressLine, done: int, total: int) -> None:
    if sys.stderr.isatty():
        line.step(JobReport(done=done, total=total, words=f"{_WORDS}: {done} %"))

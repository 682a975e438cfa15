"""Object graph of ``vivavoce report``, and what a job of the engine needs for one."""

import argparse
import os
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from app.bootstrap.prices import price_book
from app.bootstrap.report_figures import report_figures
from app.cli import report as front
from app.cli.plain import plain, told
from app.cli.progress import ProgressLine
from app.cli.report import ReportOptions
from app.core.errors import AppError, StoreError
from app.core.exporting import Exported
from app.core.ports import StoredSession
from app.core.version import VERSION
from app.exports.job import ExportJob
from app.exports.report import write_report
from app.session.messages import JobReport
from app.store.reader import FolderReader

__all__ = ["report", "report_figures", "with_figures"]


def report(arguments: Sequence[str]) -> int:
    """Write a report as ``arguments`` ask."""
    parser = argparse.ArgumentParser(
        prog="vivavoce report",
        description=front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    front.add_arguments(parser)
    options = front.parse(parser.parse_args(arguments))
    line = ProgressLine(sys.stderr)
    try:
        exported = _write(options, line)
    except AppError as error:
        line.end()
        sys.stderr.write(told(error) + "\n")
        return 1
    line.end()
    for sentence in exported.odd:
        sys.stderr.write(plain(f"Note: {sentence}.") + "\n")
    sys.stdout.write(plain(exported.files[0]) + "\n")
    if options.show and not webbrowser.open(Path(exported.files[0]).as_uri()):
        sys.stderr.write("There is no browser that could be opened.\n")
    return 0


def with_figures(job: ExportJob) -> ExportJob:
    """Return ``job`` with what a report shows of its sessions, in the order they began."""
    told = tuple(sorted(job.sessions, key=lambda stored: stored.record.t0_utc))
    return replace(job, sessions=told, figures=report_figures(told, job.prices))


def _write(options: ReportOptions, line: ProgressLine) -> Exported:
    """Write the file.

    Raises:
        AppError: If there is no such session, or the file is there or cannot be written.
    """
    reader = FolderReader(os.environ)
    folders = dict.fromkeys(reader.find(name, options.root).absolute() for name in options.sessions)
    sessions = tuple(reader.read(folder) for folder in folders)
    out = (options.out or Path(front.default_name([folder.name for folder in folders]))).absolute()
    _check(out, sessions, overwrite=options.overwrite)

    def show(done: int, total: int) -> bool:
        if sys.stderr.isatty():
            line.step(JobReport(done=done, total=total, words=f"writing the report: {done} %"))
        return True

    return write_report(
        with_figures(
            ExportJob(
                sessions=sessions,
                reader=reader,
                out=out,
                made_utc=datetime.now(UTC).isoformat(timespec="seconds"),
                app_version=VERSION,
                redaction=options.redaction,
                prices=price_book(os.environ),
                title=options.title,
                sound_bytes=round(options.sound_mb * 1e6),
                told=show,
            )
        )
    )


def _check(out: Path, sessions: Sequence[StoredSession], *, overwrite: bool) -> None:
    """Refuse a file that must not be replaced.

    Raises:
        StoreError: If it is there and may not be replaced, or is no file.
    """
    if out.is_dir():
        raise StoreError(f"{out} is a folder.", hint="Name a file with -o.")
    if out.exists() and not overwrite:
        raise StoreError(f"{out} is there already.", hint="Add --overwrite to replace it.")
    if any(out.is_relative_to(stored.folder.absolute()) for stored in sessions):
        raise StoreError(
            f"{out} is inside a recorded session.", hint="Name a file outside of it with -o."
        )

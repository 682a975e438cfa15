"""Exports and imports of sessions: as jobs of the engine, and from the terminal."""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.cli import export as front
from app.cli.plain import told as in_words
from app.cli.progress import ProgressLine
from app.core.errors import AppError, ConfigError, StoreError
from app.core.exporting import Exported, ExportFormat, ExportWish
from app.core.money import Cost, PriceRow
from app.core.ports import PriceBook, SessionReader, StoredSession
from app.core.records import SessionRecord, TurnRecord
from app.core.version import VERSION
from app.session.jobs import Tell
from app.session.messages import ExportReport, ImportBundle, JobReport
from app.session.parts import SessionParts

if TYPE_CHECKING:
    from app.exports.job import ExportJob, Pricing, Send
    from app.exports.run import Progress
    from app.store.reader import FolderReader

_STEPS: Final = 100
"""Reports of how far it is, at most."""


async def export_sessions(parts: SessionParts, wish: ExportWish, tell: Tell) -> None:
    """Write what is wished for, and tell ``ExportReport``. Cancelling breaks it off.

    Raises:
        AppError: If nothing could be written.
    """
    loop = asyncio.get_running_loop()
    stopped = threading.Event()
    found: list[Exported] = []

    def show(report: JobReport) -> None:
        if not stopped.is_set():
            tell(report)

    progress = _stepped(lambda report: loop.call_soon_threadsafe(show, report), stopped)
    try:
        await parts.aside(
            lambda: found.append(write_wish(parts.reader, wish, parts.prices, progress))
        )
    finally:
        stopped.set()
    tell(ExportReport(found[0]))


def export(arguments: Sequence[str]) -> int:
    """Do ``vivavoce export``; return the exit code."""
    from app.bootstrap.prices import price_book  # noqa: PLC0415 - and below: see Jobs
    from app.store.reader import FolderReader  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="vivavoce export",
        description=front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    front.add_arguments(parser)
    options = front.parse(parser.parse_args(arguments))
    line = ProgressLine(sys.stderr)
    try:
        reader = FolderReader(os.environ)
        wish = _wish(options, _folders(reader, options))
        shown = line.step if sys.stderr.isatty() else _unseen
        book = price_book(os.environ)
        exported = write_wish(reader, wish, book, _stepped(shown, threading.Event()))
    except AppError as error:
        line.end()
        sys.stderr.write(in_words(error) + "\n")
        return 1
    line.end()
    front.show(exported, sys.stdout, sys.stderr, as_json=options.json)
    return 0


def write_wish(
    reader: SessionReader, wish: ExportWish, book: PriceBook | None, progress: "Progress"
) -> Exported:
    """Write what is wished for. Blocks for long: use a worker thread.

    Raises:
        AppError: If nothing could be written.
    """
    from app.exports.job import ExportJob  # noqa: PLC0415
    from app.exports.run import run  # noqa: PLC0415
    from app.store.layout import expanded  # noqa: PLC0415

    sessions, odd = _read(reader, wish.sessions)
    job = ExportJob(
        sessions=sessions,
        reader=reader,
        out=expanded(wish.out),
        made_utc=datetime.now(UTC).isoformat(timespec="seconds"),
        app_version=VERSION,
        redaction=wish.redaction,
        prices=book,
        pricing=None if book is None else pricing_by(book),
        title=wish.title,
        endpoint=wish.endpoint,
        semconv=wish.semconv,
        telemetry_words=wish.telemetry_words,
        send=_sender() if wish.endpoint else None,
    )
    job = _with_figures(job) if ExportFormat.REPORT in wish.formats else job
    exported = run(job, wish.formats, overwrite=wish.overwrite, progress=progress)
    return replace(exported, odd=(*odd, *exported.odd))


def pricing_by(book: PriceBook) -> "Pricing":
    """Return what prices turns and sessions at the dates on which they were held."""
    from app.exports.job import Pricing  # noqa: PLC0415
    from app.metrics.cost import price_session, price_turn, session_row, split  # noqa: PLC0415

    last: tuple[SessionRecord, PriceRow | None] | None = None

    def turn(each: TurnRecord, record: SessionRecord) -> Cost:
        nonlocal last
        if last is None or last[0] is not record:
            last = record, session_row(record, book)
        return price_turn(each, record, last[1])

    def parts(cost: Cost) -> Mapping[str, Decimal]:
        told = split(cost)
        return {
            "text": told.text, "audio": told.audio, "cached": told.cached, "other": told.other
        }  # fmt: skip

    def session(stored: StoredSession) -> Cost:
        return price_session(stored.turns, stored.record, book)

    return Pricing(turn=turn, session=session, split=parts)


def _with_figures(job: "ExportJob") -> "ExportJob":
    from app.bootstrap.report import with_figures  # noqa: PLC0415

    return with_figures(job)


def _sender() -> "Send":
    from app.bootstrap.telemetry import make_send  # noqa: PLC0415

    return make_send(os.environ)


def _read(
    reader: SessionReader, folders: Sequence[str]
) -> tuple[tuple[StoredSession, ...], tuple[str, ...]]:
    """Return the sessions that can be read, and a sentence for each that cannot.

    Raises:
        StoreError: If none can.
    """
    found: list[StoredSession] = []
    failed: list[StoreError] = []
    for folder in dict.fromkeys(folders):
        try:
            found.append(reader.read(Path(folder)))
        except StoreError as error:
            failed.append(error)
    if not found:
        raise failed[0] if failed else ConfigError("No session is named to export.")
    return tuple(found), tuple(error.sentence for error in failed)


def _folders(reader: "FolderReader", options: front.ExportOptions) -> tuple[str, ...]:
    found: list[str] = []
    for name in options.sessions:
        if name == front.ALL:
            found += map(str, reversed(reader.folders(options.root)))
        else:
            found.append(str(reader.find(name, options.root).absolute()))
    if not found:
        raise StoreError("There are no sessions.", hint="Name their folder with --out.")
    return tuple(dict.fromkeys(found))


def _wish(options: front.ExportOptions, folders: tuple[str, ...]) -> ExportWish:
    return ExportWish(
        sessions=folders,
        formats=options.formats,
        out=str(options.out),
        redaction=options.redaction,
        overwrite=options.overwrite,
        title=options.title,
        endpoint=options.endpoint,
        semconv=options.semconv,
        telemetry_words=options.telemetry_words,
    )


def _stepped(show: "Callable[[JobReport], object]", stopped: threading.Event) -> "Progress":
    """Return what an export tells its steps: ``show`` is told a hundredth at a time."""
    last: tuple[int, str] = (-1, "")

    def progress(done: int, total: int, words: str) -> bool:
        nonlocal last
        step = done * _STEPS // max(total, 1)
        if (step, words) != last:
            last = step, words
            show(JobReport(done=step, total=_STEPS, words=f"writing {words}"))
        return not stopped.is_set()

    return progress


def _unseen(_report: JobReport) -> None:
    """Show nothing: no one looks."""


async def import_bundle(parts: SessionParts, request: ImportBundle, tell: Tell) -> None:
    """Take in the sessions of a bundle, and tell ``ImportReport``.

    Raises:
        AppError: If it is no bundle, or cannot be written.
    """
    from app.bootstrap.importing import import_bundle_job  # noqa: PLC0415

    await import_bundle_job(parts, request, tell)

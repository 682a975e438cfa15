"""The words of ``vivavoce sessions`` that ask the library, or change it."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from app.bootstrap.library import open_library
from app.bootstrap.mending import mend_sessions
from app.bootstrap.prices import price_book
from app.bootstrap.settings import standing_rule
from app.cli import sessions_deeds as deeds, sessions_library as front
from app.cli.plain import plain
from app.cli.progress import ProgressLine
from app.core.library import LibraryPage, LibraryQuery, LibraryRow, Outcome, Refreshed
from app.session.messages import JobReport
from app.store.layout import sessions_root
from app.store.library import FolderLibrary
from app.store.library_scan import TRASH, folder_of

_TOLD_EVERY = 250


def list_library(parsed: argparse.Namespace) -> int:
    """List the sessions that are asked for, once the user's rules have been applied."""
    with _library(parsed) as library:
        _apply_rules(library, parsed)
        page = library.query(front.query_of(parsed))
        if page.problem:
            sys.stderr.write(plain(page.problem) + "\n")
        front.show_page(_with_true_folders(page, parsed), sys.stdout, as_json=parsed.json)
    return 0


def _apply_rules(library: FolderLibrary, parsed: argparse.Namespace) -> None:
    """Do what the user wants done by itself, while no session runs, and say so.

    The rules are those of the user's own folder: another that is named is left as it is.
    """
    rule = standing_rule(os.environ) if parsed.out is None else None
    running = LibraryQuery(outcomes=(Outcome.RUNNING,), limit=0)
    if rule is None or library.query(running).total:
        return
    if taken := library.retain(rule, dry=False):
        count = "1 session" if len(taken) == 1 else f"{len(taken)} sessions"
        sys.stderr.write(
            f"{count} moved to the trash by your rules, or deleted from it; "
            "`vivavoce sessions --trash` lists what is there.\n"
        )


def _with_true_folders(page: LibraryPage, parsed: argparse.Namespace) -> LibraryPage:
    """Return the page with folders that can be opened, of names that are no UTF-8, too."""
    root = sessions_root(parsed.out, os.environ)
    base = root / TRASH if parsed.trash else root
    rows = (
        replace(row, folder=str(folder_of(base, row.key) or row.folder)) if "\\" in row.key else row
        for row in page.rows
    )
    return replace(page, rows=tuple(rows))


def _annotate(parsed: argparse.Namespace) -> int:
    with _library(parsed) as library:
        keys = _named(library, parsed)
        problems = library.annotate(keys, deeds.annotation_of(parsed))
    return _done(parsed, keys, problems)


def _trash(parsed: argparse.Namespace) -> int:
    with _library(parsed) as library:
        keys = _named(library, parsed)
        problems = library.trash(keys)
    return _done(parsed, keys, problems)


def _restore(parsed: argparse.Namespace) -> int:
    with _library(parsed) as library:
        keys = _named(library, parsed, in_trash=True)
        problems = library.restore(keys)
    return _done(parsed, keys, problems)


def _empty(parsed: argparse.Namespace) -> int:
    with _library(parsed) as library:
        rows = _rows(library, in_trash=True)
        keys = _named(library, parsed, in_trash=True) or tuple(row.key for row in rows)
        size = front.size(sum(row.bytes_n for row in rows if row.key in keys))
        if keys and not parsed.yes and not _agreed(f"{len(keys)} sessions ({size})"):
            sys.stderr.write("Nothing was deleted.\n")
            return 1
        problems = library.delete(keys)
    return _done(parsed, keys, problems)


def _agreed(what: str) -> bool:
    """Ask; where nobody can answer, they have not agreed."""
    if not sys.stdin.isatty():
        sys.stderr.write("Nobody can be asked here: say --yes. ")
        return False
    sys.stderr.write(f"Delete {what} for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _retain(parsed: argparse.Namespace) -> int:
    dry = not parsed.apply
    with _library(parsed) as library:
        keys = library.retain(deeds.rule_of(parsed), dry=dry)
    deeds.show_retained(keys, sys.stdout, dry=dry, as_json=parsed.json)
    return 0


def _rebuild(parsed: argparse.Namespace) -> int:
    with _library(parsed, refresh=False) as library:
        done = _with_progress(library.rebuild)
        problem = library.query(LibraryQuery(limit=0)).problem
    deeds.show_rebuilt(done.added_n, sys.stdout, as_json=parsed.json)
    if problem:
        sys.stderr.write(plain(problem) + "\n")
    return 0


def _usage(parsed: argparse.Namespace) -> int:
    root = sessions_root(parsed.out, os.environ)
    with _library(parsed) as library:
        kept = library.query(LibraryQuery(limit=0))
        trashed = library.query(LibraryQuery(limit=0, in_trash=True))
        usage = deeds.Usage(
            folder=str(root),
            sessions_n=kept.total,
            sessions_bytes=kept.bytes_n,
            trash_n=trashed.total,
            trash_bytes=trashed.bytes_n,
            index_bytes=library.index_bytes,
            free_bytes=shutil.disk_usage(root).free if root.is_dir() else None,
        )
    deeds.show_usage(usage, sys.stdout, as_json=parsed.json)
    return 0


# --- what they share -----------------------------------------------------------------------------


@contextmanager
def _library(parsed: argparse.Namespace, *, refresh: bool = True) -> Iterator[FolderLibrary]:
    """Yield the library that is meant, mended and up to date."""
    mend_sessions(parsed.out)
    library = open_library(parsed.out, price_book(os.environ), os.environ)
    try:
        if refresh:
            _with_progress(library.refresh)
        yield library
    finally:
        library.close()


def _with_progress(work: Callable[[Callable[[int, int], bool]], Refreshed]) -> Refreshed:
    line = ProgressLine(sys.stderr)

    def told(done: int, total: int) -> bool:
        words = f"reading the sessions, {done - done % _TOLD_EVERY} read"
        if total > _TOLD_EVERY:
            line.step(JobReport(done=done, total=total, words=words))
        return True

    try:
        return work(told)
    finally:
        line.end()


def _rows(library: FolderLibrary, *, in_trash: bool) -> tuple[LibraryRow, ...]:
    return library.query(LibraryQuery(in_trash=in_trash, limit=front.ALL)).rows


def _named(
    library: FolderLibrary, parsed: argparse.Namespace, *, in_trash: bool = False
) -> tuple[str, ...]:
    root = sessions_root(parsed.out, os.environ)
    base = root / TRASH if in_trash else root
    return front.found(_rows(library, in_trash=in_trash), parsed.names, base)


def _done(parsed: argparse.Namespace, keys: tuple[str, ...], problems: tuple[str, ...]) -> int:
    streams = sys.stdout, sys.stderr
    return deeds.show_done(parsed.word, keys, problems, streams, as_json=parsed.json)


LIBRARY_WORDS: Mapping[str | None, Callable[[argparse.Namespace], int]] = MappingProxyType({
    **dict.fromkeys((deeds.TAG, deeds.UNTAG, deeds.NOTE, deeds.STAR, deeds.UNSTAR), _annotate),
    deeds.TRASH: _trash,
    deeds.RESTORE: _restore,
    deeds.EMPTY: _empty,
    deeds.RETAIN: _retain,
    deeds.REBUILD: _rebuild,
    deeds.USAGE: _usage,
})  # fmt: skip

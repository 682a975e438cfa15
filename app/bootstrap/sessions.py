"""The recorded sessions: listed, shown in numbers, and verified against their recordings."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType

from app.bootstrap.engine import load_activity, mend_sessions
from app.cli import listing, sessions as front
from app.cli.plain import told
from app.core.errors import AppError
from app.store.index import list_sessions
from app.store.layout import sessions_root
from app.store.reader import FolderReader
from app.trials.verifying import verify_session

DISPROVED = 1


def sessions(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` ask, after repairing the interrupted sessions."""
    parser = argparse.ArgumentParser(
        prog="vivavoce sessions",
        description=front.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    try:
        return _WORDS[parsed.word](parsed)
    except AppError as error:
        sys.stderr.write(told(error) + "\n")
        return 1


def _list(parsed: argparse.Namespace) -> int:
    mend_sessions(parsed.out)
    found = list_sessions(sessions_root(parsed.out, os.environ))
    rows = [{**asdict(each), "folder": str(each.folder)} for each in found]
    counted = ("turns_n", "failed_n", "renewals", "provider_stalls")
    columns = ("began_utc", "state", "title", *counted, "duration_s", "folder")
    listing.show(rows, columns, sys.stdout, kind="session", as_json=parsed.json)
    return 0


def _show(parsed: argparse.Namespace) -> int:
    mend_sessions(parsed.out)
    reader = FolderReader(os.environ)
    for name in parsed.names:
        stored = reader.read(reader.find(name, parsed.out))
        front.show_summary(stored, sys.stdout, as_json=parsed.json)
    return 0


def _verify(parsed: argparse.Namespace) -> int:
    mend_sessions(parsed.out)
    reader = FolderReader(os.environ)
    borne_out = True
    for name in parsed.names:
        verified = verify_session(reader, reader.find(name, parsed.out), load_activity)
        borne_out &= front.show_verified(verified, sys.stdout, as_json=parsed.json)
    return 0 if borne_out else DISPROVED


def _columns(parsed: argparse.Namespace) -> int:
    front.show_columns(sys.stdout, as_json=parsed.json)
    return 0


_WORDS: Mapping[str | None, Callable[[argparse.Namespace], int]] = MappingProxyType(
    {
        None: _list,
        front.LIST: _list,
        front.SHOW: _show,
        front.VERIFY: _verify,
        front.COLUMNS: _columns,
    }
)

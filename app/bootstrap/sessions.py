"""The recorded sessions: listed, shown in numbers, and verified against their recordings."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from app.bootstrap.activity import load_activity
from app.bootstrap.importing import import_files
from app.bootstrap.mending import mend_sessions
from app.bootstrap.sessions_library import LIBRARY_WORDS, list_library
from app.cli import importing, sessions as front
from app.cli.plain import told
from app.core.errors import AppError
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
        None: list_library,
        front.LIST: list_library,
        **LIBRARY_WORDS,
        front.SHOW: _show,
        front.VERIFY: _verify,
        front.COLUMNS: _columns,
        importing.IMPORT: import_files,
    }
)

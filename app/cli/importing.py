"""``vivavoce sessions import``: the sessions of bundles, taken in.

A session that is there already stays as it is. Of a bundle that is damaged nothing is taken in;
the others are, and the exit code is 1.
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from app.cli.plain import json_line, plain

IMPORT = "import"


def add_words(
    words: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> argparse.ArgumentParser:
    """Add the word, and return what its options may be added to."""
    parser = words.add_parser(IMPORT, help="take in the sessions of bundles (FILE.vivavoce)")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a bundle")
    return parser


def show_imported(
    file: str, told: Mapping[str, Sequence[str]], out: TextIO, *, as_json: bool
) -> None:
    """Print what became of a bundle's sessions.

    Args:
        file: The bundle.
        told: ``added`` and ``known`` by the names of their folders, and sentences in ``odd``.
        out: Standard output.
        as_json: One JSON object.
    """
    if as_json:
        values: dict[str, Any] = {name: list(each) for name, each in told.items()}
        print(json_line({"type": "import", "file": file, **values}), file=out)
        return
    added, known = told["added"], told["known"]
    print(plain(f"{file}: {_count(len(added))} taken in, {len(known)} known already."), file=out)
    for name in added:
        print(plain(f"  {name}"), file=out)
    for sentence in told["odd"]:
        print(plain(f"Note: {sentence}"), file=out)


def _count(number: int) -> str:
    return "1 session" if number == 1 else f"{number} sessions"

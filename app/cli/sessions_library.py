"""The library in the terminal: the words of ``vivavoce sessions`` that ask for sessions."""

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TextIO

from app.cli import listing
from app.cli.plain import plain
from app.core.errors import StoreError
from app.core.library import LibraryPage, LibraryQuery, LibraryRow, Outcome, SortBy
from app.metrics.cost_words import status_words, usd_words

ALL: Final = 100_000
LATEST: Final = "latest"

_COLUMNS: Final = (
    "began_utc", "outcome", "title", "model", "turns", "failed", "length", "v2v ms", "cost",
    "size", "tags", "name",
)  # fmt: skip
_STATES: Final = {Outcome.OK: "complete", Outcome.TURNS_FAILED: "complete"}
_UNITS: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kMGT]?)B?", re.IGNORECASE)
_MINUTE_S: Final = 60


def add_filters(
    parser: argparse.ArgumentParser, default: Callable[[Any], Any] = lambda _: argparse.SUPPRESS
) -> None:
    """Describe what sessions can be asked for.

    Args:
        parser: Of the command, or of its word ``list``.
        default: Tells what an option is where it is not given: after a word, nothing, so that
            what stood before the word holds.
    """
    asked = parser.add_argument_group("which sessions")
    texts = ("--search", "TEXT", "words said by either side, or in title, note and tags"), (
        "--since", "DATE", "begun on this day (UTC) or later; an ISO date or instant"), (
        "--until", "DATE", "begun before this day (UTC)")  # fmt: skip
    for name, shown, words in texts:
        kind = str if name == "--search" else _instant
        asked.add_argument(name, metavar=shown, type=kind, default=default(None), help=words)
    lists = ("--tag", "TAG", "with this tag; more than once: with all of them"), (
        "--model", "MODEL", "of this model; more than once: of any"), (
        "--provider", "NAME", "of this provider; more than once: of any")  # fmt: skip
    for name, shown, words in lists:
        asked.add_argument(name, metavar=shown, action="append", default=default(None), help=words)
    _add_choices(asked, default)


def _add_choices(asked: argparse._ArgumentGroup, default: Callable[[Any], Any]) -> None:
    asked.add_argument(
        "--result",
        action="append",
        choices=[each.value for each in Outcome],
        default=default(None),
        help="that ended so; more than once: any",
    )
    asked.add_argument("--starred", action="store_true", default=default(False), help="with a star")
    asked.add_argument(
        "--trash", action="store_true", default=default(False), help="those in the trash"
    )
    asked.add_argument(
        "--sort",
        choices=[each.value for each in SortBy],
        default=default(None),
        help="by what, the most first; without it the newest, or what fits the words best",
    )
    asked.add_argument(
        "--ascending", action="store_true", default=default(False), help="the least first"
    )
    asked.add_argument(
        "--limit", metavar="N", type=_count, default=default(ALL), help="at most so many"
    )


def query_of(parsed: argparse.Namespace) -> LibraryQuery:
    """Return what was asked for."""
    sort = SortBy(parsed.sort or (SortBy.RELEVANCE if parsed.search else SortBy.BEGAN))
    return LibraryQuery(
        text=parsed.search or "",
        tags=tuple(parsed.tag or ()),
        models=tuple(parsed.model or ()),
        providers=tuple(parsed.provider or ()),
        outcomes=tuple(Outcome(each) for each in parsed.result or ()),
        starred=True if parsed.starred else None,
        since=parsed.since,
        until=parsed.until,
        in_trash=parsed.trash,
        sort=sort,
        descending=not parsed.ascending,
        limit=parsed.limit,
    )


def show_page(page: LibraryPage, out: TextIO, *, as_json: bool) -> None:
    """Print sessions, and for people what they come to."""
    if as_json:
        rows = [_values(row) for row in page.rows]
        listing.show(rows, (), out, kind="session", as_json=True)
        return
    if page.rows:
        listing.show([_cells(row) for row in page.rows], _COLUMNS, out, kind="", as_json=False)
        print(file=out)
    for row in page.rows:
        if row.snippet:
            said = "".join(f"[{text}]" if hit else text for text, hit in row.snippet)
            print(plain(f"{row.key}: {said}"), file=out)
    print(totals(page), file=out)


def totals(page: LibraryPage) -> str:
    """Return in one sentence what the sessions found come to."""
    if not page.total:
        return "No sessions."
    shown = "" if len(page.rows) == page.total else f", {len(page.rows)} of them shown"
    money = "" if page.usd is None else f", {usd_words(page.usd)}"
    unpriced = f" ({page.unpriced_n} unpriced)" if page.usd is not None and page.unpriced_n else ""
    count = f"{page.total} session{'' if page.total == 1 else 's'}{shown}"
    return f"{count}: {length(page.duration_s)}, {size(page.bytes_n)}{money}{unpriced}."


def found(rows: Sequence[LibraryRow], names: Sequence[str], root: Path) -> tuple[str, ...]:
    """Return the keys of the sessions that ``names`` name.

    Args:
        rows: Of the library, or of its trash.
        names: Folders, names of folders, ids, ends of either, or "latest".
        root: The folder of all sessions.

    Raises:
        StoreError: If a name names none, or more than one.
    """
    return tuple(dict.fromkeys(_found(rows, name, root) for name in names))


def size(bytes_n: int) -> str:
    """Return a size for people, in powers of ten."""
    for unit, factor in reversed(_UNITS.items()):
        if factor > 1 and bytes_n >= factor:
            return f"{bytes_n / factor:.1f} {unit}B"
    return f"{bytes_n} B"


def length(seconds: float | None) -> str:
    """Return a span for people, as minutes and seconds."""
    if seconds is None:
        return "\N{EN DASH}"
    minutes, rest = divmod(round(seconds), _MINUTE_S)
    hours, minutes = divmod(minutes, _MINUTE_S)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size_of(text: str) -> int:
    """Read a size such as 500M or 20 GB, in powers of ten.

    Raises:
        argparse.ArgumentTypeError: If it is none.
    """
    given = _SIZE.fullmatch(text.strip())
    if given is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size such as 500M or 20GB")
    unit = given.group(2)
    return round(float(given.group(1)) * _UNITS["k" if unit in {"k", "K"} else unit.upper()])


def _found(rows: Sequence[LibraryRow], name: str, root: Path) -> str:
    if name == LATEST and rows:
        return max(rows, key=lambda row: (row.began_utc or "", row.key)).key
    path = Path(name)
    if path.is_absolute() or path.parent != Path():
        name = path.name if path.absolute().parent == root.absolute() else ""
    exact = [row.key for row in rows if name and name in {row.key, row.session_id}]
    ends = [row.key for row in rows if name and _ends(row, name)]
    if len(exact or ends) == 1:
        return (exact or ends)[0]
    why = "More than one session is" if ends else "There is no session"
    raise StoreError(
        f"{why} called {str(path)[:80]!r} in {root}.",
        hint="`vivavoce sessions` lists those there are, `--trash` those in the trash.",
    )


def _ends(row: LibraryRow, name: str) -> bool:
    return row.key.endswith(name) or (row.session_id or "").endswith(name)


def _values(row: LibraryRow) -> dict[str, Any]:
    """Return a row as a JSON line has it."""
    values = asdict(row)
    figures = values.pop("figures")
    snippet = "".join(text for text, _ in row.snippet)
    state = _STATES.get(row.outcome, row.outcome.value)
    return {**values, **figures, "state": state, "snippet": snippet or None}


def _cells(row: LibraryRow) -> dict[str, Any]:
    return {
        "began_utc": None if row.began_utc is None else row.began_utc[:19].replace("T", " "),
        "outcome": row.outcome.value.replace("_", " "),
        "title": row.title,
        "model": row.model,
        "turns": row.turns_n,
        "failed": row.failed_n,
        "length": length(row.duration_s),
        "v2v ms": None if row.figures.v2v_p50_ms is None else round(row.figures.v2v_p50_ms),
        "cost": status_words(row.figures.cost_status, row.figures.cost_usd),
        "size": size(row.bytes_n),
        "tags": " ".join(["\N{BLACK STAR}"] * row.starred + [f"#{tag}" for tag in row.tags]),
        "name": row.key,
    }


def _instant(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2026-11-21") from None
    return text


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of sessions")
    return int(text[:9])

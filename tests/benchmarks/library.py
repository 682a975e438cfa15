"""The library with 10,000 sessions: how soon it opens, finds, sorts and is brought up to date.

Each session is a folder with 10 to 20 turns, whose words are drawn as those of a language are:
few words are said often, most are rare. The index is opened anew for each opening. Folders kept
with ``--keep`` are used again, and so is their index: that measures the questions alone.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from app.bootstrap.library import open_library
from app.core.cells import cell_text, csv_line
from app.core.library import LibraryQuery, SortBy
from app.core.records import SessionRecord, TurnRecord
from app.core.rows import TURN_COLUMNS, turn_row
from app.store.layout import folder_name
from app.store.library import FolderLibrary
from app.store.plain import encode, plain
from app.store.repair import repair_sessions
from tests.support.recording import session_record, turn_record

MODELS = ("gpt-realtime", "gpt-realtime-mini", "gemini-live", "grok-voice", "embedded")
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
WORDS_N = 20_000
REPEATS = 20
OTHER = LibraryQuery(text="nobody said this", limit=0)
"""Asked between two equal questions: what was found last is remembered."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.library", description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="make it there, or use it again")
    told_to = parser.parse_args()
    if told_to.keep is not None:
        if not told_to.keep.is_dir():
            make(told_to.keep, told_to.sessions)
        measure(told_to.keep)
        return 0
    with tempfile.TemporaryDirectory(prefix="vivavoce-library-") as folder:
        root = Path(folder) / "sessions"
        make(root, told_to.sessions)
        measure(root)
    return 0


def make(root: Path, sessions_n: int) -> None:
    """Make the folders and their index; under its name a folder is whole."""
    draft = root.with_name(f".{root.name}.half")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    told("folders written", timed(lambda: write(draft, sessions_n)), "s")
    library = opened(draft)
    before = time.process_time()
    told("index built from the folders", timed(library.refresh), "s")
    told("of the processor", time.process_time() - before, "s")
    library.close()
    draft.rename(root)


def measure(root: Path) -> None:
    library = opened(root)
    size = sum(path.stat().st_size for path in root.glob(".library.sqlite3*")) / 1e6
    print(f"  {'index on the disk':<44} {size:8.1f} MB")  # noqa: T201
    print(f"  {'':<44} {'median':>8} {'worst':>8} {'CPU':>8} {'worst':>8}  ms")  # noqa: T201
    told("brought up to date, nothing changed", spread(library.refresh, 3))
    library.close()
    told("opened, first page", spread(lambda: opened(root).query(LibraryQuery())))
    library = opened(root)
    for name, query in asked():
        told(name, spread(partial(library.query, query), before=partial(library.query, OTHER)))
    told("what it takes on the disk", spread(lambda: usage(library)))
    told("folders left behind looked for, with index", spread(lambda: repair_sessions(root), 3))
    library.close()


def usage(library: FolderLibrary) -> int:
    """Ask what ``vivavoce sessions usage`` asks, once the folders have been looked at."""
    pages = (library.query(LibraryQuery(limit=0, in_trash=trash)) for trash in (False, True))
    return sum(page.bytes_n for page in pages) + library.index_bytes


def asked() -> Sequence[tuple[str, LibraryQuery]]:
    """Return what is asked, and in what words it is told."""
    words = vocabulary()
    searches = {
        "rare word": words[-1],
        "common word": words[70],
        "phrase": f'"{words[0]} {words[1]}"',
        "three common words": " ".join(words[60:63]),
        "beginning of three letters": words[-1][:3],
        "beginning of one letter": "b",
    }
    narrow = LibraryQuery(text=words[70], models=MODELS[:2], tags=("demo",), since="2025-06-01")
    ranked = {"common": words[80], "of every session": words[1], "phrase": searches["phrase"]}
    return (
        *((f"search, {name}", LibraryQuery(text=text)) for name, text in searches.items()),
        *(
            (f"search, by relevance, {name}", LibraryQuery(text=text, sort=SortBy.RELEVANCE))
            for name, text in ranked.items()
        ),
        ("search, ten a page", LibraryQuery(text=words[70], limit=10)),
        ("search, dearest first", LibraryQuery(text=words[70], sort=SortBy.COST)),
        ("search, by model, tag and date", narrow),
        ("search, its last page", LibraryQuery(text=words[70], offset=7_000)),
        *((f"sorted by {by}", LibraryQuery(sort=by)) for by in SortBy),
        ("filtered by model and tag", LibraryQuery(models=MODELS[:2], tags=("demo",))),
        ("the last page", LibraryQuery(offset=9_800)),
    )


def opened(root: Path) -> FolderLibrary:
    return open_library(str(root), None, os.environ)


def write(root: Path, sessions_n: int) -> None:
    dice = random.Random(20261121)  # noqa: S311 - the same words in every run
    words = vocabulary()
    weights = [1 / (at + 1) for at in range(WORDS_N)]
    for number in range(sessions_n):
        spoken = dice.choices(words, weights, k=900)
        turns = [
            replace(
                turn_record(at + 1, " ".join(spoken[at * 45 + 15 : at * 45 + 45])),
                user_transcript=" ".join(spoken[at * 45 : at * 45 + 15]),
                v2v_ms=400 + dice.random() * 800,
            )
            for at in range(dice.randint(10, 20))
        ]
        write_session(root, record(number), turns, dice)


def vocabulary() -> list[str]:
    """Return made-up words, the commonest first; common words are short."""
    dice = random.Random(7)  # noqa: S311 - the same words in every run
    onsets, vowels = "bcdfghjklmnprstvwz", "aeiou"
    words: dict[str, None] = {}
    while len(words) < WORDS_N:
        syllables = 1 + len(words) // 60 if len(words) < 180 else dice.randint(2, 4)
        words["".join(dice.choice(onsets) + dice.choice(vowels) for _ in range(syllables))] = None
    return list(words)


def record(number: int) -> SessionRecord:
    plainly = session_record(state="complete", turns_n=15)
    target = replace(plainly.target, model=MODELS[number % len(MODELS)])
    began = FIRST + timedelta(minutes=97 * number)
    return replace(plainly, session_id=f"vv_{number:08x}", t0_utc=began.isoformat(), target=target)


def write_session(
    root: Path, record: SessionRecord, turns: Sequence[TurnRecord], dice: random.Random
) -> None:
    folder = root / folder_name(record)
    folder.mkdir()
    rows = (turn_row(record, turn) for turn in turns)
    lines = [csv_line(TURN_COLUMNS)]
    lines += [csv_line(cell_text(row[name]) for name in TURN_COLUMNS) for row in rows]
    (folder / "turns.csv").write_bytes(b"".join(lines))
    account = plain(record)
    assert isinstance(account, dict)
    account["recording"] = {"frames": 24_000 * dice.randint(60, 600), "rate_hz": 24_000}
    (folder / "session.json").write_bytes(encode(account, indent=2))
    (folder / "events.jsonl").write_bytes(b"{}\n")
    if dice.random() < 1 / 4:
        tags = ["demo"] if dice.random() < 1 / 2 else ["keep", "field test"]
        (folder / "library.json").write_bytes(encode({"version": 1, "tags": [*tags]}))


def timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def spread(
    action: Callable[[], object],
    times_n: int = REPEATS,
    before: Callable[[], object] = lambda: None,
) -> str:
    """Return median and worst, of the time that passed and of the processor's, in ms."""
    passed, used = [], []
    for _ in range(times_n):
        before()
        begun = time.thread_time()
        passed.append(timed(action) * 1e3)
        used.append((time.thread_time() - begun) * 1e3)
    return " ".join(
        f"{value:8.1f}" for each in (passed, used) for value in (median(each), max(each))
    )


def told(name: str, value: float | str, unit: str = "") -> None:
    shown = value if isinstance(value, str) else f"{value:8.1f} {unit}"
    print(f"  {name:<44} {shown}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())

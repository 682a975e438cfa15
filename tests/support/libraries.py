"""Folders of sessions and libraries over them, for tests."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.core.cells import cell_text, csv_line
from app.core.library import LibraryPage, LibraryQuery, SessionFigures
from app.core.money import CostStatus
from app.core.ports import StoredSession
from app.core.rows import TURN_COLUMNS, turn_row
from app.store.library import FolderLibrary
from app.store.plain import encode, plain
from tests.support.recording import session_record, turn_record

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def made_session(
    root: Path,
    name: str,
    *,
    user: str = "hello",
    agent: str = "good morning",
    model: str = "simulated",
    state: str = "complete",
    days_ago: float = 0.0,
    v2v_ms: float | None = 500.0,
    failed_n: int = 0,
    seconds: float = 60.0,
    **account: Any,
) -> Path:
    """Write a session's folder as the recorder does; return it."""
    began = NOW - timedelta(days=days_ago)
    plainly = session_record(state=state, turns_n=1)
    record = replace(
        plainly,
        session_id=f"vv_{name}",
        t0_utc=began.isoformat(),
        failed_n=failed_n,
        target=replace(plainly.target, model=model),
    )
    turn = replace(turn_record(1, agent), user_transcript=user, v2v_ms=v2v_ms)
    row = turn_row(record, turn)
    folder = root / name
    folder.mkdir(parents=True)
    lines = (csv_line(TURN_COLUMNS), csv_line(cell_text(row[each]) for each in TURN_COLUMNS))
    (folder / "turns.csv").write_bytes(b"".join(lines))
    stored = plain(record)
    assert isinstance(stored, dict)
    stored["recording"] = {"frames": round(24_000 * seconds), "rate_hz": 24_000}
    (folder / "session.json").write_bytes(encode({**stored, **account}))
    (folder / "events.jsonl").write_bytes(b"{}\n")
    return folder


@dataclass
class Figures:
    """A latency that is the first turn's, and a cent for each.

    Attributes:
        cent: What a turn costs.
        read: Names of the sessions whose turns were looked at.
    """

    cent: Decimal = Decimal("0.01")
    read: list[str] = field(default_factory=list)

    def of(self, stored: StoredSession) -> tuple[SessionFigures, str]:
        self.read.append(stored.folder.name)
        known = [turn.v2v_ms for turn in stored.turns if turn.v2v_ms is not None]
        usd, status = self.priced(str(len(known)))
        return (
            SessionFigures(
                v2v_p50_ms=known[0] if known else None,
                cost_usd=usd,
                cost_status=status,
                interruptions_n=0 if known else None,
            ),
            str(len(known)),
        )

    def priced(self, billed: str) -> tuple[Decimal | None, CostStatus]:
        turns_n = int(billed)
        return (self.cent * turns_n, CostStatus.PRICED) if turns_n else (None, CostStatus.UNPRICED)


def library_of(root: Path, price_table: str = "first", now: datetime = NOW) -> FolderLibrary:
    """Return a library that is up to date; the test closes it."""
    library = opened_library(root, price_table, now)
    library.refresh()
    return library


def opened_library(root: Path, price_table: str = "first", now: datetime = NOW) -> FolderLibrary:
    return FolderLibrary(root, Figures(), lambda: price_table, lambda: now)


def keys(page: LibraryPage) -> list[str]:
    return [row.key for row in page.rows]


def asked(library: FolderLibrary, **wish: Any) -> list[str]:
    """Return the keys of what is asked for, sorted by name."""
    return sorted(keys(library.query(LibraryQuery(**wish))))


def told_of(root: Path, library: FolderLibrary) -> Mapping[bool, Sequence[object]]:
    """Return all that the library tells of every session, in and out of the trash."""
    return {
        trash: library.query(LibraryQuery(in_trash=trash, limit=1_000)).rows
        for trash in (False, True)
    }


def change_account(folder: Path, **changes: Any) -> None:
    """Write an account anew as the recorder does: as another file."""
    path = folder / "session.json"
    content = {**json.loads(path.read_text("utf-8")), **changes}
    draft = folder / "draft"
    draft.write_text(json.dumps(content), "utf-8")
    draft.replace(path)


def some_words(dice: random.Random) -> str:
    return " ".join(
        dice.choices(["rain", "Regen", "\u96e8", "pluie", "<b>", "\u202e", "=1+1"], k=4)
    )

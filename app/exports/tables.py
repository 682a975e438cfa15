"""Sessions and turns as rows: what CSV, JSONL and Parquet hold in common.

Source: metrics specification, section 12.2. Costs are computed here, at read time.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.core.bundle import AUDIO_FILE
from app.core.errors import StoreError
from app.core.money import Cost
from app.core.ports import StoredSession
from app.core.privacy import LeftOut
from app.core.rows import Cell, turn_row
from app.exports.columns import MONEY_COLUMNS, Column, Kind, turn_columns
from app.exports.columns_sessions import SESSION_COLUMNS, told_of
from app.exports.job import ExportJob, Pricing
from app.exports.redacting import redact

BROKEN_OFF: Final = "The export was broken off."
_PIECE_BYTES: Final = 1 << 20


class Table(StrEnum):
    """A table of an export; the value is its file's name without the suffix."""

    TURNS = "turns"
    SESSIONS = "sessions"

    @property
    def columns(self) -> Sequence[Column]:
        """In order."""
        return turn_columns() if self is Table.TURNS else SESSION_COLUMNS


Row = dict[str, Cell]


class Rows:
    """The rows of a job, redacted. Costs are those of the session as it is stored.

    Raises:
        ConfigError: If one of the job's expressions is none.
        StoreError: If the export is broken off.
    """

    def __init__(self, job: ExportJob) -> None:
        self._job = job
        self.total = sum(1 + len(stored.turns) for stored in job.sessions)
        self._done = 0
        self._told = tuple(self._redacted(stored) for stored in job.sessions)

    def of(self, table: Table) -> Iterator[Row]:
        """Yield the rows of a table, each with all its columns in order.

        Raises:
            StoreError: If the export is broken off.
        """
        instants = [column.name for column in table.columns if column.kind is Kind.INSTANT]
        rows = self._turns() if table is Table.TURNS else self._sessions()
        for row in rows:
            for name in instants:
                row[name] = instant_text(row[name])
            yield {name: _whole_text(cell) for name, cell in row.items()}
            self._step()

    def _redacted(self, stored: StoredSession) -> StoredSession:
        self._go_on()
        return redact(stored, self._job.redaction)

    def _turns(self) -> Iterator[Row]:
        for stored, told in zip(self._job.sessions, self._told, strict=True):
            for turn, shown in zip(stored.turns, told.turns, strict=True):
                pricing = self._job.pricing
                cost = None if pricing is None else pricing.turn(turn, stored.record)
                yield {**turn_row(told.record, shown), **_money(cost, pricing)}

    def _sessions(self) -> Iterator[Row]:
        for stored, told in zip(self._job.sessions, self._told, strict=True):
            pricing = self._job.pricing
            cost = None if pricing is None else pricing.session(stored)
            yield {**told_of(told), **self._files(stored), **_money(cost, pricing)}

    def _files(self, stored: StoredSession) -> Row:
        size, digest = None, None
        if LeftOut.AUDIO not in self._job.redaction.left_out:
            size, digest = self._hashed(stored.folder / AUDIO_FILE)
        return {"recording_bytes": size, "recording_sha256": digest}

    def _hashed(self, path: Path) -> tuple[int | None, str | None]:
        if not path.is_file():  # a named pipe would be waited for
            return None, None
        digest, size = hashlib.sha256(), 0
        try:
            with path.open("rb", buffering=0) as file:
                while piece := file.read(_PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
                    self._go_on()
        except OSError:
            return None, None
        return size, digest.hexdigest()

    def _step(self) -> None:
        self._done = min(self._done + 1, self.total)
        self._go_on()

    def _go_on(self) -> None:
        if not self._job.told(self._done, self.total):
            raise StoreError(BROKEN_OFF)


def _money(cost: Cost | None, pricing: Pricing | None) -> Row:
    row: Row = dict.fromkeys(column.name for column in MONEY_COLUMNS)
    if cost is None or pricing is None:
        return row
    row["cost_status"] = cost.status.value
    row["cost_unpriced"] = " ".join(meter.value for meter in cost.unpriced) or None
    if cost.usd is not None:
        row["cost_usd"] = float(cost.usd)
        parts = pricing.split(cost)
        row |= {f"cost_{name}_usd": float(usd) for name, usd in parts.items()}
    if cost.row is not None:
        row["price_table_date"] = cost.row.as_of
        row["price_origin"] = cost.row.origin.value
        row["price_source"] = cost.row.source or None
    return row


def instant_text(cell: Cell | datetime) -> str | None:
    """Return an instant as all tables write it, UTC to the microsecond; None if it is none."""
    try:
        instant = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell))
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return instant.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return None


def _whole_text(cell: Cell) -> Cell:
    """Return a text without half characters: no format can hold one."""
    if not isinstance(cell, str) or cell.isascii():
        return cell
    return cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

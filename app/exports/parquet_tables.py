"""Tables as Parquet, typed columns, compressed with Zstandard.

Source: Apache Parquet; DuckDB's Python interface. The database is in memory, knows nothing but
the folder that it writes to, and loads nothing from a network.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import StoreError
from app.core.exporting import Exported
from app.core.rows import Cell
from app.exports.columns import Column, Kind
from app.exports.csv_tables import odd_of
from app.exports.job import ExportJob
from app.exports.naming import table_files
from app.exports.placing import made_folder, placed
from app.exports.schema import Checker
from app.exports.tables import Row, Rows, Table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SQL_TYPES: Final[Mapping[Kind, str]] = MappingProxyType({
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP",
})  # fmt: skip
_BATCH: Final = 1_000


def write_parquet(job: ExportJob) -> Exported:
    """Write the turns, and the sessions beside them.

    Raises:
        StoreError: If they cannot be written, or the export is broken off.
    """
    rows, size, files = Rows(job), 0, table_files(job.out, ".parquet")
    with database(made_folder(job.out.parent)) as connection:
        for table, path in files.items():
            with placed(path) as draft:
                _write(connection, table, rows.of(table), draft)
                size += draft.stat().st_size
    return Exported(files=tuple(map(str, files.values())), bytes_n=size, odd=odd_of(job))


@contextmanager
def database(folder: Path) -> Iterator["DuckDBPyConnection"]:
    """Yield an empty database in memory that can reach the files of one folder only.

    Raises:
        StoreError: If it fails.
    """
    import duckdb  # noqa: PLC0415 - a third of a second

    settings: dict[str, Any] = {
        "threads": 1,
        "memory_limit": "512MB",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(":memory:", config=settings) as connection:
            connection.execute("SET allowed_directories = ?", [[str(folder)]])
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
            yield connection
    except duckdb.Error as exc:
        why = str(exc).partition("\n")[0][:200]
        raise StoreError(f"The Parquet file could not be dealt with: {why}.") from exc


def _write(
    connection: "DuckDBPyConnection", table: Table, rows: Iterator[Row], draft: Path
) -> None:
    checker, columns = Checker(table), table.columns
    names = ", ".join(f'"{column.name}" {SQL_TYPES[column.kind]}' for column in columns)
    lists = ", ".join(
        f"unnest(${place}::{SQL_TYPES[column.kind]}[])" for place, column in enumerate(columns, 1)
    )
    connection.execute(f"CREATE TABLE {table.value} ({names})")
    while batch := [checker.check(row) for row in islice(rows, _BATCH)]:
        values = [_values(column, batch) for column in columns]
        insert = f"INSERT INTO {table.value} SELECT {lists}"
        connection.execute(insert, values)
    connection.table(table.value).write_parquet(str(draft), compression="zstd")


def _values(column: Column, batch: Iterable[Row]) -> list[Any]:
    cells = (row[column.name] for row in batch)
    return [_instant(cell) for cell in cells] if column.kind is Kind.INSTANT else list(cells)


def _instant(cell: Cell) -> datetime | None:
    """Return an instant without its zone, which is UTC: TIMESTAMP has none."""
    if not isinstance(cell, str):
        return None
    return datetime.fromisoformat(cell).astimezone(UTC).replace(tzinfo=None)

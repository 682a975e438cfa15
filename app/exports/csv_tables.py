"""Tables as CSV: RFC 4180, UTF-8; a cell that a spreadsheet would run is defused."""

from app.core.cells import cell_text, csv_line
from app.core.exporting import Exported
from app.exports.job import ExportJob
from app.exports.naming import table_files
from app.exports.placing import placed
from app.exports.schema import Checker
from app.exports.tables import Rows, Table


def write_csv(job: ExportJob) -> Exported:
    """Write the turns, and the sessions beside them.

    Raises:
        StoreError: If they cannot be written, or the export is broken off.
    """
    rows, size, files = Rows(job), 0, table_files(job.out, ".csv")
    for table, path in files.items():
        checker = Checker(table)
        with placed(path) as draft, draft.open("wb") as file:
            file.write(csv_line(column.name for column in table.columns))
            for row in rows.of(table):
                file.write(csv_line(map(cell_text, checker.check(row).values())))
            size += file.tell()
    return Exported(files=tuple(map(str, files.values())), bytes_n=size, odd=odd_of(job))


def odd_of(job: ExportJob) -> tuple[str, ...]:
    """Return what was missing or damaged in the sessions, each with its folder's name."""
    return tuple(f"{stored.folder.name}: {odd}" for stored in job.sessions for odd in stored.odd)


__all__ = ["Table", "odd_of", "write_csv"]

"""Tables as JSON Lines: one object a row, all columns in order, unknown is null."""

import json

from app.core.exporting import Exported
from app.exports.csv_tables import odd_of
from app.exports.job import ExportJob
from app.exports.naming import table_files
from app.exports.placing import placed
from app.exports.schema import Checker
from app.exports.tables import Rows


def write_jsonl(job: ExportJob) -> Exported:
    """Write the turns, and the sessions beside them.

    Raises:
        StoreError: If they cannot be written, or the export is broken off.
    """
    rows, size, files = Rows(job), 0, table_files(job.out, ".jsonl")
    for table, path in files.items():
        checker = Checker(table)
        with placed(path) as draft, draft.open("wb") as file:
            for row in rows.of(table):
                line = json.dumps(checker.check(row), ensure_ascii=False, allow_nan=False)
                file.write(line.encode() + b"\n")
            size += file.tell()
    return Exported(files=tuple(map(str, files.values())), bytes_n=size, odd=odd_of(job))

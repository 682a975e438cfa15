"""The user's own prices: one JSON file, which its owner alone may read."""

import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.core.errors import StoreError
from app.core.money import PriceOrigin, PriceRow
from app.core.price_rows import fields_of, row_of
from app.store.files import replace_atomically
from app.store.layout import FOLDER_MODE, expanded

SCHEMA: Final = 1
LARGEST_BYTES: Final = 1 << 20
MOST_ROWS: Final = 5_000
MOST_SENTENCES: Final = 10

_ENVIRONMENT: Final = "VIVAVOCE_PRICES"


def prices_path(environment: Mapping[str, str]) -> Path:
    """Return the file of the user's own prices; nothing is created.

    ``VIVAVOCE_PRICES`` comes first, then the user's data folder (``XDG_DATA_HOME``, by default
    ``~/.local/share``).
    """
    named = environment.get(_ENVIRONMENT)
    if named:
        return expanded(named)
    data = environment.get("XDG_DATA_HOME", "")
    base = Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"
    return base / "vivavoce" / "prices.json"


@dataclass(frozen=True, slots=True)
class _Content:
    """What the file held when it had this stamp.

    Attributes:
        whole: Whether writing it anew would lose nothing that cannot be read.
    """

    stamp: tuple[int, ...] | None
    rows: tuple[PriceRow, ...] = ()
    odd: tuple[str, ...] = ()
    whole: bool = True


class FilePrices:
    """Rows in one file. Any thread; the file is read again whenever it changed.

    What cannot be read is told by ``odd`` and passed over. It is lost by the next ``set`` or
    ``remove`` but for a copy beside the file, whose name ends in ``.damaged``.

    Args:
        path: See ``prices_path``.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content = _Content(stamp=())

    def rows(self) -> tuple[PriceRow, ...]:
        """Return the rows, in the order in which they were given; never raises."""
        return self._read().rows

    def odd(self) -> tuple[str, ...]:
        """Return sentences about what is odd with the file; never raises."""
        return self._read().odd

    def set(self, row: PriceRow) -> None:
        """Keep a row, in place of that of the same model and first day.

        Raises:
            StoreError: If it cannot be written.
        """
        others = [each for each in self.rows() if _key(each) != _key(row)]
        if len(others) >= MOST_ROWS:
            raise StoreError(f"There are {MOST_ROWS} prices of your own, which is all it holds.")
        self._write([*others, row])

    def remove(self, provider: str, model: str, valid_from: str | None) -> bool:
        """Forget a row; False if there was none.

        Raises:
            StoreError: If it cannot be written.
        """
        rows = self.rows()
        left = [each for each in rows if _key(each) != (provider, model, valid_from)]
        if len(left) == len(rows):
            return False
        self._write(left)
        return True

    def _write(self, rows: Sequence[PriceRow]) -> None:
        content = {"schema": SCHEMA, "rows": [fields_of(row) for row in rows]}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
            if not self._content.whole:
                damaged = self._path.with_name(f"{self._path.name}.damaged")
                replace_atomically(damaged, self._path.read_bytes())
            replace_atomically(self._path, json.dumps(content, indent=1).encode() + b"\n")
        except OSError as exc:
            raise StoreError(
                f"The price cannot be kept in {self._path}: {os.strerror(exc.errno or 0)}.",
                hint=f"Name a file that you may write to, with {_ENVIRONMENT}.",
            ) from exc
        self._content = _Content(stamp=())

    def _read(self) -> _Content:
        stamp = self._stamp()
        if stamp != self._content.stamp:
            self._content = _Content(None) if stamp is None else self._parsed(stamp)
        return self._content

    def _stamp(self) -> tuple[int, ...] | None:
        """Return what changes whenever the file does; None where there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _parsed(self, stamp: tuple[int, ...]) -> _Content:
        try:
            written = _rows_in(_bytes_of(self._path))
        except (OSError, ValueError, RecursionError) as exc:
            told = f"Your own prices in {self._path} cannot be read: {_why(exc)}."
            return _Content(stamp, odd=(told,), whole=False)
        rows: dict[tuple[str, str, str | None], PriceRow] = {}
        odd: list[str] = []
        for number, fields in enumerate(written[:MOST_ROWS], 1):
            try:
                row = row_of(fields, PriceOrigin.YOURS)
                rows[_key(row)] = row
            except ValueError as exc:
                odd.append(f"Price {number} of your own is passed over: {exc}.")
        if len(written) > MOST_ROWS:
            odd.append(f"Only the first {MOST_ROWS} of your own prices are read.")
        return _Content(stamp, tuple(rows.values()), tuple(odd[:MOST_SENTENCES]), whole=not odd)


def _key(row: PriceRow) -> tuple[str, str, str | None]:
    return row.provider, row.model, row.valid_from


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return os.strerror(error.errno or 0)
    return str(error) if str(error) and not isinstance(error, UnicodeDecodeError) else "no JSON"


def _bytes_of(path: Path) -> bytes:
    """Return the file's content.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is no ordinary file, or too large.
    """
    # without O_NONBLOCK, opening a named pipe would wait for its writer for ever
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("it is no ordinary file")
        raw = file.read(LARGEST_BYTES + 1)
    if len(raw) > LARGEST_BYTES:
        raise ValueError("it is too large")
    return raw


def _rows_in(raw: bytes) -> list[Any]:
    content = json.loads(raw.decode("utf-8-sig"))
    rows = content.get("rows") if isinstance(content, dict) else None
    if isinstance(rows, list) and content.get("schema") == SCHEMA:
        return rows
    raise ValueError(f"it has no rows of schema {SCHEMA}")

"""Files that are there as a whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.core.errors import StoreError

_MODE: Final = 0o600
_HINT: Final = "Name another place, with more room."


@contextmanager
def placed(path: Path) -> Iterator[Path]:
    """Yield a path to write to, near ``path``; at the end it is put in its place.

    What was written is on the disk for certain by then. Where anything is raised nothing of it
    is left, and what was there before stays. Its owner alone may read it.

    Raises:
        StoreError: If it cannot be written.
    """
    try:
        made_folder(path.parent)
        with tempfile.TemporaryDirectory(prefix=".vivavoce-", dir=path.parent) as folder:
            draft = Path(folder, "draft")
            yield draft
            draft.chmod(_MODE)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
    except OSError as exc:
        raise _unwritable(path, exc) from exc


def made_folder(path: Path) -> Path:
    """Return ``path``, made where it is missing.

    Raises:
        StoreError: If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    return path


def _unwritable(path: Path, error: OSError) -> StoreError:
    why = os.strerror(error.errno) if error.errno else "the system refused"
    return StoreError(f"{path} cannot be written: {why}.", hint=_HINT)

"""Reading recorded sessions back; implements ``SessionReader``. Calls block on the disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.errors import StoreError
from app.core.ports import StoredSession
from app.core.records import TurnRecord
from app.store.index import holds_account, read_account, session_folders
from app.store.layout import TURNS_FILE, sessions_root
from app.store.reader_account import read_record
from app.store.reader_audio import frames_of, read_span
from app.store.reader_turns import MOST_BYTES, read_turns

LATEST: Final = "latest"

_MOST_FRAMES: Final = 2**40


class FolderReader:
    """Sessions as folders; a session under way may be read, too.

    Args:
        environment: Tells where the user's own sessions are, see ``sessions_root``.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def read(self, folder: Path) -> StoredSession:
        """Return a session; what could not be read of it is said in ``odd``.

        Raises:
            StoreError: If there is no account that can be read.
        """
        account = read_account(folder)
        record, odd = read_record(account)
        turns, more = self._turns(folder)
        lost = _about_lost_sound(folder, account)
        return StoredSession(folder=folder, record=record, turns=turns, odd=(*odd, *more, *lost))

    def _turns(self, folder: Path) -> tuple[tuple[TurnRecord, ...], tuple[str, ...]]:
        path = folder / TURNS_FILE
        if not path.is_file():
            return (), (f"there is no {TURNS_FILE}",)
        try:
            with path.open("rb") as file:
                return read_turns(file.read(MOST_BYTES + 1))
        except OSError as exc:
            return (), (f"{TURNS_FILE} cannot be read: {exc.strerror}",)

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        """Return user and agent at 24 kHz between two instants of session time.

        Raises:
            StoreError: If there is no recording that can be read.
        """
        return read_span(folder, _frame(start_ms), None if end_ms is None else _frame(end_ms))

    def folders(self, root: str | None) -> Sequence[Path]:
        """Return the sessions' folders below ``root`` (None: the user's own), newest first.

        Raises:
            StoreError: If the folder is there and cannot be read.
        """
        return tuple(reversed(session_folders(sessions_root(root, self._environment))))

    def find(self, name: str, root: str | None) -> Path:
        """Return the folder that a path, a session's id, the end of its name or "latest" means.

        Raises:
            StoreError: If there is none, or more than one.
        """
        if holds_account(Path(name)):
            return Path(name)
        known = self.folders(root)
        if name == LATEST:
            return self._latest(known, root)
        found = [folder for folder in known if _is_called(folder, name)]
        if len(found) == 1:
            return found[0]
        why = "There is no session" if not found else "More than one session is"
        raise StoreError(
            f"{why} called {name[:80]!r}.", hint="`vivavoce sessions` lists those there are."
        )

    def _latest(self, known: Sequence[Path], root: str | None) -> Path:
        if not known:
            raise StoreError(
                f"There are no sessions in {sessions_root(root, self._environment)}.",
                hint="Name the folder that they were recorded below with --out.",
            )
        return known[0]


def _about_lost_sound(folder: Path, account: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence if the recording is shorter than its account says."""
    told = account.get("recording")
    frames = told.get("frames") if isinstance(told, dict) else None
    try:
        lost = frames - frames_of(folder) if type(frames) is int else 0
    except StoreError:  # told where it is read
        return ()
    if not 0 < lost < _MOST_FRAMES:
        return ()
    return (f"the last {lost / SESSION_RATE_HZ:.1f} s of stereo.wav are missing",)


def _is_called(folder: Path, name: str) -> bool:
    piece_of_id = folder.name.rpartition("-")[2]
    return bool(name) and (folder.name.endswith(name) or name.endswith(piece_of_id))


def _frame(at_ms: float) -> int:
    return round(at_ms * SESSION_RATE_HZ / 1000)

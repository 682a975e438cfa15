"""Where sessions and keys are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.core.audio_format import Samples
from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.clock import Nanoseconds
from app.core.records import SessionRecord, TurnRecord
from app.core.wire import WireMessage


class Recording(Protocol):
    """One session being written. No call blocks the loop: a writer thread does the work.

    A full queue drops and counts; the counters are in ``dropped``.
    """

    @property
    def folder(self) -> Path:
        """Where it is written."""
        ...

    @property
    def dropped(self) -> int:
        """Lines and blocks that the writer was too slow for."""
        ...

    @property
    def failure(self) -> str | None:
        """One sentence once writing has failed (disk full), else None."""
        ...

    @property
    def disk_full(self) -> bool:
        """Whether it failed for want of space on the disk, or of the user's share of it."""
        ...

    def user_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Left channel: what was sent, 24 kHz, whose first frame was captured at ``at_ns``."""
        ...

    def agent_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Right channel: what the DAC got, 24 kHz, whose first frame left it at ``at_ns``."""
        ...

    def wire(self, direction: str, at_ns: Nanoseconds, raw: WireMessage) -> None:
        """A raw message, "<" received or ">" sent; secrets are redacted by the writer."""
        ...

    def event(self, at_ns: Nanoseconds, name: str, fields: object) -> None:
        """One of our own events: ``fields`` is a frozen value or a mapping of plain values."""
        ...

    def turn(self, record: TurnRecord) -> None:
        """A finished turn: a row of ``turns.csv``."""
        ...

    def session(self, record: SessionRecord) -> None:
        """The present account of the session: replaces ``session.json`` atomically."""
        ...

    def close(self, record: SessionRecord) -> None:
        """Write what is queued, close the files, store the final record. Blocks, bounded."""
        ...


class SessionStore(Protocol):
    """Where sessions are kept."""

    def begin(self, record: SessionRecord) -> Recording:
        """Create the folder and start the writer.

        Raises:
            StoreError: If the folder cannot be made or written.
        """
        ...


class SecretStore(Protocol):
    """Keys in the OS keyring. Every call may block up to its time-out: use a worker thread."""

    def get(self, provider: str) -> str | None:
        """Return the key, or None.

        Raises:
            SecretStoreError: If there is no secure backend or it does not answer.
        """
        ...

    def set(self, provider: str, key: str) -> None:
        """Store the key and read it back.

        Raises:
            SecretStoreError: If it could not be stored for certain.
        """
        ...

    def remove(self, provider: str) -> bool:
        """Remove the key; False if there was none.

        Raises:
            SecretStoreError: If the backend does not answer.
        """
        ...


class CalibrationStore(Protocol):
    """Where calibrations are kept. Calls touch the disk and are short."""

    def note(self, input_name: str, output_name: str) -> CalibrationNote:
        """Return the newest of the engine, and of this pair of devices; never raises."""
        ...

    def add(self, calibration: EngineCalibration | DeviceCalibration) -> None:
        """Keep one.

        Raises:
            StoreError: If it cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """A recorded session, read back.

    Attributes:
        record: Its account.
        turns: Its rows, in order; texts as they were.
        odd: Sentences about what was missing, damaged or of a newer version.
    """

    folder: Path
    record: SessionRecord
    turns: tuple[TurnRecord, ...]
    odd: tuple[str, ...] = ()


class SessionReader(Protocol):
    """Reads what was recorded, a session under way included. Every call may block on the disk."""

    def read(self, folder: Path) -> StoredSession:
        """Return a session.

        Raises:
            StoreError: If there is no account that can be read.
        """
        ...

    def audio(
        self, folder: Path, start_ms: float = 0.0, end_ms: float | None = None
    ) -> tuple[Samples, Samples]:
        """Return user and agent at 24 kHz between two instants of session time.

        Both have the same length; what lies beyond the recording is left out.

        Raises:
            StoreError: If there is no recording that can be read.
        """
        ...

    def folders(self, root: str | None) -> Sequence[Path]:
        """Return the sessions' folders below ``root`` (None: the user's own), newest first.

        Raises:
            StoreError: If the folder is there and cannot be read.
        """
        ...

"""Recording a session into a folder: the port on top, the files of the writer thread below."""

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from app.core.audio_format import Samples
from app.core.clock import Clock, MonotonicClock, Nanoseconds
from app.core.errors import StoreError
from app.core.records import SessionRecord, TurnRecord
from app.core.wire import WireMessage
from app.store.contents import (
    AudioItem,
    EventItem,
    Item,
    SessionItem,
    TurnItem,
    WireItem,
    item_size,
)
from app.store.journal import Journal
from app.store.layout import make_folder
from app.store.redact import Redactor
from app.store.writer import SessionWriter

_CLOSE_S = 5.0


class FolderRecording:
    """A session being written; implements ``Recording``. Calls come from the engine's loop."""

    def __init__(self, writer: SessionWriter, journal: Journal[Item]) -> None:
        self._writer = writer
        self._journal = journal
        self._closed = False
        self._slow: str | None = None

    @property
    def folder(self) -> Path:
        """Where it is written."""
        return self._writer.folder

    @property
    def dropped(self) -> int:
        """Lines and blocks that were refused by a full queue or a file that had failed."""
        return self._journal.refused + self._writer.discarded

    @property
    def failure(self) -> str | None:
        """One sentence once writing has failed, else None."""
        if self._journal.crashed:
            return "The recorder stopped because of a fault in the program; the session goes on."
        return self._writer.failure or self._slow

    @property
    def disk_full(self) -> bool:
        """Whether that was for want of space."""
        return self._writer.disk_full

    def user_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Left channel, 24 kHz mono int16."""
        self._put(AudioItem(0, at_ns, _own(samples)))

    def agent_audio(self, at_ns: Nanoseconds, samples: Samples) -> None:
        """Right channel, 24 kHz mono int16."""
        self._put(AudioItem(1, at_ns, _own(samples)))

    def wire(self, direction: str, at_ns: Nanoseconds, raw: WireMessage) -> None:
        """A raw message, "<" received or ">" sent."""
        self._put(WireItem(direction, at_ns, raw))

    def event(self, at_ns: Nanoseconds, name: str, fields: object) -> None:
        """One of our own events; ``fields`` must not change afterwards."""
        self._put(EventItem(at_ns, name, fields))

    def turn(self, record: TurnRecord) -> None:
        """A finished turn: a row of ``turns.csv``."""
        self._put(TurnItem(record))

    def session(self, record: SessionRecord) -> None:
        """The present account of the session."""
        self._put(SessionItem(record))

    def close(self, record: SessionRecord) -> None:
        """Write what is queued and the final record; at most five seconds. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._put(SessionItem(record))
        if not self._journal.close(_CLOSE_S):
            self._slow = (
                f"The disk did not take the end of the recording within {_CLOSE_S:.0f} seconds; "
                "the next start repairs it."
            )

    def _put(self, item: Item) -> None:
        self._journal.put(item, item_size(item))


def _own(samples: Samples) -> Samples:
    return samples.copy() if samples.flags.writeable else samples


class FolderStore:
    """Sessions as folders below one root; implements ``SessionStore``.

    Args:
        root: The folder of all sessions; made when the first session begins.
        clock: The session clock, the same that stamps the audio.
        secrets: Values that must not reach the disk.
    """

    def __init__(self, root: Path, clock: Clock | None = None, secrets: Iterable[str] = ()) -> None:
        self.root = root
        self._clock = clock or MonotonicClock()
        self._redactor = Redactor(secrets)

    def begin(self, record: SessionRecord) -> FolderRecording:
        """Create the folder and start the writer.

        Raises:
            StoreError: If the folder cannot be made or written.
        """
        folder = make_folder(self.root, record)
        try:
            writer = SessionWriter(folder, record, self._redactor, self._clock)
        except OSError as exc:
            shutil.rmtree(folder, ignore_errors=True)
            raise StoreError(
                f"Cannot record into {folder}: {os.strerror(exc.errno or errno.EIO)}.",
                hint="Free some space, or name another folder with --out or VIVAVOCE_SESSIONS.",
            ) from exc
        journal = Journal[Item](writer, self._clock, f"recorder {folder.name}")
        journal.start()
        return FolderRecording(writer, journal)

"""The files of one session, written by the journal's thread."""

import errno
import fcntl
import os
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import MappingProxyType

from app.core.audio_format import SESSION_RATE_HZ
from app.core.cells import cell_text, csv_line
from app.core.clock import Clock
from app.core.privacy import RecordingMode
from app.core.records import SessionRecord
from app.core.rows import TURN_COLUMNS, Cell, turn_row
from app.store.contents import AudioItem, EventItem, Item, SessionItem, TurnItem, WireItem
from app.store.figures import figures_of_event, figures_of_turn
from app.store.files import AppendFile, replace_atomically
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE
from app.store.plain import Json, encode, plain
from app.store.redact import Redactor
from app.store.tracks import Track
from app.store.wav import StereoFile
from app.store.wire_text import shortened, without_audio

SYNC_NS = 5_000_000_000
"""A power cut loses at most this; a killed process loses no more than a flush."""

_REASONS = MappingProxyType({
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your disk quota is used up",
    errno.EFBIG: "the file reached the largest size allowed here",
    errno.EROFS: "the disk became read-only",
    errno.EIO: "the disk reported a fault",
})  # fmt: skip

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Free space helps."""


class SessionWriter:
    """Writes events, turns, audio and the session's account; implements ``journal.Writer``.

    Of a session in RecordingMode.FIGURES there is no ``stereo.wav``, and the other files hold no
    words: neither sound, speech nor messages ever reach the disk.

    Each file fails alone: when ``stereo.wav`` no longer fits, the turns still go on, and what
    was written before stays valid. The open ``events.jsonl`` carries a lock that tells other
    processes that this session is alive.

    Raises:
        OSError: If a file cannot be made.
    """

    def __init__(
        self, folder: Path, record: SessionRecord, redactor: Redactor, clock: Clock
    ) -> None:
        self.folder = folder
        self.discarded = 0
        self.failure: str | None = None
        self.disk_full = False
        self._record = record
        self._figures_only = record.recording_mode is RecordingMode.FIGURES
        self._audio: StereoFile | None = None
        self._redact = redactor.text
        self._clock = clock
        self._synced_ns = clock.now_ns()
        self._tracks = (Track(record.t0_ns), Track(record.t0_ns))
        self._failed: set[str] = set()
        with ExitStack() as opened:
            self._events = opened.enter_context(closing(AppendFile(folder / EVENTS_FILE)))
            # Some network file systems know no locks; there, repair leaves the session alone.
            with suppress(OSError):
                fcntl.flock(self._events.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._turns = opened.enter_context(closing(AppendFile(folder / TURNS_FILE)))
            if not self._figures_only:
                self._audio = opened.enter_context(closing(StereoFile(folder / AUDIO_FILE)))
            self._begin()
            self._files = opened.pop_all()

    def _begin(self) -> None:
        self._turns.append(csv_line(TURN_COLUMNS))
        self._turns.flush()
        head: dict[str, Json] = {
            "schema_version": self._record.schema_version,
            "session_id": self._record.session_id,
            "t0_utc": self._record.t0_utc,
            "t0_ns": self._record.t0_ns,
            "audio": "audio of the wire is counted, not copied: the samples are in stereo.wav",
            "keys": "redacted",
            "recording_mode": self._record.recording_mode.value,
        }
        self._line({"t_ns": self._record.t0_ns, "event": "journal", "fields": head})
        self._events.flush()
        self._replace_session()

    # --- items -------------------------------------------------------------------------------

    def write(self, item: Item) -> None:
        """Take one item."""
        match item:
            case AudioItem():
                self._guard(AUDIO_FILE, lambda: self._lay(item))
            case WireItem():
                self._guard(EVENTS_FILE, lambda: self._wire(item))
            case EventItem():
                self._guard(EVENTS_FILE, lambda: self._event(item))
            case TurnItem():
                self._guard(TURNS_FILE, lambda: self._turn(item))
            case SessionItem():
                self._record = item.record
                self._guard(SESSION_FILE, self._replace_session)

    def _lay(self, item: AudioItem) -> None:
        if self._audio is None:
            return
        track = self._tracks[item.side]
        start, samples = track.place(item.at_ns, item.samples, self._clock.now_ns())
        if len(samples):
            track.late(self._audio.put(item.side, start, samples))

    def _wire(self, item: WireItem) -> None:
        if self._figures_only:
            return
        line: dict[str, Json] = {"t_ns": item.at_ns, "dir": item.direction}
        if isinstance(item.raw, bytes):
            line["binary"] = {"bytes": len(item.raw)}
        else:
            line["raw"], full = shortened(self._redact(without_audio(item.raw)))
            if full is not None:
                line["cut_from_characters"] = full
        self._line(line)

    def _event(self, item: EventItem) -> None:
        told = figures_of_event(item.fields) if self._figures_only else item.fields
        fields = plain(told, self._redact)
        self._line({"t_ns": item.at_ns, "event": item.name, "fields": fields})

    def _turn(self, item: TurnItem) -> None:
        turn = figures_of_turn(item.record) if self._figures_only else item.record
        row = turn_row(self._record, turn)
        self._turns.append(csv_line(self._cell(row[name]) for name in TURN_COLUMNS))
        self._turns.flush()

    def _cell(self, cell: Cell) -> str:
        return cell_text(self._redact(cell) if isinstance(cell, str) else cell)

    def _line(self, line: dict[str, Json]) -> None:
        self._events.append(encode(line) + b"\n")

    def _replace_session(self) -> None:
        account = plain(self._record, self._redact)
        assert isinstance(account, dict)
        account["recording"] = {
            "frames": None if self._audio is None else self._audio.frames,
            "rate_hz": SESSION_RATE_HZ,
            "discarded": self.discarded,
            "failure": self.failure,
            "user": plain(self._tracks[0].health),
            "agent": plain(self._tracks[1].health),
        }
        replace_atomically(self.folder / SESSION_FILE, encode(account, indent=2) + b"\n")

    # --- rounds ------------------------------------------------------------------------------

    def flush(self) -> None:
        """Hand everything to the system, and now and then wait for the device."""
        self._guard(EVENTS_FILE, self._events.flush, items=0)
        self._guard(TURNS_FILE, self._turns.flush, items=0)
        if self._audio is not None:
            self._guard(AUDIO_FILE, self._audio.flush, items=0)
        if self._clock.now_ns() - self._synced_ns >= SYNC_NS:
            self._sync()

    def _sync(self) -> None:
        self._guard(EVENTS_FILE, self._events.sync, items=0)
        self._guard(TURNS_FILE, self._turns.sync, items=0)
        if self._audio is not None:
            self._guard(AUDIO_FILE, self._audio.sync, items=0)
        self._synced_ns = self._clock.now_ns()

    def close(self) -> None:
        """Flush, store the last account and close every file."""
        self.flush()
        self._sync()
        self._guard(SESSION_FILE, self._replace_session, items=0)
        self._files.close()

    def _guard(self, name: str, action: Callable[[], None], *, items: int = 1) -> None:
        """Run ``action`` unless its file has failed; keep the first failure as a sentence."""
        if name in self._failed:
            self.discarded += items
            return
        try:
            action()
        except OSError as exc:
            # session.json is small and replaced as a whole: it may fit again once space is free.
            if name != SESSION_FILE:
                self._failed.add(name)
                self.discarded += self._lost(name, items)
            if self.failure is None:
                self.disk_full = exc.errno in _FULL
                self.failure = self._sentence(name, exc)

    def _lost(self, name: str, items: int) -> int:
        appended = {EVENTS_FILE: self._events, TURNS_FILE: self._turns}.get(name)
        return items if appended is None else appended.waiting

    def _sentence(self, name: str, exc: OSError) -> str:
        reason = _REASONS.get(exc.errno or 0) or os.strerror(exc.errno or errno.EIO).lower()
        seconds = (self._clock.now_ns() - self._record.t0_ns) / 1e9
        hint = " Free some space before the next one." if exc.errno in _FULL else ""
        return (
            f"Recording {name} stopped after {seconds:.1f} s because {reason}; what was recorded "
            f"is kept and the session goes on.{hint}"
        )

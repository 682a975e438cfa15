"""A recorded session in the order in which it happened; implements ``SessionScore``."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Final

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.core.ports import SessionReader, StoredSession
from app.core.ports.replay import ScoreLine, ScorePage, ScorePlace
from app.core.privacy import RecordingMode
from app.dsp.pcm import silence
from app.store.layout import AUDIO_FILE, EVENTS_FILE
from app.store.reader_audio import frames_of, read_span
from app.store.replay_cache import read_cache, stamp_of, write_cache
from app.store.score_lines import FLUSHED, Line, Piece, flushed_reply, read_line, whole_lines

LONGEST_LINE: Final = 16 << 20
"""A longer line is none of ours; it is passed over without being kept."""
LONGEST_LEAP_NS: Final = 3_600_000_000_000
"""An instant so much later than the one before it, and than all sound, is not believed."""
MOST_NAMES: Final = 256
MOST_CUT: Final = 20_000
"""Replies that are known to have been cut off; where there are more, every one may be."""
MOST_ID: Final = 256
LEAST_KEPT: Final = 4 << 20
"""Bytes of events; a shorter session is gone over in a moment."""
PAGE_LINES: Final = 4_000
PAGE_BYTES: Final = 8 << 20

PIECE_BYTES: Final = 1 << 18
"""So much is decoded at once: about a millisecond of work."""

_BUFFER = 1 << 18
_NAME = attrgetter("event")


@dataclass(slots=True)
class _Survey:
    """What is found in going through all of it once."""

    names: "Counter[str]" = field(default_factory=Counter)
    damaged: int = 0
    due_ns: int = 0
    bytes: int = 0
    cut: set[str] = field(default_factory=set)

    def take(self, piece: Piece) -> None:
        """Take in whole lines."""
        names = Counter(map(_NAME, piece.lines))
        del names[None]
        for name, count in names.items():
            self.count(name, count)
        if FLUSHED in names:
            for line in piece.lines:
                self.cut_off(line)
        self.due_ns = piece.due_ns
        self.bytes = piece.after.offset

    def take_line(self, line: Line | None) -> None:
        """Take in one line, None for one that is damaged."""
        if line is None:
            self.damaged += 1
            return
        self.count(line.event or "", 1)
        self.cut_off(line)

    def count(self, name: str, lines: int) -> None:
        """Count the lines of one event; "" is none."""
        if name and (name in self.names or len(self.names) < MOST_NAMES):
            self.names[name] += lines

    def cut_off(self, line: Line) -> None:
        """Note whose audio was dropped, if that is what a line tells."""
        response_id = flushed_reply(line)
        if response_id is not None and len(self.cut) <= MOST_CUT:
            self.cut.add(response_id[:MOST_ID])


class FolderScore:
    """Reads ``events.jsonl`` and ``stereo.wav`` from where they are wanted on.

    The lines stand in the order in which they reached the recorder, so that each is told when
    the latest instant of all up to it has come.

    Args:
        folder: The session's.
        reader: Reads the account and the turns.

    Raises:
        StoreError: If there is no account that can be read.
    """

    def __init__(self, folder: Path, reader: SessionReader) -> None:
        self._folder = folder
        self._stamp = stamp_of(folder)
        self._stored = reader.read(folder)
        self._t0_ns = self._stored.record.t0_ns
        self._odd = list(self._stored.odd)
        self._frames = self._count_frames()
        self._sound_end_ns = self._t0_ns + self._frames * 1_000_000_000 // SESSION_RATE_HZ
        self._file = self._open()
        self._survey = _Survey(due_ns=self._t0_ns)
        if self._file is not None:
            self._go_through(self._file)

    @property
    def stored(self) -> StoredSession:
        """The account and the turns."""
        return self._stored

    @property
    def start(self) -> ScorePlace | None:
        """Where it begins; None where no events were kept."""
        return None if self._file is None else ScorePlace(0, self._t0_ns)

    @property
    def end_ns(self) -> Nanoseconds:
        """Instant of its last sound or event."""
        return Nanoseconds(max(self._sound_end_ns, self._survey.due_ns))

    @property
    def names(self) -> dict[str, int]:
        """Which events there are, with how many of each."""
        return dict(self._survey.names)

    @property
    def odd(self) -> Sequence[str]:
        """Sentences about what is missing, damaged or of a newer version."""
        return tuple(self._odd)

    @property
    def frames(self) -> int:
        """Frames of sound, 24 kHz; 0 where none was kept."""
        return self._frames

    def read(self, place: ScorePlace, until_ns: Nanoseconds, *, joined: bool = False) -> ScorePage:
        """Return what is due before ``until_ns``, at most a page of it."""
        if self._file is None:
            return ScorePage((), None)
        try:
            piece = self._piece(self._file, place)
            if piece is not None:
                return piece.page(until_ns, PAGE_LINES, joined=joined)
            return self._odd_page(self._file, place, until_ns)
        except (OSError, ValueError):  # taken away, or closed, while it is read
            return ScorePage((), None)

    def cut_off(self, response_id: str) -> bool:
        """Whether a reply may have been cut off before it was heard."""
        cut = self._survey.cut
        return response_id[:MOST_ID] in cut or len(cut) > MOST_CUT

    def sound(self, first: int, last: int) -> tuple[Samples, Samples]:
        """Return user and agent from a frame to before another, as far as there are any."""
        first, last = max(first, 0), min(last, self._frames)
        wanted = max(last - first, 0)
        try:
            sides = read_span(self._folder, first, last) if wanted else None
        except StoreError:
            sides = None
        if sides is None or len(sides[0]) < wanted:  # it was whole when it was opened
            return silence(wanted), silence(wanted)
        return sides

    def kept(self) -> bytes | None:
        """Return what ``keep`` was given last, of the session as it is."""
        return read_cache(self._folder, self._stamp)

    def keep(self, data: bytes) -> None:
        """Keep ``data`` for the next time, if the session is long and as it was."""
        if self._survey.bytes >= LEAST_KEPT and stamp_of(self._folder) == self._stamp:
            write_cache(self._folder, self._stamp, data)

    def close(self) -> None:
        """Give the files back. Safe to call twice."""
        if self._file is not None:
            self._file.close()

    # --- opening ------------------------------------------------------------------------------

    def _count_frames(self) -> int:
        if self._stored.record.recording_mode is RecordingMode.FIGURES:
            self._odd.append("only figures were kept: there are neither sound nor words")
            return 0
        try:
            return frames_of(self._folder)
        except StoreError:
            self._odd.append(f"there is no sound: {AUDIO_FILE} is missing or damaged")
            return 0

    def _open(self) -> BinaryIO | None:
        path = self._folder / EVENTS_FILE
        try:
            if path.is_file():  # a named pipe would be waited for
                return path.open("rb", buffering=_BUFFER)
        except OSError as exc:
            self._odd.append(f"{EVENTS_FILE} cannot be read: {os.strerror(exc.errno or 0)}")
            return None
        self._odd.append(f"there is no {EVENTS_FILE}: words and events are missing")
        return None

    def _go_through(self, file: BinaryIO) -> None:
        survey = self._survey
        place: ScorePlace | None = ScorePlace(0, self._t0_ns)
        try:
            while place is not None:
                piece = self._piece(file, place)
                if piece is None:
                    place = self._line_by_line(file, place)
                else:
                    survey.take(piece)
                    place = piece.after
        except OSError as exc:
            self._odd.append(f"{EVENTS_FILE} cannot be read: {os.strerror(exc.errno or 0)}")
        if survey.damaged:
            self._odd.append(f"{survey.damaged} lines of {EVENTS_FILE} are damaged")

    def _line_by_line(self, file: BinaryIO, place: ScorePlace) -> ScorePlace | None:
        """Take in a piece whose lines are not all whole; return where the next one begins."""
        for offset, due_ns, _size, line in self._lines(file, place):
            self._survey.due_ns, self._survey.bytes = due_ns, offset
            self._survey.take_line(line)
            if offset - place.offset >= PIECE_BYTES:
                return ScorePlace(offset, Nanoseconds(due_ns))
        return None

    # --- lines --------------------------------------------------------------------------------

    def _piece(self, file: BinaryIO, place: ScorePlace) -> Piece | None:
        """Return the whole lines at a place; None where they must be read one by one."""
        file.seek(place.offset)
        data = file.read(PIECE_BYTES) + file.readline(LONGEST_LINE)
        believed_ns = max(place.due_ns, self._sound_end_ns) + LONGEST_LEAP_NS
        return whole_lines(data, place, LONGEST_LINE, believed_ns)

    def _odd_page(self, file: BinaryIO, place: ScorePlace, until_ns: Nanoseconds) -> ScorePage:
        found: list[ScoreLine] = []
        at, reached_ns, read_bytes = place.offset, int(place.due_ns), 0
        for offset, due_ns, size, line in self._lines(file, place):
            if due_ns >= until_ns or len(found) >= PAGE_LINES or read_bytes > PAGE_BYTES:
                return ScorePage(found, ScorePlace(at, Nanoseconds(reached_ns)))
            read_bytes += size
            if line is not None and line.event is not None:
                fields = bytes(line.fields)
                found.append(ScoreLine(Nanoseconds(due_ns), line.event, fields, at, reached_ns))
            at, reached_ns = offset, due_ns
        return ScorePage(found, None)

    def _lines(
        self, file: BinaryIO, place: ScorePlace
    ) -> "Iterator[tuple[int, int, int, Line | None]]":
        """Yield the offset behind each line, when it is due, its bytes, and it if it is whole."""
        file.seek(place.offset)
        offset, due_ns = place.offset, int(place.due_ns)
        while data := file.readline(LONGEST_LINE):
            offset += len(data)
            if not data.endswith(b"\n"):
                if len(data) < LONGEST_LINE:
                    return  # half a line: it is being written, or was torn
                offset += _pass_over(file)
                continue
            line = read_line(data)
            if line is not None and line.t_ns > due_ns:
                due_ns = self._due_ns(due_ns, line.t_ns)
            yield offset, due_ns, len(data), line

    def _due_ns(self, before_ns: int, at_ns: int) -> int:
        if at_ns - max(before_ns, self._sound_end_ns) > LONGEST_LEAP_NS:
            return before_ns
        return at_ns


def _pass_over(file: BinaryIO) -> int:
    """Skip the rest of a line that is too long; return its length."""
    skipped = 0
    while piece := file.readline(LONGEST_LINE):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped

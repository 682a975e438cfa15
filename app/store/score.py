"""A recorded session in the order in which it happened; implements ``SessionScore``."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.core.ports import SessionReader, StoredSession
from app.core.ports.replay import ScoreLine, ScorePage, ScorePlace
from app.core.privacy import RecordingMode
from app.dsp.pcm import silence
from app.store.layout import AUDIO_FILE, EVENTS_FILE
from app.store.reader_audio import frames_of, read_span

LONGEST_LINE: Final = 16 << 20
"""A longer line is none of ours; it is passed over without being kept."""
LONGEST_LEAP_NS: Final = 3_600_000_000_000
"""An instant so much later than the one before it, and than all sound, is not believed."""
MOST_NAMES: Final = 256
MOST_CUT: Final = 20_000
"""Replies that are known to have been cut off; where there are more, every one may be."""
MOST_ID: Final = 256
PAGE_LINES: Final = 1_000
PAGE_BYTES: Final = 8 << 20

_HEAD = re.compile(rb'\{"t_ns":(-?\d{1,18}),"(?:dir"|event":"(\w{1,64})",)')
_HEADS = re.compile(rb'(?<![^\n])\{"t_ns":(-?\d{1,18}),"(?:dir|event":"(\w{1,64})",)[^\n]*\n')
_FLUSHED: Final = b"PlaybackFlushed"
_PIECE_BYTES: Final = 1 << 20
_BUFFER = 1 << 18


class _Line(msgspec.Struct):
    """A line that is an event, in whatever order its members stand."""

    t_ns: int
    event: str | None = None
    fields: msgspec.Raw = msgspec.Raw(b"{}")


class _Reply(msgspec.Struct):
    """Whose audio was dropped."""

    response_id: str


_LINE = msgspec.json.Decoder(_Line)
_FLUSHED_REPLY = msgspec.json.Decoder(_Reply)


@dataclass(slots=True)
class _Survey:
    """What is found in going through all of it once."""

    names: "Counter[str]" = field(default_factory=Counter)
    damaged: int = 0
    due_ns: int = 0
    cut: set[str] = field(default_factory=set)

    def count(self, name: str, lines: int) -> None:
        """Count the lines of one event; "" is none."""
        if name and (name in self.names or len(self.names) < MOST_NAMES):
            self.names[name] += lines

    def cut_off(self, read: "_Line | None") -> None:
        """Note whose audio was dropped, if that is what a line tells."""
        if read is None or read.event != _FLUSHED.decode():
            return
        try:
            response_id = _FLUSHED_REPLY.decode(read.fields).response_id
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        if len(self.cut) <= MOST_CUT:
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

    def read(self, place: ScorePlace, until_ns: Nanoseconds) -> ScorePage:
        """Return what is due before ``until_ns``, at most a page of it."""
        found: list[ScoreLine] = []
        file, read_bytes = self._file, 0
        if file is None:
            return ScorePage((), None)
        at, reached_ns = place.offset, place.due_ns
        try:
            file.seek(at)
            for offset, due_ns, line, head in self._lines(file, place):
                if due_ns >= until_ns or len(found) >= PAGE_LINES or read_bytes > PAGE_BYTES:
                    return ScorePage(found, ScorePlace(at, reached_ns))
                read_bytes += len(line)
                if head is None or head[2] is not None:  # not a message of the wire
                    event = _event(line, due_ns, ScorePlace(at, reached_ns))
                    if event is not None:
                        found.append(event)
                at, reached_ns = offset, Nanoseconds(due_ns)
        except (OSError, ValueError):  # taken away, or closed, while it is read
            pass
        return ScorePage(found, None)

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
                file.seek(place.offset)
                piece = file.read(_PIECE_BYTES) + file.readline(LONGEST_LINE)
                place = self._at_a_glance(piece, place) or self._line_by_line(piece, file, place)
        except OSError as exc:
            self._odd.append(f"{EVENTS_FILE} cannot be read: {os.strerror(exc.errno or 0)}")
        if survey.damaged:
            self._odd.append(f"{survey.damaged} lines of {EVENTS_FILE} are damaged")

    def _at_a_glance(self, piece: bytes, place: ScorePlace) -> ScorePlace | None:
        """Take in lines that all have our head; None, and nothing, where one has another."""
        heads = _HEADS.findall(piece)
        if not heads or len(heads) != piece.count(b"\n") or not piece.endswith(b"\n"):
            return None
        if len(piece) > LONGEST_LINE < max(map(len, piece.splitlines(keepends=True))):
            return None
        due_ns = max(int(place.due_ns), *(int(at) for at, _ in heads))
        if due_ns - max(place.due_ns, self._sound_end_ns) > LONGEST_LEAP_NS:
            return None
        names = Counter(name for _, name in heads if name)
        for name, count in names.items():
            self._survey.count(name.decode("ascii", "replace"), count)
        if _FLUSHED in names:
            for line in piece.splitlines():
                if _FLUSHED in line:
                    self._survey.cut_off(_read(line))
        self._survey.due_ns = due_ns
        return ScorePlace(place.offset + len(piece), Nanoseconds(due_ns))

    def _line_by_line(self, piece: bytes, file: BinaryIO, place: ScorePlace) -> ScorePlace | None:
        """Take in ``piece``, which begins at ``place``; return where the next one begins."""
        survey, end = self._survey, place.offset + len(piece)
        file.seek(place.offset)
        for offset, due_ns, line, head in self._lines(file, place):
            survey.due_ns = due_ns
            if head is None or head[2] == _FLUSHED:
                read = _read(line)
                survey.damaged += read is None
                survey.cut_off(read)
                name = (read.event if read is not None else None) or ""
            else:
                name = (head[2] or b"").decode("ascii", "replace")
            survey.count(name, 1)
            if offset >= end:
                return ScorePlace(offset, Nanoseconds(due_ns))
        return None

    # --- lines --------------------------------------------------------------------------------

    def _lines(
        self, file: BinaryIO, place: ScorePlace
    ) -> "Iterator[tuple[int, int, bytes, re.Match[bytes] | None]]":
        """Yield the offset behind each line, when it is due, the line, and its head as we write it.

        A line of somebody else's has no such head, and is read in full.
        """
        offset, due_ns = place.offset, int(place.due_ns)
        while line := file.readline(LONGEST_LINE):
            offset += len(line)
            if not line.endswith(b"\n"):
                if len(line) < LONGEST_LINE:
                    return  # half a line: it is being written, or was torn
                offset += _pass_over(file)
                continue
            head = _HEAD.match(line)
            at_ns = _instant(line) if head is None else int(head[1])
            if at_ns is not None and at_ns > due_ns:
                due_ns = self._due_ns(due_ns, at_ns)
            yield offset, due_ns, line, head

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


def _instant(line: bytes) -> int | None:
    read = _read(line)
    return None if read is None else read.t_ns


def _event(line: bytes, due_ns: int, before: ScorePlace) -> ScoreLine | None:
    read = _read(line)
    if read is None or read.event is None:
        return None
    return ScoreLine(Nanoseconds(due_ns), read.event, bytes(read.fields), before)


def _read(line: bytes) -> _Line | None:
    try:
        return _LINE.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None

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
PAGE_LINES: Final = 1_000
PAGE_BYTES: Final = 8 << 20

_HEAD = re.compile(rb'\{"t_ns":(-?\d{1,18}),"(?:dir"|event":"(\w{1,64})",)')
_BUFFER = 1 << 18


class _Line(msgspec.Struct):
    """A line that is an event, in whatever order its members stand."""

    t_ns: int
    event: str | None = None
    fields: msgspec.Raw = msgspec.Raw(b"{}")


_LINE = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class _Survey:
    """What is found in going through all of it once."""

    names: "Counter[str]" = field(default_factory=Counter)
    damaged: int = 0
    due_ns: int = 0


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
        try:
            file.seek(place.offset)
            for offset, due_ns, line, head in self._lines(file, place):
                if due_ns >= until_ns or len(found) >= PAGE_LINES or read_bytes > PAGE_BYTES:
                    return ScorePage(found, place)
                read_bytes += len(line)
                event = _event(line, head, due_ns, place)
                place = ScorePlace(offset, Nanoseconds(due_ns))
                if event is not None:
                    found.append(event)
        except (OSError, ValueError):  # taken away, or closed, while it is read
            pass
        return ScorePage(found, None)

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
        try:
            for _, due_ns, line, head in self._lines(file, ScorePlace(0, self._t0_ns)):
                survey.due_ns = due_ns
                if head is None:
                    read = _read(line)
                    survey.damaged += read is None
                    name = (read.event if read is not None else None) or ""
                else:
                    name = (head[2] or b"").decode("ascii", "replace")
                if name and (name in survey.names or len(survey.names) < MOST_NAMES):
                    survey.names[name] += 1
        except OSError as exc:
            self._odd.append(f"{EVENTS_FILE} cannot be read: {os.strerror(exc.errno or 0)}")
        if survey.damaged:
            self._odd.append(f"{survey.damaged} lines of {EVENTS_FILE} are damaged")

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
            due_ns = self._due_ns(due_ns, _instant(line, head))
            yield offset, due_ns, line, head

    def _due_ns(self, before_ns: int, at_ns: int | None) -> int:
        if at_ns is None or at_ns <= before_ns:
            return before_ns
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


def _instant(line: bytes, head: "re.Match[bytes] | None") -> int | None:
    if head is not None:
        return int(head[1])
    read = _read(line)
    return None if read is None else read.t_ns


def _event(
    line: bytes, head: "re.Match[bytes] | None", due_ns: int, before: ScorePlace
) -> ScoreLine | None:
    if head is not None and head[2] is None:
        return None  # a message of the wire
    read = _read(line)
    if read is None or read.event is None:
        return None
    return ScoreLine(Nanoseconds(due_ns), read.event, bytes(read.fields), before)


def _read(line: bytes) -> _Line | None:
    try:
        return _LINE.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None

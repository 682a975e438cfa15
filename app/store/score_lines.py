"""Lines of ``events.jsonl``: many at once where all are whole, one by one where one is not."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Final

import msgspec
import numpy as np

from app.core.clock import Nanoseconds
from app.core.ports.replay import JOINED, ScoreLine, ScorePage, ScorePlace

FLUSHED: Final = "PlaybackFlushed"
_NEWLINE: Final = ord("\n")


class Line(msgspec.Struct, gc=False):
    """A line, in whatever order its members stand; ``event`` None is a message of the wire."""

    t_ns: int
    event: str | None = None
    fields: msgspec.Raw = msgspec.Raw(b"{}")


class _Reply(msgspec.Struct):
    """Whose audio was dropped."""

    response_id: str


_LINE = msgspec.json.Decoder(Line)
_FLUSHED_REPLY = msgspec.json.Decoder(_Reply)
_INSTANT = attrgetter("t_ns")
_DAMAGE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_line(line: bytes) -> Line | None:
    """Return a line, or None for one that is damaged."""
    try:
        return _LINE.decode(line)
    except _DAMAGE:
        return None


def flushed_reply(line: Line) -> str | None:
    """Return whose audio was dropped; None where the line does not tell that."""
    if line.event != FLUSHED:
        return None
    try:
        return _FLUSHED_REPLY.decode(line.fields).response_id
    except _DAMAGE:
        return None


def ends_of(piece: bytes) -> list[int]:
    """Return how many bytes lie up to the end of each line."""
    ends: list[int] = (np.flatnonzero(np.frombuffer(piece, np.uint8) == _NEWLINE) + 1).tolist()
    return ends


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines that were read at once.

    Attributes:
        place: Where the first one begins.
        data: Their bytes.
        lines: What they hold.
        due_ns: The latest instant up to the last one.
    """

    place: ScorePlace
    data: bytes
    lines: Sequence[Line]
    due_ns: int

    @property
    def after(self) -> ScorePlace:
        """Where the next line begins."""
        return ScorePlace(self.place.offset + len(self.data), Nanoseconds(self.due_ns))

    def page(self, until_ns: Nanoseconds, most: int, *, joined: bool) -> ScorePage:
        """Return the events that are due before ``until_ns``, of at most so many lines.

        ``joined``: runs of ``JOINED`` are one line each.
        """
        start_ns, begin = self.place.due_ns, self.place.offset
        dues = list(accumulate(map(_INSTANT, self.lines), max, initial=start_ns))
        starts = [0, *ends_of(self.data)]
        count = min(bisect_left(dues, until_ns, 1) - 1, most)
        found: list[ScoreLine] = []
        events = [at for at, line in enumerate(self.lines[:count]) if line.event is not None]
        for run, places in groupby(events, self._is_joined if joined else _alone):
            if run:
                found.append(self._run(tuple(places), dues, starts))
                continue
            for at in places:
                line = self.lines[at]
                fields, offset = bytes(line.fields), begin + starts[at]
                due_ns = Nanoseconds(dues[at + 1])
                found.append(ScoreLine(due_ns, line.event or "", fields, offset, dues[at]))
        return ScorePage(found, ScorePlace(begin + starts[count], Nanoseconds(dues[count])))

    def _is_joined(self, at: int) -> bool:
        return self.lines[at].event in JOINED

    def _run(self, places: Sequence[int], dues: Sequence[int], starts: Sequence[int]) -> ScoreLine:
        first, last = places[0], places[-1]
        lines = b"".join([self.data[starts[at] : starts[at + 1]] for at in places])
        offset = self.place.offset + starts[first]
        return ScoreLine(Nanoseconds(dues[last + 1]), "", lines, offset, dues[first])


def _alone(_at: int) -> bool:
    return False


def whole_lines(data: bytes, place: ScorePlace, longest: int, believed_ns: int) -> Piece | None:
    """Return bytes as lines; None where one is damaged, too long or of an unlikely instant.

    Args:
        data: What stands at ``place``.
        place: Where the first line begins.
        longest: No line may have more bytes.
        believed_ns: No instant may be later.
    """
    if not data.endswith(b"\n"):
        return None
    if len(data) > longest and np.diff(ends_of(data), prepend=0).max() > longest:
        return None
    try:
        lines = _LINE.decode_lines(data)
    except _DAMAGE:
        return None
    if len(lines) != data.count(b"\n"):
        return None
    due_ns = max(int(place.due_ns), *map(_INSTANT, lines))
    return None if due_ns > believed_ns else Piece(place, data, lines, due_ns)

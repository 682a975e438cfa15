"""The conversation as the window shows it: one line per entry, in the order of speaking."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from app.core.observe import Signal
from app.session.messages import Speaker, TranscriptReport
from app.ui.vm.text import clock, plain, seconds

MAX_LINES = 2_000
WHO = {Speaker.USER: "You", Speaker.MODEL: "Model"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry, ready to draw.

    Attributes:
        note: What became of it, e.g. that it was interrupted; "" if nothing.
        interim: Whether the words may still change.
    """

    entry_id: str
    at_ms: float
    speaker: Speaker
    text: str
    note: str
    interim: bool

    @property
    def clock(self) -> str:
        """Session time at which the speaker began."""
        return clock(self.at_ms)

    @property
    def who(self) -> str:
        """The speaker's name."""
        return WHO[self.speaker]


class TranscriptViewModel:
    """Keeps the newest ``MAX_LINES`` entries; the recording has them all.

    Signals:
        inserted: A line was inserted; carries its index.
        changed: A line was replaced; carries its index.
        removed: The first lines were dropped; carries how many.
    """

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.left_out = 0
        self.inserted = Signal[int]()
        self.changed = Signal[int]()
        self.removed = Signal[int]()

    def take(self, report: TranscriptReport) -> None:
        """Insert the entry or replace it. Equal reports change nothing."""
        line = _line(report)
        index = self._index(report.entry_id)
        if index is None:
            self._insert(line)
        elif self.lines[index] != line:
            self.lines[index] = line
            self.changed.emit(index)

    def clear(self) -> None:
        """Forget all lines: a new session begins."""
        count = len(self.lines)
        self.left_out = 0
        if count:
            self.lines.clear()
            self.removed.emit(count)

    def settle(self) -> None:
        """The session ended: what was interim will not change any more, and says so."""
        for index, line in enumerate(self.lines):
            if line.interim:
                self.lines[index] = replace(line, interim=False, note=line.note or "unfinished")
                self.changed.emit(index)

    def as_text(self) -> str:
        """Return the conversation for the clipboard."""
        return "\n".join(
            f"{line.clock}\t{line.who}\t{line.text}" + (f"\t[{line.note}]" if line.note else "")
            for line in self.lines
        )

    def _index(self, entry_id: str) -> int | None:
        for index in range(len(self.lines) - 1, -1, -1):  # the newest change most
            if self.lines[index].entry_id == entry_id:
                return index
        return None

    def _insert(self, line: Line) -> None:
        index = bisect_right(self.lines, line.at_ms, key=lambda each: each.at_ms)
        self.lines.insert(index, line)
        self.inserted.emit(index)
        surplus = len(self.lines) - MAX_LINES
        if surplus > 0:
            del self.lines[:surplus]
            self.left_out += surplus
            self.removed.emit(surplus)


def _line(report: TranscriptReport) -> Line:
    return Line(
        entry_id=report.entry_id,
        at_ms=report.at_ms,
        speaker=report.speaker,
        text=plain(report.text).strip() or ("" if report.final else "\N{HORIZONTAL ELLIPSIS}"),
        note=_note(report),
        interim=not report.final,
    )


def _note(report: TranscriptReport) -> str:
    if report.interrupted and report.heard_ms is None:
        return "interrupted"
    if report.interrupted:
        return f"interrupted: heard {seconds(report.heard_ms)} of {seconds(report.total_ms)} s"
    return "typed" if report.typed else ""

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
        heard: So many characters of ``text`` were heard; None where all of it was, or nobody
            knows.
    """

    entry_id: str
    at_ms: float
    speaker: Speaker
    text: str
    note: str
    interim: bool
    heard: int | None = None

    @property
    def parts(self) -> tuple[str, str]:
        """The text that was heard, and the rest, which was only generated."""
        return self.text[: self.heard], "" if self.heard is None else self.text[self.heard :]

    @property
    def told(self) -> str:
        """The text with what was not heard in brackets, for copies."""
        return bracketed(*self.parts)

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
        self._known: set[str] = set()
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
        self._known.clear()
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
            f"{line.clock}\t{line.who}\t{line.told}" + (f"\t[{line.note}]" if line.note else "")
            for line in self.lines
        )

    def _index(self, entry_id: str) -> int | None:
        if entry_id not in self._known:
            return None
        for index in range(len(self.lines) - 1, -1, -1):  # the newest change most
            if self.lines[index].entry_id == entry_id:
                return index
        return None

    def _insert(self, line: Line) -> None:
        index = bisect_right(self.lines, line.at_ms, key=lambda each: each.at_ms)
        self.lines.insert(index, line)
        self._known.add(line.entry_id)
        self.inserted.emit(index)
        surplus = len(self.lines) - MAX_LINES
        if surplus > 0:
            self._known.difference_update(each.entry_id for each in self.lines[:surplus])
            del self.lines[:surplus]
            self.left_out += surplus
            self.removed.emit(surplus)


def bracketed(heard: str, unheard: str) -> str:
    """Return both as one plain text that tells them apart."""
    rest = unheard.strip()
    if not rest:
        return heard + unheard
    return f"{heard.rstrip()} [not heard: {rest}]".lstrip()


def _line(report: TranscriptReport) -> Line:
    text = plain(report.text).strip()
    return Line(
        entry_id=report.entry_id,
        at_ms=report.at_ms,
        speaker=report.speaker,
        text=text or ("" if report.final else "\N{HORIZONTAL ELLIPSIS}"),
        note=_note(report),
        interim=not report.final,
        heard=_heard(report, text),
    )


def _heard(report: TranscriptReport, text: str) -> int | None:
    """Return how many characters of the shown text were heard; None for all of them."""
    if report.heard_chars is not None:
        heard = len(plain(report.text[: max(report.heard_chars, 0)]).lstrip())
        return heard if heard < len(text) else None
    heard_ms, total_ms = report.heard_ms, report.total_ms
    if not report.interrupted or heard_ms is None or not total_ms or heard_ms >= total_ms:
        return None
    about = text[: round(len(text) * max(heard_ms, 0.0) / total_ms)]
    return max(about.rfind(" ") + 1, 0)


def _note(report: TranscriptReport) -> str:
    if report.interrupted and report.heard_ms is None:
        return "interrupted"
    if report.interrupted:
        return f"interrupted: heard {seconds(report.heard_ms)} of {seconds(report.total_ms)} s"
    return "typed" if report.typed else ""

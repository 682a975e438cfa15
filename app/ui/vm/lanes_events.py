"""All marks and spans of a session, by kind, with what the turn lanes ask about them."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.session.messages import MarkKind, MarkReport, SpanKind, SpanReport
from app.ui.vm.lanes_envelope import LATEST_MS
from app.ui.vm.lanes_track import Column, MarkTrack, SpanTrack
from app.ui.vm.lanes_view import Span
from app.ui.vm.lanes_words import MARK_NAMES, SPAN_NAMES, instant, length
from app.ui.vm.limits import limit_words
from app.ui.vm.text import one_line

MAX_EVENTS: Final = 1_500_000
MAX_WORDS: Final = 1_024
LONGEST_WORDS: Final = 60
# Up to so many candidates spans are drawn one by one; above, as what they cover together.
ONE_BY_ONE: Final = 128
LOOKED_AT: Final = 2_048
LISTED: Final = 8
MOST_ROWS: Final = 3


# The last one that a column holds gives it its shape and its word.
RISING: Final = (
    MarkKind.CONSENT,
    *(MarkKind.DEVICES_CHANGED, MarkKind.PROCESSING_CHANGED, MarkKind.TURNS_CONFIGURED),
    *(MarkKind.COMMITTED, MarkKind.FIRST_TOKEN, MarkKind.RESPONSE_CREATED),
    *(MarkKind.RESPONSE_DONE, MarkKind.VAD_ON, MarkKind.VAD_OFF, MarkKind.FIRST_AUDIO),
    *(MarkKind.AUDIBLE, MarkKind.TOOL_RESULT, MarkKind.TOOL_CALLED, MarkKind.TRUNCATED),
    *(MarkKind.CANCELLED, MarkKind.STALL, MarkKind.CLOCK_JUMP, MarkKind.BARGE_IN),
    *(MarkKind.PROVIDER_STALL, MarkKind.SELF_TRIGGERED, MarkKind.DEVICE_BACK),
    *(MarkKind.RENEWED, MarkKind.RECONNECTING, MarkKind.DEVICE_LOST),
)


@dataclass(frozen=True, slots=True)
class MarkGroup:
    """The marks of one column: the instant and kind of the most telling one, and how many."""

    at_ms: float
    kind: MarkKind
    count: int


@dataclass(frozen=True, slots=True)
class MarkGroups:
    """The marks of a view by columns, in the order of time; shape (n,) each.

    Attributes:
        at_ms: Instant of the most telling mark.
        ranks: Its kind, as a place in ``RISING``.
        counts: How many marks the column holds.
    """

    at_ms: Column
    ranks: NDArray[np.int64]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at_ms)

    def where(self, chosen: NDArray[np.bool_]) -> "MarkGroups":
        """Return those that are chosen."""
        return MarkGroups(self.at_ms[chosen], self.ranks[chosen], self.counts[chosen])

    def listed(self) -> list[MarkGroup]:
        """Return them one by one."""
        rows = zip(self.at_ms.tolist(), self.ranks.tolist(), self.counts.tolist(), strict=True)
        return [MarkGroup(at, RISING[rank], count) for at, rank, count in rows]


@dataclass(frozen=True, slots=True)
class Bars:
    """What to draw of one kind of span, oldest first.

    Attributes:
        spans: Start and end, ms, shape (n, 2); joined to what they cover together unless
            ``single``.
        words: One text per stretch, "" without; empty unless ``single``.
    """

    spans: NDArray[np.float64]
    words: tuple[str, ...]
    single: bool


class LaneEvents:
    """Keeps at most ``max_events`` marks and spans.

    When there are more, every second one of the older half of the most numerous kind goes:
    old detail is thinned, the newest never. ``left_out`` counts these, ``refused`` those whose
    times cannot be.
    """

    def __init__(self, max_events: int = MAX_EVENTS) -> None:
        self._max_events = max_events
        self.marks = {kind: MarkTrack() for kind in MarkKind}
        self.spans = {kind: SpanTrack() for kind in SpanKind}
        self.newest_ms = 0.0
        self.left_out = 0
        self.refused = 0
        self._total = 0
        self._tool_ends: list[float] = []
        self._words: dict[str, int] = {"": 0}
        self._texts = [""]

    def __len__(self) -> int:
        return self._total

    @property
    def marks_n(self) -> int:
        """How many marks are kept."""
        return sum(len(track) for track in self.marks.values())

    # --- adding

    def add_mark(self, report: MarkReport) -> bool:
        """Take a mark; False if its time cannot be."""
        if not 0 <= report.at_ms <= LATEST_MS:
            self.refused += 1
            return False
        self.marks[report.kind].add(report.at_ms)
        self._added(report.at_ms)
        return True

    def add_span(self, report: SpanReport) -> bool:
        """Take a span, without what lies before the session; False if its times cannot be."""
        start_ms, end_ms = max(report.start_ms, 0.0), report.end_ms
        finite = math.isfinite(report.start_ms) and report.start_ms <= report.end_ms
        if not finite or not 0 <= end_ms <= LATEST_MS:
            self.refused += 1
            return False
        limited = report.kind is SpanKind.CLIENT_LIMITED
        words = limit_words(report.words) if limited else report.words
        self.spans[report.kind].add(start_ms, end_ms, self._tag(words))
        if report.kind is SpanKind.TOOL:
            self._row_for(start_ms, end_ms)
        self._added(start_ms)
        return True

    @property
    def tool_rows(self) -> int:
        """How many tools ran at once at most, up to ``MOST_ROWS``."""
        return len(self._tool_ends)

    def _row_for(self, start_ms: float, end_ms: float) -> None:
        for row, ended_ms in enumerate(self._tool_ends):
            if ended_ms <= start_ms:
                self._tool_ends[row] = end_ms
                return
        if len(self._tool_ends) < MOST_ROWS:
            self._tool_ends.append(end_ms)

    def _added(self, at_ms: float) -> None:
        self.newest_ms = max(self.newest_ms, at_ms)
        self._total += 1
        if self._total > self._max_events:
            largest = max((*self.marks.values(), *self.spans.values()), key=len)
            gone = largest.thin()
            self._total -= gone
            self.left_out += gone

    def _tag(self, words: str) -> int:
        """Return the number of these words; those past ``MAX_WORDS`` different ones have none."""
        text = one_line(words, limit=LONGEST_WORDS) if words else ""
        if text not in self._words and len(self._texts) < MAX_WORDS:
            self._words[text] = len(self._texts)
            self._texts.append(text)
        return self._words.get(text, 0)

    # --- looking

    def groups(self, edges: Column) -> MarkGroups:
        """Return the marks between the edges, those of one column together, in time's order."""
        totals = np.zeros(len(edges) - 1, np.int64)
        telling = np.zeros(len(totals), np.int64)
        at_ms = np.zeros(len(totals))
        for index, kind in enumerate(RISING):
            track = self.marks[kind]
            if not len(track) or not track.between(edges[0], edges[-1]).size:
                continue
            counts, first = track.columns(edges)
            taken = np.flatnonzero(counts)
            totals += counts
            telling[taken] = index
            at_ms[taken] = first[taken]
        filled = np.flatnonzero(totals)
        return MarkGroups(at_ms[filled], telling[filled], totals[filled])

    def has(self, kind: SpanKind) -> bool:
        """Whether the session has a span of this kind."""
        return bool(len(self.spans[kind]))

    def bars(self, kind: SpanKind, edges: Column) -> Bars:
        """Return what to draw of one kind between the first and the last of ``edges``.

        Where there are many, stretches are joined and begin and end at edges; ``edges`` are
        the columns of the picture.
        """
        track = self.spans[kind]
        rows = track.touching(float(edges[0]), float(edges[-1]), ONE_BY_ONE)
        if rows is not None:
            words = tuple(self._texts[int(tag)] for tag in rows[2].tolist())
            return Bars(rows[:2].T, words, single=True)
        return Bars(edges[_runs(track.covered(edges))], (), single=False)

    def beside(self, at_ms: float, *, later: bool) -> float | None:
        """Return the nearest begin of a mark or span after ``at_ms``, or before it."""
        tracks = (*self.marks.values(), *self.spans.values())
        found = [track.beside(at_ms, later=later) for track in tracks]
        known = [each for each in found if each is not None]
        if not known:
            return None
        return min(known) if later else max(known)

    def near(self, at_ms: float, reach_ms: float) -> list[str]:
        """Return a line for each mark within ``reach_ms`` and each span there, nearest first.

        At most ``LISTED`` lines, and one that counts the rest.
        """
        marks, marks_n = self._marks_near(at_ms, reach_ms)
        spans, spans_n = self._spans_near(at_ms, reach_ms)
        lines = [words for _distance, words in sorted(marks)[:LISTED]]
        lines += spans[: LISTED - len(lines)]
        rest = marks_n + spans_n - len(lines)
        return [*lines, f"and {rest:,} more"] if rest > 0 else lines

    def _marks_near(self, at_ms: float, reach_ms: float) -> tuple[list[tuple[float, str]], int]:
        found: list[tuple[float, str]] = []
        total = 0
        for kind, track in self.marks.items():
            instants = track.between(at_ms - reach_ms, at_ms + reach_ms)
            total += instants.size
            middle = int(np.searchsorted(instants, at_ms))
            near = instants[max(middle - LISTED, 0) : middle + LISTED].tolist()
            name = MARK_NAMES[kind]
            found += [(abs(each - at_ms), f"{name} at {instant(each)}") for each in near]
        return found, total

    def _spans_near(self, at_ms: float, reach_ms: float) -> tuple[list[str], int]:
        lines: list[str] = []
        total = 0
        for kind, track in self.spans.items():
            rows, left_out = track.newest_touching(at_ms - reach_ms, at_ms + reach_ms, LOOKED_AT)
            total += rows.shape[1] + left_out
            for start, end, tag in rows[:, -LISTED:].T[::-1].tolist():
                lines.append(self._line(kind, Span(start, end), self._texts[int(tag)]))
        return lines, total

    def _line(self, kind: SpanKind, span: Span, words: str) -> str:
        name = f"{SPAN_NAMES[kind]} ({words})" if words else SPAN_NAMES[kind]
        until = f"{instant(span.start_ms)} to {instant(span.end_ms)}"
        return f"{name}: {length(span.length_ms)}, {until}"


def _runs(covered: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return first and end index of each run of true values, shape (n, 2)."""
    padded = np.concatenate(([False], covered, [False]))
    return np.flatnonzero(padded[1:] != padded[:-1]).reshape(-1, 2)

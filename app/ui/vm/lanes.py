"""The turn lanes: envelopes of both sides on session time, with marks and a view that moves."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.observe import Signal
from app.session.messages import EnvelopeReport, MarkKind, MarkReport

MAX_VALUES = 720_000
MAX_MARKS = 5_000
SHORTEST_VIEW_MS = 1_000.0
LONGEST_VIEW_MS = 3_600_000.0
FIRST_VIEW_MS = 20_000.0
DISORDER_MS = 10_000.0

Envelope = NDArray[np.float32]

MARK_NAMES = {
    MarkKind.VAD_ON: "speech detected",
    MarkKind.VAD_OFF: "end of turn detected",
    MarkKind.COMMITTED: "turn committed",
    MarkKind.RESPONSE_CREATED: "reply created",
    MarkKind.FIRST_TOKEN: "first token",
    MarkKind.FIRST_AUDIO: "first audio received",
    MarkKind.AUDIBLE: "first audible sample",
    MarkKind.RESPONSE_DONE: "reply complete",
    MarkKind.BARGE_IN: "interrupted",
    MarkKind.STALL: "playback stalled",
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of session time, ms."""

    start_ms: float
    end_ms: float


class LanesViewModel:
    """Keeps ``MAX_VALUES`` newest envelope values (4 h at 20 ms) and ``MAX_MARKS`` marks.

    Signals:
        changed: Something to draw changed.
    """

    def __init__(self) -> None:
        self.changed = Signal[()]()
        self.following = True
        self.width_ms = FIRST_VIEW_MS
        self.highlight: Span | None = None
        self._reset()

    def _reset(self) -> None:
        self._user: Envelope = np.zeros(4_096, np.float32)
        self._model: Envelope = np.zeros(4_096, np.float32)
        self._count = 0
        self._first_ms = 0.0
        self._step_ms: float | None = None
        self._right_ms = 0.0
        self.marks: deque[MarkReport] = deque(maxlen=MAX_MARKS)

    @property
    def end_ms(self) -> float:
        """Session time of the newest value."""
        return self._first_ms + self._count * (self._step_ms or 0.0)

    @property
    def view(self) -> Span:
        """The stretch that is shown."""
        right = max(self.end_ms if self.following else self._right_ms, self.width_ms)
        return Span(right - self.width_ms, right)

    def clear(self) -> None:
        """Forget everything: a new session begins."""
        self._reset()
        self.following = True
        self.highlight = None
        self.changed.emit()

    def take_envelope(self, report: EnvelopeReport) -> None:
        """Append values. Values that overlap replace; a hole is silence; bad steps are ignored."""
        if report.step_ms <= 0 or len(report.user) != len(report.model):
            return
        if self._step_ms is None:
            self._step_ms, self._first_ms = report.step_ms, report.start_ms
        start = round((report.start_ms - self._first_ms) / self._step_ms)
        end = start + len(report.user)
        if start < 0 or end > self._count + MAX_VALUES:
            return
        self._grow(end)
        self._user[start:end] = report.user
        self._model[start:end] = report.model
        self._count = max(self._count, end)
        self._trim()
        self.changed.emit()

    def take_mark(self, report: MarkReport) -> None:
        """Add a mark."""
        self.marks.append(report)
        self.changed.emit()

    def columns(self, count: int) -> tuple[Envelope, Envelope]:
        """Return the largest value of each of ``count`` equal columns of the view, per side.

        Columns begin at whole multiples of their width, so that they keep their shape while
        the view moves on.
        """
        view = self.view
        step = self._step_ms or 1.0
        column = self.width_ms / count
        first = math.floor(view.start_ms / column)
        edges = (first + np.arange(count + 1)) * column - self._first_ms
        bounds = np.floor(edges / step).astype(np.int64)
        return self._maxima(self._user, bounds), self._maxima(self._model, bounds)

    def visible_marks(self) -> list[MarkReport]:
        """Return the marks inside the view, oldest first.

        Marks come nearly in order: one that stands ``DISORDER_MS`` before the view ends the
        search, which begins with the newest.
        """
        view = self.view
        found: list[MarkReport] = []
        for mark in reversed(self.marks):
            if mark.at_ms < view.start_ms - DISORDER_MS:
                break
            if view.start_ms <= mark.at_ms <= view.end_ms:
                found.append(mark)
        found.sort(key=lambda mark: mark.at_ms)
        return found

    def zoom(self, factor: float, at: float) -> None:
        """Scale the view's width by ``factor`` around ``at``, 0 (left) to 1 (right)."""
        view = self.view
        anchor = view.start_ms + at * self.width_ms
        self.width_ms = min(max(self.width_ms * factor, SHORTEST_VIEW_MS), LONGEST_VIEW_MS)
        if not self.following:
            self._right_ms = anchor + (1 - at) * self.width_ms
        self.changed.emit()

    def pan(self, share: float) -> None:
        """Move the view by ``share`` of its width; reaching the end follows again."""
        self._right_ms = max(self.view.end_ms + share * self.width_ms, self.width_ms)
        self.following = self._right_ms >= self.end_ms
        self.changed.emit()

    def follow(self) -> None:
        """Go to the newest instant and stay there."""
        self.following = True
        self.changed.emit()

    def show_span(self, span: Span | None) -> None:
        """Mark a stretch and bring it into view; None takes the mark away."""
        self.highlight = span
        if span is not None:
            self.following = False
            self.width_ms = max(self.width_ms, (span.end_ms - span.start_ms) * 1.5)
            self._right_ms = max(span.end_ms + self.width_ms / 4, self.width_ms)
        self.changed.emit()

    def _grow(self, size: int) -> None:
        while size > len(self._user):
            self._user = np.concatenate([self._user, np.zeros_like(self._user)])
            self._model = np.concatenate([self._model, np.zeros_like(self._model)])

    def _trim(self) -> None:
        surplus = self._count - MAX_VALUES
        if surplus < MAX_VALUES // 16:
            return
        self._user = np.concatenate([self._user[surplus:], np.zeros(surplus, np.float32)])
        self._model = np.concatenate([self._model[surplus:], np.zeros(surplus, np.float32)])
        self._count -= surplus
        self._first_ms += surplus * (self._step_ms or 0.0)

    def _maxima(self, values: Envelope, bounds: NDArray[np.int64]) -> Envelope:
        result = np.zeros(len(bounds) - 1, np.float32)
        starts = np.clip(bounds[:-1], 0, self._count)
        ends = np.clip(np.maximum(bounds[1:], bounds[:-1] + 1), 0, self._count)
        filled = np.flatnonzero(ends > starts)
        if filled.size:
            first, last = int(starts[filled[0]]), int(ends[filled[-1]])
            result[filled] = np.maximum.reduceat(values[first:last], starts[filled] - first)
        return result

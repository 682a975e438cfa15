"""Reports on their way to a window, bounded however slowly it reads."""

import itertools
from typing import Final

from app.session.link import LinkMessage
from app.session.messages import (
    BatteryReport,
    EnvelopeReport,
    HealthReport,
    MarkReport,
    MeterReport,
    PlayingReport,
    ReplayReport,
    SpanReport,
    SweepReport,
    TranscriptReport,
)

OUTBOX_LIMIT: Final = 4000
"""Reports held for a window that does not read; beyond it the passing ones are dropped."""

BATCH_LIMIT: Final = 60
"""Reports in a frame: as many of the longest transcripts as the pipe's limit holds."""


class Outbox:
    """Reports that wait for the next batches.

    Meters, the health, a battery's results and each transcript entry are latest-wins, and so is
    the place of a replay; where a replay begins anew or ends, nothing that comes later takes the
    place of what came before. When the window reads too slowly, envelopes, marks and spans are
    dropped and counted, unless who tells them asks for room first; what else there is comes once
    a turn. All calls on one loop; implements ``Outlet``.

    Args:
        limit: Reports held for a window that does not read.

    Attributes:
        dropped: Reports that the window was not given.
    """

    def __init__(self, limit: int = OUTBOX_LIMIT) -> None:
        self._limit = limit
        self._waiting: dict[str, LinkMessage] = {}
        self._count = 0
        self._shown = 0
        self.dropped = 0

    def __call__(self, report: LinkMessage) -> None:
        """See ``put``."""
        self.put(report)

    def put(self, message: LinkMessage) -> None:
        """Add a message to the next batch."""
        passing = isinstance(message, EnvelopeReport | MarkReport | SpanReport)
        if passing and self.room() == 0:
            self.dropped += 1
            return
        self._count += 1
        kind = _latest_wins(message)
        name = str(self._count) if kind is None else f"{self._shown} {kind}"
        if isinstance(message, ReplayReport):
            self._shown += kind is None
            self._waiting.pop(name, None)
        self._waiting[name] = message

    def room(self) -> int:
        """Return how many reports can be put now before any is dropped."""
        return max(self._limit - len(self._waiting), 0)

    def take(self, at_most: int = BATCH_LIMIT) -> list[LinkMessage]:
        """Return and forget what waits, oldest first, so much as fits into a frame."""
        names = list(itertools.islice(self._waiting, at_most))
        return [self._waiting.pop(name) for name in names]


def _latest_wins(message: LinkMessage) -> str | None:
    """Return what a later message of the same kind replaces, or None if all are kept."""
    match message:
        case MeterReport() | HealthReport() | PlayingReport() | BatteryReport() | SweepReport():
            return type(message).__name__
        case TranscriptReport(entry_id=entry_id):
            return f"entry {entry_id}"
        case ReplayReport(folder=folder) if folder and not (message.restarted or message.odd):
            return f"replay {folder}"
        case _:
            return None

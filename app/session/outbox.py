"""Reports on their way to a window, bounded however slowly it reads."""

import itertools

from app.session.link import LinkMessage
from app.session.messages import (
    BatteryReport,
    EnvelopeReport,
    HealthReport,
    MarkReport,
    MeterReport,
    PlayingReport,
    SpanReport,
    SweepReport,
    TranscriptReport,
)

OUTBOX_LIMIT = 4000
"""Reports held for a window that does not read; beyond it the passing ones are dropped."""

BATCH_LIMIT = 60
"""Reports in a frame: as many of the longest transcripts as the pipe's limit holds."""


class Outbox:
    """Reports that wait for the next batches.

    Meters, the health, a battery's results and each transcript entry are latest-wins. When the
    window reads too slowly, envelopes, marks and spans are dropped and counted; what else there is
    comes once a turn.

    Attributes:
        dropped: Reports that the window was not given.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, LinkMessage] = {}
        self._count = 0
        self.dropped = 0

    def put(self, message: LinkMessage) -> None:
        """Add a message to the next batch."""
        passing = isinstance(message, EnvelopeReport | MarkReport | SpanReport)
        if passing and len(self._waiting) >= OUTBOX_LIMIT:
            self.dropped += 1
            return
        self._count += 1
        self._waiting[_latest_wins(message) or str(self._count)] = message

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
        case _:
            return None

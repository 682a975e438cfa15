"""Reports on their way to the window; of a stretch that is gone over, only what stays."""

from collections.abc import Sequence

from app.session.messages import (
    EngineReport,
    GuardReport,
    HealthReport,
    SessionReport,
    StateReport,
    ToolReport,
    TranscriptReport,
)


class Fold:
    """Keeps reports in their order until they are taken. One owner.

    Attributes:
        brief: A report takes the place of those that it replaces.
    """

    def __init__(self) -> None:
        self.brief = False
        self._kept: dict[object, EngineReport] = {}
        self._count = 0

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, report: EngineReport) -> None:
        """Keep a report."""
        self._count += 1
        key = (_replaced(report) if self.brief else None) or self._count
        self._kept.pop(key, None)
        self._kept[key] = report

    def take(self, at_most: int) -> Sequence[EngineReport]:
        """Return and forget the oldest ones."""
        keys = [key for key, _ in zip(self._kept, range(at_most), strict=False)]
        return [self._kept.pop(key) for key in keys]

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()


def _replaced(report: EngineReport) -> object:
    """Return what a later report of the same replaces; None where all are kept."""
    match report:
        case StateReport() | HealthReport() | SessionReport() | GuardReport():
            return type(report)
        case TranscriptReport(entry_id=entry_id):
            return (TranscriptReport, entry_id)
        case ToolReport(call_id=call_id):
            return (ToolReport, call_id)
        case _:
            return None

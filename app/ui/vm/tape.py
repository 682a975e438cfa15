"""What the live session told, kept while a recorded one is shown in its place."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from app.session.messages import (
    CostReport,
    EchoReport,
    EngineReport,
    GuardReport,
    HealthReport,
    SessionReport,
    StateReport,
    ToolReport,
    TranscriptReport,
    TurnReport,
    VerificationReport,
)
from app.ui.vm.connection import MOST_PINGS

_NAMES: Final[Mapping[type[Any], Callable[[Any], object]]] = MappingProxyType(
    {
        TurnReport: lambda report: report.record.turn_id,
        TranscriptReport: lambda report: report.entry_id,
        CostReport: lambda report: report.turn_id,
        ToolReport: lambda report: report.call_id,
        HealthReport: lambda report: int(report.elapsed_s) % MOST_PINGS,
        SessionReport: lambda _report: None,
        GuardReport: lambda _report: None,
        EchoReport: lambda _report: None,
        VerificationReport: lambda _report: None,
        StateReport: lambda _report: None,
    }
)
"""Of each kind what tells its reports apart: a later one of the same name takes the place."""


class Tape:
    """Reports of one session in their order, without those that were replaced.

    Sound, marks and spans are not among them: the lanes keep their own.
    """

    def __init__(self) -> None:
        self._kept: dict[object, EngineReport] = {}

    def hear(self, report: EngineReport) -> None:
        """Keep a report, if it is of a kind that stays."""
        name = _NAMES.get(type(report))
        if name is not None:
            key = type(report), name(report)
            self._kept.pop(key, None)
            self._kept[key] = report

    @property
    def reports(self) -> Iterable[EngineReport]:
        """All that is kept, the state it was in last."""
        states = [each for each in self._kept.values() if isinstance(each, StateReport)]
        others = [each for each in self._kept.values() if not isinstance(each, StateReport)]
        return (*others, *states)

    def clear(self) -> None:
        """A new session begins."""
        self._kept.clear()

"""Jobs on recorded sessions: listing them, and comparing two sets of them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from app.core.errors import ConfigError, StoreError
from app.core.ports.store import SessionReader, StoredSession
from app.metrics.outcomes import Comparison, SideFigures
from app.metrics.summary import summarise
from app.session.jobs import Tell
from app.session.messages import (
    CompareSessions,
    ComparisonReport,
    JobReport,
    ListSessions,
    SessionLine,
    SessionsReport,
)

NEWEST: Final = 500
"""Sessions that are listed, or read of one folder, at most."""

UNREADABLE: Final = "unreadable"

_AT_ONCE: Final = 20
"""Sessions read between two looks at whether anybody still wants them."""

_VALUES_SHOWN: Final = 2_000
"""Points of a side that cross the pipe to a window: more are not told apart there."""

Aside: TypeAlias = Callable[[Callable[[], None]], Awaitable[None]]
"""Runs what blocks without holding up the loop, as ``SessionParts.aside``."""

_T = TypeVar("_T")


class SessionJobs:
    """Does what is asked about recorded sessions. All calls on the engine's loop.

    Args:
        reader: Reads them; used aside only.
        aside: Runs what blocks.
    """

    def __init__(self, reader: SessionReader, aside: Aside) -> None:
        self._reader = reader
        self._aside = aside

    async def list_sessions(self, request: ListSessions, tell: Tell) -> None:
        """Tell the newest sessions; one that cannot be read is told as such.

        A folder whose name is no UTF-8 is left out: no request over the pipe could name it.

        Raises:
            StoreError: If the folder is there and cannot be read.
        """
        known = await self._done(lambda: self._reader.folders(request.root))
        folders = [folder for folder in known if _sendable(str(folder)) == str(folder)][:NEWEST]
        lines: list[SessionLine] = []
        for some in _portions(folders):
            lines += await self._done(partial(self._lines, some))
            if len(lines) < len(folders):
                tell(JobReport(done=len(lines), total=len(folders), words="reading the sessions"))
        tell(SessionsReport(sessions=tuple(lines)))

    async def compare(self, request: CompareSessions, tell: Tell) -> None:
        """Tell how the second set does against the first.

        Raises:
            ConfigError: If a side names no session.
            StoreError: If no session of a side can be read.
        """
        comparison = await self.comparison(
            [Path(each) for each in request.first],
            [Path(each) for each in request.second],
            tell,
        )
        tell(ComparisonReport(comparison=slim(comparison)))

    async def comparison(
        self, first: Sequence[Path], second: Sequence[Path], tell: Callable[[JobReport], None]
    ) -> Comparison:
        """Return second against first.

        Args:
            first: Sessions, or folders of them; what cannot be read is a warning.
            second: Likewise.
            tell: Gets how far it is.

        Raises:
            ConfigError: If a side names no session.
            StoreError: If no session of a side can be read.
        """
        total = len(first) + len(second) + 1
        odd: list[str] = []
        sides: list[list[StoredSession]] = []
        for folders, before in ((first, 0), (second, len(first))):
            side: list[StoredSession] = []
            for done, folder in enumerate(folders, before):
                tell(JobReport(done=done, total=total, words=f"reading {folder.name}"))
                side += await self._done(partial(self._sessions, folder, odd))
            _refuse_empty(folders, side, odd)
            sides.append(side)
        tell(JobReport(done=total - 1, total=total, words="comparing"))
        compared = await self._done(lambda: _compare(*sides))
        return replace(compared, warnings=(*compared.warnings, *odd))

    def _sessions(self, folder: Path, odd: list[str]) -> list[StoredSession]:
        """Return the session in ``folder``, or those below it; note what cannot be read."""
        try:
            return [self._reader.read(folder)]
        except StoreError as error:
            below = self._below(folder)
            if not below:
                odd.append(f"Left out: {error.sentence}")
        found = []
        for each in below[:NEWEST]:
            try:
                found.append(self._reader.read(each))
            except StoreError as error:
                odd.append(f"Left out: {error.sentence}")
        return found

    def _below(self, folder: Path) -> Sequence[Path]:
        try:
            return self._reader.folders(str(folder))
        except StoreError:
            return ()

    def _lines(self, folders: Sequence[Path]) -> list[SessionLine]:
        return [self._line(folder) for folder in folders]

    def _line(self, folder: Path) -> SessionLine:
        try:
            stored = self._reader.read(folder)
        except StoreError:
            return SessionLine(
                folder=str(folder), title=None, state=UNREADABLE, began_utc=None, turns_n=None
            )
        record = stored.record
        return SessionLine(
            folder=str(folder),
            title=_sendable(record.target.title or record.target.model or record.target.provider),
            state=_sendable(record.state),
            began_utc=_sendable(record.t0_utc),
            turns_n=len(stored.turns),
            v2v_p50_ms=summarise(stored.turns, for_people=True).v2v_p50_ms,
        )

    async def _done(self, work: Callable[[], _T]) -> _T:
        found: list[_T] = []
        await self._aside(lambda: found.append(work()))
        return found[0]


def slim(comparison: Comparison) -> Comparison:
    """Return it with so many points as a window can tell apart, spread over their range."""
    metrics = (
        replace(each, first=_slim(each.first), second=_slim(each.second))
        for each in comparison.metrics
    )
    return replace(comparison, metrics=tuple(metrics))


def _slim(side: SideFigures) -> SideFigures:
    if len(side.values) <= _VALUES_SHOWN:
        return side
    ordered = sorted(side.values)
    last = len(ordered) - 1
    ranks = (round(k * last / (_VALUES_SHOWN - 1)) for k in range(_VALUES_SHOWN))
    return replace(side, values=tuple(ordered[rank] for rank in ranks))


def _compare(first: Sequence[StoredSession], second: Sequence[StoredSession]) -> Comparison:
    # Loading the statistics library takes a second: nobody pays it who does not compare.
    from app.metrics.comparison import compare_sessions  # noqa: PLC0415

    return compare_sessions(first, second)


def _refuse_empty(
    folders: Sequence[Path], side: Sequence[StoredSession], odd: Sequence[str]
) -> None:
    if not folders:
        raise ConfigError(
            "A side of the comparison has no session.", hint="Choose at least one for each side."
        )
    if not side:
        raise StoreError(
            f"None of {len(folders)} sessions can be read. {odd[-1]}",
            hint="Choose folders that `vivavoce sessions` lists.",
        )


def _portions(folders: Sequence[Path]) -> Iterator[Sequence[Path]]:
    for start in range(0, len(folders), _AT_ONCE):
        yield folders[start : start + _AT_ONCE]


def _sendable(text: str) -> str:
    """Return ``text`` as UTF-8 can spell it; JSON and file names can hold what it cannot."""
    return text.encode("utf-8", "replace").decode()

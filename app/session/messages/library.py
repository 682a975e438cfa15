"""The library, exports, replay and money: what a front end asks, and what it is told."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from app.core.exporting import Exported, ExportWish
from app.core.library import Annotation, LibraryPage, LibraryQuery, Retention
from app.core.money import Cost, Meter, PriceRow
from app.session.messages.choices import OutputChoice

# --- the library


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryLibrary:
    """Show sessions; the answer carries ``ticket``, so that a late one can be told.

    Attributes:
        root: The folder of sessions, or None for the user's own.
        refresh: Bring the index up to date first, in the background; another page follows if
            anything changed.
    """

    query: LibraryQuery
    ticket: int
    root: str | None = None
    refresh: bool = False


class LibraryDeed(StrEnum):
    """What is done with sessions."""

    ANNOTATE = "annotate"
    TRASH = "trash"
    RESTORE = "restore"
    DELETE = "delete"
    RETAIN = "retain"
    REBUILD = "rebuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLibrary:
    """Do something with sessions; a ``LibraryChanged`` follows.

    Attributes:
        keys: Of the sessions, see ``LibraryRow.key``; not for RETAIN and REBUILD.
        annotation: For ANNOTATE.
        retention: For RETAIN.
        dry: RETAIN only tells what it would do.
    """

    deed: LibraryDeed
    keys: tuple[str, ...] = ()
    annotation: Annotation = field(default_factory=Annotation)
    retention: Retention = field(default_factory=Retention)
    dry: bool = False
    root: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryReport:
    """A page of the library."""

    ticket: int
    page: LibraryPage


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryChanged:
    """Something was done, or the folders changed by themselves (``deed`` None).

    Attributes:
        keys: Which sessions, or those that RETAIN would take.
        problems: A sentence for each session that it could not be done with.
    """

    deed: LibraryDeed | None
    keys: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    dry: bool = False


# --- exports


@dataclass(frozen=True, slots=True)
class ExportSessions:
    """Write sessions for others: a job. ``ExportReport`` follows."""

    wish: ExportWish


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportBundle:
    """Take the sessions of a bundle into the library: a job. ``ImportReport`` follows."""

    path: str
    root: str | None = None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    exported: Exported


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """Which sessions were taken in, by the names of their folders.

    Attributes:
        known: Those that were there before, and stayed as they were.
        odd: Sentences about what was odd.
    """

    added: tuple[str, ...]
    known: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()


# --- replay


class Solo(StrEnum):
    """Which side sounds."""

    BOTH = "both"
    USER = "user"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReplay:
    """Show a recorded session as if it were live. Refused while a session runs.

    Attributes:
        output: Where it sounds; with none it runs in silence, at its own timing.
    """

    folder: str
    output: OutputChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerReplay:
    """Change what a replay does; None leaves it as it is.

    Attributes:
        seek_ms: Go to this session time.
        speed: 0.5 to 8; sound is played from 0.5 to 2 only.
        loop_turn: Repeat this turn; -1 ends that.
    """

    playing: bool | None = None
    seek_ms: float | None = None
    speed: float | None = None
    loop_turn: int | None = None
    solo: Solo | None = None


@dataclass(frozen=True, slots=True)
class CloseReplay:
    """Leave the recorded session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """Where a replay is; about 15 a second while it plays. ``folder`` "": none is open.

    Attributes:
        restarted: Everything told before is void: what follows tells the session anew up to
            ``at_ms``.
        turns: Ids of all turns with the session time, ms, at which each begins; where
            ``restarted``.
        odd: Sentences about what is missing or damaged, with the first report, and all of them
            anew where more is found.
        gone: Share of the way to a far ``at_ms`` that has been gone over; None where it is there.
    """

    folder: str
    at_ms: float = 0.0
    duration_ms: float = 0.0
    playing: bool = False
    speed: float = 1.0
    loop_turn: int | None = None
    solo: Solo = Solo.BOTH
    restarted: bool = False
    turns: tuple[tuple[int, float], ...] = ()
    odd: tuple[str, ...] = ()
    gone: float | None = None


# --- money and privacy


@dataclass(frozen=True, slots=True)
class ListPrices:
    """Tell all prices that are believed today."""


@dataclass(frozen=True, slots=True)
class SetPrice:
    """Keep a price of the user's own."""

    row: PriceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePrice:
    """Forget a price of the user's own."""

    provider: str
    model: str
    valid_from: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricesReport:
    """What models cost.

    Attributes:
        rows: Of all sources, all dates; the first of a model that holds at a date is believed.
    """

    rows: tuple[PriceRow, ...]
    table_date: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostReport:
    """What the session that runs has cost so far; after each turn and every few seconds.

    Attributes:
        total: Of the session.
        turn: Of the turn that has just ended, with its ``turn_id``; None between turns.
        elapsed_s: Since the session began; a cost per minute is ``total / elapsed``.
        cached_share: Of the turn's tokens in, 0 to 1; None where nobody says.
        wasted_usd: Generated and never heard, so far; None where that is unpriced.
        meters: Of the session, raw.
        budget_words: What the budget says, or "".
        over_budget: The session is being ended for it.
        successes: Turns so far that did not fail.
    """

    total: Cost
    elapsed_s: float
    turn: Cost | None = None
    turn_id: int | None = None
    cached_share: float | None = None
    wasted_usd: Decimal | None = None
    meters: tuple[tuple[Meter, float], ...] = ()
    budget_words: str = ""
    over_budget: bool = False
    successes: int = 0


@dataclass(frozen=True, slots=True)
class RecordConsent:
    """Somebody agrees to being recorded: kept in the session that runs."""

    who: str


LibraryRequest: TypeAlias = (
    QueryLibrary
    | ChangeLibrary
    | ExportSessions
    | ImportBundle
    | OpenReplay
    | SteerReplay
    | CloseReplay
    | ListPrices
    | SetPrice
    | RemovePrice
    | RecordConsent
)

LibraryAnswer: TypeAlias = (
    LibraryReport
    | LibraryChanged
    | ExportReport
    | ImportReport
    | ReplayReport
    | PricesReport
    | CostReport
)

"""The library: every recorded session as one line, what was asked of it, and what it answers."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from app.core.money import CostStatus


class Outcome(StrEnum):
    """How a session went, in one word."""

    OK = "ok"
    TURNS_FAILED = "turns_failed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    RUNNING = "running"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFigures:
    """What the library shows of a session beside its account.

    Attributes:
        v2v_p50_ms: Median voice-to-voice of the turns that count, or None.
        v2v_p95_ms: None under 20 turns.
        cost_usd: None where nothing is priced.
        cost_uses: Fingerprint of the price table that it was priced by.
    """

    v2v_p50_ms: float | None = None
    v2v_p95_ms: float | None = None
    interruptions_n: int | None = None
    cost_usd: Decimal | None = None
    cost_status: CostStatus = CostStatus.UNPRICED
    cost_uses: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryRow:
    """One session. None is what nobody says.

    Attributes:
        key: The folder's name: unique in its library, and sorted by time.
        folder: Its path.
        odd: Sentences about what is missing, damaged or of a newer version.
        bytes_n: What the folder takes on the disk.
        trashed_utc: When it was put into the trash, or None.
        snippet: Where the words asked for were said, as ``(text, hit)`` pieces; () else.
    """

    key: str
    folder: str
    outcome: Outcome
    session_id: str | None = None
    began_utc: str | None = None
    provider: str | None = None
    model: str | None = None
    title: str | None = None
    voice: str | None = None
    run_id: str | None = None
    duration_s: float | None = None
    turns_n: int | None = None
    failed_n: int | None = None
    renewals: int | None = None
    provider_stalls: int | None = None
    figures: SessionFigures = field(default_factory=SessionFigures)
    bytes_n: int = 0
    tags: tuple[str, ...] = ()
    starred: bool = False
    note: str = ""
    odd: tuple[str, ...] = ()
    trashed_utc: str | None = None
    snippet: tuple[tuple[str, bool], ...] = ()


class SortBy(StrEnum):
    """Columns that the library is sorted by."""

    BEGAN = "began"
    MODEL = "model"
    DURATION = "duration"
    TURNS = "turns"
    LATENCY = "latency"
    COST = "cost"
    SIZE = "size"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryQuery:
    """Which sessions to show. Empty or None is no condition; all that are given must hold.

    Attributes:
        text: Words that either side said, or that stand in title, note or tags; quoted words
            are a phrase, a last word matches its beginnings. Never an error.
        tags: All of them.
        since: ISO date or instant, inclusive; ``until`` is exclusive.
        offset, limit: The page.
    """

    text: str = ""
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    starred: bool | None = None
    since: str | None = None
    until: str | None = None
    least_s: float | None = None
    most_s: float | None = None
    least_usd: Decimal | None = None
    most_usd: Decimal | None = None
    least_v2v_ms: float | None = None
    most_v2v_ms: float | None = None
    in_trash: bool = False
    sort: SortBy = SortBy.BEGAN
    descending: bool = True
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What could be asked for, with how many sessions each holds; the whole library."""

    providers: tuple[tuple[str, int], ...] = ()
    models: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()
    outcomes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryPage:
    """What a query comes to.

    Attributes:
        rows: Of the page asked for.
        total: Of all pages.
        bytes_n: What all sessions found take on the disk.
        usd: What those that are priced cost together; None where none is.
        trash_n: Sessions in the trash.
        problem: Why the index cannot be kept on the disk, or "".
    """

    rows: tuple[LibraryRow, ...]
    total: int
    bytes_n: int = 0
    duration_s: float = 0.0
    usd: Decimal | None = None
    unpriced_n: int = 0
    trash_n: int = 0
    facets: Facets = field(default_factory=Facets)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """What the user writes on sessions; None leaves it as it is."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    note: str | None = None
    starred: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """What is put into the trash by itself, and when the trash is emptied. None is never.

    Starred sessions are kept always.
    """

    older_than_days: int | None = None
    most_bytes: int | None = None
    most_sessions: int | None = None
    empty_trash_after_days: int | None = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What reading the folders anew has changed in the index."""

    added_n: int = 0
    changed_n: int = 0
    gone_n: int = 0
    repriced_n: int = 0

    @property
    def anything(self) -> bool:
        """Whether a page shown before may differ now."""
        return any((self.added_n, self.changed_n, self.gone_n, self.repriced_n))

"""What the library is narrowed to: the conditions, their words, and the query they make."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final

from app.core.library import LibraryQuery, Outcome, SortBy
from app.ui.vm.text import THIN_SPACE, one_line

Range = tuple[float | None, float | None]
"""From and to, both inclusive; None is open."""

ANY: Final[Range] = (None, None)
DASH: Final = "\N{EN DASH}"
MINUTE_S: Final = 60.0
MAX_WORDS: Final = 400
OUTCOMES: Final = {
    Outcome.OK: "ok",
    Outcome.TURNS_FAILED: "turns failed",
    Outcome.FAILED: "failed",
    Outcome.INTERRUPTED: "interrupted",
    Outcome.RUNNING: "running",
    Outcome.UNREADABLE: "unreadable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryFilters:
    """Conditions that must all hold; empty is no condition.

    Attributes:
        since: ISO date, the user's own calendar; ``until`` is its last day.
        minutes: Of the duration.
        usd: Of the cost.
        v2v_ms: Of the median voice to voice.
    """

    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    starred: bool = False
    since: str | None = None
    until: str | None = None
    minutes: Range = ANY
    usd: Range = ANY
    v2v_ms: Range = ANY

    @property
    def any(self) -> bool:
        """Whether there is a condition."""
        return self != LibraryFilters()

    def toggled(self, name: str, value: str) -> "LibraryFilters":
        """Return the filters with ``value`` of a list added, or taken away."""
        now: tuple[str, ...] = getattr(self, name)
        then = tuple(each for each in now if each != value) if value in now else (*now, value)
        return self.with_column(name, then)

    def with_column(self, name: str, value: Any) -> "LibraryFilters":
        """Return the filters with another value of one column."""
        return replace(self, **{name: value})


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in words; pressing it leaves ``without``."""

    words: str
    without: LibraryFilters


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Everything that decides which rows are shown, in which order."""

    text: str = ""
    filters: LibraryFilters = field(default_factory=LibraryFilters)
    in_trash: bool = False
    sort: SortBy = SortBy.BEGAN
    descending: bool = True

    @property
    def narrowed(self) -> bool:
        """Whether it leaves out what is there."""
        return bool(self.text.strip()) or self.filters.any

    def query(self, offset: int, limit: int, zone: tzinfo | None = None) -> LibraryQuery:
        """Return the query for one page; ``zone`` None is the machine's own."""
        kept = self.filters
        text = self.text.strip()[:MAX_WORDS]
        return LibraryQuery(
            text=text,
            providers=kept.providers,
            models=kept.models,
            tags=kept.tags,
            outcomes=tuple(Outcome(each) for each in kept.outcomes),
            starred=True if kept.starred else None,
            since=_midnight(kept.since, 0, zone),
            until=_midnight(kept.until, 1, zone),
            least_s=_scaled(kept.minutes[0]),
            most_s=_scaled(kept.minutes[1]),
            least_usd=_money(kept.usd[0]),
            most_usd=_money(kept.usd[1]),
            least_v2v_ms=kept.v2v_ms[0],
            most_v2v_ms=kept.v2v_ms[1],
            in_trash=self.in_trash,
            sort=self.sort,
            descending=self.descending,
            offset=offset,
            limit=limit,
        )


def _scaled(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * MINUTE_S


def _money(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _midnight(day: str | None, later: int, zone: tzinfo | None) -> str | None:
    """Return the instant at which a local day begins, so many days later, UTC."""
    if day is None:
        return None
    begins = datetime.combine(date.fromisoformat(day) + timedelta(later), time())
    local = begins.astimezone() if zone is None else begins.replace(tzinfo=zone)
    return local.astimezone(UTC).isoformat(timespec="seconds")


# --- words


def chips(filters: LibraryFilters) -> tuple[Chip, ...]:
    """Return each condition in words, with the filters that are left without it."""
    made = [
        Chip(f"{name} {_value(column, value)}", filters.toggled(column, value))
        for column, name in (
            ("models", "Model"),
            ("providers", "Provider"),
            ("tags", "Tag"),
            ("outcomes", "Result"),
        )
        for value in getattr(filters, column)
    ]
    if filters.starred:
        made.append(Chip("Starred", replace(filters, starred=False)))
    if filters.since or filters.until:
        made.append(Chip(_days(filters), replace(filters, since=None, until=None)))
    for name, column, unit in RANGES:
        bounds: Range = getattr(filters, column)
        if bounds != ANY:
            made.append(
                Chip(f"{name} {range_words(bounds, unit)}", filters.with_column(column, ANY))
            )
    return tuple(made)


RANGES: Final = (
    ("Duration", "minutes", "min"),
    ("Cost", "usd", "$"),
    ("V2V P50", "v2v_ms", "ms"),
)
"""Name, column and unit of what can be narrowed to a range."""


def _value(column: str, value: str) -> str:
    return OUTCOMES[Outcome(value)] if column == "outcomes" else one_line(value, limit=40)


def _days(filters: LibraryFilters) -> str:
    if filters.since and filters.until:
        same = filters.since == filters.until
        return f"On {filters.since}" if same else f"{filters.since} {DASH} {filters.until}"
    return f"Since {filters.since}" if filters.since else f"Until {filters.until}"


def range_words(bounds: Range, unit: str) -> str:
    """Return a range in words, e.g. "2 - 10 min" or "from $1"."""
    least, most = bounds
    if least is not None and most is not None:
        return _with(f"{least:g} {DASH} {most:g}", unit)
    return f"from {_with(f'{least:g}', unit)}" if most is None else f"to {_with(f'{most:g}', unit)}"


def _with(text: str, unit: str) -> str:
    return f"{unit}{text}" if unit == "$" else f"{text}{THIN_SPACE}{unit}"


# --- what is typed


def read_bound(text: str) -> float | None:
    """Return the number that is typed, or None for nothing.

    Raises:
        ValueError: If it is no number from 0 up.
    """
    words = text.strip().replace(",", ".").removeprefix("$")
    if not words:
        return None
    value = float(words)
    if not math.isfinite(value) or value < 0:
        raise ValueError(words)
    return value


def read_day(text: str) -> str | None:
    """Return the day that is typed, as an ISO date, or None for nothing.

    Raises:
        ValueError: If it is no day.
    """
    words = text.strip()
    if not words:
        return None
    day = date.fromisoformat(words)
    if not MIN_YEAR <= day.year <= MAX_YEAR:
        raise ValueError(words)
    return day.isoformat()


MIN_YEAR: Final = 1970
MAX_YEAR: Final = 9000
"""Outside of these a local midnight may have no instant."""

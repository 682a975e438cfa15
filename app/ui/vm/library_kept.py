"""What the library's page remembers between two starts."""

from dataclasses import dataclass, field

from app.core.library import Outcome, Retention, SortBy
from app.ui.vm.library_filters import LibraryFilters, Range, read_day
from app.ui.vm.reading import flag, one_of, real, text, texts, unless_none, value_of, whole

WIDTHS = range(24, 2_001)
MAX_DAYS = 36_500
MAX_SESSIONS = 10_000_000
MAX_BYTES = 10**15
MOST = 1e12
MAX_NAMES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryKept:
    """Columns, order, filters and rules.

    Attributes:
        widths: Of the columns, from the left, pixels; () as they come.
        retention: The user's rules.
        by_itself: The rules are applied after every start of the program.
    """

    widths: tuple[int, ...] = ()
    sort: SortBy = SortBy.BEGAN
    descending: bool = True
    filters: LibraryFilters = field(default_factory=LibraryFilters)
    retention: Retention = field(default_factory=Retention)
    by_itself: bool = False


def _few(value: object) -> tuple[str, ...]:
    return texts(value)[:MAX_NAMES]


def _outcomes(value: object) -> tuple[str, ...]:
    return tuple(Outcome(each) for each in texts(value))


def _widths(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise TypeError
    read = whole(WIDTHS)
    return tuple(each for each in value if read(each) is not None)


def _range(value: object) -> Range:
    if not isinstance(value, list):
        raise TypeError
    read = unless_none(real(0.0, MOST))
    least, most = (read(each) for each in value)
    return (_real(least), _real(most))


def _real(value: object) -> float | None:
    return value if isinstance(value, float) else None


def _day(value: object) -> str | None:
    return None if value is None else read_day(text(value))


_COUNT = {
    "older_than_days": unless_none(whole(range(1, MAX_DAYS + 1))),
    "most_bytes": unless_none(whole(range(MAX_BYTES + 1))),
    "most_sessions": unless_none(whole(range(MAX_SESSIONS + 1))),
    "empty_trash_after_days": unless_none(whole(range(MAX_DAYS + 1))),
}
_FILTERS = {
    **dict.fromkeys(("providers", "models", "tags"), _few),
    "outcomes": _outcomes,
    "starred": flag,
    "since": _day,
    "until": _day,
    **dict.fromkeys(("minutes", "usd", "v2v_ms"), _range),
}
read_kept = value_of(
    LibraryKept,
    {
        "widths": _widths,
        "sort": one_of(SortBy),
        "descending": flag,
        "filters": value_of(LibraryFilters, _FILTERS),
        "retention": value_of(Retention, _COUNT),
        "by_itself": flag,
    },
)
"""Reads what a settings file holds; what is missing or wrong has its default."""

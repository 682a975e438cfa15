"""A session as one line of the library's table, in words."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import IntEnum
from typing import Final

from app.core.library import LibraryPage, LibraryRow, Outcome, SessionFigures, SortBy
from app.core.money import CostStatus
from app.metrics.cost_words import UNPRICED, status_words
from app.ui.vm.cost_text import FROM, usd
from app.ui.vm.library_filters import OUTCOMES
from app.ui.vm.text import THIN_SPACE, UNKNOWN, one_line, quantity, whole_ms

MINUTE_S: Final = 60
HOUR_S: Final = 3600
UNITS: Final = ("B", "kB", "MB", "GB", "TB")
STEP: Final = 1000
SNIPPET_CHARS: Final = 400


class Column(IntEnum):
    """Columns of the table, from the left."""

    STAR = 0
    BEGAN = 1
    MODEL = 2
    DURATION = 3
    TURNS = 4
    FAILED = 5
    V2V = 6
    COST = 7
    RESULT = 8
    TAGS = 9
    SIZE = 10


HEADINGS: Final = (
    "",
    "Began",
    "Model",
    "Duration",
    "Turns",
    "Failed",
    "V2V P50",
    "Cost",
    "Result",
    "Tags",
    "Size",
)
HINTS: Final = (
    "Starred sessions are kept by every rule",
    "When the session began, by this machine's clock",
    "What was tested",
    "From the first to the last instant of the session",
    "Exchanges",
    "Turns that were not answered as they should be",
    "Median voice to voice of the turns that count",
    "By the prices that are believed today; unknown is unpriced, never 0",
    "How the session went",
    "Yours; T edits them",
    "What its folder takes on the disk",
)
SORTS: Final = {
    Column.BEGAN: SortBy.BEGAN,
    Column.MODEL: SortBy.MODEL,
    Column.DURATION: SortBy.DURATION,
    Column.TURNS: SortBy.TURNS,
    Column.V2V: SortBy.LATENCY,
    Column.COST: SortBy.COST,
    Column.SIZE: SortBy.SIZE,
}
"""Columns whose heading sorts."""
NUMBERS: Final = frozenset({
    Column.DURATION, Column.TURNS, Column.FAILED, Column.V2V, Column.COST, Column.SIZE
})  # fmt: skip
TONES: Final = {
    Outcome.OK: "good",
    Outcome.TURNS_FAILED: "fair",
    Outcome.FAILED: "poor",
    Outcome.INTERRUPTED: "fair",
    Outcome.RUNNING: "accent",
    Outcome.UNREADABLE: "poor",
}
"""The role of the theme that a result wears; its word always stands there, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One session: ``cells`` and ``hovers`` by ``Column``.

    Attributes:
        snippet: Where the words asked for were said, as (text, hit) pieces; () else.
        tone: Role of the theme for the result.
    """

    key: str
    cells: tuple[str, ...]
    hovers: tuple[str, ...]
    starred: bool
    tone: str
    snippet: tuple[tuple[str, bool], ...] = ()


def line(row: LibraryRow, zone: tzinfo | None = None) -> Line:
    """Return ``row`` in words; ``zone`` None is the machine's own."""
    found = row.figures
    odd = tuple(one_line(each) for each in row.odd)
    tags = ", ".join(one_line(each, limit=60) for each in row.tags)
    cells = {
        Column.BEGAN: local_time(row.began_utc, zone),
        Column.MODEL: title(row),
        Column.DURATION: duration(row.duration_s),
        Column.TURNS: count(row.turns_n),
        Column.FAILED: count(row.failed_n),
        Column.V2V: f"{whole_ms(found.v2v_p50_ms)}{THIN_SPACE}ms"
        if found.v2v_p50_ms is not None
        else UNKNOWN,
        Column.COST: cost(found),
        Column.RESULT: OUTCOMES[row.outcome] + (" *" if odd else ""),
        Column.TAGS: tags,
        Column.SIZE: size(row.bytes_n),
    }
    hovers = cells | {
        Column.STAR: "Starred (S)" if row.starred else "Not starred (S)",
        Column.BEGAN: UNKNOWN if row.began_utc is None else f"{utc(row.began_utc)} UTC",
        Column.MODEL: "\n".join(filter(None, (title(row), model(row), row.key))),
        Column.COST: COST_HOVERS[found.cost_status],
        Column.RESULT: "\n".join((OUTCOMES[row.outcome], *odd)),
        Column.SIZE: f"{row.bytes_n:,} bytes",
    }
    return Line(
        key=row.key,
        cells=tuple(cells.get(column, "") for column in Column),
        hovers=tuple(hovers.get(column, "") for column in Column),
        starred=row.starred,
        tone=TONES[row.outcome],
        snippet=snippet(row),
    )


COST_HOVERS: Final = {
    CostStatus.PRICED: "Everything that was used has a price",
    CostStatus.PARTIAL: "At least: something that was used has no price",
    CostStatus.UNPRICED: "No price is known for this model",
    CostStatus.LOCAL: "Ran on this machine: nobody bills it",
}


def title(row: LibraryRow) -> str:
    """Return what was tested, as people call it."""
    return one_line(row.title or row.model or row.key)


def model(row: LibraryRow) -> str:
    """Return provider and model by their own names."""
    return one_line(" / ".join(filter(None, (row.provider, row.model))))


def snippet(row: LibraryRow) -> tuple[tuple[str, bool], ...]:
    """Return the words that were found as harmless pieces; spaces between them stay."""
    made = []
    left = SNIPPET_CHARS
    for text, hit in row.snippet:
        words = one_line(text, limit=max(left, 1))
        lead = " " if text[:1].isspace() else ""
        trail = " " if text[-1:].isspace() and words else ""
        left -= len(words)
        made.append((f"{lead}{words}{trail}", hit))
        if left <= 0:
            break
    return tuple(made)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def local_time(began_utc: str | None, zone: tzinfo | None = None) -> str:
    """Return an instant as day and minute of the user's clock."""
    found = None if began_utc is None else _instant(began_utc)
    if found is None:
        return UNKNOWN
    try:
        return found.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return UNKNOWN


def utc(began_utc: str) -> str:
    """Return an instant to the second, UTC."""
    found = _instant(began_utc)
    if found is None:
        return one_line(began_utc, limit=40)
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(value: int | None) -> str:
    """Return a whole number, or an en dash."""
    return UNKNOWN if value is None else f"{value:,}".replace(",", THIN_SPACE)


def duration(seconds: float | None) -> str:
    """Return a length of time, e.g. "4.2 s", "3 min 05 s" or "2 h 07 min"."""
    if seconds is None or seconds < MINUTE_S:
        return quantity(seconds, "s")
    minutes, second = divmod(round(seconds), MINUTE_S)
    if minutes < MINUTE_S:
        return f"{minutes}{THIN_SPACE}min {second:02}{THIN_SPACE}s"
    hours, minute = divmod(minutes, MINUTE_S)
    return f"{count(hours)}{THIN_SPACE}h {minute:02}{THIN_SPACE}min"


def size(bytes_n: int) -> str:
    """Return a size on the disk, in powers of a thousand."""
    value, place = float(bytes_n), 0
    while value >= STEP and place < len(UNITS) - 1:
        value, place = value / STEP, place + 1
    return quantity(value, UNITS[place])


def cost(figures: SessionFigures) -> str:
    """Return what a session cost; unknown is a word and never 0."""
    return status_words(figures.cost_status, figures.cost_usd, amount=usd, least=FROM)


def footer(page: LibraryPage) -> str:
    """Return what the sessions found come to, in one line."""
    noun = "session" if page.total == 1 else "sessions"
    words = [
        f"{count(page.total)} {noun}",
        duration(page.duration_s),
        size(page.bytes_n),
        total_cost(page),
    ]
    return f"  {MIDDLE}  ".join(filter(None, words))


MIDDLE: Final = "\N{MIDDLE DOT}"


def total_cost(page: LibraryPage) -> str:
    """Return the cost of all that were found, and how many of them have no price."""
    unpriced = f"{count(page.unpriced_n)} {UNPRICED}"
    if page.usd is None:
        return unpriced if page.unpriced_n else ""
    return f"{usd(page.usd)} ({unpriced})" if page.unpriced_n else usd(page.usd)

"""What the template is given: values that are ready to be shown. All text is escaped there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of a list of facts."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts under a heading."""

    title: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One model's figures in large type."""

    label: str
    value: str
    unit: str
    about: str
    more: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A model under one set of settings."""

    label: str
    facts: tuple[Fact, ...]
    instructions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure in a table; ``note`` is small print below it."""

    value: str
    note: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row of a table with a heading of its own."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table whose first column is its rows' names."""

    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnView:
    """A row of a session's turns. Instants and lengths are for people, ``*_sort`` for sorting.

    Attributes:
        heard: Of the model's words; ``unheard`` what was never heard of them.
        cut: How much of the reply's sound was heard, or "".
        status: In a word; ``bad`` if it failed.
    """

    id: str
    number: int
    folder: Path
    turn_id: int
    at: str
    at_sort: float
    input_name: str
    user: str
    heard: str
    unheard: str
    cut: str
    v2v: str
    v2v_sort: float | None
    counts: bool
    parts: tuple[str, ...]
    usd: str
    status: str
    bad: bool
    notes: tuple[str, ...]
    sound_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session with its lanes and turns; ``said`` are sentences about it."""

    id: str
    title: str
    model: str
    facts: tuple[Fact, ...]
    lanes: str
    turns: tuple[TurnView, ...]
    priced: bool
    worded: bool
    sounding: bool
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A turn that failed, or what went wrong beside the turns."""

    where: str
    href: str
    what: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An inline picture with the words below it. ``svg`` is markup of our own."""

    svg: str
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that the report was made of."""

    session: str
    name: str
    bytes_n: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report."""

    title: str
    subtitle: str
    summary: tuple[str, ...]
    headlines: tuple[Headline, ...]
    tested: tuple[Tested, ...]
    statistics: tuple[Table, ...]
    statistics_said: tuple[str, ...]
    pictures: dict[str, tuple[Picture, ...]]
    sessions: tuple[SessionView, ...]
    money: tuple[Table, ...]
    money_said: tuple[str, ...]
    prices: Table | None
    failures: tuple[Failure, ...]
    failures_said: tuple[str, ...]
    interruptions: Table | None
    excluded: tuple[Failure, ...]
    how: tuple[Facts, ...]
    definitions: Table
    sources: tuple[Source, ...]
    about: tuple[Fact, ...]
    left_out: Sequence[str] = field(default=())

"""What a report is told beside its sessions: figures, and what they mean, as plain values.

Exports compute no metric: whoever makes the job has them from ``app.metrics``. None of it is
text from a model or a file, so that nothing here needs redaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.core.money import CostStatus, Meter, PriceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number of a table, as far as its sample bears it out.

    Attributes:
        id: A column of the turns, or a name of its own.
        unit: "ms", "s", "%", "x", "tokens/s" or "".
        value: None where it is unknown or must not be shown; ``note`` says why.
        low, high: Of its 95 % interval; None where open or not shown.
        n: Values that it is of, or None where that has no meaning.
        each: The values themselves, where they are too few for the figure.
    """

    id: str
    name: str
    unit: str
    value: float | None
    n: int | None = None
    low: float | None = None
    high: float | None = None
    each: tuple[float, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFigures:
    """What some turns cost.

    Attributes:
        usd: None where nothing is priced.
        text_usd, audio_usd, cached_usd, other_usd: Its parts; cached is what cached tokens
            in cost. None where ``usd`` is.
        per_minute_usd: Of session time.
        wasted_usd: Generated and never heard; None where unpriced or not known.
        cached_share: Of the tokens in, 0 to 1.
        rows: What it was priced by.
    """

    usd: Decimal | None = None
    status: CostStatus = CostStatus.UNPRICED
    text_usd: Decimal | None = None
    audio_usd: Decimal | None = None
    cached_usd: Decimal | None = None
    other_usd: Decimal | None = None
    per_minute_usd: Decimal | None = None
    per_turn_usd: Decimal | None = None
    wasted_usd: Decimal | None = None
    wasted_audio_s: float | None = None
    cached_share: float | None = None
    unpriced: tuple[Meter, ...] = ()
    uncounted_n: int = 0
    meters: tuple[tuple[Meter, float], ...] = ()
    rows: tuple[PriceRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMedian:
    """The turn whose voice-to-voice is nearest to the median, and its parts.

    Attributes:
        session: Its place among the sessions, from 0.
        parts: Column and milliseconds, in the order in which they happen.
    """

    session: int
    turn_id: int
    v2v_ms: float
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigures:
    """What the sessions of one model under one set of settings come to.

    Attributes:
        sessions: Their places in the job, from 0.
        rows: The statistics, the same ones for every model.
        v2v_ms: The voice-to-voice latencies that count, ascending.
        steps: Their distribution as ``(ms, share up to and with it)``, thinned out.
        median_ms: None without a value; ``median_low_ms`` to ``median_high_ms`` is its 95 %
            interval, from 20 values on.
        quartiles_ms: None below 5 values.
        p95: Whether and how it is shown.
        rules: Which turns count, in a sentence.
    """

    sessions: tuple[int, ...]
    turns_n: int
    failed_n: int
    excluded_n: int
    interrupted_n: int
    rows: tuple[Figure, ...] = ()
    v2v_ms: tuple[float, ...] = ()
    steps: tuple[tuple[float, float], ...] = ()
    median_ms: float | None = None
    median_low_ms: float | None = None
    median_high_ms: float | None = None
    quartiles_ms: tuple[float, float] | None = None
    p95: Figure | None = None
    near_median: NearMedian | None = None
    uncertainty_ms: float | None = None
    client_added_ms: float | None = None
    rules: str = ""
    money: MoneyFigures = field(default_factory=MoneyFigures)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFigures:
    """What is known of one turn beside its row.

    Attributes:
        counts: Whether its voice-to-voice is among the model's.
        why_not: In a few words; "" where it counts.
        heard_chars: So many characters of the reply's words were heard, as well as it can be
            known; None where all were, or nobody knows.
        usd: None where unpriced.
        cached_share: Of its tokens in, 0 to 1.
    """

    counts: bool
    why_not: str = ""
    heard_chars: int | None = None
    usd: Decimal | None = None
    wasted_usd: Decimal | None = None
    cached_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNumbers:
    """What one session comes to; ``turns`` stand as in the session."""

    turns: tuple[TurnFigures, ...]
    duration_s: float | None = None
    money: MoneyFigures = field(default_factory=MoneyFigures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a column means; see ``app.metrics.definitions``."""

    id: str
    name: str
    unit: str
    start: str
    end: str
    clock: str
    formula: str
    pitfalls: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigures:
    """All of it. ``sessions`` stand as in the job."""

    models: tuple[ModelFigures, ...] = ()
    sessions: tuple[SessionNumbers, ...] = ()
    definitions: tuple[Definition, ...] = ()
    part_names: Mapping[str, str] = field(default_factory=dict)
    price_table_date: str = ""

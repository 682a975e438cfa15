"""What a writer of exports is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

from app.core.exporting import Exported, SemConv
from app.core.money import Cost
from app.core.ports import PriceBook, SessionReader, StoredSession
from app.core.privacy import Redaction
from app.core.records import SessionRecord, TurnRecord
from app.exports.report_figures import ReportFigures

Told: TypeAlias = Callable[[int, int], bool]
"""Is told how many of how many are done; False breaks off."""

Send: TypeAlias = Callable[[str, str, bytes], str]
"""Sends a request of OTLP: endpoint, signal ("traces" or "metrics") and its JSON.

Returns a sentence about what was not taken, or "". Raises AppError where nothing was.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pricing:
    """Prices at read time. None of it raises; what is unknown is "unpriced".

    Attributes:
        turn: What a turn of a session comes to.
        session: What a session comes to.
        split: A cost by what it is for, US dollars: "text", "audio", "cached" and "other".
    """

    turn: Callable[[TurnRecord, SessionRecord], Cost]
    session: Callable[[StoredSession], Cost]
    split: Callable[[Cost], Mapping[str, Decimal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportJob:
    """Sessions to write, and all that is needed for it. Used on a thread that may block.

    Attributes:
        sessions: As stored; each writer applies ``redaction`` by ``app.exports.redacting``.
        reader: Gives their sound.
        out: The file to write, or for sound and subtitles the folder. What is there already is
            replaced: whoever made this job has asked.
        prices: What models cost, or None where nobody knows.
        pricing: Prices turns by ``prices``, or None where nobody can.
        made_utc: When, ISO 8601.
        app_version: Of this program.
        figures: What a report shows and means, of ``sessions`` in their order; other writers
            need none. Without it a report has no statistics.
        endpoint, semconv, telemetry_words: See ``ExportWish``.
        send: Sends to ``endpoint``, or None where nothing may be sent.
        sound_bytes: So much of a report may be sound.
    """

    sessions: tuple[StoredSession, ...]
    reader: SessionReader
    out: Path
    made_utc: str
    app_version: str
    redaction: Redaction = field(default_factory=Redaction)
    prices: PriceBook | None = None
    pricing: Pricing | None = None
    title: str = ""
    endpoint: str = ""
    semconv: SemConv = SemConv.RELEASED
    telemetry_words: bool = False
    send: Send | None = None
    figures: ReportFigures | None = None
    sound_bytes: int = 25_000_000
    told: Told = field(default=lambda _done, _total: True)


Write: TypeAlias = Callable[[ExportJob], Exported]
"""Writes a job's sessions in one form; what it cannot write it says in ``Exported.odd``.

Raises:
    StoreError: If nothing could be written; no half a file is left.
"""

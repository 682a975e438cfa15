"""What sessions are written as for others."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.privacy import Redaction


class ExportFormat(StrEnum):
    """Forms that a session leaves the house in."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
    WAV = "wav"
    WAV_SIDES = "wav-sides"
    FLAC = "flac"
    FLAC_SIDES = "flac-sides"
    SRT = "srt"
    VTT = "vtt"
    OTLP = "otlp"
    BUNDLE = "bundle"
    REPORT = "report"


class SemConv(StrEnum):
    """Semantic conventions of OpenTelemetry for generative AI, by their version."""

    RELEASED = "0.66b2"
    MAIN = "genai-main"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportWish:
    """What to write of which sessions, and where.

    Attributes:
        sessions: Folders.
        formats: One or more. Tables, bundle and report hold all sessions together; sound and
            subtitles are written one for each session.
        out: A folder, or the file's name where one file is written.
        redaction: What is left out.
        overwrite: Whether what is there may be replaced.
        title: Of the report; "" names the models.
        endpoint: Where OTLP is sent as well, without ``/v1/traces``; "" sends nothing.
        semconv: Which names OTLP uses.
        telemetry_words: OTLP holds what was said, too, unless that is left out.
    """

    sessions: tuple[str, ...]
    formats: tuple[ExportFormat, ...]
    out: str
    redaction: Redaction = field(default_factory=Redaction)
    overwrite: bool = False
    title: str = ""
    endpoint: str = ""
    semconv: SemConv = SemConv.RELEASED
    telemetry_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes:
        files: Paths, in order.
        odd: Sentences about what could not be written or was left out.
    """

    files: tuple[str, ...]
    bytes_n: int = 0
    odd: tuple[str, ...] = ()

"""What the files of an export are called."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.core.exporting import ExportFormat
from app.core.ports import StoredSession
from app.exports.otlp import metrics_path
from app.exports.tables import Table

SUFFIXES: Final[Mapping[ExportFormat, str]] = MappingProxyType({
    ExportFormat.CSV: ".csv",
    ExportFormat.JSONL: ".jsonl",
    ExportFormat.PARQUET: ".parquet",
    ExportFormat.WAV: ".wav",
    ExportFormat.WAV_SIDES: ".wav",
    ExportFormat.FLAC: ".flac",
    ExportFormat.FLAC_SIDES: ".flac",
    ExportFormat.SRT: ".srt",
    ExportFormat.VTT: ".vtt",
    ExportFormat.OTLP: ".jsonl",
    ExportFormat.BUNDLE: ".vivavoce",
    ExportFormat.REPORT: ".html",
})  # fmt: skip
TABLES: Final = frozenset({ExportFormat.CSV, ExportFormat.JSONL, ExportFormat.PARQUET})
EACH: Final = frozenset({
    ExportFormat.WAV, ExportFormat.WAV_SIDES, ExportFormat.FLAC, ExportFormat.FLAC_SIDES,
    ExportFormat.SRT, ExportFormat.VTT,
})  # fmt: skip
"""Forms of which there is one file, or two, for each session."""
SIDED: Final = frozenset({ExportFormat.WAV_SIDES, ExportFormat.FLAC_SIDES})
SIDES: Final = ("user", "agent")
_WHOLE: Final[Mapping[ExportFormat, str]] = MappingProxyType({
    ExportFormat.OTLP: "otlp",
    ExportFormat.BUNDLE: "sessions",
    ExportFormat.REPORT: "report",
})  # fmt: skip
_LONGEST_NAME: Final = 80


def table_files(out: Path, suffix: str) -> Mapping[Table, Path]:
    """Return where the tables go, given the file that the turns go to."""
    beside = Table.SESSIONS if out.stem == Table.TURNS else f"{out.stem}-{Table.SESSIONS}"
    return {Table.TURNS: out, Table.SESSIONS: out.with_name(f"{beside}{suffix}")}


def names_of(sessions: Sequence[StoredSession]) -> Sequence[str]:
    """Return a name for each session, all different: its folder's, shortened."""
    taken: set[str] = set()
    names: list[str] = []
    for stored in sessions:
        plain = (
            "".join(
                c if c.isprintable() and c not in '/\\:*?"<>|' else "_"
                for c in stored.folder.name[:_LONGEST_NAME]
            )
            or "session"
        )
        name, number = plain, 1
        while name.casefold() in taken:
            number += 1
            name = f"{plain}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def out_of(form: ExportFormat, out: Path, *, alone: bool) -> Path:
    """Return a job's ``out`` for a form.

    Args:
        form: What is written.
        out: What the user named: a folder, or a file where one form is written.
        alone: Whether it is the only form, so that ``out`` may be its file.
    """
    suffix = SUFFIXES[form]
    if alone and out.name.lower().endswith(suffix) and not out.is_dir():
        return out
    if form in EACH:
        return out
    return out / f"{Table.TURNS if form in TABLES else _WHOLE[form]}{suffix}"


def files_of(form: ExportFormat, out: Path, sessions: Sequence[StoredSession]) -> Sequence[Path]:
    """Return all files that a form is written to, ``out`` being the job's."""
    suffix = SUFFIXES[form]
    if form in TABLES:
        return tuple(table_files(out, suffix).values())
    if form is ExportFormat.OTLP:
        return (out, metrics_path(out))
    if form not in EACH:
        return (out,)
    return tuple(path for paths in each_of(form, out, sessions) for path in paths)


def each_of(
    form: ExportFormat, out: Path, sessions: Sequence[StoredSession]
) -> Sequence[tuple[Path, ...]]:
    """Return the files of each session, of forms that have some for each."""
    suffix = SUFFIXES[form]
    named = len(sessions) == 1 and out.name.lower().endswith(suffix) and not out.is_dir()
    stems = (
        [out.with_name(out.name[: -len(suffix)])]
        if named
        else [out / name for name in names_of(sessions)]
    )
    if form not in SIDED:
        return [(stem.with_name(stem.name + suffix),) for stem in stems]
    return [
        tuple(stem.with_name(f"{stem.name}.{side}{suffix}") for side in SIDES) for stem in stems
    ]

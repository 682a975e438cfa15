"""Sessions written in all forms that were wished for. Each writer is loaded when it is used."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from app.core.errors import AppError, ConfigError, StoreError
from app.core.exporting import Exported, ExportFormat
from app.exports.job import ExportJob, Write
from app.exports.naming import files_of, out_of
from app.exports.redacting import TextRedactor
from app.exports.tables import BROKEN_OFF

_ANOTHER: Final = "Name another folder with -o."
STEPS: Final = 1_000
"""Of each form."""

Progress: TypeAlias = Callable[[int, int, str], bool]
"""Is told how many of how many steps are done and what is written; False breaks off."""

_WRITERS: Final[Mapping[ExportFormat, tuple[str, str]]] = MappingProxyType({
    ExportFormat.CSV: ("app.exports.csv_tables", "write_csv"),
    ExportFormat.JSONL: ("app.exports.jsonl_tables", "write_jsonl"),
    ExportFormat.PARQUET: ("app.exports.parquet_tables", "write_parquet"),
    ExportFormat.WAV: ("app.exports.sound", "write_wav"),
    ExportFormat.WAV_SIDES: ("app.exports.sound", "write_wav_sides"),
    ExportFormat.FLAC: ("app.exports.sound", "write_flac"),
    ExportFormat.FLAC_SIDES: ("app.exports.sound", "write_flac_sides"),
    ExportFormat.SRT: ("app.exports.subtitles", "write_srt"),
    ExportFormat.VTT: ("app.exports.subtitles", "write_vtt"),
    ExportFormat.OTLP: ("app.exports.otlp", "write_otlp"),
    ExportFormat.BUNDLE: ("app.exports.bundle", "write_bundle"),
    ExportFormat.REPORT: ("app.exports.report", "write_report"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Piece:
    form: ExportFormat
    job: ExportJob
    files: Sequence[Path]


def writer_of(form: ExportFormat) -> Write:
    """Return what writes a form; its module is loaded."""
    module, name = _WRITERS[form]
    write: Write = getattr(import_module(module), name)
    return write


def run(
    job: ExportJob, formats: Sequence[ExportFormat], *, overwrite: bool, progress: Progress
) -> Exported:
    """Write ``job.sessions`` in all ``formats``; ``job.out`` is what the user named.

    A form that cannot be written is told in ``odd``, and the others go on; what is complete
    stays where the rest is broken off.

    Raises:
        ConfigError: If there is nothing to write, or an expression is none.
        StoreError: If a file is there and may not be replaced, nothing could be written, or
            the export was broken off.
    """
    forms = tuple(dict.fromkeys(formats))
    if not forms:
        raise ConfigError("No form is named to export.", hint="Name one, for example csv.")
    if not job.sessions:
        raise StoreError("There is no session to export.")
    TextRedactor(job.redaction)
    _check_name(job.out)
    pieces = [_piece(form, job, alone=len(forms) == 1) for form in forms]
    _check(pieces, overwrite=overwrite)
    return _Run(pieces, progress).all()


def _check_name(path: Path) -> None:
    """Refuse what no system has for a path.

    Raises:
        StoreError: If it is too long, holds a NUL, or leads round in a circle.
    """
    try:
        path.resolve()
        path.is_dir()
    except (OSError, ValueError, RuntimeError) as exc:
        raise StoreError("There can be no file of that name.", hint=_ANOTHER) from exc


def _piece(form: ExportFormat, job: ExportJob, *, alone: bool) -> _Piece:
    out = out_of(form, job.out, alone=alone)
    return _Piece(form, replace(job, out=out), files_of(form, out, job.sessions))


def _check(pieces: Sequence[_Piece], *, overwrite: bool) -> None:
    """Refuse what would be lost.

    Raises:
        StoreError: If a file is there already, or lies inside a recorded session.
    """
    folders = {stored.folder.resolve() for piece in pieces for stored in piece.job.sessions}
    for path in (path for piece in pieces for path in piece.files):
        _check_name(path)
        if any(path.resolve().is_relative_to(folder) for folder in folders):
            raise StoreError(f"{path} is inside a recorded session.", hint=_ANOTHER)
        if path.is_dir():
            raise StoreError(f"{path} is a folder.", hint="Name another place with -o.")
        if path.exists() and not overwrite:
            raise StoreError(f"{path} is there already.", hint="Add --overwrite to replace it.")


class _Run:
    def __init__(self, pieces: Sequence[_Piece], progress: Progress) -> None:
        self._pieces = pieces
        self._progress = progress
        self._stopped = False

    def all(self) -> Exported:
        """Write everything."""
        written: list[Exported] = []
        failed: list[AppError] = []
        odd: list[str] = []
        for number, piece in enumerate(self._pieces):
            try:
                written.append(self._one(number, piece))
            except AppError as error:
                if self._stopped:
                    raise
                failed.append(error)
                odd.append(f"{piece.form}: {error.sentence.removesuffix('.')}")
        if not written:
            raise failed[0]
        odd += [sentence for each in written for sentence in each.odd]
        return Exported(
            files=tuple(file for each in written for file in each.files),
            bytes_n=sum(each.bytes_n for each in written),
            odd=tuple(dict.fromkeys(odd)),
        )

    def _one(self, number: int, piece: _Piece) -> Exported:
        def told(done: int, total: int) -> bool:
            steps = number * STEPS + min(done * STEPS // max(total, 1), STEPS)
            going_on = self._progress(steps, len(self._pieces) * STEPS, piece.form.value)
            self._stopped = self._stopped or not going_on
            return going_on

        if not told(0, 1):
            raise StoreError(BROKEN_OFF)
        exported = writer_of(piece.form)(replace(piece.job, told=told))
        told(1, 1)
        return exported

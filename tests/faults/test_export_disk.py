"""Exports to a disk that is soon full, and to one that may only be read."""

import os
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.exporting import ExportFormat
from app.exports.run import run
from tests.support import bundles
from tests.support.recording import turn_record
from tests.support.small_disk import small_disk

FORMS = (
    ExportFormat.CSV,
    ExportFormat.JSONL,
    ExportFormat.PARQUET,
    ExportFormat.WAV,
    ExportFormat.FLAC,
    ExportFormat.FLAC_SIDES,
)
TURNS = tuple(turn_record(number, agent_transcript=os.urandom(400).hex()) for number in range(120))


def test_a_full_disk_is_told_and_no_half_a_file_is_left(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=TURNS, frames=120_000)
    (tmp_path / "disk").mkdir()

    with small_disk(tmp_path / "disk", 64) as disk:
        for form in FORMS:
            with pytest.raises(StoreError) as told:
                run(
                    bundles.job(disk, folder),
                    [form],
                    overwrite=False,
                    progress=lambda _done, _total, _words: True,
                )
            assert told.value.sentence.endswith("."), form
            assert not list(disk.iterdir()), form


def test_sound_whose_last_bytes_do_not_fit_is_not_put_in_place(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", frames=30_000)
    whole = written(folder, tmp_path)
    pages_kb = (whole - 1) // 4096 * 4
    (tmp_path / "disk").mkdir()

    with small_disk(tmp_path / "disk", pages_kb) as disk, pytest.raises(StoreError):
        written(folder, disk)


def written(folder: Path, out: Path) -> int:
    """Write FLAC; return its bytes."""
    forms = [ExportFormat.FLAC]
    job = bundles.job(out, folder)
    return run(job, forms, overwrite=False, progress=lambda _done, _total, _words: True).bytes_n

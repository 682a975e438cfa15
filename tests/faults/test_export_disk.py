"""Exports to a disk that is soon full, to one that is only read, and out of a killed program."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.core.exporting import ExportFormat
from app.exports.run import run
from tests.support import bundles
from tests.support.recording import turn_record
from tests.support.small_disk import small_disk
from tests.support.telemetry import at

TURNS = tuple(
    replace(
        turn_record(number, agent_transcript=os.urandom(400).hex()),
        audible_ns=at(1_000.0 * number),
        audible_end_ns=at(1_000.0 * number + 500),
    )
    for number in range(120)
)
HALFWAY = """
import sys, threading
from pathlib import Path
from app.core.exporting import ExportFormat
from app.exports.run import run
from tests.support import bundles

folder, root = map(Path, sys.argv[1:])
never = threading.Event()

def halfway(out, form):
    def stop(_done, _total, _words):
        if any(out.glob(".vivavoce-*")):
            print(f"{form}\\n", end="", flush=True)
            never.wait()
        return True

    try:
        run(bundles.job(out, folder), [form], overwrite=False, progress=stop)
    finally:
        print("ended\\n", end="", flush=True)

for form in ExportFormat:
    threading.Thread(target=halfway, args=(root / form, form)).start()
never.wait()
"""


def test_a_full_disk_is_told_and_no_half_a_file_is_left(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=TURNS, frames=120_000)
    (tmp_path / "disk").mkdir()

    with small_disk(tmp_path / "disk", 64) as disk:
        for form in ExportFormat:
            assert told_of(form, folder, disk).endswith("."), form
            assert not list(disk.iterdir()), form


def test_a_disk_that_may_only_be_read_is_told(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=TURNS[:3], frames=12_000)
    (tmp_path / "disk").mkdir()

    with small_disk(tmp_path / "disk", 64, read_only=True) as disk:
        for form in ExportFormat:
            assert "Read-only file system" in told_of(form, folder, disk), form


def test_a_program_that_is_killed_leaves_no_half_a_file_under_its_name(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=TURNS[:9], frames=240_000)
    command = (sys.executable, "-c", HALFWAY, str(folder), str(tmp_path / "out"))

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        stopped = [program.stdout.readline().strip() for _ in ExportFormat]
        program.kill()

    at_once = {ExportFormat.SRT, ExportFormat.VTT}
    halfway = sorted(form.value for form in ExportFormat if form not in at_once)
    assert sorted(stopped) == sorted([*halfway, "ended", "ended"])
    left = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    whole = {path.suffix for path in left if ".vivavoce-" not in str(path)}
    assert whole == {".srt", ".vtt"}


def told_of(form: ExportFormat, folder: Path, out: Path) -> str:
    """Export one form, which fails; return what is told."""
    job = bundles.job(out, folder)
    with pytest.raises(StoreError) as told:
        run(job, [form], overwrite=False, progress=lambda _done, _total, _words: True)
    return told.value.sentence


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

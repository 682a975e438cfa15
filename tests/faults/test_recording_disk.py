"""A disk that is full, read-only or not writable."""

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.store.contents import AudioItem, SessionItem, TurnItem, WireItem
from app.store.files import AppendFile
from app.store.recorder import FolderStore
from app.store.redact import Redactor
from app.store.writer import SessionWriter
from tests.support.clocks import ManualClock
from tests.support.recording import account, journal_lines, session_record, turn_record
from tests.support.small_disk import small_disk as mounted

STEP_NS = 20_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    with mounted(tmp_path, 1024) as folder:
        yield folder


def test_a_full_disk_stops_the_recording_in_one_sentence_and_keeps_what_was_written(
    small_disk: Path,
) -> None:
    clock = ManualClock()
    record = session_record(t0_ns=Nanoseconds(0))
    writer = SessionWriter(small_disk, record, Redactor(), clock)
    writer.write(TurnItem(turn_record()))
    block = np.full(480, 7, np.int16)

    for n in range(2000):
        clock.advance_ms(20)
        writer.write(AudioItem(0, Nanoseconds(n * STEP_NS), block))
        writer.write(WireItem("<", Nanoseconds(n * STEP_NS), f'{{"n": {n}}}'))
        if n % 25 == 24:
            writer.flush()
    writer.close()

    assert writer.failure is not None
    assert writer.disk_full
    assert "the disk is full" in writer.failure
    assert "Free some space" in writer.failure
    assert writer.discarded > 0
    with wave.open(str(small_disk / "stereo.wav")) as file:
        count = file.getnframes()
        left = np.frombuffer(file.readframes(count), "<i2")[::2]
    assert count > 24_000
    assert set(left) == {7}
    ticks = [line["raw"] for line in journal_lines(small_disk)[1:]]
    assert ticks == [f'{{"n": {n}}}' for n in range(len(ticks))]
    assert len((small_disk / "turns.csv").read_text().splitlines()) == 2
    assert account(small_disk)["state"] == "running"


def test_once_there_is_space_again_the_account_is_stored(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    writer = SessionWriter(small_disk, session_record(), Redactor(), ManualClock())
    fill(ballast)
    writer.write(SessionItem(session_record(state="complete")))
    failed = writer.failure
    ballast.unlink()

    writer.write(SessionItem(session_record(state="complete", turns_n=5)))
    writer.close()

    assert "session.json" in (failed or "")
    assert account(small_disk)["turns_n"] == 5
    assert account(small_disk)["recording"]["failure"] == failed


def test_a_session_cannot_begin_on_a_full_disk_and_leaves_nothing(small_disk: Path) -> None:
    fill(small_disk / "ballast")

    with pytest.raises(StoreError, match="Cannot record into") as caught:
        FolderStore(small_disk / "sessions").begin(session_record())

    assert "space" in caught.value.hint
    assert list((small_disk / "sessions").iterdir()) == []


def test_a_record_that_does_not_fit_is_not_half_there(small_disk: Path) -> None:
    file = AppendFile(small_disk / "events.jsonl")
    records = [b"%06d\n" % n * 100 for n in range(4000)]
    for record in records:
        file.append(record)

    with pytest.raises(OSError, match="space"):
        file.flush()

    written = (small_disk / "events.jsonl").read_bytes()
    assert len(written) % 700 == 0
    assert written == b"".join(records)[: len(written)]
    assert file.waiting == 4000 - len(written) // 700
    file.close()


def test_a_root_that_is_a_file_or_below_one_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match="Cannot record into") as caught:
            FolderStore(root).begin(session_record())
        assert "VIVAVOCE_SESSIONS" in caught.value.hint


def fill(path: Path) -> None:
    """Write to ``path`` until not a byte more fits."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(fd, bytes(4096))
    except OSError:
        pass
    finally:
        os.close(fd)

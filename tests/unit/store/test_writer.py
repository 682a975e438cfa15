import csv
import wave
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.rows import TURN_COLUMNS
from app.store.contents import AudioItem, EventItem, SessionItem, TurnItem, WireItem, item_size
from app.store.redact import Redactor
from app.store.wire_text import LONGEST_LINE
from app.store.writer import SessionWriter
from tests.support.clocks import ManualClock
from tests.support.recording import account, journal_lines, session_record, turn_record

KEY = "canary-key-0123"
AT = Nanoseconds(250)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def writer(tmp_path: Path, clock: ManualClock) -> Iterator[SessionWriter]:
    record = session_record(t0_ns=Nanoseconds(0))
    with closing(SessionWriter(tmp_path, record, Redactor([KEY]), clock)) as made:
        yield made


def block(frames: int = 480) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(frames, 7, np.int16)


def test_a_session_that_has_just_begun_is_already_on_disk(
    writer: SessionWriter, tmp_path: Path
) -> None:
    assert account(tmp_path)["state"] == "running"
    assert account(tmp_path)["target"]["model"] == "simulated"
    head = journal_lines(tmp_path)[0]
    assert (head["event"], head["fields"]["session_id"]) == ("journal", "sess-1234567890")
    assert (tmp_path / "turns.csv").read_text() == ",".join(TURN_COLUMNS) + "\n"
    with wave.open(str(tmp_path / "stereo.wav")) as audio:
        assert audio.getnframes() == 0
    assert writer.failure is None


def test_wire_text_is_verbatim_but_for_keys_and_audio(
    writer: SessionWriter, tmp_path: Path
) -> None:
    audio = "AAAA" * 40
    writer.write(WireItem(">", AT, '{ "key" : "canary-key-0123" }'))
    writer.write(WireItem("<", AT, f'{{"type":"x.audio.delta","delta":"{audio}"}}'))
    writer.write(WireItem("<", AT, b"\x00\x01"))
    writer.write(WireItem("<", AT, "{broken\n"))
    writer.write(WireItem("<", AT, "y" * (LONGEST_LINE + 9)))
    writer.flush()

    lines = journal_lines(tmp_path)[1:]
    assert lines[:4] == [
        {"t_ns": 250, "dir": ">", "raw": '{ "key" : "[redacted]" }'},
        {"t_ns": 250, "dir": "<", "raw": '{"type":"x.audio.delta","delta":{"bytes":120}}'},
        {"t_ns": 250, "dir": "<", "binary": {"bytes": 2}},
        {"t_ns": 250, "dir": "<", "raw": "{broken\n"},
    ]
    assert lines[4]["cut_from_characters"] == LONGEST_LINE + 9
    assert len(lines[4]["raw"]) == LONGEST_LINE


def test_an_event_is_one_line_without_keys(writer: SessionWriter, tmp_path: Path) -> None:
    writer.write(EventItem(AT, "odd", {"text": f"a {KEY}", "n": 1, "pcm": b"12"}))
    writer.flush()

    assert journal_lines(tmp_path)[-1] == {
        "t_ns": 250,
        "event": "odd",
        "fields": {"text": "a [redacted]", "n": 1, "pcm": {"bytes": 2}},
    }


def test_a_turn_is_a_row_at_once(writer: SessionWriter, tmp_path: Path) -> None:
    writer.write(TurnItem(turn_record(3, f'=SUM("{KEY}")\n')))

    with (tmp_path / "turns.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["turn_id"], row["v2v_ms"], row["ttft_ms"]) == ("3", "512.5", "")
    assert row["agent_transcript"] == '\'=SUM("[redacted]")\n'
    assert row["session_id"] == "sess-1234567890"


def test_the_account_is_replaced_and_tells_what_the_recorder_did(
    writer: SessionWriter, clock: ManualClock, tmp_path: Path
) -> None:
    clock.advance_ms(1000)
    writer.write(AudioItem(0, Nanoseconds(0), block()))
    writer.write(AudioItem(0, Nanoseconds(40_000_000), block()))
    writer.flush()

    record = replace(session_record(state="complete", turns_n=2), end_reason=f"said {KEY}")
    writer.write(SessionItem(record))

    stored = account(tmp_path)
    assert (stored["state"], stored["turns_n"]) == ("complete", 2)
    assert stored["end_reason"] == "said [redacted]"
    assert stored["recording"]["frames"] == 1440
    assert stored["recording"]["user"]["gap_frames"] == 480
    assert stored["recording"]["failure"] is None


def test_late_audio_is_counted(writer: SessionWriter, clock: ManualClock, tmp_path: Path) -> None:
    clock.advance_ms(10_000)
    writer.write(AudioItem(0, Nanoseconds(0), block(96_000)))
    writer.flush()

    writer.write(AudioItem(1, Nanoseconds(0), block(480)))
    writer.write(SessionItem(session_record()))

    assert account(tmp_path)["recording"]["agent"]["late_frames"] == 480


def test_now_and_then_the_device_is_waited_for(
    writer: SessionWriter, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)

    writer.flush()
    clock.advance_ms(5000)
    writer.flush()
    writer.flush()

    assert len(synced) == 3


def test_items_know_about_how_large_they_are() -> None:
    sizes = [
        item_size(AudioItem(0, AT, block(100))),
        item_size(WireItem("<", AT, "x" * 100)),
        item_size(TurnItem(turn_record())),
    ]

    assert sizes == [712, 612, 512]

import os
from pathlib import Path

import pytest

from app.core.errors import StoreError
from app.store.index import SessionSummary, list_sessions, read_account
from app.store.recorder import FolderStore
from tests.support.recording import session_record


def test_no_folder_is_no_session(tmp_path: Path) -> None:
    assert list_sessions(tmp_path / "nowhere") == ()


def test_a_root_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreError, match="cannot be listed"):
        list_sessions(tmp_path / "file")


def test_sessions_are_listed_newest_first(tmp_path: Path) -> None:
    recording = FolderStore(tmp_path).begin(session_record())
    recording.close(session_record(state="complete", turns_n=4))
    (tmp_path / "20270101T000000Z-new").mkdir()
    (tmp_path / "20270101T000000Z-new" / "session.json").write_text("{}")
    (tmp_path / "no session").mkdir()

    newest, whole = list_sessions(tmp_path)

    assert (newest.folder.name, newest.state) == ("20270101T000000Z-new", "unreadable")
    assert whole == SessionSummary(
        folder=recording.folder,
        state="complete",
        session_id="sess-1234567890",
        began_utc="2026-11-21T10:20:30.500000+00:00",
        provider="simulator",
        model="simulated",
        title="Simulator",
        turns_n=4,
        failed_n=0,
        renewals=0,
        provider_stalls=0,
        duration_s=0.0,
    )


@pytest.mark.parametrize(
    "account",
    [
        "",
        "no json",
        "[]",
        "[" * 100_000,
        "\x00",
        '{"state": 3, "target": [], "turns_n": true, "recording": {"frames": "x"}}',
        '{"recording": {"frames": NaN, "rate_hz": 0}}',
    ],
    ids=["empty", "text", "list", "deep", "zero", "other types", "no numbers"],
)
def test_a_damaged_account_is_listed_as_unreadable(account: str, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "session.json").write_text(account)

    assert list_sessions(tmp_path) == (SessionSummary(folder=tmp_path / "s", state="unreadable"),)


def test_a_missing_account_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        read_account(tmp_path)


@pytest.mark.parametrize(
    ("frames", "rate_hz"), [("9" * 400, "24000"), ("24000", "9" * 400), ("1e308", "1e-300")]
)
def test_a_length_beyond_all_numbers_is_unknown(frames: str, rate_hz: str, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    recording = f'{{"frames": {frames}, "rate_hz": {rate_hz}}}'
    (tmp_path / "one" / "session.json").write_text(f'{{"recording": {recording}}}')

    (listed,) = list_sessions(tmp_path)

    assert listed.duration_s is None


def test_an_account_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "session.json")

    with pytest.raises(StoreError, match="it is no file"):
        read_account(tmp_path)


def test_a_number_of_thousands_of_digits_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "session.json").write_text('{"turns_n": ' + "9" * 5_000 + "}")

    with pytest.raises(StoreError, match="it is not JSON, or too large"):
        read_account(tmp_path)

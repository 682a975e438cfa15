import json
import os
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.audio_format import Samples
from app.core.calibration import CalibrationNote, EngineCalibration
from app.core.clock import Nanoseconds
from app.core.errors import StoreError
from app.core.records import ConnectTiming, SessionRecord
from app.store.reader import FolderReader
from app.store.reader_audio import frames_of
from app.store.recorder import FolderRecording, FolderStore
from app.store.wav import DATA_OFFSET, StereoFile, wav_header
from tests.support.recording import T0_NS, session_record, turn_record

SECOND = 24_000


def reader(root: Path | None = None) -> FolderReader:
    return FolderReader({} if root is None else {"VIVAVOCE_SESSIONS": str(root)})


def recorded(root: Path, record: SessionRecord | None = None) -> FolderRecording:
    return FolderStore(root).begin(record or session_record())


def ramp(frames: int, first: int = 0) -> Samples:
    return (np.arange(first, first + frames) % 20_000).astype(np.int16)


def folder_with(root: Path, account: Any, **files: bytes) -> Path:
    folder = root / "20261121T102030Z-12345678"
    folder.mkdir()
    raw = account if isinstance(account, bytes) else json.dumps(account).encode()
    (folder / "session.json").write_bytes(raw)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


# --- the account and the turns ---------------------------------------------------------------


def test_a_session_comes_back_as_it_was(tmp_path: Path) -> None:
    engine = EngineCalibration(
        calibration_id="cal",
        measured_utc="2026-11-21T09:00:00+00:00",
        turns=60,
        v2v_error_p50_ms=1.2,
        v2v_error_p95_ms=2.3,
        v2v_bias_ms=-0.1,
        simulator_lateness_p95_ms=0.5,
        load_average=0.3,
        passed=True,
    )
    record = replace(
        session_record(state="complete", turns_n=2),
        connect=ConnectTiming(dns_ms=1.5, tls_version="TLSv1.3"),
        calibration=CalibrationNote(engine=engine),
        engine_arguments=("--seed", "7"),
        rtts_ms=(1.0, 2.5),
        effective_settings={"voice": "alloy", "n": [1, None]},
        run_id="run",
        order_idx=0,
    )
    recording = recorded(tmp_path, record)
    turns = (turn_record(1), turn_record(2, "=HYPERLINK(1), 'x'\r\n"))
    for turn in turns:
        recording.turn(turn)
    recording.close(record)

    stored = reader().read(recording.folder)

    assert (stored.record, stored.turns, stored.odd) == (record, turns, ())
    assert stored.folder == recording.folder


def test_a_session_under_way_is_read_as_far_as_it_is(tmp_path: Path) -> None:
    recording = recorded(tmp_path)

    stored = reader().read(recording.folder)
    user, agent = reader().audio(recording.folder)
    recording.close(session_record())

    assert (stored.record.state, stored.turns, stored.odd) == ("running", (), ())
    assert len(user) == len(agent) == 0


def test_an_account_with_only_its_beginning_is_enough(tmp_path: Path) -> None:
    stored = reader().read(folder_with(tmp_path, {"t0_ns": 5}))

    assert stored.record.t0_ns == 5
    assert (stored.record.session_id, stored.record.state) == ("unknown", "unknown")
    assert "session.json does not say target" in stored.odd
    assert "there is no turns.csv" in stored.odd


BAD_ACCOUNTS: dict[str, tuple[dict[str, Any], str]] = {
    "a newer schema": ({"schema_version": "2.0.0"}, "a newer version of the program wrote it"),
    "a later schema": ({"schema_version": "1.99.0"}, "a newer version of the program wrote it"),
    "no schema": ({"schema_version": "soon"}, "its schema version 'soon' is none"),
    "another type": ({"turns_n": "many"}, "turns_n of session.json is no value of it"),
    "another enumeration": (
        {"settings": {"turn_detection": {"mode": "telepathy"}}},
        "settings of session.json is no value of it",
    ),
    "a number that is none": ({"rtts_ms": [float("nan")]}, "rtts_ms of session.json is no value"),
}


@pytest.mark.parametrize(("change", "sentence"), BAD_ACCOUNTS.values(), ids=BAD_ACCOUNTS.keys())
def test_what_is_odd_in_an_account_is_said(
    change: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    recording = recorded(tmp_path)
    recording.close(session_record(state="complete"))
    path = recording.folder / "session.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))

    stored = reader().read(recording.folder)

    assert stored.record.t0_ns == T0_NS
    assert any(sentence in each for each in stored.odd)


@pytest.mark.parametrize(
    "account",
    [b"", b"[]", b"{}", b'{"t0_ns": "x"}', b'{"t0_ns": 99999999999999999999}', b'{"t0_ns": NaN}'],
)
def test_without_its_beginning_there_is_no_session(account: bytes, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        reader().read(folder_with(tmp_path, account))


def test_turns_that_cannot_be_opened_are_said(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"t0_ns": 5}, turns_csv=b"turn_id,status\r\n1,ok\r\n")
    (folder / "turns.csv").unlink()
    os.mkfifo(folder / "turns.csv")

    assert "there is no turns.csv" in reader().read(folder).odd


# --- the recording ---------------------------------------------------------------------------


def audio_folder(root: Path, content: bytes) -> Path:
    return folder_with(root, {"t0_ns": 0}, stereo_wav=content)


def frames(count: int) -> bytes:
    stereo = np.stack((ramp(count), -ramp(count)), axis=1)
    return stereo.astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "first", "last"),
    [
        (0.0, None, 0, 48_000),
        (500.0, 1000.0, 12_000, 24_000),
        (1000.0, 99_000.0, 24_000, 48_000),
        (-5.0, 10.0, 0, 240),
        (5000.0, None, 48_000, 48_000),
        (1000.0, 500.0, 24_000, 24_000),
    ],
)
def test_both_sides_are_read_between_two_instants(
    start_ms: float, end_ms: float | None, first: int, last: int, tmp_path: Path
) -> None:
    folder = audio_folder(tmp_path, wav_header(2 * SECOND) + frames(2 * SECOND))

    user, agent = reader().audio(folder, start_ms, end_ms)

    assert user.tolist() == ramp(last - first, first).tolist()
    assert agent.tolist() == (-ramp(last - first, first)).tolist()


def test_what_the_header_does_not_count_yet_is_read(tmp_path: Path) -> None:
    folder = audio_folder(tmp_path, wav_header(100) + frames(500) + b"\x01\x02\x03")

    assert frames_of(folder) == 500
    assert len(reader().audio(folder)[0]) == 500


def test_a_recording_under_way_is_read_to_what_was_flushed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"t0_ns": 0})
    file = StereoFile(folder / "stereo.wav")
    file.put(0, 0, ramp(SECOND))
    file.flush()
    first = reader().audio(folder)
    file.put(1, 0, ramp(2 * SECOND))
    file.flush()

    user, agent = reader().audio(folder)
    file.close()

    assert len(first[0]) == SECOND
    assert (len(user), len(agent)) == (2 * SECOND, 2 * SECOND)
    assert user[:SECOND].tolist() == ramp(SECOND).tolist()


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    body = b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in parts
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WAVE" + body


FMT = struct.pack("<HHIIHH", 1, 2, SECOND, SECOND * 4, 4, 16)
EXTENSIBLE = struct.pack("<HHIIHHHHIH", 0xFFFE, 2, SECOND, SECOND * 4, 4, 16, 22, 16, 3, 1)


def test_a_file_that_an_editor_saved_is_read_by_its_own_header(tmp_path: Path) -> None:
    saved = chunks(
        (b"LIST", b"odd"), (b"fmt ", EXTENSIBLE + bytes(14)), (b"data", frames(300)),
        (b"LIST", bytes(400)),
    )  # fmt: skip

    assert frames_of(audio_folder(tmp_path, saved)) == 300


def test_a_file_past_4_gib_counts_in_64_bits(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"t0_ns": 0})
    count = 0xFFFF_FFFF // 4 + 1_000
    with (folder / "stereo.wav").open("wb") as file:
        file.write(wav_header(count))
        file.truncate(DATA_OFFSET + count * 4)  # a hole: it takes no room

    user, _ = reader().audio(folder, count / 24 - 10)

    assert frames_of(folder) == count
    assert len(user) == 240


def test_another_programs_64_bit_header_is_believed(tmp_path: Path) -> None:
    head = b"RF64\xff\xff\xff\xffWAVE" + b"ds64" + struct.pack("<IQQQI", 28, 0, 400, 100, 0)
    data = b"fmt " + struct.pack("<I", 18) + FMT + bytes(2) + b"data\xff\xff\xff\xff"

    assert frames_of(audio_folder(tmp_path, head + data + frames(300))) == 100


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a WAV file"),
    "text": (b"hello, this is no sound", "not a WAV file"),
    "only a head": (wav_header(0)[:12], "its sound is missing"),
    "no sound": (chunks((b"fmt ", FMT)), "its sound is missing"),
    "no format": (chunks((b"data", b"1234")), "its format is missing"),
    "chunks without end": (chunks(*[(b"junk", b"")] * 200), "its sound is missing"),
    "one channel": (
        chunks((b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)), (b"data", b"")),
        "1 channels of 16 bits at 8000 Hz",
    ),
    "a short extensible format": (
        chunks((b"fmt ", EXTENSIBLE[:16]), (b"data", b"")),
        "2 channels of 16 bits",
    ),
}


@pytest.mark.parametrize(("content", "why"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_is_no_recording_is_an_error(content: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=why):
        reader().audio(audio_folder(tmp_path, content))


def test_no_recording_is_an_error(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"t0_ns": 0})
    with pytest.raises(StoreError, match="holds no recording"):
        reader().audio(folder)

    (folder / "stereo.wav").mkdir()
    with pytest.raises(StoreError, match="holds no recording"):
        reader().audio(folder)


# --- which session ---------------------------------------------------------------------------


def test_sessions_are_found_newest_first_and_by_name(tmp_path: Path) -> None:
    ids = ("vv_00aaaa1111", "vv_00bbbb2222")
    for number, session_id in enumerate(ids):
        instant = f"2026-11-21T10:20:3{number}+00:00"
        record = replace(session_record(), session_id=session_id, t0_utc=instant)
        recorded(tmp_path, record).close(record)
    files = reader(tmp_path)

    newest, oldest = files.folders(None)

    assert newest.name == "20261121T102031Z-bbbb2222"
    assert files.folders(str(tmp_path)) == (newest, oldest)
    assert files.find("latest", None) == newest
    assert files.find(str(oldest), None) == oldest
    assert files.find(ids[0], None) == oldest
    assert files.find("1111", None) == oldest
    assert files.find(newest.name, str(tmp_path)) == newest


@pytest.mark.parametrize(("name", "why"), [("", "no session"), ("x", "no session"), ("2", "More")])
def test_a_name_that_means_none_or_several_is_an_error(name: str, why: str, tmp_path: Path) -> None:
    for second in (0, 1):
        record = replace(
            session_record(),
            session_id=f"vv_{second}2222222",
            t0_utc=f"2026-11-21T10:20:3{second}+00:00",
            t0_ns=Nanoseconds(0),
        )
        recorded(tmp_path, record).close(record)

    with pytest.raises(StoreError, match=why):
        reader(tmp_path).find(name, None)


def test_where_there_are_no_sessions_there_is_no_latest(tmp_path: Path) -> None:
    assert reader(tmp_path / "nowhere").folders(None) == ()
    with pytest.raises(StoreError, match="no session"):
        reader(tmp_path / "nowhere").find("latest", None)


# --- what is not as it was -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "odd"),
    [
        (SECOND, ("the last 1.0 s of stereo.wav are missing",)),
        (2 * SECOND, ()),
        (3 * SECOND, ()),
    ],
)
def test_sound_that_was_lost_since_is_missed(
    left: int, odd: tuple[str, ...], tmp_path: Path
) -> None:
    wav = wav_header(left) + bytes(4 * left)
    account = {"t0_ns": 5, "recording": {"frames": 2 * SECOND}}
    folder = folder_with(tmp_path, account, stereo_wav=wav)

    told = [each for each in reader().read(folder).odd if "stereo.wav" in each]
    assert tuple(told) == odd


@pytest.mark.parametrize("frames", [10**400, "many", None, True, [1], -5])
def test_a_length_that_is_none_is_not_missed(frames: Any, tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, {"t0_ns": 5, "recording": {"frames": frames}}, stereo_wav=wav_header(5)
    )

    assert not [each for each in reader().read(folder).odd if "stereo.wav" in each]


def test_the_latest_of_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There are no sessions in"):
        reader(tmp_path).find("latest", None)


@pytest.mark.parametrize("name", ["x" * 5_000, "x" * 300 + "/y", "a\0b", "\udcff", ""])
def test_a_name_that_no_folder_can_have_is_no_session(name: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no session called"):
        reader(tmp_path).find(name, None)

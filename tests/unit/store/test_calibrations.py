import json
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.errors import StoreError
from app.core.ports import CalibrationStore
from app.store.calibrations import KEPT, LARGEST_BYTES, FolderCalibrations, calibrations_root

ENGINE = EngineCalibration(
    calibration_id="cal_1",
    measured_utc="2026-03-01T10:00:00.250+00:00",
    turns=63,
    v2v_error_p50_ms=1.5,
    v2v_error_p95_ms=3.0,
    v2v_bias_ms=-0.5,
    simulator_lateness_p95_ms=None,
    load_average=0.5,
    passed=True,
)
DEVICES = DeviceCalibration(
    calibration_id="cal_2",
    measured_utc="2026-03-01T10:00:00+00:00",
    input_name="Mic",
    output_name="Speaker",
    chirps=20,
    found=20,
    residual_ms=12.5,
    residual_iqr_ms=0.5,
    loop_ms=60.0,
    loop_iqr_ms=0.5,
    xruns=0,
    device_clock="measured",
    level_dbfs=-20.0,
)


@pytest.fixture
def store(tmp_path: Path) -> FolderCalibrations:
    return FolderCalibrations(tmp_path / "calibrations")


def files(store: FolderCalibrations) -> list[Path]:
    return sorted(store._root.iterdir())


def test_what_is_kept_comes_back(store: FolderCalibrations) -> None:
    port: CalibrationStore = store

    port.add(ENGINE)
    port.add(DEVICES)

    assert port.note("Mic", "Speaker") == CalibrationNote(engine=ENGINE, devices=DEVICES)


def test_without_a_folder_nothing_is_known_and_none_is_made(store: FolderCalibrations) -> None:
    assert store.note("Mic", "Speaker") == CalibrationNote()
    assert not store._root.exists()


def test_another_pair_of_devices_is_not_this_one(store: FolderCalibrations) -> None:
    store.add(DEVICES)

    assert store.note("Mic", "Headphones") == CalibrationNote()


def test_the_newest_counts_in_whatever_order_and_zone_they_came(store: FolderCalibrations) -> None:
    newer = replace(ENGINE, calibration_id="b", measured_utc="2026-03-01T09:30:00-01:00", turns=5)
    store.add(newer)
    store.add(ENGINE)
    store.add(replace(DEVICES, measured_utc="2027-01-01T00:00:00+00:00", residual_ms=1.0))
    store.add(DEVICES)

    note = store.note("Mic", "Speaker")

    assert note.engine == newer
    assert note.devices is not None
    assert note.devices.residual_ms == 1.0


def test_two_of_one_second_are_both_kept(store: FolderCalibrations) -> None:
    store.add(ENGINE)
    store.add(replace(ENGINE, measured_utc="2026-03-01T10:00:00.500+00:00", turns=7))

    note = store.note("", "")

    assert note.engine is not None
    assert (len(files(store)), note.engine.turns) == (2, 7)


def test_only_the_owner_may_read_them(store: FolderCalibrations) -> None:
    store.add(DEVICES)

    (path,) = files(store)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store._root.stat().st_mode) == 0o700


def test_two_hundred_are_kept_the_newest_of_the_engine_and_what_is_not_ours(
    store: FolderCalibrations,
) -> None:
    store.add(replace(ENGINE, measured_utc="2020-01-01T00:00:00+00:00"))
    foreign = store._root / "notes.json"
    foreign.write_text("{}")
    for second in range(KEPT + 5):
        at = f"2026-03-01T10:{second // 60:02}:{second % 60:02}+00:00"
        store.add(replace(DEVICES, measured_utc=at, found=second))

    note = store.note("Mic", "Speaker")

    ours = [path for path in files(store) if path != foreign]
    assert len(ours) == KEPT
    assert note.engine is not None
    assert note.devices is not None
    assert note.devices.found == KEPT + 4
    assert foreign.exists()


DAMAGE: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[:40],
    "no-json": lambda text: "\x00\x01",
    "no-object": lambda text: "[1]",
    "other-kind": lambda text: text.replace('"devices"', '"moon"'),
    "kind-of-wrong-type": lambda text: text.replace('"devices"', "1", 1),
    "a-number-that-is-text": lambda text: text.replace("12.5", '"12.5"'),
    "a-field-is-missing": lambda text: text.replace('"chirps"', '"squeaks"'),
    "not-a-number": lambda text: text.replace("12.5", "NaN"),
    "too-large": lambda text: text + " " * LARGEST_BYTES,
    "beyond-all-numbers": lambda text: text.replace("12.5", "1e999"),
    "deep": lambda text: "[" * 60_000,
}


@pytest.mark.expects_log
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_passed_over_and_said_once(
    store: FolderCalibrations, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    store.add(DEVICES)
    store.add(replace(DEVICES, measured_utc="2026-04-01T10:00:00+00:00"))
    damaged = files(store)[-1]
    text = DAMAGE[damage](damaged.read_text())
    damaged.write_bytes(text.encode())

    notes = [store.note("Mic", "Speaker") for _ in range(3)]

    assert notes == [CalibrationNote(devices=DEVICES)] * 3
    assert [record.message for record in caplog.records] == ["calibration passed over"]


@pytest.mark.expects_log
def test_what_is_no_file_is_passed_over(store: FolderCalibrations) -> None:
    store.add(DEVICES)
    os.mkfifo(store._root / "20270101T000000000000Z-engine-x.json")
    (store._root / "20270101T000000000000Z-engine-y.json").mkdir()

    assert store.note("Mic", "Speaker") == CalibrationNote(devices=DEVICES)


def test_a_later_version_may_say_more(store: FolderCalibrations) -> None:
    store.add(ENGINE)
    (path,) = files(store)
    path.write_text(json.dumps({**json.loads(path.read_text()), "colour": "blue"}))

    assert store.note("", "").engine == ENGINE


@pytest.mark.expects_log
def test_a_folder_that_is_a_file_ends_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = FolderCalibrations(tmp_path / "file")

    with pytest.raises(StoreError, match=r"cannot be kept in .*file") as caught:
        store.add(ENGINE)

    assert "VIVAVOCE_CALIBRATIONS" in caught.value.hint
    assert store.note("Mic", "Speaker") == CalibrationNote()


def test_an_instant_that_is_none_is_refused(store: FolderCalibrations) -> None:
    with pytest.raises(StoreError, match="'yesterday' is not an instant"):
        store.add(replace(ENGINE, measured_utc="yesterday"))


def test_a_hostile_name_stays_in_the_folder(store: FolderCalibrations) -> None:
    store.add(replace(ENGINE, calibration_id="../../etc/passwd"))
    store.add(replace(ENGINE, calibration_id="///"))

    assert {path.name for path in files(store)} == {
        "20260301T100000250000Z-engine-etcpasswd.json",
        "20260301T100000250000Z-engine-calibration.json",
    }


@pytest.mark.parametrize(
    ("environment", "root"),
    [
        ({"VIVAVOCE_CALIBRATIONS": "/a/b", "XDG_DATA_HOME": "/c"}, Path("/a/b")),
        ({"XDG_DATA_HOME": "/c"}, Path("/c/vivavoce/calibrations")),
        ({"XDG_DATA_HOME": "c"}, Path.home() / ".local/share/vivavoce/calibrations"),
        ({}, Path.home() / ".local/share/vivavoce/calibrations"),
    ],
)
def test_where_they_are(environment: dict[str, str], root: Path) -> None:
    assert calibrations_root(environment) == root

import csv
import json
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from app.core.errors import StoreError
from app.core.events import TokenUsage
from app.core.exporting import ExportFormat
from app.core.money import Budget, Cost, CostStatus, Meter, PriceOrigin, PriceRow
from app.core.ports import StoredSession
from app.core.privacy import Consent, LeftOut, PersonalData, RecordingMode, Redaction
from app.core.records import ConnectTiming, SessionRecord, TurnRecord, TurnStatus
from app.exports.job import ExportJob, Pricing
from app.exports.reading import MOST_BYTES, read_rows, turns_of
from app.exports.run import writer_of
from app.exports.tables import Row
from app.metrics.summary import summarise
from tests.support import bundles
from tests.support.recording import session_record
from tests.support.turns import any_turn

FORMS = {
    ExportFormat.CSV: ".csv",
    ExportFormat.JSONL: ".jsonl",
    ExportFormat.PARQUET: ".parquet",
}
HOSTILE = (
    '=cmd|"/c calc"!A1',
    "<script>alert(1)</script>",
    "\u202eright to left\u202c \u0645\u0631\u062d\u0628\u0627",
    "\N{FAMILY} \N{PARTY POPPER}\u200d, \"quoted\"\r\nand 'more'",
    "",
    "'",
    "a\0b",
)
TURNS = tuple(
    TurnRecord(
        turn_id=number,
        status=TurnStatus.INTERRUPTED if number % 2 else TurnStatus.OK,
        user_transcript=text,
        agent_transcript=text[::-1],
        v2v_ms=512.1 + number / 3,
        is_first_turn=number == 0,
        usage=TokenUsage(total=10, input_total=7, output_total=3),
    )
    for number, text in enumerate(HOSTILE)
)
ROW = PriceRow(
    provider="p", model="m", rates={}, origin=PriceOrigin.YOURS, as_of="2026-11-01", source="bill"
)


def written(form: ExportFormat, job: ExportJob) -> tuple[list[Row], list[Row]]:
    """Write the tables, and return the rows of turns and of sessions read back."""
    exported = writer_of(form)(job)
    assert exported.bytes_n == sum(Path(file).stat().st_size for file in exported.files)
    turns, sessions = (read_rows(Path(file)) for file in exported.files)
    return turns, sessions


def job(folder: Path, out: Path, **more: Any) -> ExportJob:
    return bundles.job(out, folder, **more)


def turns_job(turns: Sequence[TurnRecord], out: Path) -> ExportJob:
    """Return a job of one session in memory."""
    record = session_record()
    stored = StoredSession(folder=Path("/no/such"), record=record, turns=tuple(turns))
    return ExportJob(
        sessions=(stored,), reader=bundles.READER, out=out, made_utc=bundles.MADE, app_version="1"
    )


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reads_back_to_the_same_turns_and_aggregates(
    form: ExportFormat, tmp_path: Path
) -> None:
    folder = bundles.recorded(tmp_path, turns=TURNS)
    (stored,) = bundles.stored(folder)

    rows, sessions = written(form, job(folder, tmp_path / f"turns{FORMS[form]}"))

    (turns,) = turns_of(rows).values()
    assert turns == stored.turns == TURNS
    assert summarise(turns) == summarise(stored.turns)
    assert sessions[0]["turns_n"] == len(TURNS)
    assert sessions[0]["t0_utc"] == "2026-11-21T10:20:30.500000+00:00"


def test_all_forms_hold_the_same_rows(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path, turns=TURNS)

    tables = [written(form, job(folder, tmp_path / f"t{end}")) for form, end in FORMS.items()]

    assert tables[0] == tables[1] == tables[2]
    assert (tmp_path / "t-sessions.csv").is_file()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(any_turn, max_size=3), st.sampled_from(sorted(FORMS)))
def test_any_turn_survives_any_form(
    tmp_path: Path, turns: list[TurnRecord], form: ExportFormat
) -> None:
    rows, _ = written(form, turns_job(turns, tmp_path / f"turns{FORMS[form]}"))

    read = turns_of(rows).get("sess-1234567890", ())
    assert read == tuple(
        replace(turn, usage=None) if turn.usage == TokenUsage() else turn for turn in turns
    )
    assert repr(summarise(read)) == repr(summarise(turns))


def test_half_a_character_is_replaced_alike(tmp_path: Path) -> None:
    turn = TurnRecord(turn_id=1, status=TurnStatus.OK, user_transcript="a\ud800b")

    for form, end in FORMS.items():
        rows, _ = written(form, turns_job([turn], tmp_path / f"turns{end}"))
        assert rows[0]["user_transcript"] == "a\ufffdb"


def test_a_spreadsheet_runs_nothing(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path, turns=TURNS)
    writer_of(ExportFormat.CSV)(job(folder, tmp_path / "turns.csv"))

    with (tmp_path / "turns.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert not [cell for cell in cells if cell[:1] in tuple("=+@\t\r")]
    assert not [cell for cell in cells if cell.startswith("-") and not cell[1:2].isdigit()]


def test_parquet_has_typed_columns(tmp_path: Path) -> None:
    import duckdb  # noqa: PLC0415

    folder = bundles.recorded(tmp_path, turns=TURNS)
    writer_of(ExportFormat.PARQUET)(job(folder, tmp_path / "turns.parquet"))

    with duckdb.connect(":memory:") as connection:
        found = connection.read_parquet(str(tmp_path / "turns.parquet"))
        kinds = dict(zip(found.columns, map(str, found.types), strict=True))
    assert (kinds["turn_id"], kinds["v2v_ms"], kinds["barge_in"]) == ("BIGINT", "DOUBLE", "BOOLEAN")
    assert (kinds["user_transcript"], kinds["t0_utc"]) == ("VARCHAR", "TIMESTAMP")


def test_several_sessions_stand_in_one_table(tmp_path: Path) -> None:
    names = ("20261121T102030Z-aaaaaaaa", "20261121T102031Z-b'b\"; DROP TABLE turns")
    folders = [
        bundles.recorded(tmp_path, name, turns=TURNS[:2], session_id=name[-8:]) for name in names
    ]

    for form, end in FORMS.items():
        whole = bundles.job(tmp_path / "a 'b' [c]" / f"turns{end}", *folders)
        rows, sessions = written(form, whole)
        assert {key: len(turns) for key, turns in turns_of(rows).items()} == {
            names[0][-8:]: 2,
            names[1][-8:]: 2,
        }
        assert [row["folder"] for row in sessions] == list(names)


# --- what a row says ---------------------------------------------------------------------------


def split(cost: Cost) -> Mapping[str, Decimal]:
    half = (cost.usd or Decimal(0)) / 2
    return {"text": half, "audio": half, "cached": Decimal(0), "other": Decimal(0)}


def test_costs_are_those_of_the_day_they_are_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path, turns=TURNS[:2])

    def turn(each: TurnRecord, _record: SessionRecord) -> Cost:
        if each.turn_id:
            return Cost(usd=None, status=CostStatus.UNPRICED, unpriced=(Meter.AUDIO_IN,))
        return Cost(usd=Decimal("0.02"), status=CostStatus.PARTIAL, row=ROW)

    pricing = Pricing(
        turn=turn,
        session=lambda _stored: Cost(usd=Decimal(0), status=CostStatus.LOCAL),
        split=split,
    )
    rows, sessions = written(ExportFormat.CSV, job(folder, tmp_path / "turns.csv", pricing=pricing))

    priced, unpriced = rows
    assert priced["cost_usd"] == 0.02
    assert priced["cost_audio_usd"] == 0.01
    assert (priced["cost_status"], priced["price_origin"]) == ("partial", "yours")
    assert (priced["price_table_date"], priced["price_source"]) == ("2026-11-01", "bill")
    assert unpriced["cost_usd"] is None
    assert unpriced["cost_audio_usd"] is None
    assert unpriced["cost_unpriced"] == "audio_in"
    assert (sessions[0]["cost_usd"], sessions[0]["cost_status"]) == (0.0, "local")


def test_the_recording_is_named_by_its_hash_unless_sound_is_left_out(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path, turns=TURNS[:1])

    _, [whole] = written(ExportFormat.CSV, job(folder, tmp_path / "a.csv"))
    without = Redaction(left_out=(LeftOut.AUDIO,))
    _, [mute] = written(ExportFormat.CSV, job(folder, tmp_path / "b.csv", redaction=without))

    assert (
        whole["recording_sha256"]
        == bundles.told_of(bundles.contents(folder))["stereo.wav"]["sha256"]
    )
    assert whole["recording_bytes"] == (folder / "stereo.wav").stat().st_size
    assert (mute["recording_bytes"], mute["recording_sha256"]) == (None, None)


def test_what_is_redacted_is_in_no_table(tmp_path: Path) -> None:
    turn = replace(TURNS[0], user_transcript="I am canary@mail.example")
    folder = bundles.recorded(tmp_path, turns=[turn])
    redaction = Redaction(personal=(PersonalData.EMAIL,))

    for form, end in FORMS.items():
        out = tmp_path / f"turns{end}"
        rows, _ = written(form, job(folder, out, redaction=redaction))
        assert rows[0]["user_transcript"] == "I am [redacted]"
        assert b"canary" not in out.read_bytes()


# --- nothing is half written -------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("after", [0, 3])
def test_an_export_that_is_broken_off_leaves_nothing_and_what_was_there(
    form: ExportFormat, after: int, tmp_path: Path
) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=TURNS)
    out = tmp_path / "out" / f"turns{FORMS[form]}"
    out.parent.mkdir()
    out.write_text("before")
    calls = iter(range(100))

    with pytest.raises(StoreError, match="broken off"):
        writer_of(form)(job(folder, out, told=lambda _done, _total: next(calls) < after))

    assert os.listdir(out.parent) == [out.name]  # noqa: PTH208 - names are enough
    assert out.read_text() == "before"


def test_a_value_that_the_schema_does_not_allow_is_told_and_nothing_written(tmp_path: Path) -> None:
    turn = TurnRecord(turn_id=1, status=TurnStatus.OK, v2v_ms=float("nan"))

    with pytest.raises(StoreError, match="v2v_ms"):
        writer_of(ExportFormat.PARQUET)(turns_job([turn], tmp_path / "turns.parquet"))

    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for form, end in FORMS.items():
        with pytest.raises(StoreError, match="cannot be written"):
            writer_of(form)(turns_job(TURNS, tmp_path / "file" / f"turns{end}"))


def test_only_the_owner_may_read_a_table(tmp_path: Path) -> None:
    writer_of(ExportFormat.CSV)(turns_job(TURNS, tmp_path / "turns.csv"))

    assert stat.S_IMODE((tmp_path / "turns.csv").stat().st_mode) == 0o600


# --- reading what others made ------------------------------------------------------------------

BROKEN = MappingProxyType(
    {
        "a.txt": b"",
        "b.csv": b"",
        "c.csv": b'turn_id,status\r\n1,"o',
        "d.csv": b"turn_id,status\r\nx,ok\r\n",
        "e.csv": b"turn_id,barge_in\r\n1,maybe\r\n",
        "f.csv": b"turn_id,status\r\n1\r\n",
        "g.jsonl": b"{",
        "h.jsonl": b"[]\n",
        "i.jsonl": b"[" * 100_000,
        "j.parquet": b"PAR1",
        "k.csv": b"\xff\xfe",
    }
)


@pytest.mark.parametrize("name", [*BROKEN, "missing.csv"])
def test_a_damaged_table_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name in BROKEN:
        path.write_bytes(BROKEN[name])

    with pytest.raises(StoreError):
        read_rows(path)


def test_columns_of_a_newer_version_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_text(json.dumps({"turn_id": 1, "status": "ok", "novel": 1}))

    rows = read_rows(path)

    assert rows == [{"turn_id": 1, "status": "ok"}]
    with pytest.raises(StoreError, match="Row 1"):
        turns_of([{"turn_id": "x"}])


def test_a_session_row_says_who_agreed_what_it_may_cost_and_how_it_was_measured(
    tmp_path: Path,
) -> None:
    folder = bundles.recorded(
        tmp_path,
        turns=TURNS[:3],
        consents=(Consent(who="Anna", at_utc="2026-11-21T10:20:31+00:00", at_ms=500.0),),
        budget=Budget(stop_usd=Decimal("1.25")),
        recording_mode=RecordingMode.FULL,
        connect=ConnectTiming(dns_ms=1.5, tcp_ms=2.5, cold=False),
        rtts_ms=(3.0, 5.0, 40.0),
        machine={"python": "3.11", "cores": 2, "system": 7},
    )

    _, [row] = written(ExportFormat.JSONL, job(folder, tmp_path / "turns.jsonl"))

    assert json.loads(str(row["consents"])) == [
        {"who": "Anna", "at_utc": "2026-11-21T10:20:31+00:00"}
    ]
    assert (row["consents_n"], row["recording_mode"]) == (1, "full")
    assert (row["budget_stop_usd"], row["budget_warn_usd"]) == (1.25, None)
    assert (row["dns_ms"], row["tls_ms"], row["connect_total_ms"]) == (1.5, None, 4.0)
    assert (row["connect_cold"], row["rtts_n"], row["rtt_p50_ms"]) == (False, 3, 5.0)
    assert (row["cores"], row["python"], row["system"]) == (2, "3.11", "7")
    assert (row["tokens_in"], row["tokens_out"], row["tokens_cached"]) == (21, 9, None)
    assert (row["turns_n"], row["interrupted_n"], row["failed_n"]) == (3, 1, 0)


def test_a_table_too_large_to_read_is_told(tmp_path: Path) -> None:
    with (tmp_path / "turns.csv").open("wb") as file:
        file.truncate(MOST_BYTES + 1)

    with pytest.raises(StoreError, match="larger than"):
        read_rows(tmp_path / "turns.csv")

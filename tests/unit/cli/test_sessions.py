import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import main
from app.core.rows import TURN_COLUMNS
from tests.support.conversations import live_turn, record_conversation, track


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    turns = (live_turn(1, 2, 2.5), live_turn(2, 7, 7.8))
    return record_conversation(
        tmp_path, track(12, (1, 2), (6, 7)), track(12, (2.5, 4), (7.8, 9)), turns
    )


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def shifted(folder: Path, by_ms: float) -> None:
    """Change every live figure of a session by so much."""
    path = folder / "turns.csv"
    head, *rows = path.read_text().splitlines()
    at = head.split(",").index("v2v_ms")
    for number, row in enumerate(rows):
        cells = row.split(",")
        cells[at] = str(float(cells[at]) + by_ms)
        rows[number] = ",".join(cells)
    path.write_text("\r\n".join((head, *rows, "")), newline="")


@pytest.mark.parametrize(
    "words",
    [["--json"], ["list", "--json"], ["--json", "list"]],
    ids=["no word", "list", "options first"],
)
def test_sessions_are_listed(
    words: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(folder.parent)]

    assert main(["sessions", *out, *words]) == 0

    (row,) = lines(capsys)
    assert (row["type"], row["folder"], row["turns_n"]) == ("session", str(folder), 2)


def test_a_session_is_shown_in_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "show", str(folder), "--json"]) == 0
    (row,) = lines(capsys)
    assert main(["sessions", "show", "latest", "--out", str(folder.parent)]) == 0
    table = capsys.readouterr().out

    assert row["type"] == "session_summary"
    assert (row["v2v_n"], row["odd"]) == (2, [])
    assert row["v2v_p50_ms"] == pytest.approx(650)
    assert row["excluded_by"] == row["error_classes"] == row["client_limited_by"] == {}
    assert "v2v_p50_ms                 \N{EN DASH}" in table
    assert "650.0" in table


def test_a_recording_bears_its_session_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sessions", "verify", "latest", "--json", "--out", str(folder.parent)]) == 0

    told = lines(capsys)
    assert [row["turn_id"] for row in told if row["type"] == "turn"] == [1, 2]
    figures = {row["figure"]: row for row in told if row["type"] == "figure"}
    assert figures["fto_p50_ms"]["value"] == pytest.approx(650, abs=0.1)
    assert figures["yield_rate"] == {
        "type": "figure",
        "id": "T8",
        "figure": "yield_rate",
        "value": None,
        "unit": "",
        "meaning": "their share",
    }
    assert told[-1]["borne_out"] is True
    assert told[-1]["parameters"]["merge_gap_ms"] == 200


@pytest.mark.parametrize(("by_ms", "code"), [(-9.0, 0), (9.0, 0), (11.0, 1), (-30.0, 1)])
def test_figures_off_by_more_than_10_ms_are_disproved(
    by_ms: float, code: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted(folder, by_ms)

    assert main(["sessions", "verify", str(folder)]) == code

    said = "disproves" if code else "bears the live figures out (n = 2)"
    assert said in capsys.readouterr().out.splitlines()[-1]


def test_one_disproved_session_of_several_is_enough(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shifted(folder, 30)
    whole = record_conversation(tmp_path / "other", track(5, (1, 2)), track(5, (2.5, 4)))

    assert main(["sessions", "verify", str(whole), str(folder), "--json"]) == 1

    ends = [row for row in lines(capsys) if row["type"] == "verification"]
    assert [end["borne_out"] for end in ends] == [True, False]


def test_what_is_odd_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "turns.csv").unlink()

    assert main(["sessions", "verify", str(folder)]) == 0

    told = capsys.readouterr().out
    assert "Note: there is no turns.csv.\n" in told
    assert told.endswith("There is no live figure that the recording could bear out.\n")


def test_every_column_is_told_with_its_definition(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sessions", "columns", "--json"]) == 0
    rows = {row["id"]: row for row in lines(capsys)}
    assert main(["sessions", "columns"]) == 0
    table = capsys.readouterr().out.splitlines()

    assert tuple(rows) == TURN_COLUMNS
    assert len(table) == len(TURN_COLUMNS) + 1
    v2v = rows["v2v_ms"]
    assert (v2v["unit"], v2v["source"]) == ("ms", "L1")
    assert all(v2v[name] for name in ("definition", "formula", "start", "end", "clock"))


def test_a_session_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sessions", "verify", "latest", "--out", str(tmp_path)]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("word", ["list", "show", "verify"])
@pytest.mark.parametrize("name", ["a\x1b[2J\u202eb\nc", os.fsdecode(b"bad\xff")])
def test_the_name_of_a_folder_cannot_steer_the_terminal(
    name: str, word: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    named = folder.rename(folder.parent / name)
    which = [] if word == "list" else [str(named)]

    assert main(["sessions", word, *which, "--out", str(folder.parent)]) == 0
    table = capsys.readouterr()
    assert main(["sessions", word, *which, "--out", str(folder.parent), "--json"]) == 0
    as_json = capsys.readouterr()
    (named / "session.json").write_text("no account")
    assert main(["sessions", "verify", str(named), "--out", str(folder.parent)]) == 1
    refused = capsys.readouterr()

    for text in (table.out, table.err, as_json.out, refused.err):
        assert text.replace("\n", "").isprintable()
    assert refused.err.count("\n") == 1
    assert json.loads(as_json.out.splitlines()[-1])["folder"] == str(named)

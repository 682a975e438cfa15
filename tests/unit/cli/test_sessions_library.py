"""The library in the terminal, over real folders."""

import fcntl
import io
import json
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap import main
from tests.support.libraries import made_session

NOON = "2026-11-21"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "sessions"
    monkeypatch.setenv("VIVAVOCE_SESSIONS", str(root))
    monkeypatch.setenv("VIVAVOCE_PRICES", str(tmp_path / "prices.json"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    made_session(root, "20261119T120000Z-one", user="Is it raining?", days_ago=2)
    made_session(root, "20261120T120000Z-two", agent="It is sunny.", days_ago=1, model="m2")
    made_session(root, "20261121T120000Z-three", failed_n=1, v2v_ms=900.0)
    return root


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["sessions", *words]) == code
    return capsys.readouterr().out


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(capsys, *words, "--json").splitlines()]


def names(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    return " ".join(row["key"].rpartition("-")[2] for row in rows(capsys, *words))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "three two one"),
        (("--search", "rain"), "one"),
        (("--model", "m2", "--model", "none"), "two"),
        (("--provider", "none"), ""),
        (("--result", "turns_failed"), "three"),
        (("--since", NOON), "three"),
        (("--until", NOON), "two one"),
        (("--sort", "latency"), "three two one"),
        (("--sort", "latency", "--ascending", "--limit", "2"), "one two"),
        (("--trash",), ""),
        (("--starred",), ""),
        (("--tag", "none"), ""),
    ],
    ids=str,
)
def test_sessions_are_asked_for(
    options: tuple[str, ...], found: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert root.is_dir()
    assert names(capsys, *options) == found
    assert names(capsys, "list", *options) == found
    assert names(capsys, *options, "list") == found


def test_what_is_written_on_sessions_is_listed(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "tag", "one", "vv_20261120T120000Z-two", "--tag", "demo") == (
        "2 sessions tagged.\n"
    )
    run(capsys, "untag", str(root / "20261120T120000Z-two"), "--tag", "demo")
    run(capsys, "note", "one", "--text", "a windy day")
    run(capsys, "star", "latest")
    run(capsys, "star", "two")
    run(capsys, "unstar", "two")

    assert names(capsys, "--tag", "demo") == "one"
    assert names(capsys, "--starred") == "three"
    (row,) = rows(capsys, "--search", "windy")
    assert (row["note"], row["snippet"], row["state"]) == ("a windy day",) * 2 + ("complete",)
    shown = run(capsys, "--search", "windy")
    assert "20261119T120000Z-one: a [windy] day" in shown
    assert shown.splitlines()[-1].startswith("1 session: 1:00, 4.")


def test_sessions_go_through_the_trash(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    run(capsys, "trash", "one", "two")
    assert names(capsys) == "three"
    assert run(capsys, "restore", "one") == "1 session restored.\n"
    assert "Nobody can be asked" in _error(capsys, "empty")
    assert names(capsys, "--trash") == "two"

    assert run(capsys, "empty", "--yes") == "1 session deleted.\n"

    assert names(capsys, "--trash") == ""
    assert sorted(path.name for path in root.glob("2*")) == [
        "20261119T120000Z-one",
        "20261121T120000Z-three",
    ]


def _error(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["sessions", *words]) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("name", ["nope", "", "20261", "../sessions", "T120000Z-", "latest/x"])
def test_a_name_that_names_no_single_session_is_refused(
    name: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for word, more in (("star", ()), ("trash", ()), ("tag", ("--tag", "x")), ("restore", ())):
        assert "called" in _error(capsys, word, name, *more)
    assert len(list(root.glob("2*"))) == 3


def test_a_rule_is_told_before_it_is_applied(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = ("retain", "--most-sessions", "2", "--most-size", "20GB", "--older-than", "99999")

    told = run(capsys, *rule)
    assert told.splitlines() == [
        "20261119T120000Z-one",
        "1 session would go. Nothing was done; --apply does it.",
    ]
    assert len(list(root.glob("2*"))) == 3
    (row,) = rows(capsys, *rule, "--apply")
    assert row == {"type": "retained", "dry": False, "sessions": ["20261119T120000Z-one"]}
    assert names(capsys, "--trash") == "one"


def _say_rules(where: Path, text: str) -> None:
    settings = where / "config" / "vivavoce" / "window.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(text)


_TWO = '"retention": {"most_sessions": 2}'


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (f'{{"library": {{"by_itself": true, {_TWO}}}}}', "three two"),
        (f'{{"library": {{"by_itself": false, {_TWO}}}}}', "three two one"),
        (f'{{"library": {{"by_itself": 1, {_TWO}}}}}', "three two one"),
        ('{"library": {"by_itself": true, "retention": {"most_sessions": -2}}}', "three two one"),
        ('{"library": {"by_itself": true}}', "three two one"),
        ('{"library": 7}', "three two one"),
        ("[]", "three two one"),
        ("{", "three two one"),
    ],
)
def test_rules_that_hold_by_themselves_are_applied_before_a_list(
    settings: str,
    left: str,
    root: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _say_rules(root.parent, settings)

    assert names(capsys, "--out", str(root)) == "three two one", "a folder that is named"
    assert main(["sessions", "--json"]) == 0

    told = capsys.readouterr()
    assert len(told.out.splitlines()) == len(left.split())
    assert ("1 session moved to the trash by your rules" in told.err) is (left == "three two")
    assert names(capsys) == left


def test_rules_wait_while_a_session_runs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _say_rules(root.parent, f'{{"library": {{"by_itself": true, {_TWO}}}}}')
    folder = made_session(root, "20261121T130000Z-four", state="running")

    with (folder / "events.jsonl").open("ab") as events:
        fcntl.flock(events, fcntl.LOCK_EX)
        assert names(capsys) == "four three two one"

    assert names(capsys) == "four three"


def test_what_is_taken_on_the_disk_is_told_and_the_index_made_anew(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "trash", "one")
    (row,) = rows(capsys, "usage")
    assert (row["sessions_n"], row["trash_n"], row["folder"]) == (2, 1, str(root))
    assert row["index_bytes"] > 0
    assert "  trash            1 " in run(capsys, "usage")

    assert run(capsys, "rebuild") == "The index was made anew from 3 sessions.\n"
    assert rows(capsys, "rebuild") == [{"type": "rebuilt", "sessions_n": 3}]


@pytest.mark.parametrize(
    "words",
    [("--since", "soon"), ("--limit", "-1"), ("retain", "--most-size", "big"), ("tag", "one"),
     ("retain", "--older-than", "1.5"), ("--sort", "beauty"), ("dance",)],
    ids=" ".join,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(words: tuple[str, ...], root: Path) -> None:
    assert root.is_dir()
    with pytest.raises(SystemExit) as refused:
        main(["sessions", *words])

    assert refused.value.code == 2


def test_without_any_sessions_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere")

    assert run(capsys, "--out", nowhere) == "No sessions.\n"
    assert run(capsys, "--json", "--out", nowhere) == ""
    (row,) = rows(capsys, "usage", "--out", nowhere)
    assert row["free_bytes"] is None
    assert not Path(nowhere).exists()

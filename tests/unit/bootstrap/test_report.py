"""``vivavoce report`` on recorded sessions."""

from pathlib import Path

import pytest

from app.bootstrap import main
from app.cli.report import default_name
from app.core.privacy import LeftOut
from tests.support.conversations import live_turn, record_conversation, track
from tests.support.reporting import Page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    turns = (live_turn(1, 2, 2.5), live_turn(2, 7, 7.8))
    user, agent = track(12, (1, 2), (6, 7)), track(12, (2.5, 4), (7.8, 9))
    return record_conversation(tmp_path / "sessions", user, agent, turns)


def test_a_report_of_the_latest_session_is_written(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.html"

    code = main(["report", "latest", "--out", str(folder.parent), "-o", str(out)])

    page = Page(out.read_text("utf-8"))
    assert (code, capsys.readouterr().out) == (0, f"{out}\n")
    assert "500 and 800 ms. Two values are too few for a median." in page.text
    assert len(page.classed("wave")) == 2
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("there.html", "is there already"),
        ("folder", "is a folder"),
        ("sessions/{folder}/report.html", "is inside a recorded session"),
    ],
)
def test_what_must_not_be_replaced_stays(
    place: str, why: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.html").write_text("before")
    (tmp_path / "folder").mkdir()
    out = tmp_path / place.format(folder=folder.name)

    assert main(["report", str(folder), "-o", str(out)]) == 1

    assert why in capsys.readouterr().err
    assert (tmp_path / "there.html").read_text() == "before"


def test_a_file_is_replaced_where_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("before")
    words = ["report", str(folder), str(folder), "-o", str(out), "--overwrite", "--title", "Ours"]

    assert main([*words, "--no-audio"]) == 0

    page = Page(out.read_text("utf-8"))
    assert "1 recorded session" in page.text  # named twice, told once
    assert "Viva Voce report Ours Recorded" in page.text
    assert not page.classed("play")


def test_a_session_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "nothing", "--out", str(tmp_path)]) == 1
    assert "There is no session called 'nothing'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--redact", "shoe-size"], ["--leave-out", "everything"], ["--audio-mb", "-1"],
        ["--audio-mb", "nan"], ["--audio-mb", "much"],
    ],
)  # fmt: skip
def test_a_word_that_is_not_known_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["report", "latest", *words])
    assert words[0] in capsys.readouterr().err


def test_parts_are_left_out_by_name(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    parts = f"{LeftOut.AUDIO},{LeftOut.EVENTS}, {LeftOut.NAMES}"
    words = ["--leave-out", parts, "--redact", "all", "--pattern", "Simul[a-z]+"]

    assert main(["report", str(folder), "-o", str(out), *words]) == 0

    text = Page(out.read_text("utf-8")).text
    assert "audio, events, names, email, phone" in text
    assert "Simulator" not in text


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["20261121T212004Z-2f0ed9df"], "vivavoce-report-20261121T212004Z-2f0ed9df.html"),
        (["a/b", "c"], "vivavoce-report-a-b-and-1-more.html"),
        (["..."], "vivavoce-report-session.html"),
    ],
)
def test_a_report_has_a_name_of_its_own(keys: list[str], name: str) -> None:
    assert default_name(keys) == name

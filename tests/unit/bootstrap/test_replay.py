"""``vivavoce replay`` from a folder to the terminal, in real time but quickly."""

from pathlib import Path

import pytest

from app.bootstrap import USAGE_ERROR, main
from tests.support.scores import write_score


def test_a_session_is_printed_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_score(tmp_path / "s1", 1)

    assert main(["replay", str(folder), "--speed", "8", "--from", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=2)[2] for line in lines[:2]] == ["Question 1.", "Answer 1."]
    assert "voice to voice 500 ms" in lines[2]


@pytest.mark.parametrize("words", [["nobody"], ["latest", "--speed", "100"]])
def test_what_cannot_be_replayed_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert main(["replay", *words, "--out", str(tmp_path)]) == USAGE_ERROR
    assert capsys.readouterr().err

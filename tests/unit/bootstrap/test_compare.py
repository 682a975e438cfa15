"""``vivavoce compare`` before anything is started, in this process."""

import json
from pathlib import Path

import pytest

from app.bootstrap import USAGE_ERROR, main
from app.bootstrap.known import CUSTOM_KEY_VARIABLE
from tests.support.program import spoken

TWO_HOSTS = ("--model", "ws://127.0.0.1:1", "--model", "ws://127.0.0.1:2")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "A comparison needs at least two models."),
        (["--model", "simulator", "--model", "no-such", "--input", "SAID"], "no-such"),
        (["--model", "simulator", "--model", "local", "--input", "gone.wav"], "gone.wav"),
        (["--sessions", "gone", "--against", "gone"], "None of 1 sessions can be read."),
    ],
    ids=["nothing", "model", "file", "sessions"],
)
def test_what_cannot_begin_is_one_sentence_and_a_summary(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = str(spoken(tmp_path / "q.wav"))
    words = [said if word == "SAID" else word for word in words]

    assert main(["compare", *words, "--json", "--out", str(tmp_path)]) == USAGE_ERROR

    printed = capsys.readouterr()
    summary = json.loads(printed.out)
    assert sentence in summary["error"]
    assert summary["error"] in printed.err
    assert (summary["type"], summary["comparisons"]) == ("summary", [])


def test_one_key_is_not_sent_to_several_endpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(CUSTOM_KEY_VARIABLE, "sk-of-one-of-them")
    said = str(spoken(tmp_path / "q.wav"))

    assert main(["compare", *TWO_HOSTS, "--input", said, "--out", str(tmp_path)]) == USAGE_ERROR

    told = capsys.readouterr().err
    assert "would be sent to 2 endpoints" in told
    assert "sk-of-one-of-them" not in told
    assert not (tmp_path / "sessions").exists()

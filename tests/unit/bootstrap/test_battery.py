"""``vivavoce battery`` before anything is started, in this process."""

import json

import pytest

from app.bootstrap import USAGE_ERROR, main


def test_the_sounds_are_listed_without_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["battery", "--list"]) == 0
    assert "right-right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["interruption", "--model", "no-such"], "no-such"),
        (["endpointing", "--silence-ms", "x"], "must be numbers"),
        (["interruption", "--silence-ms", "1,2"], "uses one setting"),
    ],
)
def test_what_cannot_begin_is_one_sentence_and_a_summary(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["battery", *words, "--json"]) == USAGE_ERROR

    printed = capsys.readouterr()
    assert sentence in printed.err
    assert sentence in json.loads(printed.out)["error"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["interruption", "--stimuli", "sneeze"], "no stimulus called 'sneeze'"),
        (["interruption", "--repeats", "0"], "from 1 to 100"),
        (["endpointing", "--repeats", "0"], "from 1 to 500"),
    ],
)
def test_what_no_battery_can_do_is_refused_before_a_server_is_started(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["battery", *words, "--model", "simulator"]) == USAGE_ERROR
    assert sentence in capsys.readouterr().err

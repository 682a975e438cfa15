import argparse
import json
from collections.abc import Sequence

import pytest

from app.cli.doctor import Check, Finding, Verdict, add_arguments, run

GOOD = Finding("Python", Verdict.OK, "3.11.7")
WEAK = Finding("Display", Verdict.WARNING, "none", "Start from a desktop.")
BAD = Finding("Speech models", Verdict.PROBLEM, "missing", "Run `vivavoce weights fetch`.")


def call(findings: Sequence[Finding], *words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    checks: list[Check] = [lambda finding=finding: finding for finding in findings]  # type: ignore[misc] # mypy cannot infer a lambda with a default
    return run(parser.parse_args(words), checks)


@pytest.mark.parametrize(
    ("findings", "code", "conclusion"),
    [
        ([], 0, "Everything is in place."),
        ([GOOD, GOOD], 0, "Everything is in place."),
        ([GOOD, WEAK], 0, "A session can run; 1 feature cannot be used yet."),
        ([WEAK, WEAK], 0, "A session can run; 2 features cannot be used yet."),
        ([BAD, WEAK], 1, "1 problem must be solved before a session can run."),
        ([BAD, BAD], 1, "2 problems must be solved before a session can run."),
    ],
)
def test_only_a_problem_is_an_exit_code(
    findings: Sequence[Finding], code: int, conclusion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(findings) == code

    assert capsys.readouterr().out.splitlines()[-1] == conclusion


def test_a_finding_is_a_line_and_its_advice_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    call([GOOD, WEAK])

    assert capsys.readouterr().out.splitlines()[:3] == [
        "ok       Python             3.11.7",
        "warning  Display            none",
        "                            Start from a desktop.",
    ]


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call([GOOD, BAD], "--json") == 1

    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"type": "check", "name": "Python", "verdict": "ok", "says": "3.11.7", "advice": ""},
        {
            "type": "check",
            "name": "Speech models",
            "verdict": "problem",
            "says": "missing",
            "advice": "Run `vivavoce weights fetch`.",
        },
        {"type": "summary", "problems": 1, "warnings": 0},
    ]

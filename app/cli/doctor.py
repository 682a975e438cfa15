"""``vivavoce doctor``: check this machine, and say what to do about what it finds."""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeAlias


class Verdict(StrEnum):
    """How good a finding is.

    A PROBLEM keeps the main job from working: a session with the embedded engine. A WARNING
    takes away a feature.
    """

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a few words, and one sentence of what to do where something is."""

    name: str
    verdict: Verdict
    says: str
    advice: str = ""


Check: TypeAlias = Callable[[], Finding]
"""Looks at one thing. May block for some seconds; raises nothing."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of this command."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace, checks: Sequence[Check]) -> int:
    """Run the checks in order, print each as it comes; return 1 if one is a problem."""
    counts: Counter[Verdict] = Counter()
    for check in checks:
        finding = check()
        counts[finding.verdict] += 1
        _show(finding, as_json=arguments.json)
    _conclude(counts, as_json=arguments.json)
    return 1 if counts[Verdict.PROBLEM] else 0


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"type": "check", **asdict(finding)}, ensure_ascii=False), flush=True)
        return
    print(f"{finding.verdict.value:<8} {finding.name:<18} {finding.says}", flush=True)
    if finding.advice:
        print(f"{'':<27} {finding.advice}", flush=True)


def _conclude(counts: Counter[Verdict], *, as_json: bool) -> None:
    problems, warnings = counts[Verdict.PROBLEM], counts[Verdict.WARNING]
    if as_json:
        print(json.dumps({"type": "summary", "problems": problems, "warnings": warnings}))
        return
    if problems:
        print(f"\n{_counted(problems, 'problem')} must be solved before a session can run.")
    elif warnings:
        print(f"\nA session can run; {_counted(warnings, 'feature')} cannot be used yet.")
    else:
        print("\nEverything is in place.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

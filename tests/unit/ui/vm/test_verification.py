from dataclasses import replace
from typing import Any

import pytest

from app.metrics.outcomes import VerifiedTurn
from app.ui.vm.verification import ROWS, VerificationViewModel, conversation_figures
from tests.support.reports import session
from tests.support.verified import verification

THIN = "\u2009"
MINUS = "\N{MINUS SIGN}"


def checked(**changes: Any) -> VerificationViewModel:
    vm = VerificationViewModel()
    vm.begin(session().folder)
    vm.take(verification(**changes))
    return vm


def test_a_recording_that_agrees_says_so_in_figures() -> None:
    vm = checked()

    assert vm.line == (
        f"The recording agrees: 22 turns, median difference {MINUS}0.400{THIN}ms, "
        f"largest 3.00{THIN}ms"
    )
    assert not vm.bad
    assert f"turn 3\tlive 609{THIN}ms, recording 612{THIN}ms" in vm.hover


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"difference_abs_p95_ms": 14.0}, "The recording disagrees: 22 turns"),
        ({"unmatched_live_n": 2}, "2 not found in the recording"),
        ({"unmatched_recording_n": 1}, "1 not seen live"),
        ({"matched_n": 1, "unmatched_live_n": 1}, "1 turn, median"),
    ],
)
def test_what_disagrees_is_said(changes: dict[str, Any], words: str) -> None:
    vm = checked(**changes)

    assert words in vm.line
    assert vm.bad


def test_a_recording_without_a_match_says_so() -> None:
    vm = checked(matched_n=0, difference_p50_ms=None, difference_abs_p95_ms=None)

    assert vm.line.startswith("The recording holds no exchange")
    assert not vm.bad


def test_a_turn_that_could_not_be_checked_says_why() -> None:
    lost = VerifiedTurn(
        turn_id=None,
        u_off_ms=None,
        audible_ms=None,
        v2v_ms=None,
        live_v2v_ms=None,
        difference_ms=None,
        reason="the agent began before the recording",
    )

    assert "the agent began before the recording" in checked(turns=(lost,)).hover


def test_the_check_of_another_recording_is_not_ours() -> None:
    vm = VerificationViewModel()
    vm.begin("/elsewhere")

    vm.take(verification())

    assert (vm.found, vm.waiting) == (None, True)
    assert (vm.hover, vm.figures) == ("", ())


def test_a_check_that_brought_nothing_says_why() -> None:
    vm = VerificationViewModel()
    vm.end("late")
    idle = vm.line
    vm.begin("/s")
    vm.end("The recording is damaged.")

    assert idle == ""
    assert vm.line == "The recording could not be checked: The recording is damaged."
    assert vm.bad
    vm.clear()
    assert (vm.line, vm.bad) == ("", False)


def test_turn_taking_is_told_in_rows() -> None:
    figures = {each.name: each.text for each in checked().figures}

    assert len(figures) == len(ROWS)
    assert figures["Answered turns"] == f"100{THIN}% of 22"
    assert figures["Dead air"] == f"3, 7.40{THIN}s in all"
    assert figures["Interruptions that were yielded to"].startswith("2 of 2, \N{EN DASH}, P50 310")
    assert figures["Self-interruptions"] == "\N{EN DASH}"


def test_every_row_names_its_source() -> None:
    rows = conversation_figures(
        replace(verification().verification.conversation, self_interruptions_n=1)
    )

    assert all("metrics specification, T" in row.hover for row in rows)
    assert rows[-1].text == "1"

import pytest

from app.session.messages import ProblemReport, Remedy
from app.ui.vm.problems import REMEDIES, ProblemsViewModel


def problem(sentence: str = "It broke.", *, fatal: bool = False) -> ProblemReport:
    return ProblemReport(sentence=sentence, hint="Mend it.", fatal=fatal)


@pytest.mark.parametrize("remedy", list(Remedy))
def test_every_remedy_has_words_for_its_button(remedy: Remedy) -> None:
    assert REMEDIES[remedy]


def test_a_problem_is_a_sentence_a_hint_and_a_button() -> None:
    vm = ProblemsViewModel()

    vm.take(
        ProblemReport(
            sentence="The key was\nrefused.", hint="", remedy=Remedy.ENTER_KEY, detail="401\n\x1b"
        )
    )

    assert vm.current is not None
    assert vm.current.sentence == "The key was refused."
    assert vm.current.button == "Enter key"
    assert vm.current.detail == "401\n␛"


def test_a_problem_without_words_still_says_something() -> None:
    vm = ProblemsViewModel()

    vm.take(problem(""))

    assert vm.current is not None
    assert (vm.current.sentence, vm.current.button) == ("Something went wrong.", "")


def test_a_passing_problem_does_not_cover_a_fatal_one() -> None:
    vm = ProblemsViewModel()
    vm.take(problem("The server closed.", fatal=True))

    vm.take(problem("An xrun."))

    assert vm.current is not None
    assert vm.current.sentence == "The server closed."
    assert vm.count == 2


def test_a_newer_fatal_problem_takes_over() -> None:
    vm = ProblemsViewModel()
    vm.take(problem("First.", fatal=True))

    vm.take(problem("Second.", fatal=True))

    assert vm.current is not None
    assert vm.current.sentence == "Second."


def test_dismissing_takes_the_banner_away_once() -> None:
    vm = ProblemsViewModel()
    vm.take(problem())
    told: list[bool] = []
    vm.changed.connect(lambda: told.append(True))

    vm.dismiss()
    vm.dismiss()

    assert (vm.current, told) == (None, [True])

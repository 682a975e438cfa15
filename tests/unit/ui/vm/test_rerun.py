"""A recorded user heard again: the request, and what is offered afterwards."""

from dataclasses import replace

from app.core.config import SessionSettings
from app.session.messages import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    RerunTiming,
    SessionReport,
    StartSession,
)
from app.ui.vm.rerun import Offer, Recorded, RerunViewModel, words
from tests.support.reports import LOCAL, session

RECORDED = Recorded(folder="/s/original", title="A model\n", session_id="id-1")
REQUEST = StartSession(
    target=LOCAL,
    settings=SessionSettings(),
    input=InputChoice(kind=InputKind.DEVICE),
    output=OutputChoice(kind=OutputKind.NULL),
)


def ended() -> SessionReport:
    record = replace(
        session().record,
        ended_utc="2026-11-21T12:05:00Z",
        rerun_of="id-1",
        turns_n=3,
    )
    return SessionReport(record=record, folder="/s/rerun")


def test_the_session_hears_the_recorded_user_and_ends_with_them() -> None:
    vm = RerunViewModel()
    vm.timing = RerunTiming.RECORDED

    request = vm.change(RECORDED)(REQUEST)

    assert request.input == InputChoice(
        kind=InputKind.SESSION, session="/s/original", timing=RerunTiming.RECORDED
    )
    assert (request.rerun_of, request.end_with_input) == ("id-1", True)
    assert request.output == REQUEST.output
    assert vm.words == "Re-run of A model: its recorded user speaks, not the microphone."


def test_its_end_offers_the_comparison_once() -> None:
    vm = RerunViewModel()
    vm.change(RECORDED)

    vm.take_session(ended())
    vm.rest()
    vm.rest()

    assert vm.offer == Offer("/s/original", "/s/rerun")
    assert vm.words.startswith("The re-run is over.")
    vm.dismiss()
    vm.dismiss()
    vm.take_session(ended())
    assert vm.words == ""


def test_what_is_no_finished_re_run_of_it_offers_nothing() -> None:
    vm = RerunViewModel()
    vm.take_session(ended())
    vm.change(RECORDED)

    for report in (
        session(),
        replace(ended(), folder="/s/original"),
        SessionReport(record=replace(ended().record, ended_utc=None), folder="/s/rerun"),
        SessionReport(record=replace(ended().record, turns_n=0), folder="/s/rerun"),
        SessionReport(record=replace(ended().record, rerun_of="id-2"), folder="/s/rerun"),
    ):
        vm.take_session(report)

    assert vm.offer is None


def test_a_session_without_an_id_cannot_be_told_from_others() -> None:
    vm = RerunViewModel()
    vm.change(replace(RECORDED, session_id=None))

    vm.take_session(SessionReport(record=replace(ended().record, rerun_of=None), folder="/r"))

    assert vm.offer is None


def test_words_of_the_dialog() -> None:
    assert words(RECORDED) == "The user's side of A model is sent to the model chosen here."

"""Errors as people meet them."""

import pytest

from app.core.clock import Nanoseconds
from app.core.errors import (
    AppError,
    ConfigError,
    DeviceError,
    ProviderError,
    ProviderFault,
    RemoteProtocolError,
)
from app.core.events import FormatDiffers
from app.session.messages import Remedy
from app.session.problems import format_problem, problem_of, warning_of

CASES = [
    (DeviceError("there is no microphone", hint="Connect one."), "There is no microphone."),
    (ConfigError("Nobody would speak.", hint="Add --input."), "Nobody would speak."),
]


@pytest.mark.parametrize(("error", "sentence"), CASES)
def test_an_error_is_a_sentence_and_its_hint(error: AppError, sentence: str) -> None:
    problem = problem_of(error)

    assert (problem.sentence, problem.hint, problem.fatal) == (sentence, error.hint, True)


def test_a_broken_protocol_says_whose_fault_it_is_and_where_to_look() -> None:
    problem = problem_of(RemoteProtocolError("a message is not JSON"), fatal=False)

    assert problem.sentence == "The server broke the protocol: a message is not JSON."
    assert "events.jsonl" in problem.hint
    assert problem.remedy is Remedy.RETRY


def test_a_protocol_error_with_advice_of_its_own_is_left_alone() -> None:
    problem = problem_of(RemoteProtocolError("No session was opened.", hint="Check the URL."))

    assert (problem.sentence, problem.hint) == ("No session was opened.", "Check the URL.")


def test_a_refused_key_is_remedied_by_another_key() -> None:
    refused = ProviderError("no", fault=ProviderFault.AUTH)

    assert problem_of(refused).remedy is Remedy.ENTER_KEY


def test_a_warning_calls_for_no_remedy() -> None:
    problem = warning_of("a.wav is cut short")

    assert (problem.sentence, problem.remedy, problem.fatal) == ("a.wav is cut short.", None, False)


@pytest.mark.parametrize(
    ("direction", "whose"), [("input", "your voice"), ("output", "its replies")]
)
def test_another_audio_format_than_asked_for_is_told_in_a_sentence(
    direction: str, whose: str
) -> None:
    event = FormatDiffers(
        at_ns=Nanoseconds(0), direction=direction, asked="mu-law at 8 kHz", told="PCM16 at 24 kHz"
    )

    assert format_problem(event).sentence == (
        f"The provider takes {whose} as PCM16 at 24 kHz, not as the mu-law at 8 kHz asked for."
    )

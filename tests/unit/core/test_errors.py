"""Errors as sentences."""

import pytest

from app.core.errors import AppError, ConnectionEndedError, ProviderError, ProviderFault


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        pytest.param("there is no file /a", "There is no file /a.", id="both"),
        pytest.param("Nobody would speak.", "Nobody would speak.", id="already"),
        pytest.param("/srv is a folder", "/srv is a folder.", id="a-name-first"),
        pytest.param("ffmpeg.wav is empty", "ffmpeg.wav is empty.", id="a-file-first"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_message_is_shown_as_a_sentence(message: str, sentence: str) -> None:
    assert AppError(message).sentence == sentence


@pytest.mark.parametrize(
    ("fault", "retryable"),
    [
        (ProviderFault.AUTH, False),
        (ProviderFault.QUOTA, False),
        (ProviderFault.REFUSED, False),
        (ProviderFault.RATE, True),
        (ProviderFault.SERVER, True),
    ],
)
def test_only_what_may_pass_is_worth_another_try(
    fault: ProviderFault,
    retryable: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert ProviderError("no", fault=fault).retryable is retryable


def test_an_ended_connection_keeps_the_words_of_the_peer() -> None:
    error = ConnectionEndedError("Closed.", code=1011, reason="too bad", clean=True, hint="Again.")

    assert (error.code, error.reason, error.clean, error.hint) == (1011, "too bad", True, "Again.")

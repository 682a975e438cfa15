"""Errors as sentences."""

import pytest

from app.core.errors import AppError


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

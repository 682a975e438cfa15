"""Who wrote down the user's words: the one that did, not the one that was asked for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.core.recogniser import ITS_OWN, recogniser_of
from tests.support.money import session

ASKED = "gpt-4o-mini-transcribe"


@pytest.mark.parametrize(
    ("effective", "who"),
    [
        (None, ASKED),
        ({}, ASKED),
        ({"audio": {"input": {"transcription": {"model": "whisper-1"}}}}, "whisper-1"),
        ({"input_audio_transcription": {"model": "whisper-1"}}, "whisper-1"),
        ({"audio": {"input": {"transcription": None}}}, ASKED),
        ({"audio": {"input": "none"}}, ASKED),
        ({"audio": {"input": {"transcription": {"model": 3}}}}, ASKED),
        ({"audio": {"input": {"transcription": {"model": ""}}}}, ASKED),
    ],
)
def test_what_the_provider_says_comes_before_what_was_asked_for(
    effective: Mapping[str, Any] | None, who: str
) -> None:
    assert recogniser_of(replace(session(), effective_settings=effective)) == who


@pytest.mark.parametrize("provider", ["local", "simulator"])
def test_our_own_engine_has_one_whatever_it_was_asked_for(provider: str) -> None:
    held = session()
    ours = replace(
        held,
        target=replace(held.target, provider=provider),
        effective_settings={"audio": {"input": {"transcription": {"model": ASKED}}}},
    )
    assert recogniser_of(ours) == ITS_OWN


def test_nobody_writes_them_down_where_nobody_was_asked() -> None:
    held = session()
    silent = replace(held, settings=replace(held.settings, transcribe_input=False))
    assert recogniser_of(silent) is None

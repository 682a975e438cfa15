"""From what a provider reports to meters, each unit under one."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.core.events import TokenUsage, TranscriptionUsage
from app.core.money import Meter
from app.core.records import ConnectTiming
from app.metrics.meters import (
    added,
    cached_share,
    meters,
    session_meters,
    session_seconds,
    token_meters,
    transcription_meters,
)
from tests.support.money import GOLDEN, session, turn

COUNTS = st.none() | st.integers(0, 10_000)
USAGES = st.builds(
    TokenUsage,
    **dict.fromkeys(
        (
            "input_total", "output_total", "input_text", "input_audio", "input_image",
            "cached_total", "cached_text", "cached_audio", "cached_image", "output_text",
            "output_audio", "output_reasoning",
        ),
        COUNTS,
    ),
)  # fmt: skip


def test_cached_tokens_are_taken_out_of_those_read() -> None:
    read = token_meters(GOLDEN)

    assert read.whole
    assert read.meters == {
        Meter.TEXT_IN: 200,
        Meter.TEXT_IN_CACHED: 100,
        Meter.AUDIO_IN: 500,
        Meter.AUDIO_IN_CACHED: 700,
        Meter.TEXT_OUT: 100,
        Meter.AUDIO_OUT: 600,
    }


@pytest.mark.parametrize(
    ("told", "found", "whole"),
    [
        pytest.param(
            {"output_text": 50, "output_reasoning": 20},
            {Meter.TEXT_OUT: 30, Meter.REASONING_OUT: 20},
            True,
            id="reasoning-is-part-of-the-text",
        ),
        pytest.param(
            {"output_text": 50, "output_reasoning": 90},
            {Meter.REASONING_OUT: 50},
            True,
            id="more-reasoning-than-text",
        ),
        pytest.param({"input_total": 10}, {}, False, id="tokens-of-no-kind-are-no-text"),
        pytest.param({"output_total": 10}, {}, False, id="nor-are-those-written"),
        pytest.param(
            {"input_total": 10, "input_text": 4, "input_audio": 5},
            {Meter.TEXT_IN: 4, Meter.AUDIO_IN: 5},
            False,
            id="one-token-of-no-kind",
        ),
        pytest.param(
            {"input_image": 8, "cached_image": 3},
            {Meter.IMAGE_IN: 5, Meter.IMAGE_IN_CACHED: 3},
            True,
            id="images",
        ),
        pytest.param(
            {"input_audio": 10, "cached_total": 4},
            {Meter.AUDIO_IN: 6, Meter.AUDIO_IN_CACHED: 4},
            True,
            id="only-audio-can-be-cached",
        ),
        pytest.param(
            {"input_text": 10, "input_audio": 10, "cached_total": 12},
            {Meter.TEXT_IN: 8, Meter.TEXT_IN_CACHED: 2, Meter.AUDIO_IN_CACHED: 10},
            False,
            id="cached-of-which-kind",
        ),
        pytest.param(
            {"input_audio": 10, "cached_audio": 99, "cached_total": 99},
            {Meter.AUDIO_IN_CACHED: 10},
            True,
            id="more-cached-than-read",
        ),
        pytest.param({"input_text": -5, "output_audio": -1}, {}, False, id="negative"),
        pytest.param({}, {}, False, id="nothing"),
    ],
)
def test_a_report_becomes_meters(
    told: dict[str, int], found: dict[Meter, float], *, whole: bool
) -> None:
    read = token_meters(TokenUsage(**told))

    assert read.meters == found
    assert read.whole is whole


@given(USAGES)
def test_no_token_is_under_two_meters(usage: TokenUsage) -> None:
    found = token_meters(usage).meters

    assert all(value > 0 for value in found.values())
    for kind in ("text", "audio", "image"):
        read = sum(found.get(Meter(f"{kind}_in{end}"), 0) for end in ("", "_cached"))
        assert read == (getattr(usage, f"input_{kind}") or 0)
    written = found.get(Meter.TEXT_OUT, 0) + found.get(Meter.REASONING_OUT, 0)
    assert written == (usage.output_text or 0)


def test_a_turn_is_metered_by_its_row_too() -> None:
    used = meters(
        turn(
            usage=None,
            transcription_text_in=0,
            transcription_audio_in=13,
            transcription_out=9,
            transcription_s=1.5,
            session_s=4.0,
            characters=20,
            text_messages=1,
        )
    )

    assert used == {
        Meter.TRANSCRIPTION_AUDIO_IN: 13,
        Meter.TRANSCRIPTION_OUT: 9,
        Meter.TRANSCRIPTION_SECONDS: 1.5,
        Meter.SESSION_SECONDS: 4,
        Meter.CHARACTERS: 20,
        Meter.TEXT_MESSAGES: 1,
    }
    assert meters(turn(usage=None, session_s=-1.0)) == {}
    assert meters(turn())[Meter.AUDIO_OUT] == 600


def test_what_was_written_down_is_metered_as_tokens_or_seconds() -> None:
    assert transcription_meters(TranscriptionUsage(text_in=0, audio_in=13, text_out=9)) == {
        Meter.TRANSCRIPTION_AUDIO_IN: 13,
        Meter.TRANSCRIPTION_OUT: 9,
    }
    assert transcription_meters(TranscriptionUsage(seconds=2.5)) == {
        Meter.TRANSCRIPTION_SECONDS: 2.5
    }


def test_a_session_used_what_its_turns_did_and_all_of_its_time() -> None:
    turns = [turn(session_s=4.0), turn(turn_id=2, session_s=6.0)]

    assert session_meters(turns, session())[Meter.SESSION_SECONDS] == 10
    assert session_meters(turns, session(connected_s=12.0))[Meter.SESSION_SECONDS] == 12
    assert session_meters(turns, session(connected_s=1.0))[Meter.SESSION_SECONDS] == 10
    assert session_meters(turns, session())[Meter.AUDIO_OUT] == 1200


BEGAN = "2026-11-21T12:00:00+00:00"


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        pytest.param({"connected_s": 3.5}, 3.5, id="counted"),
        pytest.param({"connected_s": -3.5}, 0.0, id="nonsense"),
        pytest.param({}, None, id="still-running"),
        pytest.param({"ended_utc": "2026-11-21T12:01:00+00:00"}, None, id="never-connected"),
        pytest.param(
            {"ended_utc": "2026-11-21T12:01:00+00:00", "connect": ConnectTiming(tcp_ms=500)},
            59.5,
            id="by-the-clock",
        ),
        pytest.param(
            {"ended_utc": "2026-11-21T11:00:00+00:00", "connect": ConnectTiming()},
            0.0,
            id="ended-before-it-began",
        ),
        pytest.param({"ended_utc": "soon", "connect": ConnectTiming()}, None, id="no-instant"),
        pytest.param(
            {"ended_utc": "2026-11-21T12:01:00", "connect": ConnectTiming()}, None, id="no-zone"
        ),
    ],
)
def test_how_long_a_session_was_open(told: dict[str, Any], seconds: float | None) -> None:
    assert session_seconds(session(t0_utc=BEGAN, **told)) == seconds


def test_the_cached_share_is_of_the_tokens_read() -> None:
    assert cached_share(token_meters(GOLDEN).meters) == pytest.approx(800 / 1500)
    assert cached_share({Meter.AUDIO_IN: 5}) == 0
    assert cached_share({Meter.AUDIO_OUT: 5}) is None


def test_readings_are_added_meter_by_meter() -> None:
    total = added([{Meter.TEXT_IN: 1}, {Meter.TEXT_IN: 2, Meter.AUDIO_IN: 3}])

    assert total == {Meter.TEXT_IN: 3, Meter.AUDIO_IN: 3}

"""What is asked for, and what the service's account of a session tells."""

from typing import Any

import pytest

from app.core.config import SessionSettings, WireFormat
from app.protocols.openai_realtime.client_formats import (
    ALAW_8K,
    PCM_24K,
    ULAW_8K,
    Formats,
    Law,
    WireSound,
    asked_formats,
    told_formats,
)


def nested(kind: Any, **more: Any) -> dict[str, Any]:
    return {"audio": {"output": {"format": {"type": kind, **more}}}}


@pytest.mark.parametrize(
    ("wire", "sound", "words"),
    [
        (WireFormat.PCM16_24K, PCM_24K, "PCM16 at 24 kHz"),
        (WireFormat.PCM16_16K, WireSound(Law.LINEAR, 16_000), "PCM16 at 16 kHz"),
        (WireFormat.PCM16_8K, WireSound(Law.LINEAR, 8_000), "PCM16 at 8 kHz"),
        (WireFormat.PCMU, ULAW_8K, "mu-law at 8 kHz"),
        (WireFormat.PCMA, ALAW_8K, "A-law at 8 kHz"),
    ],
)
def test_settings_ask_for_a_sound_each_way(wire: WireFormat, sound: WireSound, words: str) -> None:
    assert asked_formats(SessionSettings(input_format=wire)) == Formats(sound, PCM_24K)
    assert asked_formats(SessionSettings(output_format=wire)) == Formats(PCM_24K, sound)
    assert str(sound) == words


@pytest.mark.parametrize(
    ("session", "sound"),
    [
        (nested("audio/pcm"), PCM_24K),
        (nested("audio/pcm", rate=24_000), PCM_24K),
        (nested("audio/pcm", rate=16_000), WireSound(Law.LINEAR, 16_000)),
        (nested("audio/pcm", rate=48_000), WireSound(Law.LINEAR, 48_000)),
        (nested("audio/pcm", rate=1), PCM_24K),
        (nested("audio/pcm", rate="fast"), PCM_24K),
        (nested("audio/pcm", rate=True), PCM_24K),
        (nested("audio/pcmu"), ULAW_8K),
        (nested("audio/pcma", rate=8_000), ALAW_8K),
        (nested("audio/opus"), None),
        (nested(None), None),
        ({}, None),
        ({"audio": None, "output_audio_format": None}, None),
        ({"output_audio_format": "not specified"}, None),
        ({"output_audio_format": "pcm16"}, PCM_24K),
        ({"output_audio_format": "g711_ulaw"}, ULAW_8K),
        ({"output_audio_format": "g711_alaw"}, ALAW_8K),
        ({"output_audio_format": "pcm16_8000hz"}, WireSound(Law.LINEAR, 8_000)),
        ({"output_audio_format": "pcm16_16000hz"}, WireSound(Law.LINEAR, 16_000)),
        ({"output_audio_format": "pcm16", "input_audio_sampling_rate": 16_000}, PCM_24K),
        ({**nested("audio/pcm"), "output_audio_format": "g711_ulaw"}, PCM_24K),
    ],
    ids=str,
)
def test_an_account_tells_what_replies_are_like(session: Any, sound: WireSound | None) -> None:
    assert told_formats(session) == Formats(None, sound)


@pytest.mark.parametrize(
    ("session", "sound"),
    [
        ({"audio": {"input": {"format": {"type": "audio/pcmu"}}}}, ULAW_8K),
        ({"input_audio_format": "g711_alaw", "input_audio_sampling_rate": 8_000}, ALAW_8K),
        ({"input_audio_format": "pcm16"}, PCM_24K),
        (
            {"input_audio_format": "pcm16", "input_audio_sampling_rate": 16_000},
            WireSound(Law.LINEAR, 16_000),
        ),
        ({"input_audio_format": "pcm16", "input_audio_sampling_rate": None}, PCM_24K),
        ({"input_audio_sampling_rate": 16_000}, None),
    ],
    ids=str,
)
def test_an_account_tells_what_the_users_audio_is_like(
    session: Any, sound: WireSound | None
) -> None:
    assert told_formats(session) == Formats(sound, None)

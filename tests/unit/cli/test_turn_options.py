"""How turns end and audio travels, in words."""

import argparse
from typing import Any

import pytest

from app.cli.turn_options import (
    VAD_MODES,
    add_turn_options,
    check_turn_options,
    formats_of,
    turn_detection_of,
)
from app.core.config import TurnDetection, VadMode, WireFormat
from app.core.errors import ConfigError


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_turn_options(parser.add_argument_group("turns"), VAD_MODES)
    return parser.parse_args(words)


def detection(*words: str) -> TurnDetection:
    arguments = parsed(*words)
    check_turn_options(arguments)
    return turn_detection_of(arguments)


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ([], {}),
        (["--vad-threshold", "0.8"], {"threshold": 0.8}),
        (["--vad-threshold", "0"], {"threshold": 0.0}),
        (["--prefix-padding-ms", "0"], {"prefix_padding_ms": 0}),
        (["--silence-ms", "250"], {"silence_ms": 250}),
        (["--idle-timeout-ms", "5000"], {"idle_timeout_ms": 5_000}),
        (["--no-create-response"], {"create_response": False}),
        (["--no-interrupt-response"], {"interrupt_response": False}),
        (
            ["--vad", "semantic", "--eagerness", "low"],
            {"mode": VadMode.SEMANTIC, "eagerness": "low"},
        ),
        (["--vad", "manual"], {"mode": VadMode.MANUAL}),
    ],
    ids=str,
)
def test_words_become_settings(words: list[str], fields: dict[str, Any]) -> None:
    assert detection(*words) == TurnDetection(**fields)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--vad-threshold", "1.01"], "--vad-threshold must be between 0 and 1"),
        (["--vad-threshold", "nan"], "--vad-threshold must"),
        (["--prefix-padding-ms", "-1"], "--prefix-padding-ms must be between 0 and 10000"),
        (["--idle-timeout-ms", "4999"], "--idle-timeout-ms must be between 5000 and 30000"),
        (["--idle-timeout-ms", "30001"], "--idle-timeout-ms must"),
        (["--silence-ms", "10001"], "--silence-ms must be between 0 and 10000"),
        (["--reply-timeout", "0"], "--reply-timeout must"),
        (["--eagerness", "low"], "--eagerness is a setting of semantic VAD"),
        (["--vad", "manual", "--eagerness", "low"], "semantic VAD"),
        (["--vad", "semantic", "--vad-threshold", "0.5"], "--vad-threshold is a setting of server"),
        (["--vad", "manual", "--idle-timeout-ms", "6000"], "setting of server VAD"),
    ],
    ids=str,
)
def test_what_cannot_work_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        detection(*words)


@pytest.mark.parametrize(
    ("word", "wire"),
    [
        ("pcm24", WireFormat.PCM16_24K),
        ("pcm16", WireFormat.PCM16_16K),
        ("pcm8", WireFormat.PCM16_8K),
        ("ulaw", WireFormat.PCMU),
        ("alaw", WireFormat.PCMA),
    ],
)
def test_audio_travels_each_way_as_it_is_named(word: str, wire: WireFormat) -> None:
    assert formats_of(parsed("--input-format", word)) == (wire, WireFormat.PCM16_24K)
    assert formats_of(parsed("--output-format", word)) == (WireFormat.PCM16_24K, wire)


def test_a_format_that_nobody_knows_is_refused_by_the_parser(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parsed("--input-format", "mp3")

    assert "pcm24" in capsys.readouterr().err

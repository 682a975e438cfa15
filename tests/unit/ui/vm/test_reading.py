"""Remembered choices that somebody changed by hand."""

import json
from dataclasses import asdict

import pytest

from app.core.conduct import BargeIn, Guard, Processing
from app.core.config import WireFormat
from app.ui.vm.preferences import Preferences, parse

CHANGED = Preferences(
    threshold=0.7,
    prefix_padding_ms=100,
    idle_timeout_ms=6_000,
    create_response=False,
    interrupt_response=False,
    barge_in=BargeIn(enabled=False, local=True, local_speech_ms=60),
    processing=Processing(echo_cancellation=True, half_duplex=True),
    guard=Guard(stall_s=4.0, rotate=False, rotate_before_s=30.0, reconnect_attempts=0),
    input_format=WireFormat.PCMA,
    output_format=WireFormat.PCMU,
    telephone=True,
)


def test_what_was_chosen_is_read_as_it_was_written() -> None:
    assert parse(json.loads(json.dumps(asdict(CHANGED)))) == CHANGED


@pytest.mark.parametrize(
    "table",
    [
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"threshold": True},
        {"threshold": "0.5"},
        {"prefix_padding_ms": -1},
        {"prefix_padding_ms": 300.5},
        {"prefix_padding_ms": True},
        {"idle_timeout_ms": 1},
        {"idle_timeout_ms": "never"},
        {"create_response": 1},
        {"barge_in": "off"},
        {"barge_in": {"local_speech_ms": 0}},
        {"barge_in": {"enabled": "yes", "unheard_of": 1}},
        {"processing": []},
        {"processing": {"echo_cancellation": 1}},
        {"guard": {"stall_s": -1, "reconnect_attempts": 1_000}},
        {"guard": {"stall_s": float("inf")}},
        {"input_format": "mp3"},
        {"telephone": None},
    ],
)
def test_what_cannot_be_has_its_default(table: dict[str, object]) -> None:
    assert parse(table) == Preferences()


def test_one_wrong_value_does_not_cost_the_others() -> None:
    found = parse({"guard": {"stall_s": "x", "reconnect_attempts": 2}, "silence_ms": 300})

    assert found.guard == Guard(reconnect_attempts=2)
    assert found.silence_ms == 300

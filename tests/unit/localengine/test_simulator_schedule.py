import json
from typing import Any

import numpy as np
import pytest

from app.core.serving import Fault, SimulatorSettings
from app.localengine.ports import (
    ReplyAudio,
    ReplyCall,
    ReplyCut,
    ReplyFailed,
    ReplyIncomplete,
    ReplyPiece,
    ReplyRaw,
    ReplyRequest,
    ReplyText,
)
from app.localengine.simulator_faults import HUGE_AUDIO_BYTES
from app.localengine.simulator_schedule import Due, speech
from app.localengine.simulator_turn import schedule

TOOL: dict[str, Any] = {
    "type": "function",
    "name": "book",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "nights": {"type": "integer"},
            "room": {"type": "string", "enum": ["single", "double"]},
            "note": {"type": "string"},
        },
        "required": ["city", "nights", "room", "unknown"],
    },
}


def settings(**changes: Any) -> SimulatorSettings:
    table: dict[str, Any] = {
        "first_token_ms": 100,
        "first_audio_ms": 150,
        "tokens_per_s": 100,
        "block_ms": 40,
        "replies": ("one two three",),
        "reply_ms": 120,
    }
    return SimulatorSettings(**(table | changes))


def request(turn: int = 1, **changes: Any) -> ReplyRequest:
    return ReplyRequest(messages=(), turn_index=turn - 1, **changes)


def times(pieces: Any, kind: type[ReplyPiece]) -> list[float]:
    return [due.after_ms for due in pieces if isinstance(due.piece, kind)]


def test_tokens_and_audio_come_each_at_its_own_pace_in_time_order() -> None:
    plan = schedule(settings(pace=2.0, gaps_ms={0: 30.0}), request())

    assert plan.ends
    assert times(plan.pieces, ReplyText) == [100, 110, 120]
    assert times(plan.pieces, ReplyAudio) == [150, 150 + 20 + 30, 150 + 20 + 30 + 20]
    assert [due.after_ms for due in plan.pieces] == sorted(due.after_ms for due in plan.pieces)


def test_without_a_pace_all_audio_is_sent_at_once() -> None:
    assert times(schedule(settings(), request()).pieces, ReplyAudio) == [150, 150, 150]


def test_leading_silence_is_exact_and_speech_is_loud_from_its_first_millisecond() -> None:
    plan = schedule(settings(leading_silence_ms=80, block_ms=1000), request())
    (audio,) = (due.piece.samples for due in plan.pieces if isinstance(due.piece, ReplyAudio))

    assert len(audio) == 200 * 24
    assert not audio[: 80 * 24].any()
    assert np.abs(audio[80 * 24 : 81 * 24]).max() > 5000


def test_speech_is_the_same_each_time_and_never_near_silence() -> None:
    voice = speech(1000, level_dbfs=-12.0)

    blocks = voice.reshape(100, 240).astype(np.float64)
    assert np.array_equal(voice, speech(1000, level_dbfs=-12.0))
    assert np.abs(voice).max() == pytest.approx(32_767 * 10 ** (-12 / 20), abs=1)
    assert (np.sqrt((blocks**2).mean(axis=1)) > 300).all()


def test_texts_take_turns_and_a_written_reply_has_no_audio() -> None:
    plan = schedule(settings(replies=("a b", "c")), request(turn=2, spoken=False))

    assert [due.piece for due in plan.pieces] == [ReplyText(text="c", tokens=1)]


def test_faster_speech_is_shorter() -> None:
    plan = schedule(settings(block_ms=1000), request(speed=1.5))

    (audio,) = (due.piece.samples for due in plan.pieces if isinstance(due.piece, ReplyAudio))
    assert len(audio) == 80 * 24


def test_a_tool_turn_calls_with_a_value_for_every_required_property() -> None:
    (due,) = schedule(settings(tool_turns=frozenset({2})), request(turn=2, tools=(TOOL,))).pieces

    assert isinstance(due.piece, ReplyCall)
    assert due.piece.call.name == "book"
    assert json.loads(due.piece.call.arguments) == {
        "city": "city",
        "nights": 1,
        "room": "single",
        "unknown": "unknown",
    }


def test_told_arguments_are_sent_as_told() -> None:
    told = settings(tool_turns=frozenset({1}), tool_name="book", tool_arguments="{broken")

    (due,) = schedule(told, request(tools=(TOOL,))).pieces

    assert isinstance(due.piece, ReplyCall)
    assert due.piece.call.arguments == "{broken"


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, {"tools": ()}),
        ({}, {"tools": (TOOL,), "tool_choice": "none"}),
        ({"tool_name": "other"}, {"tools": (TOOL,)}),
    ],
    ids=["no tool", "no tool wanted", "another tool"],
)
def test_a_tool_turn_without_the_tool_is_a_spoken_one(
    changes: dict[str, Any], asked: dict[str, Any]
) -> None:
    told = settings(tool_turns=frozenset({1}), **changes)

    assert times(schedule(told, request(**asked)).pieces, ReplyAudio)


def faulty(fault: Fault) -> tuple[list[Due], bool]:
    plan = schedule(settings(faults={1: fault}), request())
    return list(plan.pieces), plan.ends


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.ERROR, ReplyFailed),
        (Fault.CUT, ReplyCut),
        (Fault.INCOMPLETE, ReplyIncomplete),
    ],
)
def test_some_faults_are_the_end_of_a_reply(fault: Fault, kind: type[ReplyPiece]) -> None:
    pieces, ends = faulty(fault)

    assert isinstance(pieces[-1].piece, kind)
    assert ends


def test_an_unfinished_reply_stops_half_way_and_never_ends() -> None:
    pieces, ends = faulty(Fault.UNFINISHED)

    assert not ends
    assert len(pieces) == 3


@pytest.mark.parametrize("fault", [Fault.MALFORMED, Fault.UNKNOWN])
def test_a_strange_message_comes_before_a_sound_reply(fault: Fault) -> None:
    pieces, _ = faulty(fault)

    assert isinstance(pieces[0].piece, ReplyRaw)
    assert len(pieces) == 7


def test_a_huge_reply_is_one_delta_of_10_mb_of_base64() -> None:
    pieces, _ = faulty(Fault.HUGE)

    (audio,) = (due.piece.samples for due in pieces if isinstance(due.piece, ReplyAudio))
    assert audio.nbytes * 4 // 3 == pytest.approx(HUGE_AUDIO_BYTES, abs=4)


def test_a_silent_turn_is_a_sound_one_that_comes_late() -> None:
    pieces, _ = faulty(Fault.SILENT)

    assert pieces[0].after_ms == 30_100


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_is_of_its_own_turn_only(fault: Fault) -> None:
    pieces = schedule(settings(faults={1: fault}), request(turn=2)).pieces

    assert [type(due.piece) for due in pieces] == [ReplyText] * 3 + [ReplyAudio] * 3

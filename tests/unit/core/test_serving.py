from pathlib import Path
from typing import Any

import pytest

from app.core.errors import ConfigError
from app.core.serving import Fault, ServeOptions, SimulatorSettings


def test_a_table_becomes_settings() -> None:
    table = {
        "first_token_ms": 5,
        "pace": 2,
        "gaps_ms": {"3": 80},
        "replies": "One.",
        "transcripts": ["a", "b"],
        "tool_turns": [1, 3],
        "tool_name": "book",
        "tool_arguments": "{}",
        "faults": {"2": "cut"},
        "log": "sends.jsonl",
    }

    settings = SimulatorSettings.parse(table)

    assert settings.first_token_ms == 5.0
    assert settings.pace == 2.0
    assert settings.gaps_ms == {3: 80.0}
    assert settings.replies == ("One.",)
    assert settings.transcripts == ("a", "b")
    assert settings.tool_turns == frozenset({1, 3})
    assert settings.faults == {2: Fault.CUT}
    assert settings.log == Path("sends.jsonl")


def test_turns_have_values_of_their_own_and_begin_again_at_the_end() -> None:
    table = {
        "first_audio_ms": 100,
        "detect_ms": "never",
        "turns": [{"first_audio_ms": 50, "gaps_ms": {"2": 400}}, {"detect_ms": 150}],
    }

    settings = SimulatorSettings.parse(table)

    assert [settings.in_turn(turn).first_audio_ms for turn in (1, 2, 3)] == [50, 100, 50]
    assert [settings.in_turn(turn).detect_ms for turn in (1, 2)] == [None, 150]
    assert settings.in_turn(3).gaps_ms == {2: 400.0}
    assert SimulatorSettings().in_turn(9) == SimulatorSettings()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"speed": 1}, "unknown simulator setting 'speed'"),
        ({"first_token_ms": "soon"}, "bad value for the simulator's first_token_ms"),
        ({"faults": {"1": "explode"}}, "bad value for the simulator's faults"),
        ({"gaps_ms": [1]}, "bad value for the simulator's gaps_ms"),
        ({"first_audio_ms": -1}, "first_audio_ms must be between 0 and"),
        ({"first_audio_ms": float("nan")}, "first_audio_ms must be between 0 and"),
        ({"silent_ms": 1e12}, "silent_ms must be between 0 and"),
        ({"reply_ms": 1e12}, "reply_ms must be between 0 and"),
        ({"block_ms": 0}, "block_ms must be between 1"),
        ({"tokens_per_s": 0}, "tokens_per_s must be between"),
        ({"pace": 0}, "pace must be between"),
        ({"level_dbfs": 3}, "level_dbfs must be between"),
        ({"threshold_dbfs": 3}, "threshold_dbfs must be between"),
        ({"replies": []}, "at least one text"),
        ({"replies": [" "]}, "at least one text"),
        ({"detect_ms": "soon"}, "bad value for the simulator's detect_ms"),
        ({"detect_ms": -1}, "detect_ms must be between"),
        ({"premature_ms": -1}, "premature_ms must be between"),
        ({"stop_ms": 1e12}, "stop_ms must be between"),
        ({"turn_events": "no"}, "bad value for the simulator's turn_events"),
        ({"turn_events": False, "faults": {"1": "cut"}}, "need turn events"),
        ({"turn_events": False, "tool_turns": [1]}, "need turn events"),
        ({"turns": [{"replies": ["a"]}]}, "unknown simulator setting 'replies'"),
        ({"turns": [{"pace": "fast"}]}, "bad value for the simulator's pace"),
        ({"turns": [{"pace": 1}, {"pace": 0}]}, "pace must be between"),
        ({"turns": 7}, "bad value for the simulator's turns"),
    ],
)
def test_what_cannot_be_simulated_is_named(table: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        SimulatorSettings.parse(table)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(ServeOptions(token="secret"))


@pytest.mark.parametrize(("written", "read"), [(2, 2), (3.0, 3), ("4", 4)])
def test_a_count_may_be_written_in_any_whole_way(written: object, read: int) -> None:
    assert SimulatorSettings.parse({"cuts": written}).cuts == read


@pytest.mark.parametrize("written", [1.5, "many", None, -1])
def test_a_count_that_is_none_is_refused(written: object) -> None:
    with pytest.raises(ConfigError, match="cuts"):
        SimulatorSettings.parse({"cuts": written})

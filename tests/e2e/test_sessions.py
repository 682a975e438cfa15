"""A real session, then its recording held against what was measured live."""

from pathlib import Path

import pytest

from tests.support.clips import AUDIO
from tests.support.program import QUICK, Ended, run, spoken
from tests.unit.cli.test_sessions import shifted

OPTIONS = ("--engine-option=--first-audio=150", "--engine-option=--leading-silence=83")


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """Two turns, one of them a real voice."""
    home = tmp_path_factory.mktemp("verify")
    inputs = [spoken(home / "made.wav", span_ms=317.0), AUDIO / "weather_question.wav"]
    words = (f"--input={path}" for path in inputs)
    return home, run(home, "talk", "--model", "simulator", "--json", *QUICK, *OPTIONS, *words)


def test_the_recording_bears_the_session_out(held: tuple[Path, Ended]) -> None:
    home, talked = held

    verified = run(home, "sessions", "verify", "latest", "--json")

    assert (talked.code, verified.code) == (0, 0)
    turns = [row for row in verified.rows if row["type"] == "turn"]
    assert [turn["turn_id"] for turn in turns] == [row["turn_id"] for row in talked.turns]
    assert all(abs(turn["difference_ms"]) <= 10 for turn in turns)
    end = verified.rows[-1]
    assert (end["borne_out"], end["matched_n"], end["odd"]) == (True, 2, [])


def test_figures_30_ms_off_are_disproved(held: tuple[Path, Ended]) -> None:
    home, talked = held
    shifted(talked.folder, 30.0)

    verified = run(home, "sessions", "verify", talked.summary["session_id"])

    assert verified.code == 1
    assert verified.out.endswith("The recording disproves the live figures.\n")


def test_a_provider_without_turn_events_is_borne_out_as_well(tmp_path: Path) -> None:
    silent = ("--engine-option=--no-turn-events", *OPTIONS)
    said = f"--input={spoken(tmp_path / 'made.wav')}"

    talked = run(tmp_path, "talk", "--model", "simulator", "--json", *QUICK, *silent, said)
    verified = run(tmp_path, "sessions", "verify", "latest", "--json")

    (turn,) = (row for row in verified.rows if row["type"] == "turn")
    assert talked.turns[0]["vad_off_ns"] is None
    assert abs(turn["difference_ms"]) <= 15
    assert verified.code == 0

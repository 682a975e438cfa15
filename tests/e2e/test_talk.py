"""``talk`` from outside: what it prints, what it records, and that keys stay secret."""

import os
import shutil
import wave
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.rows import TURN_COLUMNS
from app.dsp.speech import speech_end_frame
from app.metrics.summary import summarise
from tests.support.audio import correlation
from tests.support.bundles import contents, stored
from tests.support.clips import AUDIO
from tests.support.measuring import Measured
from tests.support.program import (
    QUICK,
    Ended,
    assert_whole,
    children,
    command_line,
    program,
    run,
    spoken,
    stereo,
)
from tests.support.recording import account
from tests.support.serving import simulator
from tests.unit.cli.test_sessions import shifted

QUESTION = AUDIO / "weather_question.wav"
RATE_HZ = 24_000
LOUD = 500
SAME_MS = 15.0
DELAYS = ("first-token=100", "first-audio=200", "leading-silence=83")


@pytest.fixture(scope="module")
def talks(tmp_path_factory: pytest.TempPathFactory) -> Measured[Ended]:
    """A real question, then a made one, and two replies of exact timing."""

    def hold() -> Ended:
        home = tmp_path_factory.mktemp("talk")
        made = spoken(home / "made.wav", span_ms=417.0)
        inputs = ("--input", str(QUESTION), "--input", str(made))
        delays = (f"--engine-option=--{each}" for each in DELAYS)
        return run(home, "talk", "--model", "simulator", "--json", *QUICK, *delays, *inputs)

    return Measured(hold)


@pytest.fixture
def talked(talks: Measured[Ended], request: pytest.FixtureRequest) -> Ended:
    return talks.of(request)


def home_of(talked: Ended) -> Path:
    return talked.folder.parents[1]


def test_two_inputs_are_two_turns_and_a_summary(talked: Ended) -> None:
    first, second, summary = talked.rows

    assert talked.code == 0
    assert [row["type"] for row in talked.rows] == ["turn", "turn", "summary"]
    assert tuple(first) == tuple(second) == ("type", *TURN_COLUMNS)
    assert [row["input_name"] for row in talked.turns] == ["weather_question.wav", "made.wav"]
    assert {row["status"] for row in talked.turns} == {"ok"}
    assert (summary["turns"], summary["failed"], summary["error"]) == (2, 0, None)
    assert summary["v2v_p50_ms"] is not None
    assert {"client_added_p95_ms", "session_dir", "ttft_p50_ms", "xruns"} <= set(summary)
    assert_whole(talked.folder, turns=2)


@pytest.mark.realtime
def test_the_latencies_are_those_that_the_simulator_was_given(talked: Ended) -> None:
    assert len(talked.turns) == 2
    for turn in talked.turns:
        assert turn["user_transcript"] == "What time is it?"
        assert turn["agent_transcript"].startswith("Hello, this is the simulator.")
        assert turn["ttft_stop_ms"] == pytest.approx(100, abs=40)
        assert turn["ttfa_stop_ms"] == pytest.approx(200, abs=40)
        assert turn["endpointing_ms"] == pytest.approx(500, abs=60)


@pytest.mark.realtime
def test_the_left_channel_holds_the_user_where_the_account_says(talked: Ended) -> None:
    with wave.open(str(QUESTION)) as file:
        said = np.frombuffer(file.readframes(file.getnframes()), "<i2")

    left = stereo(talked.folder)[:, 0]
    likeness, lag = correlation(left, said)

    told_ms = (talked.turns[0]["u_off_ns"] - account(talked.folder)["t0_ns"]) / 1e6
    end = speech_end_frame(said, RATE_HZ)
    assert end is not None
    assert likeness > 0.99
    assert (lag + end) * 1000 / RATE_HZ == pytest.approx(told_ms, abs=SAME_MS)


@pytest.mark.realtime
def test_voice_to_voice_is_what_the_stereo_file_shows(talked: Ended) -> None:
    left, right = np.abs(stereo(talked.folder).astype(np.int32)).T
    t0_ns = account(talked.folder)["t0_ns"]
    turn = talked.turns[1]
    began = int((turn["vad_on_ns"] - t0_ns) * RATE_HZ / 1e9)

    user_end = began + int(np.flatnonzero(left[began:] > LOUD)[-1])
    reply_start = user_end + int(np.flatnonzero(right[user_end:] > LOUD)[0])

    measured_ms = (reply_start - user_end) * 1000 / RATE_HZ
    assert measured_ms == pytest.approx(turn["v2v_ms"], abs=SAME_MS)


def test_the_right_channel_holds_the_replies_and_nothing_else(talked: Ended) -> None:
    loud = np.abs(stereo(talked.folder)[:, 1].astype(np.int32)) > LOUD
    starts = np.flatnonzero(loud)[np.diff(np.flatnonzero(loud), prepend=-RATE_HZ) > RATE_HZ // 2]

    spans = [int(np.flatnonzero(loud & (np.arange(len(loud)) < end))[-1]) - start for start, end
             in zip(starts, [*starts[1:], len(loud)], strict=True)]  # fmt: skip
    assert len(starts) == 2
    assert [span * 1000 / RATE_HZ for span in spans] == pytest.approx([300, 300], abs=5)


# --- its recording, and a bundle of it ---------------------------------------------------------


@pytest.mark.realtime
def test_the_recording_bears_the_session_out(talked: Ended) -> None:
    verified = run(home_of(talked), "sessions", "verify", "latest", "--json")

    assert verified.code == 0
    turns = [row for row in verified.rows if row["type"] == "turn"]
    assert [turn["turn_id"] for turn in turns] == [row["turn_id"] for row in talked.turns]
    assert all(abs(turn["difference_ms"]) <= 10 for turn in turns)
    end = verified.rows[-1]
    assert (end["borne_out"], end["matched_n"], end["odd"]) == (True, 2, [])


def test_figures_30_ms_off_are_disproved(talked: Ended, tmp_path: Path) -> None:
    copied = tmp_path / "sessions" / talked.folder.name
    shutil.copytree(talked.folder, copied)
    shifted(copied, 30.0)

    verified = run(tmp_path, "sessions", "verify", talked.summary["session_id"])

    assert verified.code == 1
    assert verified.out.endswith("The recording disproves the live figures.\n")


@pytest.mark.realtime
def test_a_provider_without_turn_events_is_borne_out_as_well(tmp_path: Path) -> None:
    delays = (f"--engine-option=--{each}" for each in ("no-turn-events", *DELAYS))
    said = f"--input={spoken(tmp_path / 'made.wav')}"

    talked = run(tmp_path, "talk", "--model", "simulator", "--json", *QUICK, *delays, said)
    verified = run(tmp_path, "sessions", "verify", "latest", "--json")

    (turn,) = (row for row in verified.rows if row["type"] == "turn")
    assert talked.turns[0]["vad_off_ns"] is None
    assert abs(turn["difference_ms"]) <= 15
    assert verified.code == 0


def test_a_bundle_of_one_home_gives_the_same_figures_at_another(
    talked: Ended, tmp_path: Path
) -> None:
    bundle = tmp_path / "talk.vivavoce"

    made = run(
        home_of(talked), "export", "latest", "--format", "bundle", "-o", str(bundle), "--json"
    )
    taken = run(tmp_path / "there", "sessions", "import", str(bundle), "--json")

    assert (made.code, taken.code) == (0, 0), made.err + taken.err
    there = tmp_path / "there" / "sessions" / talked.folder.name
    assert taken.rows[-1]["added"] == [talked.folder.name]
    assert contents(there) == contents(talked.folder)
    (before,), (after,) = stored(talked.folder), stored(there)
    assert summarise(after.turns) == summarise(before.turns)


# --- a server of one's own --------------------------------------------------------------------


@dataclass(frozen=True)
class Secretive:
    """A session with a server whose key must be shown, and all command lines meanwhile."""

    ended: Ended
    key: str
    lines: str
    home: Path


@pytest.fixture(scope="module")
def secretives(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Secretive]:
    """Two sessions at once, told the key in both ways."""
    with simulator("--reply-ms=300") as server, ExitStack() as stack:
        ways: dict[str, dict[str, Any]] = {
            "standard-input": {"stdin": f"{server.token}\n"},
            "environment": {"env": {"VIVAVOCE_KEY": server.token}},
        }
        talking = {}
        for way, options in ways.items():
            home = tmp_path_factory.mktemp("key")
            words = ["talk", "--model", server.url, "--input", str(spoken(home / "said.wav"))]
            words += ["--json", *(("--key-stdin",) if way == "standard-input" else ())]
            talking[way] = stack.enter_context(program(home, *words, **options))
        for each in talking.values():
            each.until_journal("SpeechStarted")
        lines = "\n".join(map(command_line, children(os.getpid())))
        return {
            way: Secretive(each.end(), server.token, lines, each.home)
            for way, each in talking.items()
        }


@pytest.fixture(params=["standard-input", "environment"])
def secretive(request: pytest.FixtureRequest, secretives: Mapping[str, Secretive]) -> Secretive:
    return secretives[request.param]


def test_a_server_of_ones_own_is_talked_to_with_its_key(secretive: Secretive) -> None:
    ended = secretive.ended

    assert (ended.code, ended.summary["error"]) == (0, None)
    assert ended.summary["provider"] == "custom"
    assert [turn["status"] for turn in ended.turns] == ["ok"]
    assert_whole(ended.folder, turns=1)


def test_the_key_is_in_no_file_no_output_and_no_command_line(secretive: Secretive) -> None:
    key, ended = secretive.key, secretive.ended
    files = [path for path in secretive.home.rglob("*") if path.is_file()]

    assert {"session.json", "events.jsonl", "turns.csv", "stereo.wav"} <= {f.name for f in files}
    assert [path for path in files if key.encode() in path.read_bytes()] == []
    assert key not in ended.out
    assert key not in ended.err
    assert " -m app talk --model ws://" in secretive.lines
    assert key not in secretive.lines

"""``talk`` from outside: what it prints, what it records, and that keys stay secret."""

import os
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from app.core.rows import TURN_COLUMNS
from app.dsp.speech import speech_end_frame
from tests.support.audio import correlation
from tests.support.clips import AUDIO
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

QUESTION = AUDIO / "weather_question.wav"
RATE_HZ = 24_000
LOUD = 500
SAME_MS = 15.0


@pytest.fixture(scope="module")
def talked(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A real question, then a made one, and two replies of exact timing."""
    home = tmp_path_factory.mktemp("talk")
    inputs = ("--input", str(QUESTION), "--input", str(spoken(home / "made.wav")))
    delays = ("--engine-option=--first-token=100", "--engine-option=--first-audio=200")
    return run(home, "talk", "--model", "simulator", "--json", *QUICK, *delays, *inputs)


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


def test_the_latencies_are_those_that_the_simulator_was_given(talked: Ended) -> None:
    assert len(talked.turns) == 2
    for turn in talked.turns:
        assert turn["user_transcript"] == "What time is it?"
        assert turn["agent_transcript"].startswith("Hello, this is the simulator.")
        assert turn["ttft_stop_ms"] == pytest.approx(100, abs=40)
        assert turn["ttfa_stop_ms"] == pytest.approx(200, abs=40)
        assert turn["endpointing_ms"] == pytest.approx(500, abs=60)


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


# --- a server of one's own --------------------------------------------------------------------


@dataclass(frozen=True)
class Secretive:
    """A session with a server whose key must be shown, and all command lines meanwhile."""

    ended: Ended
    key: str
    lines: str
    home: Path


@pytest.fixture(scope="module", params=["standard-input", "environment"])
def secretive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Secretive]:
    home = tmp_path_factory.mktemp("key")
    said = str(spoken(home / "said.wav"))
    with simulator("--reply-ms=300") as server:
        words = ["talk", "--model", server.url, "--input", said, "--json"]
        env, stdin = {"VIVAVOCE_KEY": server.token}, ""
        if request.param == "standard-input":
            words.append("--key-stdin")
            env, stdin = {}, f"{server.token}\n"
        with program(home, *words, env=env, stdin=stdin) as running:
            running.until_journal("SpeechStarted")
            lines = "\n".join(map(command_line, children(os.getpid())))
            ended = running.end()
        yield Secretive(ended, server.token, lines, home)


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

"""A session whose user presses Ctrl-C, and one whose process is killed."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from app import bootstrap
from app.bootstrap import main
from app.core.clock import MonotonicClock
from tests.support.program import (
    alive,
    assert_whole,
    children,
    command_line,
    program,
    spoken,
    stereo,
)
from tests.support.recording import account
from tests.support.sound_server import SoundServer, sound_server_installed, wait_until

END_LIMIT_S = 10.0
SPEECH_MS = 60_000.0


def roles_of(pids: Sequence[int]) -> set[str]:
    """Return what those of ``pids`` that are processes of ours were started as."""
    lines = [command_line(pid).partition(" -m app ")[2].split() for pid in pids]
    return {words[0] for words in lines if words}


def interrupt(_arguments: Sequence[str]) -> int:
    raise KeyboardInterrupt


def test_ctrl_c_while_a_command_is_still_loading_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(bootstrap._COMMANDS, "doctor", interrupt)

    assert main(["doctor"]) == 130


def test_ctrl_c_closes_the_recording_and_ends_with_130(tmp_path: Path) -> None:
    said = str(spoken(tmp_path / "long.wav", span_ms=SPEECH_MS))

    with program(tmp_path, "talk", "--model", "simulator", "--json", "--input", said) as running:
        running.until_journal("SpeechStarted")
        (server,) = children(running.pid)
        running.press_ctrl_c()
        ended = running.end(END_LIMIT_S)

    assert ended.code == 130
    assert ended.summary["end_reason"] == "Interrupted by the user."
    assert ended.summary["error"] is None
    assert "Traceback" not in ended.err
    assert_whole(ended.folder, turns=1)
    assert not alive(server)


def test_ctrl_c_before_anything_is_connected_ends_with_130(tmp_path: Path) -> None:
    said = str(spoken(tmp_path / "said.wav"))

    with program(tmp_path, "talk", "--model", "simulator", "--json", "--input", said) as running:
        wait_until(lambda: "serve" in roles_of(children(running.pid)), deadline_s=END_LIMIT_S)
        running.press_ctrl_c()
        ended = running.end(END_LIMIT_S)

    assert ended.code == 130
    assert ended.summary["turns"] == 0
    assert "Traceback" not in ended.err


def test_a_killed_session_loses_a_second_at_most_and_leaves_no_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = str(spoken(tmp_path / "long.wav", span_ms=SPEECH_MS))
    words = ["talk", "--model", "simulator", "--json", "--input", said]
    expected = {"serve"}

    with ExitStack() as stack:
        env: dict[str, str] = {}
        if sound_server_installed():
            sound = stack.enter_context(SoundServer())
            kept = ("PULSE_SERVER", "PULSE_RUNTIME_PATH", "PULSE_STATE_PATH", "XDG_RUNTIME_DIR")
            env = {name: sound.environment[name] for name in kept}
            words.append("--speaker")
            expected |= {"audio-child", "audio-watch"}
        running = stack.enter_context(program(tmp_path, *words, env=env))
        folder = running.until_journal("SpeechStarted")
        wait_until(lambda: _seconds(folder) > 1.5, deadline_s=END_LIMIT_S)
        family = children(running.pid)
        roles = roles_of(family)
        running.process.kill()
        killed_ns = MonotonicClock().now_ns()
        wait_until(lambda: not any(map(alive, family)), deadline_s=END_LIMIT_S)

    assert roles == expected
    assert main(["sessions", "--json", "--out", str(running.sessions)]) == 0
    told = capsys.readouterr()
    assert told.err == (
        f"Session {folder.name} was interrupted; its recording has been repaired.\n"
    )
    assert json.loads(told.out)["state"] == "interrupted"
    assert_whole(folder, state="interrupted", turns=0)
    lived_s = (killed_ns - int(account(folder)["t0_ns"])) / 1e9
    assert lived_s - len(stereo(folder)) / 24_000 <= 1.0


def _seconds(folder: Path) -> float:
    return (folder / "stereo.wav").stat().st_size / 96_000

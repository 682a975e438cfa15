"""A session whose user presses Ctrl-C, and one whose process is killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from app import bootstrap
from app.__main__ import main as run_program
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

SPEECH_MS = 60_000.0


def roles_of(pids: Sequence[int]) -> set[str]:
    """Return what those of ``pids`` that are processes of ours were started as."""
    lines = [command_line(pid).partition(" -m app ")[2].split() for pid in pids]
    return {words[0] for words in lines if words}


def interrupt(_arguments: Sequence[str]) -> int:
    raise KeyboardInterrupt


def test_ctrl_c_before_a_command_handles_it_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(bootstrap._COMMANDS, "doctor", lambda: interrupt)

    assert main(["doctor"]) == 130


def told_by_import(process: "subprocess.Popen[bytes]", module: str) -> str:
    """Wait until a process that tells what it imports has imported ``module``.

    Returns: What was read of its standard error, unbuffered.
    """
    assert process.stderr is not None
    told = b""
    while f" {module}\n".encode() not in told:
        data = os.read(process.stderr.fileno(), 4096)
        assert data, f"{module} is never loaded"
        told += data
    return told.decode()


@pytest.mark.parametrize("module", ["app.bootstrap", "numpy._core._exceptions", "app.core.wire"])
def test_ctrl_c_while_the_program_loads_ends_it_without_a_word(module: str, tmp_path: Path) -> None:
    telling = ("-X", "importtime", "-m", "app")

    with program(tmp_path, "talk", "--help", module=telling) as running:
        told = told_by_import(running.process, module)
        running.press_ctrl_c()
        ended = running.end()

    assert (ended.code, ended.out) == (130, "")
    lines = (told + ended.err).splitlines()
    assert [line for line in lines if not line.startswith("import time:")] == []


def test_where_ctrl_c_is_ignored_it_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["vivavoce", "--version"])
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert run_program() == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_command_that_runs_has_ctrl_c_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["vivavoce", "doctor"])
    found: list[object] = []

    def look(_arguments: Sequence[str]) -> int:
        found.append(signal.getsignal(signal.SIGINT))
        return 0

    monkeypatch.setitem(bootstrap._COMMANDS, "doctor", lambda: look)

    assert run_program() == 0
    assert found == [signal.default_int_handler]


def test_ctrl_c_closes_the_recording_and_ends_with_130(tmp_path: Path) -> None:
    said = str(spoken(tmp_path / "long.wav", span_ms=SPEECH_MS))

    with program(tmp_path, "talk", "--model", "simulator", "--json", "--input", said) as running:
        running.until_journal("SpeechStarted")
        (server,) = children(running.pid)
        running.press_ctrl_c()
        ended = running.end()

    assert ended.code == 130
    assert ended.summary["end_reason"] == "Interrupted by the user."
    assert ended.summary["error"] is None
    assert "Traceback" not in ended.err
    assert_whole(ended.folder, turns=1)
    assert not alive(server)


def test_ctrl_c_before_anything_is_connected_ends_with_130(tmp_path: Path) -> None:
    said = str(spoken(tmp_path / "said.wav"))

    with program(tmp_path, "talk", "--model", "simulator", "--json", "--input", said) as running:
        wait_until(lambda: "serve" in roles_of(children(running.pid)))
        running.press_ctrl_c()
        ended = running.end()

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
        wait_until(lambda: _seconds(folder) > 1.5)
        wait_until(lambda: roles_of(children(running.pid)) == expected)
        family = children(running.pid)
        killed_ns = MonotonicClock().now_ns()
        running.process.kill()
        wait_until(lambda: not any(map(alive, family)))

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

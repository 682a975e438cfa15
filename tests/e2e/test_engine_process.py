"""The engine in its own process, as the window has it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.bootstrap.known import PROGRAM
from app.core.clock import MonotonicClock
from app.core.errors import EngineError
from app.session.host import EngineProcess
from app.session.messages import (
    DevicesReport,
    ListDevices,
    LiveState,
    SessionReport,
    StateReport,
    TurnReport,
)
from tests.support.program import (
    alive,
    assert_whole,
    children,
    environment,
    only_session,
    program,
    spoken,
)
from tests.support.recording import account
from tests.support.sound_server import LIMIT_S, wait_until
from tests.support.window import Window, simulated

SILENT_S = 2.0
"""In the place of HEARTBEAT_LIMIT_S: ten heartbeats."""


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "PULSE_SERVER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    window = Window(EngineProcess((*PROGRAM, "engine"), MonotonicClock()))
    yield window
    family = family_of(window)
    window.engine.close()
    wait_until(lambda: not any(map(alive, family)))


def family_of(window: Window) -> list[int]:
    """Return the engine's process id and those of all that it has started."""
    pid = window.engine.pid
    return [] if pid is None or not alive(pid) else [pid, *children(pid)]


def lost(window: Window) -> EngineError:
    """Pump until the engine is gone; return what the window is told."""
    try:
        while True:
            window.pump(LIMIT_S)
    except EngineError as error:
        return error


def test_a_session_over_the_pipe_is_told_turn_by_turn(window: Window, tmp_path: Path) -> None:
    said = spoken(tmp_path / "said.wav")

    window.engine.send(simulated(tmp_path / "sessions", said))
    begun, ended = window.until(SessionReport, count=2)
    window.pump(LIMIT_S)

    (turn,) = window.until(TurnReport)
    assert turn.record.v2v_ms is not None
    assert (begun.record.state, ended.record.state) == ("running", "complete")
    assert ended.record.turns_n == 1
    states = [each.state for each in window.reports if isinstance(each, StateReport)]
    assert states[:2] == [LiveState.STARTING_ENGINE, LiveState.CONNECTING]
    assert {LiveState.LISTENING, LiveState.MODEL_SPEAKS} <= set(states)
    assert_whole(Path(ended.folder), turns=1)


def test_an_engine_that_is_killed_is_noticed_and_another_can_be_started(
    window: Window, tmp_path: Path
) -> None:
    window.engine.send(simulated(tmp_path / "sessions", spoken(tmp_path / "a.wav", span_ms=20_000)))
    window.until(SessionReport)
    first, *others = family_of(window)
    os.kill(first, signal.SIGKILL)

    error = lost(window)
    window.engine.restart()
    window.reports.clear()
    window.engine.send(ListDevices())
    window.until(DevicesReport)

    assert str(error) == "The measuring engine stopped."
    assert "Retry" in error.hint
    assert window.engine.pid not in {first, None}
    assert account(only_session(tmp_path / "sessions"))["state"] == "interrupted"
    assert others
    wait_until(lambda: not any(map(alive, others)))


@pytest.mark.realtime
def test_an_engine_that_hangs_is_ended_by_the_watchdog(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.pump(LIMIT_S)
    monkeypatch.setattr("app.session.host.HEARTBEAT_LIMIT_S", SILENT_S)
    window.pump(LIMIT_S)
    pid = window.engine.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()

    error = lost(window)

    assert str(error) == "The measuring engine stopped."
    assert time.monotonic() - began > SILENT_S - 1
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    with pytest.raises(EngineError):
        window.engine.send(ListDevices())


def test_a_window_that_is_killed_costs_nothing_of_the_recording(tmp_path: Path) -> None:
    said = spoken(tmp_path / "long.wav", span_ms=20_000)
    words = (str(said), str(tmp_path / "sessions"))

    with program(tmp_path, *words, module=("-m", "tests.support.window_child")) as running:
        begun = json.loads(running.line())
        running.until_journal("SpeechStarted")
        engine, *others = children(running.pid)
        running.process.kill()
        wait_until(lambda: not any(map(alive, (engine, *others))))

    assert begun["pid"] == engine
    assert others
    folder = only_session(tmp_path / "sessions")
    assert str(folder) == begun["folder"]
    assert_whole(folder, turns=1)
    account = json.loads((folder / "session.json").read_text("utf-8"))
    assert account["end_reason"] == "The window closed."


def test_an_engine_whose_pipe_speaks_nonsense_ends_itself(tmp_path: Path) -> None:
    script = (
        "import socket, subprocess, sys\n"
        "ours, theirs = socket.socketpair()\n"
        "child = subprocess.Popen([sys.executable, '-m', 'app', 'engine', str(theirs.fileno())],"
        " pass_fds=(theirs.fileno(),))\n"
        "theirs.close()\n"
        "ours.sendall(b'\\xff' * 16)\n"
        "sys.exit(child.wait(20))\n"
    )

    with program(tmp_path, script, module=("-c",)) as running:
        ended = running.end()

    assert (ended.code, ended.err) == (0, "")

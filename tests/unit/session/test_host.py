"""Engines of one line of Python each."""

import json
import os
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.clock import MonotonicClock, Nanoseconds
from app.core.errors import EngineError
from app.session.host import END_LIMIT_S, HEARTBEAT_LIMIT_S, START_LIMIT_S, EngineProcess
from app.session.link import Heartbeat, encode
from app.session.messages import ListDevices
from tests.support.clocks import ManualClock
from tests.support.sound_server import wait_until

PIPE = "import os, socket, sys, time; pipe = socket.socket(fileno=int(sys.argv[1]))"


@contextmanager
def engine(code: str, drop: tuple[str, ...] = ()) -> Iterator[EngineProcess]:
    process = EngineProcess((sys.executable, "-c", code), MonotonicClock(), drop=drop)
    try:
        yield process
    finally:
        process.close()


def lost(process: EngineProcess) -> bool:
    try:
        process.receive()
    except EngineError:
        return True
    return False


def test_an_engine_that_closed_the_pipe_is_not_waited_for() -> None:
    with engine(f"{PIPE}; pipe.close(); time.sleep(60)") as process:
        wait_until(lambda: lost(process))
        began = time.monotonic()

        process.close()

    assert time.monotonic() - began < END_LIMIT_S / 4


def test_an_engine_that_is_gone_is_not_waited_for_where_only_sending_tells() -> None:
    def refused(process: EngineProcess) -> bool:
        try:
            process.send(ListDevices())
        except EngineError:
            return True
        return False

    with engine(f"{PIPE}; pipe.close(); time.sleep(60)") as process:
        wait_until(lambda: refused(process))
        began = time.monotonic()

        process.close()

    assert time.monotonic() - began < END_LIMIT_S / 4


def test_an_engine_may_take_its_time_to_close_its_recording(tmp_path: Path) -> None:
    file = tmp_path / "closed"
    code = f"{PIPE}; pipe.recv(1); time.sleep(0.6); open({str(file)!r}, 'w')"

    with engine(code):
        pass

    assert file.exists()


def test_an_engine_that_cannot_be_started_is_an_engine_error_and_leaks_no_pipe() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(EngineError, match="could not be started") as caught:
        EngineProcess((os.devnull,), MonotonicClock())

    assert "doctor" in caught.value.hint
    del caught
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_engine_does_not_get_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "environment"
    monkeypatch.setenv("SOME_API_KEY", "sk-canary")
    monkeypatch.setenv("SOMETHING_ELSE", "stays")
    code = f"import json; {PIPE}; open({str(file)!r}, 'w').write(json.dumps(dict(os.environ)))"

    with engine(code, drop=("SOME_API_KEY",)):
        pass

    given = json.loads(file.read_text())
    assert "SOME_API_KEY" not in given
    assert given["SOMETHING_ELSE"] == "stays"


class WatchedClock(ManualClock):
    """Counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def now_ns(self) -> Nanoseconds:
        self.asked += 1
        return super().now_ns()


def test_an_engine_that_is_slow_to_load_is_given_the_time_and_one_that_hangs_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.session.host.LOOK_S", 0.01)
    beat = encode([Heartbeat(Nanoseconds(0))])
    code = f"{PIPE}; pipe.recv(1); pipe.sendall({beat!r})\nwhile pipe.recv(1_000_000): pass"
    clock = WatchedClock()
    process = EngineProcess((sys.executable, "-c", code), clock)

    def ended() -> bool:
        return lost(process) and not Path(f"/proc/{pid}").exists()

    try:
        pid = process.pid
        clock.advance_ms(1000 * (START_LIMIT_S - 1))
        looked = clock.asked
        wait_until(lambda: clock.asked > looked + 2)
        process.send(ListDevices())
        wait_until(lambda: bool(select.select([process], [], [], 0)[0]))
        assert process.receive() == []
        clock.advance_ms(1000 * (HEARTBEAT_LIMIT_S + 1))
        wait_until(ended)
    finally:
        process.close()

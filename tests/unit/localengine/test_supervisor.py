"""Children of every kind, played by one line of Python each."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import EngineError, WeightsError
from app.core.ports.network import RunningServer
from app.localengine import supervisor
from app.localengine.supervisor import ChildServers
from tests.support.sound_server import wait_until

READY = {"type": "ready", "url": "ws://127.0.0.1:1/v1/realtime", "token": "tok"}
SAY_READY = f"import os,sys,json; print(json.dumps({READY!r} | {{'pid': os.getpid()}}), flush=True)"


def with_child(code: str, script: Callable[[ChildServers], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        servers = ChildServers((sys.executable, "-c", code))
        try:
            async with asyncio.timeout(20):
                return await script(servers)
        finally:
            await servers.close()

    return asyncio.run(main())


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def start(servers: ChildServers) -> RunningServer:
    return await servers.start(simulated=True)


def test_a_server_that_is_ready_is_reached_and_ends_with_its_standard_input() -> None:
    code = f"{SAY_READY}; sys.stdin.read()"

    server = with_child(code, start)

    assert (server.url, server.token) == ("ws://127.0.0.1:1/v1/realtime", "tok")
    assert "tok" not in repr(server)
    assert gone(server.pid)


def test_a_second_start_starts_another() -> None:
    async def script(servers: ChildServers) -> set[int]:
        return {(await start(servers)).pid, (await start(servers)).pid}

    assert len(with_child(f"{SAY_READY}; sys.stdin.read()", script)) == 2


def test_its_words_are_the_commands(tmp_path: Path) -> None:
    file = tmp_path / "words"
    code = f"{SAY_READY}; open({str(file)!r}, 'w').write(json.dumps(sys.argv[1:]))"

    async def script(servers: ChildServers) -> None:
        await servers.start(simulated=True, arguments=("--tls",))
        await servers.close()

    with_child(code, script)

    assert json.loads(file.read_text()) == ["serve", "--end-with-stdin", "--simulated", "--tls"]


def test_a_child_that_clings_to_life_is_asked_and_then_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "END_DEADLINE_S", 0.1)
    code = f"import signal, time; signal.signal(15, signal.SIG_IGN); {SAY_READY}; time.sleep(60)"

    assert gone(with_child(code, start).pid)


def test_standard_error_is_drained_however_much_there_is() -> None:
    flood = "sys.stderr.write('x' * 3_000_000 + chr(10)); sys.stderr.write('line\\n' * 100_000)"
    code = (
        f"{SAY_READY}; {flood}; sys.stderr.flush(); print('through', flush=True); sys.stdin.read()"
    )

    assert gone(with_child(code, start).pid)


@pytest.mark.parametrize(
    ("code", "error", "said"),
    [
        ("import sys; sys.exit('port 1 is in use')", EngineError, "port 1 is in use"),
        (
            "import sys; print('piper is damaged', file=sys.stderr); sys.exit(3)",
            WeightsError,
            "piper is damaged",
        ),
        ("import sys; sys.exit(7)", EngineError, "exit code 7"),
        ("print('hello')", EngineError, "something else"),
        ("print('{}')", EngineError, "something else"),
        ("print('[]')", EngineError, "something else"),
    ],
    ids=["refused", "weights", "silent", "no JSON", "no fields", "no object"],
)
def test_a_server_that_does_not_start_says_why(
    code: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        with_child(code, start)


def test_a_server_that_is_never_ready_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "READY_DEADLINE_S", 0.2)

    with pytest.raises(EngineError, match="not ready within"):
        with_child("import sys; sys.stdin.read()", start)


def test_a_program_that_is_not_there_is_an_engine_error() -> None:
    async def main() -> None:
        await ChildServers((os.devnull,)).start(simulated=False)

    with pytest.raises(EngineError, match="could not be started"):
        asyncio.run(main())


def test_a_start_that_is_given_up_leaves_no_child(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = f"import os, sys; open({str(file)!r}, 'w').write(f'{{os.getpid()}}.'); sys.stdin.read()"

    def said() -> str:
        return file.read_text() if file.exists() else ""

    async def script(servers: ChildServers) -> None:
        starting = asyncio.create_task(start(servers))
        await asyncio.to_thread(wait_until, lambda: said().endswith("."), deadline_s=10)
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        assert gone(int(said()[:-1]))

    with_child(code, script)


def test_a_child_does_not_get_the_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "environment"
    code = f"{SAY_READY}; open({str(file)!r}, 'w').write(json.dumps(dict(os.environ)))"
    monkeypatch.setenv("SOME_API_KEY", "sk-canary")
    monkeypatch.setenv("SOMETHING_ELSE", "stays")

    async def main() -> None:
        servers = ChildServers((sys.executable, "-c", code), drop=("SOME_API_KEY",))
        await start(servers)
        await servers.close()

    asyncio.run(main())

    given = json.loads(file.read_text())
    assert "SOME_API_KEY" not in given
    assert given["SOMETHING_ELSE"] == "stays"

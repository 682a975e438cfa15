import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.core.clock import MonotonicClock
from app.core.errors import ConfigError, EngineError, WeightsError
from app.core.serving import ServeOptions, SimulatorSettings
from app.localengine.ports import SpeechEngine
from app.localengine.serve import serve, serve_blocking
from tests.support.http import exchange
from tests.support.speech_engine import FakeEngine

SIMULATED = ServeOptions(simulator=SimulatorSettings(), token="tok")


async def no_engine(options: ServeOptions) -> SpeechEngine:
    raise AssertionError("the simulator needs no weights")


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def serving(
    options: ServeOptions,
    make_engine: Callable[[ServeOptions], Any] = no_engine,
    then: Callable[[], None] = interrupt,
) -> tuple[int, list[dict[str, Any]]]:
    """Serve until ``then`` has been called after the ready line."""
    said: list[dict[str, Any]] = []

    def announce(line: str) -> None:
        said.append(json.loads(line))
        asyncio.get_running_loop().call_soon(then)

    return serve_blocking(options, make_engine, announce, MonotonicClock()), said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_ready_line_says_all_that_a_client_needs_and_a_signal_ends_with_0(
    number: signal.Signals,
) -> None:
    code, (ready,) = serving(SIMULATED, then=lambda: os.kill(os.getpid(), number))

    port = ready["url"].split(":")[2].split("/")[0]
    assert code == 0
    assert ready == {
        "type": "ready",
        "url": f"ws://127.0.0.1:{port}/v1/realtime",
        "token": "tok",
        "model": "vivavoce-simulator",
        "voices": ["simulated"],
        "pid": os.getpid(),
        "ca_file": None,
    }


def test_an_engine_is_closed_when_serving_ends() -> None:
    engine = FakeEngine()

    async def make(options: ServeOptions) -> SpeechEngine:
        return engine

    serving(ServeOptions(token="tok"), make)

    assert engine.closed == [-1]


@pytest.mark.parametrize("error", [WeightsError("piper is damaged"), ConfigError("no such voice")])
def test_an_engine_that_cannot_be_made_is_the_callers_to_say(error: Exception) -> None:
    async def make(options: ServeOptions) -> SpeechEngine:
        raise error

    with pytest.raises(type(error), match=str(error)):
        serving(ServeOptions(), make)


def test_a_signal_ends_the_loading_too() -> None:
    async def make(options: ServeOptions) -> SpeechEngine:
        interrupt()
        await asyncio.sleep(3600)
        raise AssertionError("unreachable")

    assert serving(ServeOptions(), make) == (0, [])


def test_the_end_of_standard_input_ends_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        options = ServeOptions(simulator=SimulatorSettings(), end_with_stdin=True)

        code, said = serving(options, then=lambda: os.close(write_end))

    assert code == 0
    assert len(said) == 1
    assert len(said[0]["token"]) >= 40


def test_standard_input_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with open(__file__) as stdin:  # noqa: PTH123 - a plain file is the point
        monkeypatch.setattr(sys, "stdin", stdin)
        options = ServeOptions(simulator=SimulatorSettings(), end_with_stdin=True)

        with pytest.raises(ConfigError, match="needs a pipe"):
            serving(options)


def test_a_port_in_use_is_an_engine_error_before_anything_is_loaded() -> None:
    async def main() -> None:
        ready: asyncio.Queue[str] = asyncio.Queue()
        clock = MonotonicClock()
        async with asyncio.TaskGroup() as tasks:
            first = tasks.create_task(serve(SIMULATED, no_engine, ready.put_nowait, clock))
            port = int(json.loads(await ready.get())["url"].split(":")[2].split("/")[0])
            assert (await exchange(port, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).status
            try:
                with pytest.raises(EngineError, match=f"port {port}"):
                    await serve(ServeOptions(port=port), no_engine, ready.put_nowait, clock)
            finally:
                os.kill(os.getpid(), signal.SIGTERM)
            assert await first == 0

    asyncio.run(main())

"""When a session acts by itself, on virtual time, and what it shares with another."""

import asyncio

import pytest

from tests.support.clocks import run_virtual
from tests.support.serving import append, utterance
from tests.support.speech_engine import (
    CREATE,
    SPOKEN,
    FakeEngine,
    FakeSocket,
    hold,
    listening,
    message,
    session,
)


def test_silence_after_the_audio_has_been_played_makes_an_empty_turn() -> None:
    engine = FakeEngine(words=["Hello.", ""], replies=[SPOKEN])
    seen: list[float] = []

    async def script(socket: FakeSocket) -> None:
        loop = asyncio.get_running_loop()
        socket.put(listening(idle_timeout_ms=6000))
        socket.put(append(utterance()))
        await socket.until("response.done")
        begun = loop.time()
        await socket.until("input_audio_buffer.timeout_triggered")
        seen.append(loop.time() - begun)
        await socket.until("response.done", 2)

    socket = hold(engine, script)

    assert seen[0] == pytest.approx(2.0 + 6.0, abs=0.01)
    assert "input_audio_buffer.speech_started" in socket.kinds()


def test_speech_before_the_idle_timeout_prevents_it() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def script(socket: FakeSocket) -> None:
        socket.put(listening(idle_timeout_ms=6000))
        socket.put(append(utterance()))
        await socket.until("response.done")
        await asyncio.sleep(7)
        socket.put(append(utterance(silence_ms=0)))
        await asyncio.sleep(60)

    socket = hold(engine, script)

    assert "input_audio_buffer.timeout_triggered" not in socket.kinds()


def test_a_session_ends_after_its_hour_with_an_error_and_1001() -> None:
    async def script(socket: FakeSocket) -> None:
        await socket.until("error")

    socket = hold(FakeEngine(), script, longest_s=3600)

    assert socket.last("error")["error"]["code"] == "session_expired"
    assert socket.closed == (1001, "session_expired")


def test_two_sessions_of_one_engine_know_nothing_of_each_other() -> None:
    engine = FakeEngine(replies=[SPOKEN])

    async def main() -> tuple[FakeSocket, FakeSocket]:
        one, other = FakeSocket(), FakeSocket()
        async with asyncio.TaskGroup() as tasks:
            for socket, text in ((one, "First."), (other, "Second.")):
                tasks.create_task(session(engine, socket))
                socket.put(message(text))
                socket.put(CREATE)
            for socket in (one, other):
                await socket.until("response.done")
                socket.leave()
        return one, other

    run_virtual(main())

    assert [[one.text for one in request.messages] for request in engine.requests] == [
        ["First."],
        ["Second."],
    ]


def test_an_idle_timeout_that_is_taken_back_in_time_does_not_happen() -> None:
    async def script(socket: FakeSocket) -> None:
        socket.put(listening(idle_timeout_ms=6000))
        socket.put(append(utterance()))
        await socket.until("response.done")
        socket.put(listening(idle_timeout_ms=None))
        await asyncio.sleep(60)

    socket = hold(FakeEngine(replies=[SPOKEN]), script)

    assert "input_audio_buffer.timeout_triggered" not in socket.kinds()

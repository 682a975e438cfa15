"""The ``openai-agents`` framework runs a spoken agent with a tool on the simulator."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

import pytest
from agents import function_tool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession, RealtimeSessionEvent

from tests.support.serving import Serving, simulator, utterance
from tests.support.sound_server import LIMIT_S

FAST = ("--first-token", "5", "--first-audio", "10", "--tokens-per-s", "1000", "--reply-ms", "200")


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with simulator(*FAST, "--tool-at", "1") as running:
        yield running


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    set_tracing_disabled(disabled=True)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


async def until(events: "Any", kind: str, count: int = 1) -> list[RealtimeSessionEvent]:
    """Return the events up to the ``count``-th of that type."""
    seen: list[RealtimeSessionEvent] = []
    async for event in events:
        assert event.type != "error", event
        seen.append(event)
        if sum(one.type == kind for one in seen) == count:
            break
    return seen


async def say(session: RealtimeSession) -> None:
    samples = utterance(silence_ms=1000)  # the framework asks for semantic turn detection
    for at in range(0, len(samples), 2400):
        await session.send_audio(samples[at : at + 2400].tobytes())


def test_a_spoken_turn_calls_a_tool_and_its_result_brings_a_spoken_answer(server: Serving) -> None:
    asked: list[str] = []

    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather of a city."""
        asked.append(city)
        return "sunny"

    agent = RealtimeAgent(name="Guide", instructions="Be brief.", tools=[get_weather])

    async def main() -> tuple[list[RealtimeSessionEvent], list[Any]]:
        runner = RealtimeRunner(
            agent,
            config={
                "model_settings": {
                    "model_name": "gpt-realtime",
                    "audio": {"input": {"transcription": {"model": "whisper-1"}}},
                }
            },
        )
        session = await runner.run(model_config={"url": server.url, "api_key": server.token})
        async with asyncio.timeout(LIMIT_S), session:
            await say(session)
            seen = await until(aiter(session), "audio_end")
            history = [item for item in session._history if item.type == "message"]
            return seen, history

    seen, history = asyncio.run(main())

    kinds = [event.type for event in seen]
    assert asked == ["city"]
    assert kinds.index("tool_start") < kinds.index("tool_end") < kinds.index("audio")
    audio = [event.audio.data for event in seen if event.type == "audio"]
    assert sum(len(data) for data in audio) == 200 * 48
    said = {item.role: item.content[0] for item in history}
    assert said["user"].transcript == "What time is it?"
    assert said["assistant"].transcript == (
        "Hello, this is the simulator. Every delay that you hear is exact."
    )

"""The official ``openai`` package holds a conversation with ``vivavoce serve --simulated``.

Its typed models are applied strictly to every event: it builds them without validation.
"""

import asyncio
import base64
import os
from collections.abc import Iterator
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeFunctionToolParam, RealtimeServerEvent
from pydantic import TypeAdapter

from tests.support.serving import Serving, silence_of, simulator, utterance
from tests.support.sound_server import LIMIT_S

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
FAST = ("--first-token", "5", "--first-audio", "10", "--tokens-per-s", "1000", "--reply-ms", "200")
WEATHER: RealtimeFunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather by city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with simulator(*FAST, "--tool-at", "2") as running:
        yield running


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[Any]:
    """Return the strictly validated events up to the next one of that type."""
    events: list[Any] = []
    while not events or events[-1].type != kind:
        raw = await connection.recv_bytes()
        events.append(SERVER_EVENT.validate_json(raw, strict=True))
    return events


async def say(connection: AsyncRealtimeConnection) -> None:
    samples = utterance()
    for at in range(0, len(samples), 2400):
        audio = base64.b64encode(samples[at : at + 2400].tobytes()).decode()
        await connection.input_audio_buffer.append(audio=audio)


def with_sdk(server: Serving, script: Any) -> Any:
    async def main() -> Any:
        client = AsyncOpenAI(api_key=server.token, base_url=server.http)
        async with (
            asyncio.timeout(LIMIT_S),
            client,
            client.realtime.connect(model="gpt-realtime") as connection,
        ):
            return await script(client, connection)

    return asyncio.run(main())


def test_a_spoken_conversation_with_a_tool_call_passes_the_sdks_own_validation(
    server: Serving,
) -> None:
    async def script(_: AsyncOpenAI, connection: AsyncRealtimeConnection) -> list[list[Any]]:
        await connection.session.update(
            session={
                "type": "realtime",
                "tools": [WEATHER],
                "audio": {"input": {"transcription": {"model": "whisper-1"}}},
            }
        )
        turns = [await until(connection, "session.updated")]
        for _turn in range(2):
            await say(connection)
            turns.append(await until(connection, "response.done"))
        call = turns[-1][-1].response.output[0]
        await connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        )
        await connection.response.create()
        turns.append(await until(connection, "response.done"))
        return turns

    _greeting, first, second, third = with_sdk(server, script)

    spoken = first[-1].response
    assert spoken.output[0].content[0].transcript.startswith("Hello, this is the simulator.")
    assert spoken.usage.output_token_details.audio_tokens == 4
    assert spoken.usage.input_token_details.audio_tokens == 7
    call = second[-1].response.output[0]
    assert (call.type, call.name, call.arguments) == (
        "function_call",
        "get_weather",
        '{"city": "city"}',
    )
    kinds = [event.type for event in second]
    assert kinds.index("conversation.item.done", kinds.index("response.created")) < kinds.index(
        "response.function_call_arguments.done"
    )
    usage = third[-1].response.usage
    assert usage.input_token_details.cached_tokens > 0
    assert third[-1].response.status == "completed"


def test_push_to_talk_text_items_retrieval_and_out_of_band_replies(server: Serving) -> None:
    async def script(_: AsyncOpenAI, connection: AsyncRealtimeConnection) -> dict[str, Any]:
        await connection.session.update(
            session={
                "type": "realtime",
                "output_modalities": ["text"],
                "audio": {"input": {"turn_detection": None}},
            }
        )
        await until(connection, "session.updated")
        await say(connection)
        await connection.input_audio_buffer.commit()
        committed = (await until(connection, "conversation.item.done"))[-1]
        await connection.conversation.item.retrieve(item_id=committed.item.id)
        retrieved = (await until(connection, "conversation.item.retrieved"))[-1]
        await connection.response.create()
        written = (await until(connection, "response.done"))[-1]
        await connection.conversation.item.create(
            item={
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "And in short?"}],
            }
        )
        await connection.response.create(
            response={"conversation": "none", "metadata": {"topic": "aside"}}
        )
        aside = (await until(connection, "response.done"))[-1]
        return {"retrieved": retrieved, "written": written, "aside": aside}

    seen = with_sdk(server, script)

    assert seen["retrieved"].item.role == "user"
    assert seen["written"].response.output[0].content[0].type == "output_text"
    assert seen["written"].response.usage.output_token_details.audio_tokens == 0
    assert seen["aside"].response.metadata == {"topic": "aside"}
    assert seen["aside"].response.conversation_id is None


def test_speaking_over_a_reply_cancels_it_and_truncation_is_acknowledged() -> None:
    async def script(_: AsyncOpenAI, connection: AsyncRealtimeConnection) -> dict[str, Any]:
        await say(connection)
        delta = (await until(connection, "response.output_audio.delta"))[-1]
        await say(connection)
        done = (await until(connection, "response.done"))[-1]
        await connection.conversation.item.truncate(
            item_id=delta.item_id, content_index=0, audio_end_ms=20
        )
        truncated = (await until(connection, "conversation.item.truncated"))[-1]
        await connection.conversation.item.truncate(
            item_id=delta.item_id, content_index=0, audio_end_ms=100_000
        )
        refused = (await until(connection, "error"))[-1]
        return {"done": done, "truncated": truncated, "refused": refused}

    with simulator("--first-audio", "5", "--pace", "1", "--reply-ms", "20000") as server:
        seen = with_sdk(server, script)

    response = seen["done"].response
    assert (response.status, response.status_details.reason) == ("cancelled", "turn_detected")
    assert response.usage.output_tokens > 0
    assert seen["truncated"].audio_end_ms == 20
    assert "already shorter than 100000ms" in seen["refused"].error.message


def test_a_client_secret_made_by_the_sdk_opens_a_session(server: Serving) -> None:
    async def script(client: AsyncOpenAI, connection: AsyncRealtimeConnection) -> str:
        await until(connection, "session.created")
        secret = await client.realtime.client_secrets.create(
            session={"type": "realtime", "instructions": "Be brief."}
        )
        holder = AsyncOpenAI(api_key=secret.value, base_url=server.http)
        async with holder, holder.realtime.connect(model="gpt-realtime") as other:
            return str((await until(other, "session.created"))[-1].session.instructions)

    assert with_sdk(server, script) == "Be brief."


def test_idle_time_after_a_reply_makes_an_empty_turn_that_is_answered(server: Serving) -> None:
    async def script(_: AsyncOpenAI, connection: AsyncRealtimeConnection) -> list[str]:
        await connection.session.update(
            session={
                "type": "realtime",
                "audio": {
                    "input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}
                },
            }
        )
        await say(connection)
        await until(connection, "response.done")
        await connection.input_audio_buffer.append(
            audio=base64.b64encode(silence_of(500).tobytes()).decode()
        )
        events = await until(connection, "response.done")
        return [event.type for event in events]

    kinds = with_sdk(server, script)

    assert kinds[:2] == ["input_audio_buffer.timeout_triggered", "input_audio_buffer.committed"]

"""The official ``openai`` package talks to the embedded engine with its real weights."""

import asyncio
import base64
import os
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from app.core.audio_format import SESSION_RATE_HZ, Samples
from app.dsp.pcm import from_float
from app.dsp.resample import resample
from app.localengine.ports import LISTENING_RATE_HZ
from app.localengine.weights_store import WeightStore
from tests.support.clips import clip
from tests.support.serving import Serving, serving, silence_of

pytestmark = pytest.mark.timeout(180)
SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def recorded(name: str) -> Samples:
    """Return a recording at the wire's rate."""
    return resample(from_float(clip(name).waveform()), LISTENING_RATE_HZ, SESSION_RATE_HZ)


async def converse(server: Serving) -> list[Any]:
    """Ask one recorded question; return the strictly validated events."""
    question = np.concatenate((recorded("weather_question"), silence_of(1000)))
    events: list[Any] = []
    client = AsyncOpenAI(api_key=server.token, base_url=server.http)
    async with (
        asyncio.timeout(120),
        client,
        client.realtime.connect(model="gpt-realtime") as connection,
    ):
        await connection.session.update(
            session={
                "type": "realtime",
                "audio": {
                    "input": {
                        "transcription": {"model": "whisper-1"},
                        "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
                    }
                },
            }
        )
        for at in range(0, len(question), 2400):
            audio = base64.b64encode(question[at : at + 2400].tobytes()).decode()
            await connection.input_audio_buffer.append(audio=audio)
        while not events or events[-1].type != "response.done":
            raw = await connection.recv_bytes()
            events.append(SERVER_EVENT.validate_json(raw, strict=True))
    return events


def test_a_recorded_question_is_understood_and_answered_aloud(weights: WeightStore) -> None:
    assert weights.has_set("default")
    with serving() as server:
        events = asyncio.run(converse(server))

    words = [
        event for event in events if event.type.endswith("input_audio_transcription.completed")
    ]
    audio = [event.delta for event in events if event.type == "response.output_audio.delta"]
    response = events[-1].response
    assert "weather" in words[0].transcript.lower()
    assert response.status == "completed"
    assert response.output[0].content[0].transcript.strip()
    assert sum(len(base64.b64decode(delta)) for delta in audio) > 24_000
    assert response.usage.output_token_details.audio_tokens > 0

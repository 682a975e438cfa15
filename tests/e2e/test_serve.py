"""``vivavoce serve --simulated`` as a process of its own, driven over real sockets."""

import asyncio
import json
import signal
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.typing import Subprotocol

from tests.support.serving import (
    Serving,
    append,
    dial,
    say,
    simulator,
    start,
    stop,
    until,
    utterance,
)
from tests.support.sound_server import LIMIT_S

FAST = ("--first-token", "5", "--first-audio", "10", "--tokens-per-s", "1000", "--reply-ms", "200")
LISTENING = json.dumps(
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "audio": {"input": {"transcription": {"model": "whisper-1"}}},
        },
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    with simulator(*FAST) as running:
        yield running


def kinds(events: list[dict[str, Any]]) -> list[str]:
    """Return the types in order, repeated deltas once."""
    names = [event["type"] for event in events]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def test_a_spoken_turn_has_the_real_services_events_in_the_real_services_order(
    server: Serving,
) -> None:
    async def script() -> list[dict[str, Any]]:
        async with dial(server) as socket:
            await socket.send(LISTENING)
            await until(socket, "session.updated")
            await say(socket, utterance())
            return await until(socket, "response.done")

    events = asyncio.run(script())

    transcription = "conversation.item.input_audio_transcription"
    delta = {"response.output_audio.delta", "response.output_audio_transcript.delta"}
    spine = [
        kind for kind in kinds(events) if kind not in delta and not kind.startswith(transcription)
    ]
    assert spine == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    words = [event for event in events if event["type"] == f"{transcription}.completed"]
    assert [word["transcript"] for word in words] == ["What time is it?"]
    assert events[-1]["response"]["status"] == "completed"


def test_two_clients_are_two_sessions_and_a_slot_is_free_at_once(server: Serving) -> None:
    async def session_id() -> str:
        async with dial(server) as socket:
            return str((await until(socket, "session.created"))[-1]["session"]["id"])

    async def script() -> list[str]:
        together = await asyncio.gather(session_id(), session_id())
        return [*together, await session_id()]

    assert len(set(asyncio.run(script()))) == 3


BAD_EVENTS: dict[str, tuple[str | bytes, str | None]] = {
    "no JSON": ('{"type": ', None),
    "no object": ("[1, 2]", None),
    "deep JSON": ("[" * 100_000, None),
    "a binary frame": (b"\x00\x01", None),
    "an unknown type": ('{"type": "session.dance", "event_id": "e1"}', None),
    "bad base64": ('{"type": "input_audio_buffer.append", "audio": "*"}', None),
    "half a sample": ('{"type": "input_audio_buffer.append", "audio": "AA=="}', None),
    "nothing to commit": (
        '{"type": "input_audio_buffer.commit"}',
        "input_audio_buffer_commit_empty",
    ),
    "nothing to cancel": ('{"type": "response.cancel"}', "response_cancel_not_active"),
}


@pytest.mark.parametrize(("message", "code"), BAD_EVENTS.values(), ids=BAD_EVENTS)
def test_a_bad_event_gets_an_error_and_the_session_lives_on(
    server: Serving, message: str | bytes, code: str | None
) -> None:
    async def script() -> tuple[dict[str, Any], dict[str, Any]]:
        async with dial(server) as socket:
            await until(socket, "session.created")
            await socket.send(message)
            refused = (await until(socket, "error"))[-1]
            await socket.send(LISTENING)
            return refused, (await until(socket, "session.updated"))[-1]

    refused, updated = asyncio.run(script())

    assert refused["error"]["type"] == "invalid_request_error"
    assert code is None or refused["error"]["code"] == code
    assert updated["session"]["audio"]["input"]["transcription"]["model"] == "whisper-1"


@pytest.mark.parametrize(
    "way",
    [
        {"headers": {"OpenAI-Beta": "realtime=v1"}},
        {"subprotocols": ["realtime", "openai-beta.realtime-v1"]},
    ],
    ids=["header", "subprotocol"],
)
def test_the_beta_shape_is_refused_as_the_real_service_refuses_it(
    server: Serving, way: dict[str, Any]
) -> None:
    async def script() -> tuple[dict[str, Any], int | None]:
        async with dial(server, **way) as socket:
            said = json.loads(await socket.recv())
            await socket.wait_closed()
            return said, socket.close_code

    said, code = asyncio.run(script())

    assert said["type"] == "error"
    assert said["error"]["code"] == "beta_api_shape_disabled"
    assert code == 4000


@pytest.mark.parametrize("key", ["wrong", "ek_wrong"])
def test_a_wrong_token_is_refused_with_401_in_the_real_services_shape(
    server: Serving, key: str
) -> None:
    async def script() -> websockets.Response:
        headers = {"Authorization": f"Bearer {key}"}
        with pytest.raises(websockets.InvalidStatus) as refused:
            await websockets.connect(server.url, additional_headers=headers, proxy=None)
        return refused.value.response

    answer = asyncio.run(script())

    assert answer.status_code == 401
    assert answer.body is not None
    assert json.loads(answer.body)["error"]["code"] == "invalid_api_key"
    assert key not in answer.body.decode()


def test_a_browsers_subprotocol_carries_the_key(server: Serving) -> None:
    async def script() -> str | None:
        async with websockets.connect(
            server.url,
            subprotocols=[
                Subprotocol("realtime"),
                Subprotocol(f"openai-insecure-api-key.{server.token}"),
            ],
            proxy=None,
        ) as socket:
            await until(socket, "session.created")
            return socket.subprotocol

    assert asyncio.run(script()) == "realtime"


def fetch(
    server: Serving, path: str, body: bytes | None = None, key: str | None = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key or server.token}"}
    with httpx.Client(trust_env=False, base_url=server.http) as client:
        method = "GET" if body is None else "POST"
        return client.request(method, path, content=body, headers=headers)


def test_a_client_secret_opens_the_session_it_was_made_for_and_makes_no_other(
    server: Serving,
) -> None:
    wish = {
        "expires_after": {"anchor": "created_at", "seconds": 60},
        "session": {"type": "realtime", "instructions": "Be brief."},
    }
    secret = fetch(server, "/realtime/client_secrets", json.dumps(wish).encode()).json()

    async def script() -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {secret['value']}"}
        async with dial(server, headers=headers) as socket:
            created = (await until(socket, "session.created"))[-1]
            session: dict[str, Any] = created["session"]
            return session

    session = asyncio.run(script())

    assert secret["value"].startswith("ek_")
    assert session["instructions"] == "Be brief."
    assert session["id"] != secret["session"]["id"]
    again = fetch(server, "/realtime/client_secrets", b"{}", key=secret["value"])
    short = fetch(server, "/realtime/client_secrets", b'{"expires_after": {"seconds": 1}}')
    assert (again.status_code, short.status_code) == (401, 400)


def test_models_are_listed_and_health_needs_no_key(server: Serving) -> None:
    listed = fetch(server, "/models").json()

    refused = fetch(server, "/models", key="wrong")
    health = fetch(server, "/../health", key="wrong")

    assert [model["id"] for model in listed["data"]] == ["vivavoce-simulator"]
    assert refused.status_code == 401
    assert health.json() == {"status": "ok"}


# --- faults that the simulator is told to have -----------------------------------------------


async def one_turn(server: Serving) -> list[dict[str, Any]]:
    async with dial(server) as socket:
        await say(socket, utterance())
        return await until(socket, "response.done")


def test_told_faults_happen_in_their_turn_and_the_next_turn_is_sound() -> None:
    faults = ("--fault", "error@1", "--fault", "incomplete@2", "--fault", "unknown@3")

    async def script(server: Serving) -> list[list[dict[str, Any]]]:
        turns = []
        async with dial(server) as socket:
            for _ in range(4):
                await say(socket, utterance())
                turns.append(await until(socket, "response.done"))
        return turns

    with simulator(*FAST, *faults) as server:
        turns = asyncio.run(script(server))

    assert [turn[-1]["response"]["status"] for turn in turns] == [
        "failed",
        "incomplete",
        "completed",
        "completed",
    ]
    assert turns[0][-1]["response"]["status_details"]["error"]["code"] == "server_error"
    assert "vendor.mood.changed" in kinds(turns[2])
    assert "vendor.mood.changed" not in kinds(turns[3])


def test_a_cut_connection_has_no_close_frame() -> None:
    async def script(server: Serving) -> int | None:
        socket = await dial(server)
        await say(socket, utterance())
        with pytest.raises(websockets.ConnectionClosedError):
            await until(socket, "response.done")
        return socket.close_code

    with simulator(*FAST, "--fault", "cut@1") as server:
        assert asyncio.run(script(server)) == 1006


def test_malformed_json_and_a_delta_of_10_mb_are_sent_as_told() -> None:
    async def script(server: Serving) -> tuple[str, int]:
        async with dial(server) as socket:
            await say(socket, utterance())
            while True:
                raw = str(await socket.recv())
                try:
                    json.loads(raw)
                except json.JSONDecodeError:
                    break
            await until(socket, "response.done")
            await say(socket, utterance())
            turn = await until(socket, "response.done")
            deltas = [e for e in turn if e["type"] == "response.output_audio.delta"]
            return raw, max(len(delta["delta"]) for delta in deltas)

    with simulator(*FAST, "--fault", "malformed@1", "--fault", "huge@2") as server:
        raw, largest = asyncio.run(script(server))

    assert raw.endswith('"delta":')
    assert largest > 10_000_000


# --- the process -----------------------------------------------------------------------------


def test_over_tls_the_printed_certificate_is_all_that_a_client_needs() -> None:
    async def script(server: Serving) -> str:
        assert server.ca_file is not None
        trust = ssl.create_default_context(cafile=server.ca_file)
        async with (
            asyncio.timeout(LIMIT_S),
            dial(server, ssl=trust, close_timeout=None) as socket,  # let go, it does not wait
        ):
            return str((await until(socket, "session.created"))[-1]["session"]["model"])

    with simulator("--tls") as server:
        assert server.url.startswith("wss://127.0.0.1:")
        assert asyncio.run(script(server)) == "vivavoce-simulator"
        assert server.ca_file is not None
        folder = Path(server.ca_file).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_a_port_in_use_is_one_sentence_and_exit_code_2(server: Serving) -> None:
    port = server.url.split(":")[2].split("/")[0]

    code, out, err = stop(start("--simulated", "--port", port))

    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert f"Port {port}" in err
    assert "--port" in err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_in_the_middle_of_a_session(number: signal.Signals) -> None:
    async def script(server: Serving) -> int | None:
        socket = await dial(server)
        await until(socket, "session.created")
        server.process.send_signal(number)
        await socket.wait_closed()
        return socket.close_code

    with simulator(*FAST) as server:
        assert asyncio.run(script(server)) == 1001


def test_the_simulator_loads_no_model_no_window_and_no_sound(server: Serving) -> None:
    loaded = Path(f"/proc/{server.pid}/maps").read_text()

    for library in ("onnxruntime", "xllamacpp", "espeak", "PySide6", "portaudio"):
        assert library not in loaded


def test_the_token_is_new_at_each_start_and_in_no_output() -> None:
    with simulator(*FAST) as one, simulator(*FAST) as other:
        asyncio.run(one_turn(one))
        tokens = {one.token, other.token}

    assert len(tokens) == 2
    assert all(len(token) >= 40 for token in tokens)


def test_audio_appended_by_the_minute_is_heard_like_audio_by_the_frame(server: Serving) -> None:
    async def script() -> list[dict[str, Any]]:
        async with dial(server) as socket:
            await socket.send(append(utterance(speech_ms=20_000)))
            return await until(socket, "response.done")

    events = asyncio.run(script())

    assert kinds(events)[1:3] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
    ]
    assert events[2]["audio_end_ms"] == pytest.approx(20_300, abs=2)


@pytest.mark.parametrize(
    ("query", "model"), [("", "vivavoce-simulator"), ("?model=gpt-realtime", "gpt-realtime")]
)
def test_a_session_goes_by_the_model_that_its_client_asked_for(
    server: Serving, query: str, model: str
) -> None:
    async def script() -> Any:
        headers = {"Authorization": f"Bearer {server.token}"}
        url = server.url + query
        async with websockets.connect(url, additional_headers=headers, proxy=None) as socket:
            return (await until(socket, "session.created"))[-1]["session"]["model"]

    assert asyncio.run(script()) == model

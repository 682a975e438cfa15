import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from app.localengine.auth import Gate
from app.localengine.http_values import HttpRequest
from app.localengine.server import Site
from app.localengine.site import Sessions, make_site
from tests.support.clocks import ManualClock
from tests.support.speech_engine import FakeEngine, FakeSocket

NOW_S = 1_800_000_000
SECRETS = ("POST", "/v1/realtime/client_secrets")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def site(clock: ManualClock) -> Site:
    return make_site(FakeEngine(), Gate("tok", clock), clock, lambda: NOW_S)


def asks(key: str | None = "tok", body: bytes = b"") -> HttpRequest:
    pairs = [] if key is None else [("authorization", f"Bearer {key}")]
    return HttpRequest(method="GET", target="/v1/realtime", headers=pairs, body=body)


def greeting(site: Site, request: HttpRequest) -> FakeSocket:
    """Open a session, take its first event and go."""

    async def main() -> FakeSocket:
        socket = FakeSocket()
        socket.leave()
        await site.converse(request, socket)
        return socket

    return asyncio.run(main())


def body_of(answer: Any) -> Any:
    return json.loads(answer.body)


def test_health_tells_nothing_and_models_only_the_name(site: Site) -> None:
    health = site.routes["GET", "/health"](asks(key=None))
    models = site.routes["GET", "/v1/models"](asks())

    assert body_of(health) == {"status": "ok"}
    assert body_of(models)["data"] == [
        {"id": "fake", "object": "model", "created": NOW_S, "owned_by": "vivavoce"}
    ]


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [(None, None, "Missing bearer"), ("wrong", "invalid_api_key", "Incorrect API key")],
)
def test_a_client_without_the_token_is_told_what_is_wrong_and_not_its_key(
    site: Site, key: str | None, code: str | None, said: str
) -> None:
    for refused in (
        site.admit(asks(key=key)),
        site.routes["GET", "/v1/models"](asks(key=key)),
        site.routes[SECRETS](asks(key=key)),
    ):
        assert refused is not None
        assert refused.status is HTTPStatus.UNAUTHORIZED
        error = body_of(refused)["error"]
        assert error["code"] == code
        assert said in error["message"]
        assert "wrong" not in error["message"]


def test_a_secret_opens_its_own_kind_of_session_until_it_expires(
    site: Site, clock: ManualClock
) -> None:
    wish = {"expires_after": {"anchor": "created_at", "seconds": 10}}
    wish |= {"session": {"type": "realtime", "instructions": "Be brief."}}

    answer = site.routes[SECRETS](asks(body=json.dumps(wish).encode()))
    secret = body_of(answer)
    session = greeting(site, asks(key=secret["value"])).last("session.created")["session"]

    assert dict(answer.headers)["cache-control"] == "no-store"
    assert secret["expires_at"] == NOW_S + 10
    assert session["instructions"] == "Be brief."
    assert site.admit(asks(key=secret["value"])) is None
    clock.advance_ms(10_000)
    assert site.admit(asks(key=secret["value"])) is not None


@pytest.mark.parametrize(
    "body", [b"{", b'{"expires_after": {"seconds": 5}}', b'{"session": {"nonsense": 1}}', b"\xff"]
)
def test_a_wish_for_a_secret_that_cannot_be_granted_is_a_400(site: Site, body: bytes) -> None:
    answer = site.routes[SECRETS](asks(body=body))

    assert answer.status is HTTPStatus.BAD_REQUEST
    assert body_of(answer)["error"]["type"] == "invalid_request_error"


def test_a_session_tells_when_it_ends_and_names_the_model_that_was_asked_for(site: Site) -> None:
    plain = greeting(site, asks()).last("session.created")["session"]
    request = HttpRequest(
        method="GET", target="/v1/realtime?model=" + "m" * 500, headers=asks().headers
    )
    named = greeting(site, request).last("session.created")["session"]

    assert plain["expires_at"] == NOW_S + 3600
    assert plain["model"] == "fake"
    assert named["model"] == "m" * 128


@pytest.mark.parametrize(
    "headers",
    [
        {"openai-beta": "realtime=v1"},
        {"openai-beta": "assistants=v2, realtime=v1"},
        {"sec-websocket-protocol": "realtime, openai-beta.realtime-v1"},
    ],
)
def test_the_beta_shape_gets_one_error_and_4000(site: Site, headers: dict[str, str]) -> None:
    socket = greeting(site, replace(asks(), headers=[*asks().headers, *headers.items()]))

    assert [event["error"]["code"] for event in socket.events] == ["beta_api_shape_disabled"]
    assert socket.closed == (4000, "beta_api_shape_disabled")


@pytest.mark.parametrize("query", ["call_id=rtc_1", "intent=transcription"])
def test_another_kind_of_session_is_refused_rather_than_misread(site: Site, query: str) -> None:
    request = replace(asks(), target=f"/v1/realtime?{query}")

    refused = site.admit(request)

    assert refused is not None
    assert refused.status is HTTPStatus.NOT_FOUND
    assert body_of(refused)["error"]["code"] == "not_supported"


def test_webrtc_calls_are_refused_in_a_sentence(site: Site) -> None:
    calls = site.routes["POST", "/v1/realtime/calls"]

    assert calls(asks(key=None)).status is HTTPStatus.UNAUTHORIZED
    answer = calls(asks())
    assert answer.status is HTTPStatus.NOT_IMPLEMENTED
    assert "WebSocket only" in body_of(answer)["error"]["message"]


def test_a_site_of_the_beta_dialect_speaks_it_to_everybody(clock: ManualClock) -> None:
    site = make_site(FakeEngine(), Gate("tok", clock), clock, lambda: NOW_S, Sessions(beta=True))
    asking = replace(asks(), headers=[*asks().headers, ("openai-beta", "realtime=v1")])

    for request in (asks(), asking):
        session = greeting(site, request).events[0]["session"]
        assert session["input_audio_format"] == "pcm16"

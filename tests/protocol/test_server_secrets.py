"""Client secrets, as ``POST /v1/realtime/client_secrets`` makes them."""

import json
from typing import Any

import pytest
from openai.types.realtime import ClientSecretCreateResponse

from app.protocols.openai_realtime.schema import ClientError
from app.protocols.openai_realtime.server_outbox import BETA_CLOSE_CODE, beta_refusal
from app.protocols.openai_realtime.server_secrets import (
    ClientSecret,
    SessionDefaults,
    new_secret,
    refusal,
)
from tests.support.realtime_server import VOICES, CountingIds, new_server
from tests.support.schema import check_server_event

DEFAULTS = SessionDefaults(model="small", voices=VOICES, instructions="Be brief.")
NOW_S = 1_800_000_000


def _secret(body: str | bytes) -> ClientSecret:
    return new_secret(
        body, defaults=DEFAULTS, session_id="sess_1", now_s=NOW_S, new_token=lambda: "token"
    )


@pytest.mark.parametrize(
    ("body", "life_s"),
    [
        ({}, 600),
        ({"expires_after": {"anchor": "created_at", "seconds": 60}}, 60),
        ({"expires_after": {"seconds": 7_200}}, 7_200),
        ({"expires_after": {"anchor": "created_at"}, "session": None}, 600),
        ({"session": {"type": "realtime", "model": "gpt-realtime"}}, 600),
    ],
)
def test_the_answer_is_what_the_openai_package_expects(body: dict[str, Any], life_s: int) -> None:
    reply = _secret(json.dumps(body)).reply()
    typed = ClientSecretCreateResponse.model_validate_json(reply, strict=True)
    assert (typed.value, typed.expires_at) == ("ek_token", NOW_S + life_s)
    assert typed.session.type == "realtime"
    assert json.loads(reply)["session"]["object"] == "realtime.session"


@pytest.mark.parametrize("body", ["", b"", "{}"])
def test_an_empty_body_asks_for_the_defaults(body: str | bytes) -> None:
    session = _secret(body).session
    assert (session["model"], session["instructions"]) == ("small", "Be brief.")


def test_a_session_of_the_secret_begins_with_its_settings() -> None:
    wanted = {
        "type": "realtime",
        "model": "gpt-realtime",
        "audio": {"output": {"voice": "joe"}, "input": {"turn_detection": None}},
    }
    secret = _secret(json.dumps({"session": wanted}).encode())
    config = new_server(preset=secret.session).config
    assert (config.model, config.voice, config.turn_detection) == ("gpt-realtime", "joe", None)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ("{", "invalid_event", None),
        (b"\xff", "invalid_json", None),
        ("[]", "invalid_event", None),
        ('{"ttl":60}', "unknown_parameter", "ttl"),
        ('{"expires_after":60}', "invalid_type", "expires_after"),
        ('{"expires_after":{"seconds":9}}', "integer_below_min_value", "expires_after.seconds"),
        ('{"expires_after":{"seconds":7201}}', "integer_above_max_value", "expires_after.seconds"),
        ('{"expires_after":{"anchor":"now"}}', "invalid_value", "expires_after.anchor"),
        ('{"session":{}}', "missing_required_parameter", "session.type"),
        ('{"session":{"type":"realtime","voice":"amy"}}', "unknown_parameter", "session.voice"),
    ],
)
def test_a_bad_body_is_refused(body: str | bytes, code: str, param: str | None) -> None:
    with pytest.raises(ClientError) as caught:
        _secret(body)
    error = json.loads(refusal(caught.value))["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert error["message"]


def test_a_secret_does_not_show_itself() -> None:
    assert "ek_" not in repr(_secret("{}"))


def test_a_beta_client_is_told_why_it_is_refused() -> None:
    event = check_server_event(beta_refusal(CountingIds()))
    assert event["error"]["code"] == "beta_api_shape_disabled"
    assert BETA_CLOSE_CODE == 4000

import pytest

from app.localengine.auth import SECRETS_LIMIT, Gate, make_token, presented_key
from app.localengine.http_values import HttpRequest
from tests.support.clocks import ManualClock


def request(**headers: str) -> HttpRequest:
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpRequest(method="GET", target="/v1/realtime", headers=pairs)


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ({"authorization": "Bearer tok"}, "tok"),
        ({"authorization": "bearer  tok "}, "tok"),
        ({"authorization": "Basic tok"}, None),
        ({"authorization": "Bearer "}, None),
        ({"sec_websocket_protocol": "realtime, openai-insecure-api-key.tok"}, "tok"),
        ({"sec_websocket_protocol": "openai-insecure-api-key."}, None),
        ({"sec_websocket_protocol": "x-openai-insecure-api-key.tok"}, None),
        ({}, None),
    ],
)
def test_a_key_is_found_in_the_header_or_among_the_subprotocols(
    headers: dict[str, str], key: str | None
) -> None:
    assert presented_key(request(**headers)) == key


def test_only_the_token_of_this_run_is_admitted() -> None:
    gate = Gate("right", ManualClock())

    assert gate.admits(request(authorization="Bearer right"))
    assert not gate.admits(request(authorization="Bearer wrong"))
    assert not gate.admits(request())


def test_a_key_that_is_not_ascii_is_refused_and_not_a_crash() -> None:
    gate = Gate("right", ManualClock())

    assert not gate.admits(request(authorization="Bearer r\xefght"))


def test_a_client_secret_is_good_until_it_expires_and_cannot_make_another() -> None:
    clock = ManualClock()
    gate = Gate("right", clock)
    gate.remember("ek_1", 10, {"voice": "joe"})
    carrier = request(authorization="Bearer ek_1")

    clock.advance_ms(9_999)
    assert gate.admits(carrier)
    assert not gate.is_token(carrier)
    assert gate.preset(carrier) == {"voice": "joe"}
    assert gate.preset(request(authorization="Bearer right")) is None

    clock.advance_ms(1)
    assert not gate.admits(carrier)


def test_secrets_are_bounded_and_the_oldest_goes_first() -> None:
    gate = Gate("right", ManualClock())
    for number in range(SECRETS_LIMIT + 1):
        gate.remember(f"ek_{number}", 10, {})

    assert not gate.admits(request(authorization="Bearer ek_0"))
    assert gate.admits(request(authorization=f"Bearer ek_{SECRETS_LIMIT}"))


def test_every_start_makes_another_long_token() -> None:
    assert make_token() != make_token()
    assert len(make_token()) >= 40

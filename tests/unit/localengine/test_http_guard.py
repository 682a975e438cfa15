import pytest

from app.core.errors import ConfigError
from app.localengine.http_guard import check_bind, cors, host_is_local, preflight
from app.localengine.http_values import HttpRequest


def asks(host: str | None, origin: str | None = None) -> HttpRequest:
    headers = [("host", host)] if host is not None else []
    if origin is not None:
        headers.append(("origin", origin))
    return HttpRequest(method="GET", target="/", headers=headers)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8123", "localhost", "LOCALHOST:80", "[::1]:8123", "127.8.9.1"]
)
def test_loopback_names_reach_the_server(host: str) -> None:
    assert host_is_local(asks(host))


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example@127.0.0.1",
        "192.168.0.7:8123",
        "[::1",
        "0.0.0.0",  # noqa: S104 - refused, not bound
    ],
)
def test_a_name_that_was_rebound_to_this_machine_does_not(host: str | None) -> None:
    assert not host_is_local(asks(host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "a.example"])  # noqa: S104
def test_nothing_but_loopback_is_listened_on(host: str) -> None:
    with pytest.raises(ConfigError, match="loopback only"):
        check_bind(host)


def test_loopback_may_be_listened_on() -> None:
    check_bind("127.0.0.1")


def test_pages_of_other_origins_may_read_answers_and_others_are_told_nothing() -> None:
    allowed = dict(cors(asks("localhost", origin="https://page.example")))

    assert allowed["access-control-allow-origin"] == "*"
    assert cors(asks("localhost")) == ()
    assert "authorization" in dict(preflight())["access-control-allow-headers"]

"""What a URL names, and what it must not hold."""

import pytest

from app.core.endpoint import Endpoint, endpoint_of, is_loopback_address, refuse_key_in_clear
from app.core.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "endpoint", "name"),
    [
        ("wss://api.openai.com/v1", Endpoint(True, "api.openai.com", 443), "api.openai.com:443"),
        ("ws://127.0.0.1:8080/v1?a=b", Endpoint(False, "127.0.0.1", 8080), "127.0.0.1:8080"),
        ("ws://LOCALHOST", Endpoint(False, "localhost", 80), "localhost:80"),
        ("wss://[::1]:9/", Endpoint(True, "::1", 9), "[::1]:9"),
    ],
)
def test_an_address_names_its_endpoint(url: str, endpoint: Endpoint, name: str) -> None:
    assert endpoint_of(url) == endpoint
    assert endpoint_of(url).name == name


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "does not begin with ws:// or wss://"),
        ("http://host", "does not begin with ws:// or wss://"),
        ("host:80", "does not begin with ws:// or wss://"),
        ("ws://", "names no host"),
        ("ws:///path", "names no host"),
        ("ws://:80/", "names no host"),
        ("ws://host:0/", "port"),
        ("ws://host:65536/", "port"),
        ("ws://host:http/", "port"),
        ("ws://[::1/", "brackets"),
        ("ws://canary@host/", "user name or a password"),
        ("ws://user:canary@host/", "user name or a password"),
        ("ws://:canary@host/", "user name or a password"),
        ("ws://host/#canary", "fragment"),
        ("ws://host/#", "fragment"),
        ("ws://ho st/", "space"),
        ("ws://host/\r\nX-Header: canary", "control character"),
        ("ws://host/\x00", "control character"),
        ("ws://hôst/", "beyond ASCII"),
    ],
)
def test_a_wrong_address_is_refused_in_a_sentence_that_quotes_nothing(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as error:
        endpoint_of(url)

    assert str(error.value).endswith(".")
    assert "canary" not in str(error.value) + error.value.hint


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_a_loopback_address_is_known_by_its_number(address: str, here: bool) -> None:  # noqa: FBT001
    assert is_loopback_address(address) is here


@pytest.mark.parametrize(
    ("url", "refused"),
    [
        ("ws://host/", True),
        ("ws://10.0.0.1/", True),
        ("ws://localhost.example/", True),
        ("wss://host/", False),
        ("ws://localhost/", False),
        ("ws://127.0.0.1/", False),
        ("ws://[::1]/", False),
    ],
)
def test_a_key_travels_in_clear_to_this_machine_only(url: str, refused: bool) -> None:  # noqa: FBT001
    endpoint = endpoint_of(url)
    refuse_key_in_clear(endpoint, has_key=False)

    if not refused:
        refuse_key_in_clear(endpoint, has_key=True)
        return
    with pytest.raises(ConfigError, match="unencrypted") as error:
        refuse_key_in_clear(endpoint, has_key=True)
    assert "wss://" in error.value.hint

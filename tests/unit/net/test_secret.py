"""A key that shows itself to nothing but the request."""

import pytest

from app.core.config import AuthScheme
from app.core.errors import ConfigError
from app.net.secret import Secret


def test_a_secret_shows_stars() -> None:
    secret = Secret("sk-canary")

    assert repr(secret) == str(secret) == "Secret(***)"
    assert "canary" not in repr(secret.headers(AuthScheme.BEARER))
    assert "canary" not in str(secret.headers(AuthScheme.API_KEY_HEADER))
    assert repr(secret.headers(AuthScheme.BEARER)) == "SecretHeaders(Authorization)"


@pytest.mark.parametrize("nothing", [None, "", " \n"])
def test_no_key_is_no_header(nothing: str | None) -> None:
    secret = Secret(nothing)
    secret.check()

    assert not secret
    assert secret.headers(AuthScheme.BEARER) == {}
    assert secret.redact("a") == "a"


def test_the_header_follows_the_scheme() -> None:
    secret = Secret(" sk-1\n")

    assert secret.headers(AuthScheme.BEARER) == {"Authorization": "Bearer sk-1"}
    assert secret.headers(AuthScheme.API_KEY_HEADER) == {"api-key": "sk-1"}
    assert secret.headers(AuthScheme.NONE) == {}


def test_an_echoed_key_is_starred_out() -> None:
    assert Secret("sk-1").redact("Wrong key sk-1, sk-1!") == "Wrong key ***, ***!"


@pytest.mark.parametrize("key", ["sk canary", "sk\r\ncanary", "sk-canary\x7f", "sk-canaryé"])
def test_a_key_that_no_header_can_carry_is_refused_unquoted(key: str) -> None:
    with pytest.raises(ConfigError, match="holds a space, a line break") as error:
        Secret(key).check()

    assert "canary" not in str(error.value)

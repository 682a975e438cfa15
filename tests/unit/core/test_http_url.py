"""Which addresses of the user's may be called."""

import pytest

from app.core.http_url import http_url_problem


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8080/a?b=c", "https://tools.example/x", "HTTP://10.0.0.1", "http://[::1]:9"],
)
def test_http_and_https_of_a_host_may_be_called(url: str) -> None:
    assert http_url_problem(url) is None


@pytest.mark.parametrize("url", ["http://user:word@host/", "https://user@host", "http://@host/"])
def test_an_address_with_a_password_is_refused_for_it_would_be_recorded(url: str) -> None:
    assert (
        http_url_problem(url) == "An address holds no name or password: it is shown and recorded."
    )


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "file:///etc/passwd",
        "ftp://host/x",
        "http://",
        "http://:80/",
        "http://host:0/",
        "http://host:99999/",
        "http://[::1/",
        "http://host/a b",
        "http://host/\n",
        "http://host/\x00",
    ],
)
def test_anything_else_is_refused_in_a_sentence(url: str) -> None:
    assert http_url_problem(url) == "An address begins with http:// or https:// and names a host."

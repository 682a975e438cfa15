"""Failures in a person's words."""

import json
import ssl
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from app.core.endpoint import Endpoint
from app.core.errors import NetworkError, ProviderError, ProviderFault
from app.net.failures import clean, ended, refusal, stalled, upgrade_failure
from app.net.secret import Secret

THERE = Endpoint(secure=True, host="host.example", port=443)
KEY = Secret("sk-canary")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("All is well.", "All is well."),
        ("a\r\nb\tc", "a b c"),
        ("a\x1b[31mred\x00", "a [31mred"),
        ("left\u202eright\u2066", "left right"),
        ("key sk-canary!", "key ***!"),
        ("é日", "é日"),
        ("x" * 300, "x" * 199 + "…"),
        ("x" * 195 + "sk-canary", "x" * 195 + "***"),
        ("", ""),
    ],
)
def test_a_peers_words_are_made_fit_to_be_shown(words: str, shown: str) -> None:
    assert clean(words, KEY) == shown


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ({"error": {"code": "invalid_api_key", "message": "No."}}, "invalid_api_key", ": No."),
        ({"error": {"type": "invalid_request_error"}}, "invalid_request_error", "401)."),
        ({"error": "No."}, None, ": No."),
        ({"message": "No.", "code": 7}, "7", ": No."),
        ({"error": ["No."]}, None, "401)."),
        (["No."], None, "401)."),
        ("No.", None, ": No."),
        (None, None, "401)."),
    ],
    ids=str,
)
def test_a_refusal_quotes_the_service(body: Any, code: str | None, says: str) -> None:
    error = refusal(THERE, 401, json.dumps(body).encode(), KEY)

    assert error.code == code
    assert str(error).endswith(says)
    assert str(error).startswith("host.example:443 refused the connection (HTTP 401)")


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 10_000, b'{"error":' * 5_000])
def test_a_refusal_without_a_readable_body_is_a_refusal(body: bytes) -> None:
    error = refusal(THERE, 404, body, KEY)

    assert error.fault is ProviderFault.REFUSED
    assert error.code is None
    assert "model" in error.hint


def test_an_empty_account_is_not_a_rate_limit() -> None:
    body = json.dumps({"error": {"code": "insufficient_quota"}}).encode()

    error = refusal(THERE, 429, body, KEY)

    assert error.fault is ProviderFault.QUOTA
    assert not error.retryable
    assert "balance" in error.hint


def test_a_refused_upgrade_is_the_providers_word() -> None:
    answer = Response(503, "Busy", Headers(), b"")

    error = upgrade_failure(THERE, InvalidStatus(answer), KEY)

    assert isinstance(error, ProviderError)
    assert error.fault is ProviderFault.SERVER


@pytest.mark.parametrize(
    ("exc", "says"),
    [
        (TimeoutError(), "said nothing"),
        (ssl.SSLError("WRONG_VERSION_NUMBER"), "does not speak TLS"),
        (ConnectionResetError(), "closed the connection before it was open"),
        (EOFError(), "closed the connection before it was open"),
    ],
    ids=repr,
)
def test_an_upgrade_that_fails_below_http(exc: Exception, says: str) -> None:
    error = upgrade_failure(THERE, exc, KEY)

    assert isinstance(error, NetworkError)
    assert says in str(error)
    assert "host.example:443" in str(error)
    assert error.hint


@pytest.mark.parametrize(
    ("exc", "code", "reason", "is_clean"),
    [
        (ConnectionClosedOK(Close(1000, ""), Close(1000, ""), True), 1000, "", True),
        (ConnectionClosedError(Close(1008, "sk-canary"), None), 1008, "***", True),
        (ConnectionClosedError(None, Close(1011, "keepalive")), 1011, "keepalive", False),
        (ConnectionClosedError(Close(4000, "x" * 500), None), 4000, "x" * 199 + "…", True),
        (ConnectionClosedError(None, None), None, "", False),
    ],
)
def test_an_end_is_told_by_the_peers_frame_else_ours_else_none(
    exc: Any,
    code: int | None,
    reason: str,
    is_clean: bool,  # noqa: FBT001
) -> None:
    error = ended(THERE, exc, KEY)

    assert (error.code, error.reason, error.clean) == (code, reason, is_clean)
    assert ("was closed" if is_clean else "was lost") in str(error)
    assert error.hint


def test_a_stalled_peer_has_no_code() -> None:
    error = stalled(THERE, 10.0)

    assert (error.code, error.clean) == (None, False)
    assert "took nothing for 10 s" in str(error)

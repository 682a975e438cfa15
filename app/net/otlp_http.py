"""Telemetry to an endpoint: OTLP over HTTP, in JSON, or in protobuf where that alone is taken.

Source: OpenTelemetry Protocol specification, OTLP/HTTP: POST to ``/v1/traces`` and
``/v1/metrics``; 200 is success, its ``partialSuccess`` tells what was not taken; 429, 502, 503
and 504 may be tried again after ``Retry-After``, else after growing waits; 415 is what endpoints
that know protobuf alone say of JSON; any other status is final.
"""

import json
import random
import ssl
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote, urlsplit

from app.core.errors import ConfigError, NetworkError
from app.core.http_url import http_url_problem
from app.net.otlp_protobuf import partial_of, protobuf_of

if TYPE_CHECKING:
    import httpx

HEADERS_VARIABLE: Final = "OTEL_EXPORTER_OTLP_HEADERS"
"""May hold headers for the endpoint, a key among them: ``name=value,name=value``."""

Send: TypeAlias = Callable[[str, str, bytes], str]
"""Sends a request: endpoint, signal and JSON; returns what was not taken, in a sentence."""

TIMEOUT_S: Final = 10.0
"""For one request, as OpenTelemetry's own exporters wait."""

MOST_TRIES: Final = 5
LONGEST_WAIT_S: Final = 30.0
"""Before one try; an endpoint that asks for more gets no other try."""

_FIRST_WAIT_S: Final = 1.0
_JSON: Final = "application/json"
_PROTOBUF: Final = "application/x-protobuf"
_UNKNOWN_TYPE: Final = 415
_AGAIN: Final = frozenset({429, 502, 503, 504})
_ANSWER_BYTES: Final = 64 << 10
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_REJECTED: Final = {"traces": "rejectedSpans", "metrics": "rejectedDataPoints"}
_WORDS: Final = 200


class OtlpSender:
    """Sends requests, one after another. Blocks: use a worker thread.

    Args:
        user_agent: What the endpoint is told of us.
        headers: More of them; their values are never shown.
        wait: Waits for so many seconds.
        insecure: Plain http is allowed to other machines, too.
    """

    def __init__(
        self,
        user_agent: str,
        headers: Mapping[str, str] | None = None,
        *,
        wait: Callable[[float], None] = time.sleep,
        insecure: bool = False,
    ) -> None:
        self._headers = {
            **(headers or {}),
            "user-agent": user_agent,
            "accept-encoding": "identity",
        }
        self._content_type = _JSON
        self._wait = wait
        self._insecure = insecure
        self._trusted: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"OtlpSender({', '.join(self._headers)})"

    def send(self, endpoint: str, signal: str, body: bytes) -> str:
        """Send ``body`` to the endpoint's path for ``signal``, "traces" or "metrics".

        Returns:
            A sentence about what was not taken, or "".

        Raises:
            ConfigError: If the endpoint is no address that may be used.
            NetworkError: If it cannot be reached, or refuses.
        """
        url = f"{self._checked(endpoint)}/v1/{signal}"
        self._trusted = self._trusted or ssl.create_default_context()
        answer = self._tried(url, body, self._trusted)
        if answer.status_code == _UNKNOWN_TYPE and self._content_type == _JSON:
            self._content_type = _PROTOBUF
            answer = self._tried(url, body, self._trusted)
        if answer.status_code != 200:  # noqa: PLR2004 - the only success there is
            raise NetworkError(
                f"{_shown(url)} refused the {signal} (HTTP {answer.status_code}).",
                hint=f"Check the endpoint, and its headers in {HEADERS_VARIABLE}.",
            )
        if self._content_type == _PROTOBUF:
            return _said(signal, *partial_of(answer.content))
        return _partial(signal, answer.content)

    def _tried(self, url: str, body: bytes, trusted: ssl.SSLContext) -> "httpx.Response":
        content = body if self._content_type == _JSON else protobuf_of(body)
        answer = self._post(url, content, trusted)
        for tries in range(1, MOST_TRIES):
            wait_s = _wait_s(answer, tries)
            if answer.status_code not in _AGAIN or wait_s > LONGEST_WAIT_S:
                break
            self._wait(wait_s)
            answer = self._post(url, content, trusted)
        return answer

    def _checked(self, endpoint: str) -> str:
        problem = http_url_problem(endpoint)
        if problem is not None:
            raise ConfigError(f"Telemetry cannot be sent there. {problem}")
        parts = urlsplit(endpoint)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not self._insecure:
            raise ConfigError(
                "Telemetry goes to other machines by https only.",
                hint="Give the endpoint as https://, or run a collector on this machine.",
            )
        if parts.query or parts.fragment:
            raise ConfigError("The endpoint's address holds more than a path.")
        return endpoint.rstrip("/")

    def _post(self, url: str, body: bytes, trusted: ssl.SSLContext) -> "httpx.Response":
        import httpx  # noqa: PLC0415 - heavy, and most programs send nothing

        headers = {**self._headers, "content-type": self._content_type}
        try:
            with (
                httpx.Client(
                    verify=trusted, trust_env=False, follow_redirects=False, timeout=TIMEOUT_S
                ) as client,
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                content, until_s = b"", time.monotonic() + TIMEOUT_S
                for piece in answer.iter_raw():
                    content += piece
                    if len(content) > _ANSWER_BYTES or time.monotonic() > until_s:
                        break
                return httpx.Response(
                    answer.status_code, headers=answer.headers, content=content[:_ANSWER_BYTES]
                )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as exc:
            why = "it did not answer in time" if isinstance(exc, httpx.TimeoutException) else ""
            said = f": {why}" if why else ""
            raise NetworkError(
                f"{_shown(url)} could not be reached{said}.",
                hint="Check that a collector listens there.",
            ) from exc


def parse_headers(text: str) -> Mapping[str, str]:
    """Return the headers that ``OTEL_EXPORTER_OTLP_HEADERS`` names.

    Source: OpenTelemetry Protocol Exporter: as W3C Baggage without properties, percent-encoded.

    Raises:
        ConfigError: If it is none; the message does not quote it.
    """
    headers: dict[str, str] = {}
    for each in filter(str.strip, text.split(",")):
        name, equals, value = each.partition("=")
        name, value = name.strip().lower(), unquote(value.strip())
        plain = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
        if not equals or not plain or not (value.isascii() and value.isprintable()):
            raise ConfigError(
                f"{HEADERS_VARIABLE} cannot be read.", hint="Write name=value,name=value."
            )
        headers[name] = value
    return headers


def _wait_s(answer: "httpx.Response", tries: int) -> float:
    """Return what the endpoint asks for, else a growing wait, not the same for everybody."""
    asked = answer.headers.get("retry-after", "")
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    return _FIRST_WAIT_S * 2.0 ** (tries - 1) * random.uniform(0.8, 1.2)  # noqa: S311 - no secret


def _partial(signal: str, content: bytes) -> str:
    """Return what an endpoint says that it did not take."""
    try:
        told = json.loads(content or b"{}")
    except (ValueError, RecursionError):
        return ""
    partial = told.get("partialSuccess") if isinstance(told, dict) else None
    if not isinstance(partial, dict):
        return ""
    count = _count(partial.get(_REJECTED[signal], 0))
    words = partial.get("errorMessage")
    return _said(signal, count, words if isinstance(words, str) else "")


def _said(signal: str, count: int, told: str) -> str:
    words = _plain(told)
    if not count and not words:
        return ""
    took = f"The endpoint did not take {count} of the {signal}" if count else "The endpoint warns"
    return f"{took}: {words}." if words else f"{took}."


def _count(value: Any) -> int:
    try:
        return max(int(value), 0)
    except (TypeError, ValueError, OverflowError):
        return 0


def _plain(words: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in words[:_WORDS])
    return " ".join(shown.split()).rstrip(".")


def _shown(url: str) -> str:
    """Return the machine alone: a path may hold a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

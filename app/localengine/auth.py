"""Who may use the server: the token of this run, or a short-lived secret made with it.

Source: OpenAI Realtime API, "Create client secret" (``ek_`` values, reusable until they expire; a
running session outlives its secret) and the browser subprotocol ``openai-insecure-api-key.KEY``.
"""

import hmac
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.core.clock import Clock, Nanoseconds
from app.localengine.http_values import HttpRequest

KEY_SUBPROTOCOL: Final = "openai-insecure-api-key."
SECRETS_LIMIT: Final = 1024
"""Secrets remembered at once; the oldest is forgotten first."""


def make_token() -> str:
    """Return a new token with 256 bits of chance."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class _Secret:
    value: str = field(repr=False)
    ends_ns: Nanoseconds
    session: Mapping[str, Any]


class Gate:
    """Keeps the token and the secrets, and compares them in constant time."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._token = token
        self._clock = clock
        self._secrets: deque[_Secret] = deque(maxlen=SECRETS_LIMIT)

    def remember(self, value: str, life_s: int, session: Mapping[str, Any]) -> None:
        """Let ``value`` in for ``life_s``; its sessions begin as ``session``."""
        ends_ns = Nanoseconds(self._clock.now_ns() + life_s * 1_000_000_000)
        self._secrets.append(_Secret(value, ends_ns, session))

    def is_token(self, request: HttpRequest) -> bool:
        """Whether the request carries the token itself: secrets cannot make secrets."""
        key = presented_key(request)
        return key is not None and _same(key, self._token)

    def admits(self, request: HttpRequest) -> bool:
        """Whether the request carries a key that is good now."""
        secret = self._secret(request)
        good = secret is not None and self._clock.now_ns() < secret.ends_ns
        return self.is_token(request) or good

    def preset(self, request: HttpRequest) -> Mapping[str, Any] | None:
        """Return the session that the request's secret was made for; None for the token."""
        secret = self._secret(request)
        return None if secret is None else secret.session

    def _secret(self, request: HttpRequest) -> _Secret | None:
        key = presented_key(request)
        found = [one for one in self._secrets if key is not None and _same(key, one.value)]
        return found[0] if found else None


def presented_key(request: HttpRequest) -> str | None:
    """Return the key of the Authorization header, else of the subprotocols."""
    scheme, _, key = (request.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    offered = request.tokens("sec-websocket-protocol")
    keys = [
        word.removeprefix(KEY_SUBPROTOCOL) for word in offered if word.startswith(KEY_SUBPROTOCOL)
    ]
    return next((key for key in keys if key), None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

"""Failures of a socket in a person's words: whose fault, and what to do."""

import json
import ssl
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, ProxyError

from app.core.endpoint import Endpoint
from app.core.errors import (
    AppError,
    ConnectionEndedError,
    NetworkError,
    ProviderError,
    ProviderFault,
)
from app.net.secret import Secret

_WORDS_LENGTH = 200
_BODY_LENGTH = 16_384

_FAULTS = {
    401: (ProviderFault.AUTH, "Check the key: it is missing, wrong or expired."),
    402: (ProviderFault.QUOTA, "Check the balance of the account."),
    403: (ProviderFault.AUTH, "Check that the key may use this model."),
    404: (ProviderFault.REFUSED, "Check the model's name and the path of the address."),
    429: (ProviderFault.RATE, "Wait a minute and try again."),
}
_QUOTA_CODES = frozenset(
    {"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"}
)
_CLOSE_HINTS = {
    1000: "Start the session again.",
    1001: "The server is going away; try again in a moment.",
    1008: "The server did not like what it was sent; check the key and the model.",
    1009: "A message was larger than one side allows.",
    1011: "The server failed or fell silent; try again.",
    1012: "The server restarts; try again in a moment.",
    1013: "The server is overloaded; try again later.",
}
_LOST_HINT = "Check the network connection and start the session again."
_PATH_HINT = "Check the path and the port of the address."


def clean(words: str, secret: Secret, length: int = _WORDS_LENGTH) -> str:
    """Return a peer's words fit to be shown.

    The key is starred out; what is left is one line of at most ``length`` characters without
    control characters, bidirectional overrides among them.
    """
    shown = "".join(c if c.isprintable() else " " for c in secret.redact(words))
    shown = " ".join(shown.split())
    return shown if len(shown) <= length else f"{shown[: length - 1]}…"


def refusal(endpoint: Endpoint, status: int, body: bytes, secret: Secret) -> ProviderError:
    """Return what an HTTP answer other than 101 means."""
    complaint = _complaint(body)
    code = clean(str(complaint.get("code") or complaint.get("type") or ""), secret) or None
    words = clean(str(complaint.get("message") or ""), secret)
    fault, hint = _FAULTS.get(status, (ProviderFault.REFUSED, _PATH_HINT))
    if status >= 500:  # noqa: PLR2004 - the class of HTTP server errors
        fault, hint = ProviderFault.SERVER, "The service has a problem; try again later."
    if status in range(300, 400):
        hint = "The server sends elsewhere; use the address it moved to."
    if code in _QUOTA_CODES:
        fault, hint = _FAULTS[402]
    said = f": {words}" if words else "."
    return ProviderError(
        f"{endpoint.name} refused the connection (HTTP {status}){said}",
        fault=fault,
        code=code,
        hint=hint,
    )


def _complaint(body: bytes) -> dict[str, Any]:
    """Return the object that tells the error, as most services nest it; else nothing."""
    try:
        told = json.loads(body[:_BODY_LENGTH])
    except (ValueError, RecursionError):
        return {}
    inner = told.get("error", told) if isinstance(told, dict) else told
    if isinstance(inner, str):
        return {"message": inner}
    return inner if isinstance(inner, dict) else {}


def upgrade_failure(endpoint: Endpoint, exc: Exception, secret: Secret) -> AppError:
    """Return what went wrong between TCP and the open WebSocket."""
    if isinstance(exc, InvalidStatus):
        answer = exc.response
        return refusal(endpoint, answer.status_code, bytes(answer.body or b""), secret)
    if isinstance(exc, ssl.SSLError):
        return _tls_failure(endpoint, exc)
    if isinstance(exc, ProxyError):
        return NetworkError(
            f"The proxy on the way to {endpoint.name} did not let the connection through.",
            hint="Check the proxy settings of the environment (HTTPS_PROXY, NO_PROXY).",
        )
    if isinstance(exc, TimeoutError):
        return NetworkError(
            f"{endpoint.name} accepted the connection and then said nothing.",
            hint="Check that a WebSocket server listens there; with TLS use wss://.",
        )
    if isinstance(exc, InvalidHandshake):
        return NetworkError(
            f"{endpoint.name} does not answer as a WebSocket server.", hint=_PATH_HINT
        )
    return NetworkError(
        f"{endpoint.name} closed the connection before it was open.",
        hint="Check that the address begins with wss:// where the server speaks TLS.",
    )


def _tls_failure(endpoint: Endpoint, exc: ssl.SSLError) -> NetworkError:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return NetworkError(
            f"The certificate of {endpoint.name} is not trusted: {exc.verify_message}.",
            hint="For a server of your own, name its certificate file in SSL_CERT_FILE.",
        )
    return NetworkError(
        f"{endpoint.name} does not speak TLS as it should.",
        hint="Use ws:// if the server has no TLS.",
    )


def ended(endpoint: Endpoint, exc: ConnectionClosed, secret: Secret) -> ConnectionEndedError:
    """Return how the connection ended: the peer's close frame, else ours, else none."""
    frame = exc.rcvd or exc.sent
    code = frame.code if frame else None
    reason = clean(frame.reason, secret) if frame else ""
    told = "" if code is None else f" (code {int(code)}{f': {reason}' if reason else ''})"
    return ConnectionEndedError(
        f"The connection to {endpoint.name} was closed{told}."
        if exc.rcvd
        else f"The connection to {endpoint.name} was lost{told}.",
        code=None if code is None else int(code),
        reason=reason,
        clean=exc.rcvd is not None,
        hint=_LOST_HINT if code is None else _CLOSE_HINTS.get(int(code), _LOST_HINT),
    )


def stalled(endpoint: Endpoint, limit_s: float) -> ConnectionEndedError:
    """Return that the peer took nothing for ``limit_s``."""
    return ConnectionEndedError(
        f"{endpoint.name} took nothing for {limit_s:g} s; the connection was dropped.",
        code=None,
        reason="",
        clean=False,
        hint=_LOST_HINT,
    )

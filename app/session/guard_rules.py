"""When a session that was cut is worth another connection, and how long to wait for it.

Source of codes, count and waits: the official client's reconnecting connection (protocol
facts, 1.8); of the codes that end an account's business: its error codes, same place.
"""

import numpy as np

from app.core.errors import (
    AppError,
    ConfigError,
    ConnectionEndedError,
    ProviderError,
    WeightsError,
)
from app.core.events import (
    ProviderErrorReported,
    ResponseFinished,
    ResponseStarted,
    SessionCreated,
    SessionEvent,
)

RECOVERABLE_CODES = frozenset({1001, 1005, 1006, 1011, 1012, 1013, 1015})
"""Close codes that say nothing against another connection. So does no close frame at all."""

HOPELESS_CODES = frozenset(
    {
        "account_deactivated",
        "authentication_error",
        "billing_hard_limit_reached",
        "credit_balance_exhausted",
        "insufficient_quota",
        "invalid_api_key",
        "permission_denied",
    }
)
"""Error codes and kinds after which another connection would fail alike."""

EXPIRED_CODE = "session_expired"

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
JITTER = 0.25
"""A wait is shortened by up to this share, so that a thousand clients do not come at once."""


class CutRule:
    """Judges the end of a connection by what the provider said before. On the engine's loop."""

    def __init__(self) -> None:
        self._hopeless = self._expired = False

    def take(self, event: SessionEvent) -> None:
        """Take in one event."""
        match event:
            case SessionCreated() | ResponseStarted():
                self._hopeless = self._expired = False
            case ProviderErrorReported():
                self._hopeless |= bool({event.code, event.kind} & HOPELESS_CODES)
                self._expired |= event.code == EXPIRED_CODE
            case ResponseFinished(error_code=code):
                self._hopeless |= code in HOPELESS_CODES
            case _:
                pass

    def recoverable(self, cut: ConnectionEndedError) -> bool:
        """Whether another connection may go on where this one ended.

        A session that the provider ended because its time was over may be followed by another,
        whatever the close code.
        """
        if self._hopeless:
            return False
        return self._expired or cut.code is None or cut.code in RECOVERABLE_CODES


def worth_another(error: AppError) -> bool:
    """Whether an attempt that failed with ``error`` may be followed by another."""
    if isinstance(error, ProviderError):
        return error.retryable
    if isinstance(error, ConnectionEndedError):
        return error.code is None or error.code in RECOVERABLE_CODES
    return not isinstance(error, ConfigError | WeightsError)


class Backoff:
    """Waits that double. All calls on the engine's loop.

    Args:
        seed: The same seed gives the same waits.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def wait_s(self, attempt: int) -> float:
        """Return how long to wait before an attempt, counted from 1."""
        whole_s = min(FIRST_WAIT_S * 2.0 ** (attempt - 1), LONGEST_WAIT_S)
        return whole_s * (1.0 - JITTER * float(self._rng.random()))

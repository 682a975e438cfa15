"""Every error we raise on purpose.

* AppError
    * ConfigError            the user's settings cannot work
    * DeviceError            a sound device is missing, busy or refused the format
    * ProviderError          the provider said no (auth, quota, rate, refused, server)
    * NetworkError           the provider could not be reached
    * ConnectionEndedError   the socket closed
    * ProtocolError
        * LocalProtocolError     we broke the protocol: a bug here, fail loudly
        * RemoteProtocolError    the peer broke it: record, show, go on or close
    * StoreError             a session could not be written or read
    * SecretStoreError       the keyring is missing, locked or silent
    * WeightsError           model files are missing or damaged
    * ToolError              a tool could not be reached, refused, or answered badly
    * EngineError            a child process of ours did not start or died
"""

from enum import StrEnum


class AppError(Exception):
    """Base of all errors defined here.

    Attributes:
        hint: One sentence telling the user what to do next, or "" if nothing helps.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def sentence(self) -> str:
        """The message with a capital letter, unless a name begins it, and a full stop."""
        text = str(self)
        first = text.partition(" ")[0]
        shown = text[:1].upper() + text[1:] if first.isalpha() else text
        return shown if text.endswith((".", "!", "?")) or not text else f"{shown}."


class ConfigError(AppError):
    """Settings that cannot work."""


class DeviceError(AppError):
    """A sound device is missing, busy, or refused the format."""


class StoreError(AppError):
    """A session could not be written or read."""


class SecretStoreError(AppError):
    """The keyring is missing, locked or silent."""


class WeightsError(AppError):
    """Model files are missing or damaged."""


class ToolError(AppError):
    """A tool could not be reached, refused, or answered badly."""


class EngineError(AppError):
    """A child process of ours did not start or died."""


class NetworkError(AppError):
    """The provider could not be reached."""


class ConnectionEndedError(AppError):
    """The socket closed.

    Attributes:
        code: WebSocket close code, or None where the socket ended without one.
        reason: The peer's words, untrusted.
        clean: Whether a close frame was received.
    """

    def __init__(
        self, message: str, *, code: int | None, reason: str, clean: bool, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.reason = reason
        self.clean = clean


class ProviderFault(StrEnum):
    """Why a provider refused, in our words."""

    AUTH = "auth"
    QUOTA = "quota"
    RATE = "rate"
    REFUSED = "refused"
    SERVER = "server"


class ProviderError(AppError):
    """The provider said no.

    Attributes:
        fault: Our class of the refusal.
        code: The provider's own code, verbatim, or None.
        retryable: Whether the same request may work later.
    """

    def __init__(
        self, message: str, *, fault: ProviderFault, code: str | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault
        self.code = code
        self.retryable = fault in {ProviderFault.RATE, ProviderFault.SERVER}


class ProtocolError(AppError):
    """A message or an order of messages that the wire protocol does not allow."""


class LocalProtocolError(ProtocolError):
    """We tried to break the protocol."""


class RemoteProtocolError(ProtocolError):
    """The peer broke the protocol."""

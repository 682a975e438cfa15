"""A key on its way to one request header."""

from app.core.config import AuthScheme
from app.core.errors import ConfigError

_SHOWN = "***"
_FIRST_PRINTABLE, _LAST_PRINTABLE = "!", "~"


class Secret:
    """A key that shows itself to nothing but the request: its repr is stars."""

    __slots__ = ("_value",)

    def __init__(self, value: str | None) -> None:
        self._value = (value or "").strip()

    def __repr__(self) -> str:
        return f"Secret({_SHOWN})"

    def __bool__(self) -> bool:
        return bool(self._value)

    def check(self) -> None:
        """Refuse a key that no header can carry; the message does not quote it.

        Raises:
            ConfigError: If it holds a space, a line break or anything beyond ASCII.
        """
        if not all(_FIRST_PRINTABLE <= character <= _LAST_PRINTABLE for character in self._value):
            raise ConfigError(
                "The key holds a space, a line break or a letter beyond ASCII.",
                hint="Copy the key again; it is one word.",
            )

    def headers(self, auth: AuthScheme) -> "SecretHeaders":
        """Return the headers that carry it as ``auth`` says; none where there is no key."""
        if not self or auth is AuthScheme.NONE:
            return SecretHeaders()
        if auth is AuthScheme.API_KEY_HEADER:
            return SecretHeaders({"api-key": self._value})
        return SecretHeaders({"Authorization": f"Bearer {self._value}"})

    def redact(self, text: str) -> str:
        """Return ``text`` with the key starred out: a server may echo what it was sent."""
        return text.replace(self._value, _SHOWN) if self._value else text


class SecretHeaders(dict[str, str]):
    """Request headers whose repr does not show their values."""

    def __repr__(self) -> str:
        return f"SecretHeaders({', '.join(self)})"

    __str__ = __repr__

"""What a WebSocket URL names, checked once."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from app.core.errors import ConfigError

_PORTS = {"ws": 80, "wss": 443}
_FIRST_PRINTABLE, _LAST_PRINTABLE = "!", "~"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a socket goes.

    Attributes:
        secure: Whether TLS is spoken.
        host: Name or address, without brackets.
    """

    secure: bool
    host: str
    port: int

    @property
    def name(self) -> str:
        """Host and port, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Whether the host is this machine by its very name."""
        return self.host == "localhost" or is_loopback_address(self.host)


def is_loopback_address(address: str) -> bool:
    """Return whether ``address`` is a numeric address of this machine, IPv4 or IPv6."""
    try:
        numeric = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(numeric, "ipv4_mapped", None)
    return (mapped or numeric).is_loopback


def endpoint_of(url: str) -> Endpoint:
    """Return what a ``ws://`` or ``wss://`` URL names.

    Raises:
        ConfigError: If it is no such URL, or holds a user, a password, a fragment, a space or
            a control character. The message never quotes what may be a secret.
    """
    if not all(_FIRST_PRINTABLE <= character <= _LAST_PRINTABLE for character in url):
        raise ConfigError(
            "The address holds a space, a control character or a letter beyond ASCII.",
            hint="Copy it again, without spaces, e.g. wss://host.example/v1/realtime.",
        )
    parts = _split(url)
    if parts.username is not None or parts.password is not None:
        raise ConfigError(
            "The address holds a user name or a password.",
            hint="Leave out what stands before the @ and give the key separately.",
        )
    if parts.fragment or url.endswith("#"):
        raise ConfigError("The address holds a fragment (#...), which no server is sent.")
    return _checked(parts)


def refuse_key_in_clear(endpoint: Endpoint, *, has_key: bool) -> None:
    """Refuse to send a key unencrypted to another machine.

    Raises:
        ConfigError: If there is a key, no TLS, and the host is not this machine.
    """
    if has_key and not endpoint.secure and not endpoint.loopback:
        raise ConfigError(
            f"The key would travel to {endpoint.name} unencrypted.",
            hint="Use a wss:// address, or connect without a key.",
        )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise ConfigError("The address is malformed: its brackets do not match.") from None


def _checked(parts: SplitResult) -> Endpoint:
    if parts.scheme not in _PORTS:
        raise ConfigError(
            "The address does not begin with ws:// or wss://.",
            hint="Write it as wss://host/path, or ws://127.0.0.1:port/path on this machine.",
        )
    try:
        port = parts.port
    except ValueError:
        raise ConfigError("The port of the address is not a number from 1 to 65535.") from None
    if port == 0:
        raise ConfigError("The port of the address is not a number from 1 to 65535.")
    if not parts.hostname:
        raise ConfigError("The address names no host.")
    return Endpoint(parts.scheme == "wss", parts.hostname, port or _PORTS[parts.scheme])

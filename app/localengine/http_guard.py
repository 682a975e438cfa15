"""Keeps foreign web pages out: only loopback names reach a route.

A page of another site can make a browser look up that site's own name as 127.0.0.1 (DNS
rebinding) and would then share an origin with this server. The Host header still tells.
"""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from app.core.errors import ConfigError
from app.localengine.http_values import Headers, HttpRequest

_LOCAL_NAME: Final = "localhost"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is localhost or a loopback address."""
    if host.lower() == _LOCAL_NAME:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_bind(host: str) -> None:
    """Refuse to listen anywhere but on loopback.

    Raises:
        ConfigError: If ``host`` can be reached from another machine.
    """
    if not is_loopback(host):
        raise ConfigError(
            f"the speech server listens on loopback only, not on {host}",
            hint="Leave the address out, or use a tunnel that ends on this machine.",
        )


def host_is_local(request: HttpRequest) -> bool:
    """Whether the Host header names this machine."""
    host = request.header("host")
    if host is None or any(mark in host for mark in "/@?#"):
        return False
    try:
        name = urlsplit("//" + host).hostname
    except ValueError:
        return False
    return name is not None and is_loopback(name)


def cors(request: HttpRequest) -> Headers:
    """Return headers that let a page of another origin read the answer.

    Keys travel by header only, never by cookie, so any origin may ask.
    """
    if request.header("origin") is None:
        return ()
    return (("access-control-allow-origin", "*"), ("access-control-expose-headers", "location"))


def preflight() -> Headers:
    """Return headers that answer a browser's question before it posts."""
    return (
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        (
            "access-control-allow-headers",
            "*, authorization, content-type, openai-safety-identifier",
        ),
        ("access-control-allow-private-network", "true"),
        ("access-control-max-age", "600"),
    )

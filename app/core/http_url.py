"""Addresses of HTTP endpoints that the user names."""

from typing import Final
from urllib.parse import urlsplit

_UNKNOWN: Final = "An address begins with http:// or https:// and names a host."
_CREDENTIALS: Final = "An address holds no name or password: it is shown and recorded."


def http_url_problem(url: str) -> str | None:
    """Return why ``url`` cannot be called, in a sentence, or None.

    http and https only, and no name or password: addresses are shown and recorded.
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a bracketed address that is none
        return _UNKNOWN
    if known and url.isprintable() and " " not in url:
        return _CREDENTIALS if "@" in parts.netloc else None
    return _UNKNOWN

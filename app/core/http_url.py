"""Addresses of HTTP endpoints that the user names."""

from urllib.parse import urlsplit


def http_url_problem(url: str) -> str | None:
    """Return why ``url`` cannot be called, in a sentence, or None: http and https only."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a bracketed address that is none
        known = False
    if known and url.isprintable() and " " not in url:
        return None
    return "An address begins with http:// or https:// and names a host."

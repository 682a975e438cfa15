"""What a socket carries."""

from typing import TypeAlias

WireMessage: TypeAlias = str | bytes
"""One message, text or binary."""

"""Base of all events."""

from dataclasses import dataclass

from app.core.clock import Nanoseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened at ``at_ns`` on the session clock."""

    at_ns: Nanoseconds

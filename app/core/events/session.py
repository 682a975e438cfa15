"""The session itself: opened, configured, limited, refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.events.base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCreated(Event):
    """The provider opened a session.

    Attributes:
        expires_at_s: Unix time at which the provider ends it, or None.
    """

    session_id: str | None
    model: str | None
    expires_at_s: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReady(Event):
    """The provider accepted our configuration. ``effective`` is its own account of it."""

    session_id: str | None
    effective: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatDiffers(Event):
    """The provider's account tells another audio format than we asked for; it is used.

    Attributes:
        direction: "input" is the user's audio, "output" the replies'.
        asked: What we asked for, for people.
        told: What the provider says it is.
    """

    direction: str
    asked: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationCreated(Event):
    """The provider opened a conversation."""

    conversation_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """One line of a rate limit report."""

    name: str | None
    limit: int | None
    remaining: int | None
    reset_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitsUpdated(Event):
    """What the provider still allows."""

    limits: tuple[RateLimit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderErrorReported(Event):
    """The provider said that something was wrong; the session may well go on.

    Attributes:
        caused_by: The ``event_id`` of our message it complains of, or None.
    """

    kind: str | None
    code: str | None
    message: str
    param: str | None
    caused_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownMessage(Event):
    """A message we do not understand. Kept, counted and shown; never dropped in silence."""

    kind: str

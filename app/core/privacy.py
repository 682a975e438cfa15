"""What is recorded of a session, who agreed to it, and what leaves the house."""

from dataclasses import dataclass
from enum import StrEnum


class RecordingMode(StrEnum):
    """What is kept of a session."""

    FULL = "full"
    FIGURES = "figures"
    """Figures only: neither sound nor words nor messages reach the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """Somebody agreed to being recorded.

    Attributes:
        who: Their name, as it was typed.
        at_utc: When, ISO 8601.
        at_ms: The same, in session time.
    """

    who: str
    at_utc: str
    at_ms: float


class LeftOut(StrEnum):
    """What may be left out of what leaves the house."""

    AUDIO = "audio"
    TRANSCRIPTS = "transcripts"
    EVENTS = "events"
    INSTRUCTIONS = "instructions"
    TOOLS = "tools"
    NOTES = "notes"
    NAMES = "names"
    """Names of people who agreed, of devices and of this computer."""
    ADDRESSES = "addresses"
    """Addresses of servers."""


class PersonalData(StrEnum):
    """Kinds of personal data that have a shape."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"
    IP_ADDRESS = "ip_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What exports leave out. Keys are left out always.

    Attributes:
        left_out: Whole parts.
        personal: Kinds of data replaced wherever text stands.
        patterns: Regular expressions whose matches are replaced wherever text stands.
    """

    left_out: tuple[LeftOut, ...] = ()
    personal: tuple[PersonalData, ...] = ()
    patterns: tuple[str, ...] = ()

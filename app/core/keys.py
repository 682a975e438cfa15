"""A provider's key: what one may look like, and where one is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from app.core.errors import ConfigError

if TYPE_CHECKING:  # the ports load numpy, which takes longer than any command about keys
    from app.core.ports.store import SecretStore

LONGEST_KEY = 4096


class KeyOrigin(StrEnum):
    """Where a key came from, as a person reads it."""

    ENVIRONMENT = "from environment"
    KEYRING = "in keyring"
    NONE = "not set"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key and its origin; the key is not in the repr."""

    origin: KeyOrigin
    key: str | None = field(default=None, repr=False)


def checked_key(raw: str) -> str:
    """Return ``raw`` without the blanks around it.

    Raises:
        ConfigError: If that cannot be a key; the message does not hold it.
    """
    key = raw.strip()
    if not key:
        raise ConfigError("No key was given.", hint="Paste the key that the provider showed you.")
    if len(key) > LONGEST_KEY:
        raise ConfigError(
            f"That is {len(key)} characters long; no key is.",
            hint="Paste only the key, not the page around it.",
        )
    wrong = next((at for at, letter in enumerate(key, 1) if not "!" <= letter <= "~"), None)
    if wrong is not None:
        raise ConfigError(
            f"Character {wrong} of the key is a blank, a control or a special character.",
            hint="Copy the key again, in one piece and without line breaks.",
        )
    return key


def find_key(
    provider: str,
    variable: str | None,
    environment: Mapping[str, str],
    secrets: "SecretStore",
) -> FoundKey:
    """Return the provider's key: from the environment, else from the keyring. May block.

    Args:
        provider: Catalogue id.
        variable: Name of the environment variable that may hold the key, or None.
        environment: The process's environment; what is read from it is never stored.
        secrets: The keyring; not asked where the environment has a key.

    Raises:
        ConfigError: If the variable holds something that cannot be a key.
        SecretStoreError: If the keyring is missing or does not answer.
    """
    given = environment.get(variable, "").strip() if variable else ""
    if given:
        return FoundKey(KeyOrigin.ENVIRONMENT, checked_key(given))
    key = secrets.get(provider)
    return FoundKey(KeyOrigin.KEYRING, key) if key else FoundKey(KeyOrigin.NONE)

"""What every process of ours knows: how to start another, the catalogue, where keys may be.

It loads nothing that holds sessions, so that a command that only lists starts at once.
"""

import sys
from typing import Final

from app.core.resources import resource
from app.providers.catalogue import Catalogue, parse_catalogue

PROGRAM: Final = (sys.executable, "-m", "app")
"""How this program starts a process of its own."""

CUSTOM_KEY_VARIABLE: Final = "VIVAVOCE_KEY"
"""May hold the key of an endpoint that is given by its URL."""


def catalogue() -> Catalogue:
    """Return the bundled catalogue.

    Raises:
        ConfigError: If it was damaged.
    """
    return parse_catalogue(resource("catalogue", "models.toml").read_text("utf-8"))


def key_variables(known: Catalogue) -> tuple[str, ...]:
    """Return the environment variables that may hold keys: no child of ours gets them."""
    named = (spec.key_env for spec in known.providers)
    return (CUSTOM_KEY_VARIABLE, *(name for name in named if name))

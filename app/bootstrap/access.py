"""What a model needs to be reached from the terminal: its key, and whom it asks for words."""

import getpass
import os
import sys

from app.bootstrap.known import CUSTOM_KEY_VARIABLE
from app.core.capabilities import check_served
from app.core.config import AuthScheme, SessionSettings, Target
from app.core.errors import ConfigError, SecretStoreError
from app.core.keys import checked_key, find_key
from app.providers.catalogue import Catalogue, ProviderSpec
from app.providers.targets import capabilities_of
from app.session.opening import OWN_SERVERS
from app.store.secrets import KeyringStore


def recogniser(known: Catalogue, target: Target) -> str | None:
    """Return the model that ``target``'s provider transcribes the user with, or None."""
    spec = known.provider(target.provider)
    return spec.transcription_model if spec else None


def check_start(known: Catalogue, target: Target, settings: SessionSettings) -> None:
    """Check that ``target``, where it is one that we know, has what ``settings`` ask for.

    Raises:
        ConfigError: Naming what it does not have.
    """
    if known.provider(target.provider) is not None:
        check_served(settings, capabilities_of(known, target), target.title)


def key_of(known: Catalogue, target: Target, *, from_stdin: bool) -> str | None:
    """Return the key: from standard input, the environment, the keyring, or a prompt.

    None where the target needs none. May block: on the terminal, and on the keyring.

    Raises:
        ConfigError: If there is none and nobody to ask, or it is no key.
    """
    if target.provider in OWN_SERVERS or target.auth is AuthScheme.NONE:
        return None
    if from_stdin:
        return checked_key(sys.stdin.readline())
    spec = known.provider(target.provider)
    if spec is None:
        given = os.environ.get(CUSTOM_KEY_VARIABLE, "").strip()
        return checked_key(given) if given else None
    return _stored_key(spec) or _key_for_once(spec)


def _stored_key(spec: ProviderSpec) -> str | None:
    try:
        return find_key(spec.id, spec.key_env, os.environ, KeyringStore()).key
    except SecretStoreError as error:
        sys.stderr.write(f"{error.sentence} {error.hint}\n")
        return None


def _key_for_once(spec: ProviderSpec) -> str:
    if sys.stdin.isatty():
        return checked_key(getpass.getpass(f"Key of {spec.title}, used once (not shown): "))
    variable = f", set {spec.key_env}" if spec.key_env else ""
    raise ConfigError(
        f"There is no key of {spec.title}.",
        hint=f"Store one with `vivavoce keys set {spec.id}`{variable}, or pipe it in "
        "with --key-stdin.",
    )

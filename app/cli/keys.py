"""``vivavoce keys``: put a provider's key into the keyring, see where keys are, remove one."""

import argparse
import getpass
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import AppError, ConfigError, SecretStoreError
from app.core.keys import KeyOrigin, checked_key, find_key

if TYPE_CHECKING:
    from app.core.ports import SecretStore

MOST_BYTES = 1 << 16
"""Read from standard input at most; a key is far shorter."""


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """A provider that takes a key, and the environment variable that may hold it."""

    provider: str
    title: str
    variable: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTools:
    """What this command needs.

    Attributes:
        owners: The providers that take a key.
        check: Raises ``SecretStoreError`` if no key could be stored; asked before the user is.
        environment: The process's environment; never stored.
        ask: Prompts for a key without echo.
        read: Reads at most so many bytes of standard input.
    """

    owners: Sequence[KeyOwner]
    secrets: "SecretStore"
    check: Callable[[], object]
    environment: Mapping[str, str]
    ask: Callable[[str], str]
    read: Callable[[int], str]


def ask_on_terminal(prompt: str) -> str:
    """Prompt for a key without showing it.

    Raises:
        ConfigError: If there is no terminal.
    """
    if not sys.stdin.isatty():
        raise ConfigError(
            "There is no terminal to ask for the key on", hint="Pipe the key in and add --stdin."
        )
    return getpass.getpass(prompt)


def read_stdin(most_bytes: int) -> str:
    """Return at most so many bytes of standard input; what is no UTF-8 is marked, not raised."""
    return sys.stdin.buffer.read(most_bytes).decode("utf-8", "replace")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the words of this command. A key is never one of them."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="set|list|remove")
    store = actions.add_parser("set", help="ask for a key and store it in the keyring")
    store.add_argument("provider", metavar="PROVIDER")
    store.add_argument("--stdin", action="store_true", help="read the key from standard input")
    listing = actions.add_parser("list", help="say where the keys are; never the keys")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    remove = actions.add_parser("remove", help="remove a key from the keyring")
    remove.add_argument("provider", metavar="PROVIDER")


def run(arguments: argparse.Namespace, tools: KeyTools) -> int:
    """Do what ``arguments`` say; return the exit code."""
    try:
        match arguments.action:
            case "set":
                return _set(arguments.provider, tools, from_stdin=arguments.stdin)
            case "remove":
                return _remove(arguments.provider, tools)
            case _:
                return _list(tools, as_json=arguments.json)
    except AppError as error:
        print(f"{error.sentence} {error.hint}".rstrip(), file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        print("No key was given; nothing was stored.", file=sys.stderr)
        return 1


def _owner(provider: str, tools: KeyTools) -> KeyOwner:
    found = next((owner for owner in tools.owners if owner.provider == provider), None)
    if found is None:
        known = ", ".join(owner.provider for owner in tools.owners)
        raise ConfigError("There is no such provider", hint=f"Those that take a key: {known}.")
    return found


def _set(provider: str, tools: KeyTools, *, from_stdin: bool) -> int:
    owner = _owner(provider, tools)
    tools.check()
    prompt = f"Key of {owner.title} (not shown): "
    raw = tools.read(MOST_BYTES) if from_stdin else tools.ask(prompt)
    tools.secrets.set(owner.provider, checked_key(raw))
    print(f"The key of {owner.title} is in the keyring.", file=sys.stderr)
    return 0


def _remove(provider: str, tools: KeyTools) -> int:
    owner = _owner(provider, tools)
    if not tools.secrets.remove(owner.provider):
        print(f"The keyring has no key of {owner.title}.", file=sys.stderr)
        return 1
    print(f"The key of {owner.title} was removed from the keyring.", file=sys.stderr)
    return 0


def _list(tools: KeyTools, *, as_json: bool) -> int:
    problem: SecretStoreError | None = None
    for owner in tools.owners:
        origin: KeyOrigin | None = None
        try:
            origin = _origin(owner, tools, keyring_works=problem is None)
        except SecretStoreError as error:
            problem = error
        _show(owner, origin, as_json=as_json)
    if problem is not None:
        print(f"{problem.sentence} {problem.hint}".rstrip(), file=sys.stderr)
    return 0


def _origin(owner: KeyOwner, tools: KeyTools, *, keyring_works: bool) -> KeyOrigin | None:
    """Where the key is; None where only the keyring could tell and it does not answer."""
    if owner.variable and tools.environment.get(owner.variable, "").strip():
        return KeyOrigin.ENVIRONMENT
    if not keyring_works:
        return None
    return find_key(owner.provider, None, {}, tools.secrets).origin


def _show(owner: KeyOwner, origin: KeyOrigin | None, *, as_json: bool) -> None:
    if as_json:
        row = {"type": "key", "provider": owner.provider, "variable": owner.variable}
        print(json.dumps({**row, "origin": origin.value if origin else None}))
        return
    variable = f"  ({owner.variable})" if owner.variable else ""
    print(f"{owner.provider:<16} {origin.value if origin else 'unknown':<16}{variable}")

"""The command line's object graph."""

import argparse
import asyncio
import getpass
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

from app.bootstrap import INTERRUPTED, USAGE_ERROR
from app.bootstrap.engine import (
    CUSTOM_KEY_VARIABLE,
    PROGRAM,
    catalogue,
    make_parts,
    mend_sessions,
)
from app.cli import devices as devices_front, keys as keys_front, listing, talk as talk_front
from app.cli.conversation import ConversationPrinter
from app.cli.talk import TalkOptions
from app.core.clock import MonotonicClock
from app.core.config import AuthScheme, Target
from app.core.errors import AppError, ConfigError, SecretStoreError
from app.core.keys import checked_key, find_key
from app.providers.catalogue import Catalogue, ProviderSpec
from app.providers.targets import resolve
from app.session.live import LiveSession
from app.session.messages import StartSession
from app.session.opening import OWN_SERVERS
from app.session.parts import SessionOutcome, SessionParts
from app.store.index import list_sessions
from app.store.layout import sessions_root
from app.store.secrets import KeyringStore


def talk(arguments: Sequence[str]) -> int:
    """Hold a session in the terminal."""
    parser = argparse.ArgumentParser(prog="vivavoce talk", description=talk_front.__doc__)
    talk_front.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    printer = ConversationPrinter(sys.stdout, sys.stderr, as_json=parsed.json)
    try:
        options = talk_front.parse(parsed)
        known = catalogue()
        start = talk_front.start_of(
            options,
            lambda text, dialect: resolve(known, text, dialect=dialect),
            partial(_recogniser, known),
            partial(_key, known, options),
        )
        mend_sessions(options.out)
    except AppError as error:
        printer.refuse(error)
        return USAGE_ERROR
    return asyncio.run(_hold(start, make_parts(MonotonicClock(), known), printer))


async def _hold(start: StartSession, parts: SessionParts, printer: ConversationPrinter) -> int:
    session = LiveSession(parts, start, printer.take)
    interrupted = asyncio.Event()

    def stop() -> None:
        interrupted.set()
        session.end("Interrupted by the user.")

    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stop)
    try:
        outcome = await session.run()
    finally:
        await parts.servers.close()
    failed = printer.finish(outcome.problem)
    return INTERRUPTED if interrupted.is_set() else _exit_code(outcome, failed=failed)


def _exit_code(outcome: SessionOutcome, *, failed: int) -> int:
    broken = outcome.record.counters.protocol_errors if outcome.record else 0
    return 1 if outcome.problem is not None or failed or broken else 0


def _recogniser(known: Catalogue, target: Target) -> str | None:
    spec = known.provider(target.provider)
    return spec.transcription_model if spec else None


def _key(known: Catalogue, options: TalkOptions, target: Target) -> str | None:
    """Return the key: from standard input, the environment, the keyring, or a prompt."""
    if target.provider in OWN_SERVERS or target.auth is AuthScheme.NONE:
        return None
    if options.key_from_stdin:
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


def models(arguments: Sequence[str]) -> int:
    """List the models."""
    parser = argparse.ArgumentParser(
        prog="vivavoce models", description="The models that can be chosen."
    )
    listing.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    rows = [
        {
            "model": f"{spec.id}:{model.id}" if model else spec.id,
            "title": model.title if model else spec.title,
            "provider": spec.title,
            "notes": model.notes if model else spec.notes,
            "deprecated": model.deprecated if model else False,
            "shutdown": model.shutdown.isoformat() if model and model.shutdown else None,
            "key": spec.key_env,
        }
        for spec in catalogue().providers
        for model in (spec.models or (None,))
    ]
    columns = ("model", "title", "shutdown", "notes")
    listing.show(rows, columns, sys.stdout, kind="model", as_json=parsed.json)
    return 0


def sessions(arguments: Sequence[str]) -> int:
    """List the recorded sessions, after repairing the interrupted ones."""
    parser = argparse.ArgumentParser(
        prog="vivavoce sessions", description="The recorded sessions, newest first."
    )
    listing.add_arguments(parser)
    parser.add_argument("--out", metavar="DIR", help="the folder that they were recorded below")
    parsed = parser.parse_args(arguments)
    try:
        mend_sessions(parsed.out)
        found = list_sessions(sessions_root(parsed.out, os.environ))
    except AppError as error:
        sys.stderr.write(f"{error.sentence} {error.hint}\n")
        return 1
    rows = [{**asdict(each), "folder": str(each.folder)} for each in found]
    columns = ("began_utc", "state", "title", "turns_n", "failed_n", "duration_s", "folder")
    listing.show(rows, columns, sys.stdout, kind="session", as_json=parsed.json)
    return 0


def devices(arguments: Sequence[str]) -> int:
    """List the sound devices."""
    from app.audio.lister import ProcessDeviceLister  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="vivavoce devices", description="Microphones and loudspeakers."
    )
    devices_front.add_arguments(parser)
    return devices_front.run(parser.parse_args(arguments), ProcessDeviceLister(PROGRAM))


def keys(arguments: Sequence[str]) -> int:
    """Set, list or remove keys in the keyring."""
    parser = argparse.ArgumentParser(prog="vivavoce keys", description=keys_front.__doc__)
    keys_front.add_arguments(parser)
    owners = [
        keys_front.KeyOwner(spec.id, spec.title, spec.key_env)
        for spec in catalogue().providers
        if spec.key_env
    ]
    store = KeyringStore()
    tools = keys_front.KeyTools(
        owners=owners,
        secrets=store,
        check=store.backend_name,
        environment=os.environ,
        ask=keys_front.ask_on_terminal,
        read=keys_front.read_stdin,
    )
    return keys_front.run(parser.parse_args(arguments), tools)

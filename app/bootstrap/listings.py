"""Commands that hold no session: models, devices and keys."""

import argparse
import os
import sys
from collections.abc import Sequence

from app.bootstrap.known import PROGRAM, catalogue
from app.cli import listing


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


def devices(arguments: Sequence[str]) -> int:
    """List the sound devices."""
    from app.audio.lister import ProcessDeviceLister  # noqa: PLC0415
    from app.cli import devices as devices_front  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="vivavoce devices", description="Microphones and loudspeakers."
    )
    devices_front.add_arguments(parser)
    return devices_front.run(parser.parse_args(arguments), ProcessDeviceLister(PROGRAM))


def keys(arguments: Sequence[str]) -> int:
    """Set, list or remove keys in the keyring."""
    from app.cli import keys as keys_front  # noqa: PLC0415
    from app.store.secrets import KeyringStore  # noqa: PLC0415

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

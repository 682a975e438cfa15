"""The window's object graph."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.bootstrap.display import find_display
from app.bootstrap.settings import settings_path
from app.core.privacy import Redaction
from app.core.resources import resource
from app.store.layout import sessions_root
from app.ui.handover import Wish, hand_over, meeting_place

SAMPLES = ("librivox_austen_0880.wav", "librispeech_1320.wav")
"""What is spoken where nobody can."""


def open_window(arguments: Sequence[str]) -> int:
    """Open the window; without a display that answers hold the same session in the terminal."""
    parser = argparse.ArgumentParser(prog="vivavoce window", description="Open the window.")
    parser.add_argument("--out", metavar="DIR", help="record below this folder")
    parser.add_argument(
        "bundle", nargs="?", metavar="FILE", help="take in the sessions of this bundle"
    )
    parsed = parser.parse_args(arguments)
    bundle = None if parsed.bundle is None else str(Path(parsed.bundle).absolute())
    if problem := find_display(os.environ).problem:
        if bundle is not None:
            return _import(bundle, parsed.out)
        return _without_display(problem, parsed.out)
    settings, root = settings_path(os.environ), sessions_root(parsed.out, os.environ)
    place = meeting_place(settings, root, os.environ)
    if place is not None and hand_over(place, Wish(bundle)):
        sys.stderr.write("Viva Voce is open already; its window comes to the front.\n")
        return 0
    return _with_display(parsed.out, bundle, place)


def _import(bundle: str, out: str | None) -> int:
    """Take a bundle in where there is no window to show it."""
    from app.bootstrap.importing import import_files  # noqa: PLC0415 - only where it is needed

    return import_files(argparse.Namespace(files=[bundle], out=out, json=False))


def _without_display(problem: str, out: str | None) -> int:
    from app.bootstrap.terminal import talk  # noqa: PLC0415 - only where it is needed

    sys.stderr.write(
        f"{problem[:1].upper()}{problem[1:]}, "
        "so this session runs in the terminal on bundled recordings.\n"
    )
    speak = [word for name in SAMPLES for word in ("--input", str(resource("samples", name)))]
    where = [] if out is None else ["--out", out]
    return talk(["--model", "local", *speak, *where])


def _with_display(out: str | None, bundle: str | None, place: str | None) -> int:
    # What needs no Qt comes first: of all that is loaded after Qt, PySide6 reads the source.
    import app.ui.vm.console  # noqa: PLC0415
    import app.ui.vm.trials  # noqa: F401, PLC0415
    from app.bootstrap.keyrings import LateKeyring  # noqa: PLC0415
    from app.bootstrap.known import PROGRAM, catalogue, key_variables  # noqa: PLC0415
    from app.core.clock import MonotonicClock  # noqa: PLC0415
    from app.core.version import VERSION  # noqa: PLC0415
    from app.net.mcp_client import McpHttpConnector  # noqa: PLC0415
    from app.net.tool_http import HttpToolCaller  # noqa: PLC0415
    from app.session.host import EngineProcess  # noqa: PLC0415
    from app.ui.app import run  # noqa: PLC0415

    known = catalogue()
    keys = key_variables(known)
    engine = (*PROGRAM, "engine", *(() if out is None else ("--out", out)))
    return run(
        lambda: EngineProcess(engine, MonotonicClock(), drop=keys),
        LateKeyring(),
        known,
        os.environ,
        settings_path(os.environ),
        out,
        sys.argv[:1],
        HttpToolCaller(f"vivavoce/{VERSION}"),
        McpHttpConnector(),
        _redacted,
        bundle,
        place,
    )


def _redacted(redaction: Redaction, texts: Sequence[str]) -> Mapping[str, str]:
    from app.exports.redacting_text import TextRedactor  # noqa: PLC0415 - few look at it

    return TextRedactor(redaction).texts(texts)

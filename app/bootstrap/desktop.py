"""``vivavoce desktop``: the program in the menu, and bundles that open by a double click.

``install`` registers the program, its icon and the type of ``.vivavoce`` files for this user, or
with ``--prefix`` for a machine. ``remove`` takes all of it away again. Desktops that follow the
standards of freedesktop.org read what is written here.

Source: Desktop Entry Specification 1.5; Shared MIME-info Database; XDG Base Directory.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from app.cli.plain import plain
from app.core.bundle import MEDIA_TYPE
from app.core.errors import ConfigError
from app.core.resources import resource

_ENTRY: Final = "applications/vivavoce.desktop"
_PLACES: Final[tuple[tuple[str, str], ...]] = (
    ("vivavoce.desktop", _ENTRY),
    ("vivavoce-mime.xml", "mime/packages/vivavoce-mime.xml"),
    ("vivavoce.svg", "icons/hicolor/scalable/apps/vivavoce.svg"),
    (
        "vivavoce-bundle.svg",
        f"icons/hicolor/scalable/mimetypes/{MEDIA_TYPE.replace('/', '-')}.svg",
    ),
)
"""Files that come with the program, and where they belong below a folder of shared data."""

_TOOL_LIMIT_S: Final = 60.0
_MODE: Final = 0o644
_SPECIAL: Final = frozenset('"`$\\')


def desktop(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` ask; return the exit code.

    Raises:
        ConfigError: If the place cannot be written.
    """
    parser = argparse.ArgumentParser(
        prog="vivavoce desktop",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("word", choices=("install", "remove"))
    parser.add_argument(
        "--prefix", metavar="DIR", help="for all users, below DIR/share (default: for this user)"
    )
    parsed = parser.parse_args(arguments)
    data = data_folder(parsed.prefix, os.environ)
    try:
        done = _install(data) if parsed.word == "install" else _remove(data)
    except OSError as exc:
        raise ConfigError(
            f"{exc.filename or data} cannot be written: {exc.strerror}.",
            hint="Name a folder that you may write to, with --prefix.",
        ) from exc
    notes = _refresh(data, is_default=parsed.word == "install" and parsed.prefix is None)
    for path in done:
        sys.stdout.write(plain(str(path)) + "\n")
    for note in notes:
        sys.stderr.write(plain(note) + "\n")
    return 0


def data_folder(prefix: str | None, environment: Mapping[str, str]) -> Path:
    """Return the folder of shared data: of this user, or below ``prefix``."""
    if prefix is not None:
        return Path(prefix).expanduser().absolute() / "share"
    data = environment.get("XDG_DATA_HOME", "")
    return Path(data) if Path(data).is_absolute() else Path.home() / ".local" / "share"


def _install(data: Path) -> list[Path]:
    command, folder = own_command(sys.argv[0])
    written: list[Path] = []
    for name, place in _PLACES:
        text = resource("desktop", name).read_text("utf-8")
        if place == _ENTRY:
            text = entry_for(text, command, folder)
        path = data / place
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(text, "utf-8")
        draft.chmod(_MODE)
        draft.replace(path)
        written.append(path)
    return written


def _remove(data: Path) -> list[Path]:
    _forget_default()
    there = [data / place for _, place in _PLACES if (data / place).exists()]
    for path in there:
        path.unlink()
    return there


def _forget_default() -> None:
    """Take back what ``xdg-mime default`` has written for this user."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(config) if Path(config).is_absolute() else Path.home() / ".config"
    path = (base / "mimeapps.list").resolve()
    if not path.is_file():
        return
    text = path.read_text("utf-8", "surrogateescape")
    ours = f"{MEDIA_TYPE}={Path(_ENTRY).name}"
    kept = "".join(line for line in text.splitlines(keepends=True) if line.strip(" ;\n") != ours)
    if kept != text:
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(kept, "utf-8", "surrogateescape")
        draft.replace(path)


def own_command(invoked: str) -> tuple[tuple[str, ...], Path | None]:
    """Return how this program is started, and the folder that it must be started in, if any."""
    for name in (invoked, "vivavoce"):
        found = shutil.which(name) if Path(name).name == "vivavoce" else None
        if found is not None:
            return (str(Path(found).absolute()),), None
    import app  # noqa: PLC0415 - its folder alone is of interest

    return (sys.executable, "-m", "app"), Path(app.__file__).parent.parent


def entry_for(text: str, command: Sequence[str], folder: Path | None) -> str:
    """Return the desktop entry ``text`` with its command.

    Raises:
        ConfigError: If a path holds what no entry can spell.
    """
    if not all(word.isprintable() for word in (*command, str(folder or ""))):
        raise ConfigError("The program lies in a folder whose name no desktop entry can spell.")
    words = " ".join(map(_quoted, command))
    lines = text.replace("Exec=vivavoce %f\n", f"Exec={words} %f\nTryExec={_escaped(command[0])}\n")
    return lines if folder is None else f"{lines}Path={_escaped(str(folder))}\n"


def _quoted(word: str) -> str:
    """Return an argument of Exec: quoted, then escaped as every text of an entry is."""
    inner = "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in word)
    return _escaped(f'"{inner}"').replace("%", "%%")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\")


def _refresh(data: Path, *, is_default: bool) -> list[str]:
    """Have the desktop's own tools read what is new; return what they could not."""
    tools: list[tuple[str, ...]] = [
        ("update-mime-database", str(data / "mime")),
        ("update-desktop-database", str(data / "applications")),
    ]
    if is_default:
        tools.append(("xdg-mime", "default", Path(_ENTRY).name, MEDIA_TYPE))
    return [note for words in tools if (note := _run(words))]


def _run(words: Sequence[str]) -> str:
    program = shutil.which(words[0])
    if program is None or (words[0] != "xdg-mime" and not Path(words[1]).is_dir()):
        return ""
    try:
        ended = subprocess.run(  # noqa: S603 - the desktop's own tools
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TOOL_LIMIT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"{words[0]} could not be run: {exc}"
    return f"{words[0]} ended with code {ended.returncode}" if ended.returncode else ""

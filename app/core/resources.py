"""Where the files that come with the program are. Paths only; nothing is read here."""

from pathlib import Path

import app

_PACKAGE = Path(app.__file__).parent


def resource(*names: str) -> Path:
    """Return the path of a bundled file, in a checkout and in an installed package alike."""
    installed = _PACKAGE / "_resources"
    root = installed if installed.is_dir() else _PACKAGE.parent / "resources"
    return root.joinpath(*names)

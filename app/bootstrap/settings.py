"""Where the window's settings lie, and those of them that hold without a window."""

import json
from collections.abc import Mapping
from pathlib import Path

from app.core.library import Retention


def settings_path(environment: Mapping[str, str]) -> Path:
    """Return the file of the window's settings; nothing is read or made."""
    config = environment.get("XDG_CONFIG_HOME", "")
    base = Path(config) if Path(config).is_absolute() else Path.home() / ".config"
    return base / "vivavoce" / "window.json"


def standing_rule(environment: Mapping[str, str]) -> Retention | None:
    """Return what the user wants applied to the library by itself, or None for nothing."""
    try:
        table = json.loads(settings_path(environment).read_bytes())
    except (OSError, ValueError, RecursionError):  # the window says so, and puts it aside
        return None
    library = table.get("library") if isinstance(table, dict) else None
    if not isinstance(library, dict) or library.get("by_itself") is not True:
        return None
    from app.ui.vm.library_kept import read_kept  # noqa: PLC0415 - only where there is a rule

    return read_kept(library).retention

"""A real GNOME Keyring on a private bus, in private folders."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TOOLS = ("dbus-run-session", "gnome-keyring-daemon")
ROOT = Path(__file__).parents[2]
_UNLOCK = 'printf x | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@"'


def missing_tools() -> Sequence[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def private_environment(home: Path) -> dict[str, str]:
    """Return an environment with no bus, no display, no key, and all folders below ``home``."""
    runtime = home / "run"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    folders = {
        "HOME": home,
        "XDG_DATA_HOME": home / "data",
        "XDG_CONFIG_HOME": home / "config",
        "XDG_CACHE_HOME": home / "cache",
        "XDG_RUNTIME_DIR": runtime,
    }
    return {**kept, **{name: str(folder) for name, folder in folders.items()}}


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class KeyringSession:
    """Runs the program on a bus of its own; the keyring's files stay from run to run."""

    home: Path
    locked: bool = False

    def vivavoce(
        self, *arguments: str, stdin: str = "", extra: Mapping[str, str] | None = None
    ) -> Outcome:
        script = 'exec "$@"' if self.locked else _UNLOCK
        command = ["dbus-run-session", "--", "bash", "-c", script, "bash"]
        program = [sys.executable, "-m", "app", *arguments]
        return run([*command, *program], {**private_environment(self.home), **(extra or {})}, stdin)


def run(command: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> Outcome:
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=dict(environment),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return Outcome(ended.returncode, ended.stdout, ended.stderr)

"""Runs the functions of ``packaging/prepare.sh`` in a checkout of their own, with fake tools."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BASH = shutil.which("bash") or "bash"
REAL_TOOLS = (
    *("awk", "bash", "cat", "dirname", "env", "flock", "grep", "ls", "mkdir", "mv", "rm"),
    *("readlink", "sha256sum", "sleep", "stat", "touch"),
)

FAKE_PYTHON = """\
case "$*" in
"-c import sys, venv"*) exit 0 ;;
"-c "*) echo "3.11.9 (fake)" ;;
"-m venv "*) echo create >>"$LOG"; mkdir -p "$3/bin"; touch "$3/pyvenv.cfg"
    cat "$0" >"$3/bin/python"; chmod +x "$3/bin/python" ;;
"-m pip "*" config list") printf '%b' "${PIP_SETTINGS:-}" ;;
"-m pip "*"/uv.lock") echo "pip $*" >>"$LOG"; ${PIP_UV:-${PIP:-true}} || exit 1
    printf '#!%s\\necho "uv $*" >>"$LOG"; env >"$LOG.uv"; ${UV:-true}\\n' "$BASH" >"${0%/*}/uv"
    chmod +x "${0%/*}/uv" ;;
"-m pip "*) echo "pip $*" >>"$LOG"; ${PIP:-true} ;;
"-m app "*) echo "app $*" >>"$LOG" ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


class Checkout:
    """A folder with the scripts, a lock file, and a PATH on which only fakes are found."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.tools = folder / "tools"
        self.log = folder / "log"
        self.tools.mkdir()
        self.log.touch()
        shutil.copytree(ROOT / "packaging", self.root / "packaging")
        for name in ("requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, self.root / name)
        for name in (*REAL_TOOLS, "chmod"):
            (self.tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
        self.fake("id", 'case "$1" in -u) echo 1000 ;; *) echo users ;; esac')
        self.fake("dpkg-query", "exit 1")
        self.fake("apt-cache", "exit 100")
        self.fake("apt-get", 'echo "apt-get $*" >>"$LOG"')
        self.fake("python3", FAKE_PYTHON)

    def fake(self, name: str, script: str) -> None:
        path = self.tools / name
        path.write_text(f"#!{BASH}\n{script}\n")
        path.chmod(0o755)

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        home = str(self.root.parent)
        return {"PATH": str(self.tools), "LOG": str(self.log), "HOME": home, **(extra or {})}

    def bash(self, script: str, extra: Mapping[str, str] | None = None) -> Ran:
        """Run ``script`` after ``prepare.sh`` was sourced, as ``run`` does it."""
        whole = f'set -euo pipefail; source "{self.root}/packaging/prepare.sh"; {script}'
        return self._ran([BASH, "-c", whole], extra)

    def start(self, script: str, *arguments: str, extra: Mapping[str, str] | None = None) -> Ran:
        """Run one of the two scripts."""
        return self._ran([BASH, str(self.root / "packaging" / script), *arguments], extra)

    def logged(self) -> list[str]:
        return self.log.read_text().splitlines()

    def _ran(self, command: list[str], extra: Mapping[str, str] | None) -> Ran:
        ended = subprocess.run(
            command,
            env=self.environment(extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

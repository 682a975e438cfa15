"""Packages that are made on the spot, and clients that bring them."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from app.core.errors import WeightsError
from app.localengine.weights_lock import Client, LockedFile


def locked(
    target: str,
    content: bytes,
    *,
    package: str = "speech==1.0",
    client: Client = Client.PIP,
    weight_set: str = "default",
    packages: tuple[str, ...] = (),
) -> LockedFile:
    return LockedFile(
        weight_set=weight_set,
        target=target,
        client=client,
        packages=packages or (package,),
        member=Path(target).name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        licence="MIT",
        notice="none.txt",
    )


def wheel(folder: Path, members: Mapping[str, bytes]) -> Path:
    path = folder / "made-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarball(folder: Path, members: Mapping[str, bytes]) -> Path:
    path = folder / "made-1.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


class ShelfClient:
    """Brings what is on its shelf: requirement to members; the rest cannot be had."""

    def __init__(
        self,
        shelf: Mapping[str, Mapping[str, bytes]],
        make: Callable[[Path, Mapping[str, bytes]], Path] = wheel,
    ) -> None:
        self._shelf = shelf
        self._make = make
        self.brought: list[str] = []

    def bring(self, requirement: str, folder: Path, grown: Callable[[int], None]) -> Path:
        self.brought.append(requirement)
        grown(20_000_000)
        if requirement not in self._shelf:
            raise WeightsError(f"{requirement} could not be fetched")
        return self._make(folder, self._shelf[requirement])

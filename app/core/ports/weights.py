"""Model files: what is there, and how to get what is not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class WeightCondition(StrEnum):
    """What was found where a weight file belongs."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightStatus:
    """One weight file.

    Attributes:
        weight_set: Set it belongs to, e.g. "default".
        name: Path below the weights folder, with forward slashes.
        size_bytes: Size it has, or will have.
        licence: SPDX expression.
        package: Where it comes from, as ``name==version``.
    """

    weight_set: str
    name: str
    size_bytes: int
    licence: str
    package: str
    condition: WeightCondition


class WeightKeeper(Protocol):
    """The store of weight files. Calls block: reading and hashing, or fetching."""

    @property
    def folder(self) -> str:
        """Where the files are."""
        ...

    @property
    def sets(self) -> Sequence[str]:
        """Names of the sets, the default first."""
        ...

    def status(self) -> Sequence[WeightStatus]:
        """Check every file of every set against its sha256."""
        ...

    def fetch(self, sets: Sequence[str], say: Callable[[str], None]) -> None:
        """Fetch what is missing or damaged of ``sets``; ``say`` gets progress lines.

        Raises:
            WeightsError: If a file could not be had; what has arrived stays.
        """
        ...

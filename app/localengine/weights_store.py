"""The folder of weight files in the user's cache, and whether its files are what they must be.

Every file is hashed whenever the engine loads it: 210 MB take about 0.2 s where the processor
has SHA instructions, in the threads that load the models anyway, so no stamp of an earlier
check can hide a damaged file.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.core.errors import WeightsError
from app.core.ports.weights import WeightCondition, WeightStatus
from app.localengine.weights_lock import LockedFile, WeightsLock

FETCH_HINT = "Run `vivavoce weights fetch`."
_READ_BYTES = 1 << 20


def weights_folder(environment: Mapping[str, str]) -> Path:
    """Return where weights are kept: ``VIVAVOCE_WEIGHTS``, else in the user's cache folder."""
    if chosen := environment.get("VIVAVOCE_WEIGHTS"):
        return Path(chosen).expanduser()
    cache = environment.get("XDG_CACHE_HOME", "")
    base = Path(cache) if Path(cache).is_absolute() else Path.home() / ".cache"
    return base / "vivavoce" / "weights"


def sha256_of(path: Path) -> str:
    """Return the hexadecimal sha256 of a file. Blocks; releases the GIL while hashing."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


class WeightStore:
    """Weight files in one folder, each checked against the lock.

    Args:
        folder: Need not exist yet.
    """

    def __init__(self, folder: Path, lock: WeightsLock) -> None:
        self.folder = folder
        self.lock = lock

    def path(self, target: str) -> Path:
        """Return where a file belongs, whether or not it is there."""
        return self.folder / target

    def condition(self, file: LockedFile) -> WeightCondition:
        """Read and hash a file."""
        path = self.path(file.target)
        try:
            if path.stat().st_size != file.size or sha256_of(path) != file.sha256:
                return WeightCondition.DAMAGED
        except FileNotFoundError:
            return WeightCondition.MISSING
        except OSError:
            return WeightCondition.DAMAGED
        return WeightCondition.PRESENT

    def status(self) -> Sequence[WeightStatus]:
        """Check every file of the lock."""
        return [
            WeightStatus(
                weight_set=file.weight_set,
                name=file.target,
                size_bytes=file.size,
                licence=file.licence,
                package=" + ".join(file.packages),
                condition=self.condition(file),
            )
            for file in self.lock.files
        ]

    def has_set(self, name: str) -> bool:
        """Say whether every file of a set is there in its full size; nothing is hashed."""
        return all(self._right_size(file) for file in self.lock.files if file.weight_set == name)

    def _right_size(self, file: LockedFile) -> bool:
        try:
            return self.path(file.target).stat().st_size == file.size
        except OSError:
            return False

    def verified(self, target: str) -> Path:
        """Return the path of a file that is exactly what the lock says.

        Raises:
            WeightsError: If it is missing or damaged.
        """
        file = self.lock.file(target)
        condition = self.condition(file)
        if condition is WeightCondition.MISSING:
            raise WeightsError(f"the speech model file {target} is missing", hint=_hint(file))
        if condition is WeightCondition.DAMAGED:
            raise WeightsError(f"the speech model file {target} is damaged", hint=_hint(file))
        return self.path(target)


def _hint(file: LockedFile) -> str:
    chosen = "" if file.weight_set == "default" else f" --set {file.weight_set}"
    return FETCH_HINT.replace("fetch", f"fetch{chosen}")

from pathlib import Path

import pytest

from app.core.ports import WeightCondition
from app.localengine.weights_lock import WeightsLock
from app.localengine.weights_store import WeightStore, sha256_of, weights_folder
from tests.support.packages import locked

HOME = Path.home()


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"VIVAVOCE_WEIGHTS": "/data/w", "XDG_CACHE_HOME": "/c"}, Path("/data/w")),
        ({"VIVAVOCE_WEIGHTS": "~/w"}, HOME / "w"),
        ({"XDG_CACHE_HOME": "/c"}, Path("/c/vivavoce/weights")),
        ({"XDG_CACHE_HOME": "relative"}, HOME / ".cache/vivavoce/weights"),
        ({}, HOME / ".cache/vivavoce/weights"),
    ],
    ids=["named", "home", "cache", "relative is not valid", "default"],
)
def test_the_folder_is_named_or_in_the_user_s_cache(
    environment: dict[str, str], folder: Path
) -> None:
    assert weights_folder(environment) == folder


def test_sha256_is_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")

    assert sha256_of(path).startswith("ba7816bf8f01cfea")


def test_a_set_is_there_when_all_its_files_have_their_size(tmp_path: Path) -> None:
    files = (locked("a", b"1"), locked("b", b"22", weight_set="more"))
    store = WeightStore(tmp_path, WeightsLock(files=files))
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"x")

    assert store.has_set("default")
    assert not store.has_set("more")


def test_a_folder_in_the_place_of_a_file_is_damage(tmp_path: Path) -> None:
    store = WeightStore(tmp_path, WeightsLock(files=(locked("a", b"1"),)))
    (tmp_path / "a").mkdir()

    assert store.condition(store.lock.file("a")) is WeightCondition.DAMAGED

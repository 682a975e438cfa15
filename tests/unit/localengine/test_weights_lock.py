import json
from pathlib import Path

import pytest

from app.core.errors import WeightsError
from app.localengine.weights_lock import Client, lock_path, parse_lock, read_lock

ROW = {
    "set": "default",
    "target": "vad/net.onnx",
    "client": "pip",
    "packages": ["some-package==1.0"],
    "member": "some_package/net.onnx",
    "size": 3,
    "sha256": "00",
    "licence": "MIT",
    "notice": "net.txt",
}


def lock_text(**changes: object) -> str:
    return json.dumps({"version": 1, "files": [{**ROW, **changes}]})


def test_a_row_becomes_a_file() -> None:
    file = parse_lock(lock_text()).file("vad/net.onnx")

    assert file.client is Client.PIP
    assert file.packages == ("some-package==1.0",)
    assert file.size == 3


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"files": [{}]}', '{"files": [1]}',
        lock_text(client="curl"), lock_text(target="/etc/passwd"), lock_text(target="../x"),
        lock_text(size="big"),
    ],
)  # fmt: skip
def test_what_is_no_lock_is_refused(text: str) -> None:
    with pytest.raises(WeightsError, match="list of weight files is damaged"):
        parse_lock(text)


def test_an_unknown_set_is_named_with_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="'best'") as caught:
        parse_lock(lock_text()).of_sets(["best"])

    assert caught.value.hint == "Choose one of: default, all."


def test_an_unknown_file_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        parse_lock(lock_text()).file("nothing")


def test_a_missing_lock_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read_lock(tmp_path / "weights.lock")


def test_the_product_s_own_lock_is_whole() -> None:
    lock = read_lock(lock_path())
    notices = lock_path().parent.parent / "resources" / "licences" / "weights"

    assert lock.sets == ("default", "kokoro")
    assert all(len(file.sha256) == 64 and file.size > 0 for file in lock.files)
    assert all((notices / file.notice).is_file() for file in lock.files)
    assert len({file.target for file in lock.files}) == len(lock.files)

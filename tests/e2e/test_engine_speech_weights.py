"""Fetching weights with the real clients, without a network; and starting on damaged ones."""

import asyncio
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.errors import ConfigError, WeightsError
from app.localengine.loading import EngineChoice, open_engine
from app.localengine.weights import SILERO, SMOLLM
from app.localengine.weights_clients import NpmClient, PipClient
from app.localengine.weights_lock import WeightsLock
from app.localengine.weights_store import WeightStore
from tests.support.engines import load_vad
from tests.support.packages import wheel

pytestmark = pytest.mark.timeout(120)

METADATA = "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def nothing(_arrived: int) -> None:
    """Take a report of progress."""


def tiny_wheel(folder: Path) -> None:
    made = wheel(
        folder,
        {
            "tiny_weights/net.onnx": b"network",
            "tiny_weights-1.0.dist-info/METADATA": METADATA.encode(),
            "tiny_weights-1.0.dist-info/WHEEL": WHEEL.encode(),
            "tiny_weights-1.0.dist-info/RECORD": b"",
        },
    )
    made.rename(folder / "tiny_weights-1.0-py3-none-any.whl")


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip see one folder and nothing else."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


def test_pip_brings_a_wheel(tmp_path: Path, offline: Path) -> None:
    tiny_wheel(offline)
    (tmp_path / "into").mkdir()

    found = PipClient().bring("tiny-weights==1.0", tmp_path / "into", nothing)

    assert found.name == "tiny_weights-1.0-py3-none-any.whl"


def test_a_package_that_is_not_offered_is_said_without_addresses(
    tmp_path: Path, offline: Path
) -> None:
    (tmp_path / "into").mkdir()

    with pytest.raises(WeightsError, match=r"does not offer tiny-weights==1\.0") as caught:
        PipClient().bring("tiny-weights==1.0", tmp_path / "into", nothing)

    assert str(offline) not in f"{caught.value} {caught.value.hint}"
    assert "network connection" in caught.value.hint


def test_without_npm_its_weights_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(WeightsError, match="npm is not installed") as caught:
        NpmClient().bring("voices@1.0", tmp_path, nothing)

    assert "the default voice needs no npm" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "message"),
    [("exit 1", "voices@1.0 could not be fetched"), ("exit 0", "brought no archive"),
     ("echo 'No space left on device' >&2; exit 2", "the disk is full")],
    ids=["fails", "brings nothing", "disk full"],
)  # fmt: skip
def test_an_npm_that_fails_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    npm, into = tmp_path / "npm", tmp_path / "into"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    into.mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(WeightsError, match=message):
        NpmClient().bring("voices@1.0", into, nothing)


def test_an_npm_that_packs_brings_a_tarball(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm, into = tmp_path / "npm", tmp_path / "into"
    npm.write_text('#!/bin/sh\nfor last; do :; done\n: > "$last/voices-1.0.tgz"\n')
    npm.chmod(npm.stat().st_mode | stat.S_IXUSR)
    into.mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert NpmClient().bring("voices@1.0", into, nothing).name == "voices-1.0.tgz"


# --- starting ---


def copied(
    weights: WeightStore, folder: Path, name: str, spoil: Callable[[Path], None]
) -> WeightStore:
    """Return a store of links to the real files with a copy of one of them, spoilt."""
    files = weights.lock.of_sets(["default"])
    for file in files:
        target = folder / file.target
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(weights.path(file.target))
    one = folder / name
    one.unlink()
    shutil.copyfile(weights.path(name), one)
    spoil(one)
    return WeightStore(folder, WeightsLock(files=files))


def flip_a_bit(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        byte = stream.read(1)[0]
        stream.seek(-1, 1)
        stream.write(bytes([byte ^ 1]))


@pytest.mark.parametrize(
    ("name", "spoil", "message"),
    [(SMOLLM, flip_a_bit, f"{SMOLLM} is damaged"), (SILERO, Path.unlink, f"{SILERO} is missing")],
    ids=["a flipped bit", "missing"],
)
def test_the_engine_does_not_start_on_bad_weights_and_says_what_to_do(
    weights: WeightStore, tmp_path: Path, name: str, spoil: Callable[[Path], None], message: str
) -> None:
    store = copied(weights, tmp_path, name, spoil)

    with pytest.raises(WeightsError, match=message) as caught:
        asyncio.run(open_engine(store, load_vad))

    assert caught.value.hint == "Run `vivavoce weights fetch`."


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (EngineChoice(llm="/nowhere/model.gguf"), r"no \.gguf file at /nowhere"),
        (EngineChoice(llm="http://far.example/v1"), "must use https"),
        (EngineChoice(voice="/nowhere/voice.onnx"), r"no \.onnx file at /nowhere"),
        (EngineChoice(voice="marvin"), "no voice called 'marvin'"),
    ],
)
def test_a_choice_that_cannot_be_is_said(
    weights: WeightStore, choice: EngineChoice, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        asyncio.run(open_engine(weights, load_vad, choice))


def test_what_is_no_model_is_said(weights: WeightStore, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + b"\x00" * 100)

    with pytest.raises(WeightsError, match=r"model\.gguf cannot be loaded"):
        asyncio.run(open_engine(weights, load_vad, EngineChoice(llm=str(path))))

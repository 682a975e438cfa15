"""Each import contract bites: a copy of the program that breaks them is refused by each name."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINT = str(Path(sys.executable).with_name("lint-imports"))

# What is written below app/, the contract that it breaks, and the import that is named for it.
BREACHES = [
    pytest.param("core/clock.py", "app.dsp.pcm", "1 Layers", id="core-looks-up"),
    pytest.param("net/__init__.py", "app.audio", "1 Layers", id="siblings-meet"),
    pytest.param("session/bus.py", "PySide6", "2 The engine does not know Qt", id="qt"),
    pytest.param("ui/vm/__init__.py", "qasync", "3 View-models are plain Python", id="vm"),
    pytest.param("dsp/pcm.py", "asyncio", "4 Sans-IO", id="sans-io"),
    pytest.param("audio/ring.py", "websockets", "5a Only net and localengine", id="5a"),
    pytest.param("session/bus.py", "sounddevice", "5b Only audio touches", id="5b"),
    pytest.param("cli/talk.py", "keyring", "5c Only store", id="5c"),
    pytest.param("metrics/turn.py", "onnxruntime", "5d Only inference", id="5d"),
    pytest.param("inference/__init__.py", "xllamacpp", "5e Only localengine", id="5e"),
    pytest.param("trials/__init__.py", "scipy", "5f Only metrics load", id="5f"),
    pytest.param("session/bus.py", "mcp", "5g Only net speaks", id="5g"),
    pytest.param("session/bus.py", "pulsectl", "5h Only audio processes", id="5h"),
    pytest.param("session/bus.py", "duckdb", "5i Only exports write", id="5i"),
    pytest.param("session/bus.py", "genai_prices", "5j Only providers read", id="5j"),
    pytest.param("session/bus.py", "sqlite3", "5k Only store speaks", id="5k"),
    pytest.param("protocols/another.py", "app.protocols.openai_realtime", "6a Wire", id="6a"),
    pytest.param("ui/panes/another.py", "app.ui.panes.yet_another", "6b Panes", id="6b"),
    pytest.param("session/bus.py", "app.store", "8 Session and front ends", id="8"),
]
WIRE = 'modules = ["app.protocols.openai_realtime"'


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return what is said of each broken contract, by the contract's name."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "app", tree / "app", ignore=shutil.ignore_patterns("__pycache__"))
    for breach in BREACHES:
        name, imported, _ = map(str, breach.values)
        with (tree / "app" / name).open("a", encoding="utf-8") as module:
            module.write(f"\nimport {imported}\n")
    (tree / "app" / "ui" / "panes" / "yet_another.py").touch()
    (tree / "app" / "session" / "left.py").write_text("import app.session.right\n")
    (tree / "app" / "session" / "right.py").write_text("import app.session.left\n")
    (tree / "app" / "surprise").mkdir()
    (tree / "app" / "surprise" / "__init__.py").touch()
    config = (ROOT / "pyproject.toml").read_text("utf-8")
    assert WIRE in config
    another = config.replace(WIRE, f'{WIRE}, "app.protocols.another"')
    (tree / "pyproject.toml").write_text(another, "utf-8")
    return _sections(_lint(tree))


def _lint(tree: Path) -> str:
    result = subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stdout + result.stderr
    return result.stdout


def _sections(told: str) -> dict[str, str]:
    """Return the paragraphs below each underlined heading."""
    parts = re.split(r"^(.+)\n-+\n", told, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("module", "imported", "contract"), BREACHES)
def test_a_breach_is_refused_by_name(
    refused: Mapping[str, str], module: str, imported: str, contract: str
) -> None:
    importer = "app." + module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    said = [text for name, text in refused.items() if name.startswith(contract)]

    assert len(said) == 1, refused.keys()
    assert re.search(rf"{re.escape(importer)} -> {re.escape(imported)}\b", said[0]), said[0]


def test_a_new_layer_must_be_placed(refused: Mapping[str, str]) -> None:
    assert "surprise" in refused["1 Layers"]


def test_siblings_that_turn_in_a_circle_are_refused(refused: Mapping[str, str]) -> None:
    said = refused["7 Siblings have no cycles, at every depth"].partition("in app.session.")[2]

    assert ".right -> .left" in said or ".left -> .right" in said

"""Each import contract bites: a copy of the program that breaks it is refused by its name."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LINT = str(Path(sys.executable).with_name("lint-imports"))

BREACHES = [
    pytest.param("core/clock.py", "import app.dsp.pcm", "1 Layers", id="core-looks-up"),
    pytest.param("net/__init__.py", "import app.audio", "1 Layers", id="siblings-meet"),
    pytest.param("session/bus.py", "import PySide6", "2 The engine does not know Qt", id="qt"),
    pytest.param("ui/vm/__init__.py", "import qasync", "3 View-models are plain", id="vm"),
    pytest.param("dsp/pcm.py", "import asyncio", "4 Sans-IO", id="sans-io"),
    pytest.param("audio/ring.py", "import websockets", "5a Only net and localengine", id="5a"),
    pytest.param("session/bus.py", "import sounddevice", "5b Only audio", id="5b"),
    pytest.param("cli/talk.py", "import keyring", "5c Only store", id="5c"),
    pytest.param("metrics/turn.py", "import onnxruntime", "5d Only inference", id="5d"),
    pytest.param("inference/__init__.py", "import xllamacpp", "5e Only localengine", id="5e"),
    pytest.param("trials/__init__.py", "import scipy", "5f Only metrics load", id="5f"),
    pytest.param("session/bus.py", "import mcp", "5g Only net speaks", id="5g"),
    pytest.param("session/bus.py", "import pulsectl", "5h Only audio processes", id="5h"),
    pytest.param("session/bus.py", "import app.store", "8 Session and front ends", id="8"),
]


def lint(tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("module", "line", "contract"), BREACHES)
def test_a_breach_is_refused_by_name(tree: Path, module: str, line: str, contract: str) -> None:
    path = tree / "app" / module
    path.write_text(path.read_text("utf-8") + f"\n{line}\n", "utf-8")

    result = lint(tree)

    assert result.returncode == 1, result.stdout + result.stderr
    broken = [row for row in result.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(contract) for row in broken), broken


def test_a_new_layer_must_be_placed(tree: Path) -> None:
    (tree / "app" / "surprise").mkdir()
    (tree / "app" / "surprise" / "__init__.py").touch()

    assert lint(tree).returncode == 1


def test_two_panes_that_meet_are_refused(tree: Path) -> None:
    panes = tree / "app" / "ui" / "panes"
    (panes / "one.py").write_text("")
    (panes / "two.py").write_text("import app.ui.panes.one\n")

    assert "6b Panes ignore each other BROKEN" in lint(tree).stdout


def test_a_wire_protocol_that_meets_another_is_refused(tree: Path) -> None:
    other = tree / "app" / "protocols" / "other"
    other.mkdir()
    (other / "__init__.py").write_text("import app.protocols.openai_realtime\n")
    config = tree / "pyproject.toml"
    listed = 'modules = ["app.protocols.openai_realtime"'
    text = config.read_text("utf-8")
    assert listed in text
    config.write_text(text.replace(listed, listed + ', "app.protocols.other"'), "utf-8")

    assert "6a Wire protocols ignore each other BROKEN" in lint(tree).stdout


def test_siblings_that_turn_in_a_circle_are_refused(tree: Path) -> None:
    session = tree / "app" / "session"
    (session / "left.py").write_text("import app.session.right\n")
    (session / "right.py").write_text("import app.session.left\n")

    assert "7 Siblings have no cycles, at every depth BROKEN" in lint(tree).stdout

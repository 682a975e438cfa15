"""The version is told the same everywhere."""

import tomllib
from pathlib import Path

from app.core.version import VERSION

ROOT = Path(__file__).parents[3]


def test_the_package_and_the_program_name_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["version"] == VERSION

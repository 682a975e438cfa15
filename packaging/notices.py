"""Write the notices of the Python libraries that the program is installed with.

``python packaging/notices.py`` reads the environment it runs in, follows the project's
dependencies, and writes ``resources/licences/python/NAME.txt`` with each library's own licence
texts and ``resources/licences/python/README.md`` with the table of them.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "licences" / "python"
TEXTS = ROOT / "resources" / "licences" / "texts"
APACHE = ROOT / "LICENSE"
_NOTICE = re.compile(r"(?i)(licen[cs]e|copying|notice)")

EXPRESSIONS = {
    "backports-tarfile": "MIT",
    "colorama": "BSD-3-Clause",
    "duckdb": "MIT",
    "espeakng-loader": "GPL-3.0-or-later (the espeak-ng it carries)",
    "flatbuffers": "Apache-2.0",
    "jaraco-classes": "MIT",
    "jinja2": "BSD-3-Clause",
    "onnxruntime": "MIT",
    "protobuf": "BSD-3-Clause",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "scipy": "BSD-3-Clause",
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "soundfile": "BSD-3-Clause AND LGPL-2.1-or-later (the libsndfile it carries)",
    "xllamacpp": "MIT",
}
"""Where a library's metadata has no SPDX expression."""

TEXTS_FOR = {
    "espeakng-loader": (TEXTS / "GPL-3.0.txt",),
    "flatbuffers": (APACHE,),
    "pyside6-essentials": (TEXTS / "LGPL-3.0.txt", TEXTS / "GPL-3.0.txt"),
    "shiboken6": (TEXTS / "LGPL-3.0.txt", TEXTS / "GPL-3.0.txt"),
}
"""Where a library does not bring the text of its licence."""


@dataclass(frozen=True, slots=True)
class Library:
    """An installed library, its version and its licence."""

    name: str
    version: str
    expression: str
    texts: tuple[Path, ...]


def runtime_requirements() -> list[str]:
    """Return what pyproject.toml asks for."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return list(table["project"]["dependencies"])


def libraries() -> list[Library]:
    """Return the libraries that the program needs, theirs included, by name."""
    found: dict[str, Library] = {}
    waiting = runtime_requirements()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if name in found or not wanted:
            continue
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            sys.exit(f"{name} is not installed; run this in the project's environment")
        found[name] = _library(name, installed)
        waiting += installed.requires or []
    return [found[name] for name in sorted(found)]


def _library(name: str, installed: Distribution) -> Library:
    stated = installed.metadata
    expression = EXPRESSIONS.get(name) or stated["License-Expression"] or stated["License"]
    texts = TEXTS_FOR.get(name) or tuple(_own_texts(installed))
    if not expression or "\n" in expression or not texts:
        sys.exit(f"{name} does not say its licence; add it to packaging/notices.py")
    return Library(name, installed.version, expression, texts)


def _own_texts(installed: Distribution) -> Iterator[Path]:
    for file in installed.files or []:
        path = Path(str(installed.locate_file(file)))
        documents = ".dist-info" in str(file) or len(file.parts) == 2  # noqa: PLR2004 - PACKAGE/LICENSE
        if documents and _NOTICE.search(file.name) and path.suffix in {"", ".txt", ".md", ".BSD"}:
            yield path


def main() -> int:
    """Write the notices; return the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    rows = ["# Python libraries\n", "| library | version | licence | text |", "|---|---|---|---|"]
    for library in libraries():
        parts = [path.read_text("utf-8", "replace").strip() for path in library.texts]
        text = ("\n\n" + "-" * 80 + "\n\n").join(parts) + "\n"
        clean = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        (FOLDER / f"{library.name}.txt").write_text(clean, "utf-8")
        row = f"{library.name} | {library.version} | {library.expression}"
        rows.append(f"| {row} | [text]({library.name}.txt) |")
    (FOLDER / "README.md").write_text("\n".join(rows) + "\n", "utf-8")
    print(f"{len(rows) - 3} notices in {FOLDER}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

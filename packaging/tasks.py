"""The project's tasks, with the standard library only: ``python packaging/tasks.py check``."""

import argparse
import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES = 400
FUNCTION_LINES = 40
TOOLS = Path(sys.executable).parent
PURE = ("core", "dsp", "protocols", "metrics")


def _run(*command: str, env: dict[str, str] | None = None) -> int:
    print("$", " ".join(command), flush=True)
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, check=False
    ).returncode


def _tool(name: str, *arguments: str) -> int:
    return _run(str(TOOLS / name), *arguments)


def _pytest(*arguments: str) -> int:
    return _run(sys.executable, "-m", "pytest", *arguments, env={"QT_QPA_PLATFORM": "offscreen"})


def fmt() -> int:
    """Format the code, or with CI=true only say whether it is formatted."""
    return _tool("ruff", "format", *(["--check"] if os.environ.get("CI") else []), ".")


def lint() -> int:
    """Look for faults that a linter can see."""
    return _tool("ruff", "check", "--quiet", ".")


def types() -> int:
    """Check types."""
    return _tool("mypy")


def imports() -> int:
    """Check the layer contract."""
    return _tool("lint-imports")


def _too_long(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    where = path.relative_to(ROOT)
    found = []
    if (lines := text.count("\n")) > MODULE_LINES:
        found.append(f"{where}: {lines} lines")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        span = (node.end_lineno or node.lineno) - node.lineno + 1
        if span > FUNCTION_LINES:
            found.append(f"{where}:{node.lineno} {node.name}: {span} lines")
    return found


def sizes() -> int:
    """Name modules of over 400 lines and functions of over 40."""
    files = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("packaging/*.py")])
    long = [row for path in files for row in _too_long(path)]
    print("\n".join(long) or "sizes: all within bounds")
    return 1 if long else 0


def unit() -> int:
    """Run the fast hermetic tests."""
    return _pytest("-q", "-n", "2", "tests/unit", "tests/protocol")


def gui() -> int:
    """Run the tests that need Qt, offscreen."""
    return _pytest("-q", "tests/gui")


def faults() -> int:
    """Run the tests of bad input."""
    return _pytest("-q", "tests/faults")


def e2e() -> int:
    """Run the tests that start the program's processes."""
    return _pytest("-q", "tests/e2e")


def bench() -> int:
    """Print the measured figures with the load average."""
    return _run(sys.executable, "-m", "tests.benchmarks")


def pure() -> int:
    """Demand full branch coverage of the pure layers from their own tests, on two cores."""
    only = ",".join(f"app/{layer}/*" for layer in PURE)
    measured = [f"--cov=app.{layer}" for layer in PURE]
    own = [f"tests/unit/{layer}" for layer in PURE]
    return _pytest(
        "-q", "-n", "2", *measured, "--cov-branch", "--cov-report=", *own, "tests/protocol"
    ) or _tool("coverage", "report", f"--include={only}", "--fail-under=100")


def rest() -> int:
    """Run the fast tests of the other layers on two cores; measuring coverage doubles a test."""
    folders = (ROOT / "tests/unit").iterdir()
    others = sorted(path for path in folders if path.is_dir() and path.name not in PURE)
    named = [str(path.relative_to(ROOT)) for path in others if any(path.glob("**/test_*.py"))]
    single = [str(path.relative_to(ROOT)) for path in (ROOT / "tests/unit").glob("test_*.py")]
    return _pytest("-q", "-n", "2", *named, *single)


def heavy() -> int:
    """Run the tests of bad input, of the window and of whole processes, a file at a time a core."""
    folders = ("tests/faults", "tests/gui", "tests/e2e")
    return _pytest("-q", "-n", "2", "--dist", "loadfile", *folders)


def lock() -> int:
    """Write requirements.lock: hashed, without the address of any index."""
    if shutil.which("uv") is None and not (TOOLS / "uv").exists():
        print("uv is needed to lock: install it with pip install uv", file=sys.stderr)
        return 1
    export = ("export", "--format", "requirements.txt", "--all-groups", "--no-emit-project")
    tidy = ("--quiet", "--no-header", "--no-annotate", "--output-file", "requirements.lock")
    tool = shutil.which("uv") or str(TOOLS / "uv")
    return _run(tool, "lock") or _run(tool, *export, *tidy)


def notices() -> int:
    """Write the notices of the libraries anew, after the lock has changed."""
    return _run(sys.executable, "packaging/notices.py")


def build() -> int:
    """Build the wheel."""
    return _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel")


TASKS: dict[str, Callable[[], int]] = {
    task.__name__: task
    for task in (
        *(fmt, lint, types, imports, sizes, unit, gui, faults, e2e, bench, build),
        *(pure, rest, heavy, lock, notices),
    )
}
CHECK = (fmt, lint, types, imports, sizes, unit)
CI = (fmt, lint, types, imports, sizes, pure, rest, heavy)


def check() -> int:
    """Format, lint, types, contracts, sizes and the fast tests; stop at the first failure."""
    return next((code for task in CHECK if (code := task())), 0)


def ci() -> int:
    """Every gate, then every test, the slow ones last; stop at the first failure."""
    return next((code for task in CI if (code := task())), 0)


def main() -> int:
    """Run the named tasks in order; stop at the first failure."""
    table = {**TASKS, "check": check, "ci": ci}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", nargs="+", choices=sorted(table))
    names = parser.parse_args().task
    return next((code for name in names if (code := table[name]())), 0)


if __name__ == "__main__":
    sys.exit(main())

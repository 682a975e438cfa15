"""The project's tasks, with the standard library only: ``python packaging/tasks.py check``."""

import argparse
import ast
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES = 400
FUNCTION_LINES = 40
GRACE_S = 30
TOOLS = Path(sys.executable).parent
PURE = ("core", "dsp", "protocols", "metrics")


def _run(*command: str, env: dict[str, str] | None = None) -> int:
    print("$", " ".join(command), flush=True)
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(env or {})}) as process:
        try:
            return process.wait()
        except BaseException as exc:
            _let_end(process, told=isinstance(exc, KeyboardInterrupt))
            raise


def _let_end(process: subprocess.Popen[bytes], *, told: bool) -> None:
    """Have a tool end what it has started: as on Ctrl+C, of which a terminal has told it itself."""
    try:
        if not told:
            process.send_signal(signal.SIGINT)
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        print(f"{process.args!r} did not end within {GRACE_S} s: killed", file=sys.stderr)
    finally:
        process.kill()


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
    """Run the tests of bad input, of the window and of whole processes, a file at a time a core.

    In their own order: that of the largest file first would keep the longest for the end.
    """
    folders = ("tests/faults", "tests/gui", "tests/e2e")
    return _pytest("-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", *folders)


def weights() -> int:
    """Fetch the speech models that are missing."""
    return _run(sys.executable, "-m", "app", "weights", "fetch")


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


class SideBySide:
    """Runs lanes of tasks at the same time, so that no core waits for one task's last seconds.

    Each task is a process of its own whose output is printed whole when it has ended. The first
    failure ends the tasks that are under way, and no further one begins. So does Ctrl+C, which
    reaches this process alone, so that each task is told once.

    Args:
        command: The beginning of the command that runs a task; its name follows.
    """

    def __init__(self, *command: str) -> None:
        self._command = command or (sys.executable, __file__)
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []
        self._failed: tuple[str, int] | None = None
        self._over = threading.Event()

    def run(self, *lanes: Sequence[str]) -> int:
        """Run each lane's tasks in their order; return the exit code of the first failure, or 0."""
        print("side by side:", " | ".join(", ".join(lane) for lane in lanes), flush=True)
        with ThreadPoolExecutor(len(lanes)) as pool:
            try:
                for lane in [pool.submit(self._run_lane, lane) for lane in lanes]:
                    lane.result()
            finally:
                self._stop()
        if self._failed is None:
            return 0
        name, code = self._failed
        print(f"the first failure: {name}, exit code {code}", flush=True)
        return code

    def _run_lane(self, names: Sequence[str]) -> None:
        for name in names:
            if not self._passes(name):
                return

    def _passes(self, name: str) -> bool:
        began_s = time.monotonic()
        with tempfile.TemporaryFile() as output:
            with self._lock:
                if self._over.is_set():
                    return False
                command = (*self._command, name)
                process = subprocess.Popen(
                    command, stdout=output, stderr=subprocess.STDOUT, process_group=0
                )
                self._running.append(process)
            code = process.wait()
            with self._lock:
                self._running.remove(process)
                if self._over.is_set():
                    return False
                _tell(name, code, time.monotonic() - began_s, output)
                if code == 0:
                    return True
                self._failed = (name, code if code > 0 else 128 - code)
                self._over.set()
        self._stop()
        return False

    def _stop(self) -> None:
        with self._lock:
            self._over.set()
            for process in self._running:
                process.terminate()


def _tell(name: str, code: int, took_s: float, output: IO[bytes]) -> None:
    result = f"failed with exit code {code}" if code else "passed"
    print(f"----- {name}: {result}, {took_s:.0f} s -----", flush=True)
    output.seek(0)
    shutil.copyfileobj(output, sys.stdout.buffer)
    sys.stdout.flush()


TASKS: dict[str, Callable[[], int]] = {
    task.__name__: task
    for task in (
        *(fmt, lint, types, imports, sizes, unit, gui, faults, e2e, bench, build),
        *(pure, rest, heavy, weights, lock, notices),
    )
}
STATIC = ("lint", "imports", "sizes", "types")


def check() -> int:
    """Format, then lint, contracts, sizes and types beside the fast tests."""
    return fmt() or SideBySide().run(STATIC, ("unit",))


def ci() -> int:
    """Every gate and the fast tests while the models are fetched, then the slow tests alone."""
    return SideBySide().run(("weights",), ("fmt", *STATIC), ("pure", "rest")) or heavy()


def _end(*_: object) -> None:
    """End as on Ctrl+C, which ends the tasks under way too."""
    sys.exit(128 + signal.SIGTERM)


def main() -> int:
    """Run the named tasks in order; stop at the first failure."""
    table = {**TASKS, "check": check, "ci": ci}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("task", nargs="+", choices=sorted(table))
    names = parser.parse_args().task
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    return next((code for name in names if (code := table[name]())), 0)


if __name__ == "__main__":
    sys.exit(main())

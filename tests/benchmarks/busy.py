"""The measuring engine against the simulator while another program keeps one core busy.

``python -m tests.benchmarks.busy [--quick]``
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.benchmarks.calibrate import command, show

V2V_P95_MS = 15.0
SPIN = "import sys, threading\nthreading.Thread(target=sys.stdin.read, daemon=True).start()\n"
SPIN += "while threading.active_count() > 1: pass\n"
"""Spins until its standard input ends, so that it never outlives this program."""


@contextmanager
def busy_core() -> Iterator[int]:
    """Keep one core busy while the block runs; give the program's process id."""
    spinning = subprocess.Popen([sys.executable, "-c", SPIN], stdin=subprocess.PIPE)
    try:
        yield spinning.pid
    finally:
        spinning.kill()
        spinning.communicate()


def main() -> int:
    with busy_core() as pid:
        print(f"process {pid} keeps one core busy")  # noqa: T201
        _, lines = command(sys.argv[1:])
    return 0 if show(lines, p50_ms=None, p95_ms=V2V_P95_MS) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Tasks run side by side, their output in one piece, the first failure named."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.scripts import BASH

PACKAGING = Path(__file__).parents[3] / "packaging"
PROGRAM = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from tasks import SideBySide, _end
signal.signal(signal.SIGTERM, _end)
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background of a shell
lanes = [lane.split("+") for lane in sys.argv[4:]]
sys.exit(SideBySide(*sys.argv[2:4]).run(*lanes))
"""
TASK = """
echo "$1 begins" | tee -a log
case $1 in
good*) ;;
waits_for_*) until grep -q "${1#waits_for_} begins" log; do sleep 0.01; done ;;
bad*) until [[ -e hanging || $1 == bad ]]; do sleep 0.01; done; exit 7 ;;
killed) kill -KILL $$ ;;
hangs) trap 'echo "hangs was ended" >>log; exit 1' TERM; touch hanging
    while :; do sleep 0.01; done ;;
esac
echo "$1 ends"
"""
TOOL = """
import signal, sys, time
from pathlib import Path

def leave(*_):
    time.sleep(0.5)  # as long as what it started takes to end
    Path("left").touch()
    sys.exit(2)

signal.signal(signal.SIGINT, leave)
Path("hanging").touch()
time.sleep(30)
"""
RUN = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from tasks import _end, _run
signal.signal(signal.SIGTERM, _end)
sys.exit(_run(sys.executable, "-c", "import os; os.chdir(%r)\\n" % sys.argv[2] + sys.argv[3]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "task").write_text(TASK)
    (tmp_path / "log").touch()
    return tmp_path


def started(folder: Path, *lanes: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", PROGRAM, str(PACKAGING), BASH, str(folder / "task"), *lanes]
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True, process_group=0)


def run(folder: Path, *lanes: str) -> tuple[int, list[str]]:
    with started(folder, *lanes) as process:
        out, _ = process.communicate(timeout=30)
    return process.returncode, [line.partition(", ")[0] for line in out.splitlines()[1:]]


def test_lanes_run_at_the_same_time_and_each_output_stays_whole(folder: Path) -> None:
    code, said = run(folder, "waits_for_good2", "good1+good2")

    assert code == 0
    for name in ("waits_for_good2", "good1", "good2"):
        at = said.index(f"----- {name}: passed")
        assert said[at + 1 : at + 3] == [f"{name} begins", f"{name} ends"]
    assert len(said) == 9


def test_the_first_failure_is_named_and_ends_the_others(folder: Path) -> None:
    code, said = run(folder, "hangs+good1", "bad_once_it_hangs+good2")

    assert code == 7
    assert said == [
        "----- bad_once_it_hangs: failed with exit code 7",
        "bad_once_it_hangs begins",
        "the first failure: bad_once_it_hangs",
    ]
    log = (folder / "log").read_text()
    assert "hangs was ended" in log
    assert "good" not in log


def test_a_task_that_was_killed_is_a_failure(folder: Path) -> None:
    assert run(folder, "killed")[0] == 128 + signal.SIGKILL


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["ended", "Ctrl+C"])
def test_who_ends_them_all_leaves_none_behind(folder: Path, number: signal.Signals) -> None:
    with started(folder, "hangs+good1") as process:
        until = time.monotonic() + 30
        while not (folder / "hanging").exists() and time.monotonic() < until:
            time.sleep(0.01)
        os.killpg(process.pid, number)  # as a terminal or a shell does
        process.communicate(timeout=30)

    assert process.returncode in {128 + signal.SIGTERM, -signal.SIGINT}
    assert (folder / "log").read_text().splitlines() == ["hangs begins", "hangs was ended"]


def test_a_tool_may_end_what_it_started_before_its_task_is_over(folder: Path) -> None:
    words = [sys.executable, "-c", RUN, str(PACKAGING), str(folder), TOOL]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 30
        while not (folder / "hanging").exists() and time.monotonic() < until:
            time.sleep(0.01)
        process.terminate()
        process.wait(30)

    assert process.returncode == 128 + signal.SIGTERM
    assert (folder / "left").exists()

"""``calibrate`` from outside: the table, its exact parts, and what is left when it is broken off.

Bounds of errors here only tell a right measurement from a wrong one: machines that run tests
do other things too. The command's own bounds are tight, and its exit code follows them.
"""

import os
from pathlib import Path

import pytest

from tests.support.measuring import Measured
from tests.support.program import Ended, Program, alive, children, program, run
from tests.support.sound_server import wait_until

LIMIT_S = 240.0
QUICK_TURNS = 23
COUNTS = {
    ("latency", "v2v_ms"): 6,
    ("latency", "endpoint_delay_ms"): 6,
    ("latency", "ttft_stop_ms"): 6,
    ("latency", "ttft_eos_ms"): 6,
    ("latency", "ttfa_stop_ms"): 6,
    ("latency", "ttfa_eos_ms"): 6,
    ("latency", "leading_silence_ms"): 6,
    ("latency", "breakdown_residual_ms"): 6,
    ("stalls", "required_prebuffer_ms"): 4,
    ("stalls", "stalls_n"): 4,
    ("interruptions", "vad_on_latency_ms"): 3,
    ("interruptions", "yield_ms"): 4,
    ("interruptions", "missed_interrupt"): 4,
    ("interruptions", "truncate_err_ms"): 3,
    ("no events", "v2v_ms"): 3,
    ("premature", "v2v_ms"): 2,
    ("premature", "premature"): 2,
}
EXACT = {"leading_silence_ms", "breakdown_residual_ms", "missed_interrupt", "premature"}
TEMPORARY = "temporary"

pytestmark = [pytest.mark.timeout(LIMIT_S + 60), pytest.mark.realtime]


def environment(home: Path) -> dict[str, str]:
    (home / TEMPORARY).mkdir()
    return {"TMPDIR": str(home / TEMPORARY)}


@pytest.fixture(scope="module")
def calibrations(tmp_path_factory: pytest.TempPathFactory) -> Measured[Ended]:
    def calibrate() -> Ended:
        home = tmp_path_factory.mktemp("calibrate")
        with program(home, "calibrate", "--quick", "--json", env=environment(home)) as running:
            told = running.end(LIMIT_S)
        assert list((home / TEMPORARY).iterdir()) == []
        return told

    return Measured(calibrate)


@pytest.fixture
def ended(calibrations: Measured[Ended], request: pytest.FixtureRequest) -> Ended:
    return calibrations.of(request)


def test_the_table_has_every_check_and_its_last_line_is_the_summary(ended: Ended) -> None:
    rows = [row for row in ended.rows if row["type"] == "row" and row["bound"] is not None]

    assert {(row["check"], row["metric"]): row["n"] for row in rows} == COUNTS
    summary = ended.summary
    assert list(summary)[:4] == ["type", "turns", "v2v_error_p50_ms", "v2v_error_p95_ms"]
    assert (summary["turns"], summary["turns_held"]) == (6, QUICK_TURNS)
    assert summary["problems"] == []
    assert summary["rows_failed"] == sum(not row["passed"] for row in ended.rows[:-1])
    assert ended.code == (0 if summary["passed"] else 1)
    assert summary["load_average"] is not None
    assert "[23/23] premature: turn 2 of 2" in ended.err


def test_what_is_exact_is_exact_on_any_machine(ended: Ended) -> None:
    rows = [row for row in ended.rows[:-1] if row["metric"] in EXACT]

    assert {row["error_p95"] for row in rows} == {0.0}


def test_latencies_are_those_that_the_simulator_was_given(ended: Ended) -> None:
    rows = {
        (row["check"], row["metric"]): row for row in ended.rows[:-1] if row["bound"] is not None
    }

    assert ended.summary["v2v_error_p50_ms"] <= 20
    assert rows["stalls", "required_prebuffer_ms"]["error_p50"] <= 20
    assert rows["interruptions", "yield_ms"]["error_p50"] <= 50
    assert rows["no events", "v2v_ms"]["error_p50"] <= 40
    assert rows["premature", "v2v_ms"]["measured"] == pytest.approx(-200, abs=60)


def test_ctrl_c_leaves_nothing_behind(tmp_path: Path) -> None:
    with program(tmp_path, "calibrate", env=environment(tmp_path)) as running:
        _until_a_turn(running)
        started = children(running.pid)
        running.press_ctrl_c()
        ended = running.end()

    assert (ended.code, ended.out) == (130, "")
    assert ended.err.endswith("Stopped. Nothing was stored.\n")
    assert started
    wait_until(lambda: not any(map(alive, started)))
    assert list((tmp_path / TEMPORARY).iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")

    ended = run(tmp_path, "calibrate", "--keep", str(file))

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"Cannot write in {file}: ")
    assert ended.err.count("\n") == 1


def _until_a_turn(running: Program) -> None:
    """Read progress until a turn has been held."""
    stream = running.process.stderr
    assert stream is not None
    told = b""
    while b"turn 1 of" not in told:
        data = os.read(stream.fileno(), 65_536)
        assert data, told
        told += data

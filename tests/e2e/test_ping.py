"""``ping`` from outside: a server of our own is reached, stage by stage."""

from pathlib import Path

from tests.support.program import run


def test_the_simulator_is_reached_cold_then_warm(tmp_path: Path) -> None:
    counts = ("--connections", "2", "--pings", "3")

    done = run(tmp_path, "ping", "--model", "simulator", *counts, "--json")

    assert done.code == 0, done.err
    first, second, summary = done.rows
    assert (first["cold"], second["cold"]) == (True, False)
    assert first["dns_ms"] is None
    assert all(first[f"{stage}_ms"] > 0 for stage in ("tcp", "upgrade", "created", "ready"))
    assert len(first["rtts_ms"]) == 3
    assert summary["warm_p50_total_ms"] == second["total_ms"]


def test_nobody_there_is_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    done = run(tmp_path, "ping", "--model", "ws://127.0.0.1:9/v1/realtime")

    assert (done.code, done.out) == (1, "")
    assert "Nothing listens at 127.0.0.1:9." in done.err

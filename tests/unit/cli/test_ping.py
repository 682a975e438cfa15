"""What ``ping`` prints."""

import argparse
import io
import json

import pytest

from app.cli.ping import STAGES, PingPrinter, add_arguments
from app.core.errors import AppError
from app.core.records import ConnectTiming

DASH = "\N{EN DASH}"
COLD = ConnectTiming(
    dns_ms=20.0,
    tcp_ms=30.0,
    tls_ms=40.0,
    upgrade_ms=50.0,
    created_ms=5.0,
    ready_ms=6.0,
    address="192.0.2.1",
    tls_version="TLSv1.3",
    server="edge",
)
WARM = ConnectTiming(tcp_ms=10.0, upgrade_ms=20.0, created_ms=3.0, cold=False)


def printed(*, as_json: bool) -> str:
    out = io.StringIO()
    printer = PingPrinter(out, as_json=as_json)
    printer.take(COLD, (9.0, 10.0, 11.0))
    printer.take(WARM, (7.0,))
    printer.finish()
    return out.getvalue()


def test_people_get_a_table_with_an_unknown_stage_as_a_dash() -> None:
    lines = printed(as_json=False).splitlines()
    cells = [line.split() for line in lines[1:4]]

    heading = ["connection", *" ".join(STAGES.values()).split(), "ping", "P50"]
    assert lines[0].split() == heading
    assert cells[0] == ["1", "cold", "20.0", "30.0", "40.0", "50.0", "5.0", "6.0", "151.0", "10.0"]
    assert cells[1] == f"2 warm {DASH} 10.0 {DASH} 20.0 3.0 {DASH} 33.0 7.0".split()
    assert cells[2] == f"warm P50 {DASH} 10.0 {DASH} 20.0 3.0 {DASH} 33.0 9.5".split()
    assert len({len(line) for line in lines[:4]}) == 1


def test_the_table_ends_with_where_it_was() -> None:
    out = io.StringIO()
    printer = PingPrinter(out, as_json=False)
    printer.take(COLD, ())
    printer.finish()

    assert out.getvalue().endswith("ms; address 192.0.2.1, encryption TLSv1.3, server edge\n")


def test_json_has_a_line_a_connection_and_a_summary_without_a_p95_of_four_pings() -> None:
    first, second, summary = (json.loads(line) for line in printed(as_json=True).splitlines())

    assert (first["type"], first["connection"], first["total_ms"]) == ("connection", 1, 151.0)
    assert (second["cold"], second["dns_ms"], second["rtts_ms"]) == (False, None, [7.0])
    assert summary["type"] == "summary"
    assert (summary["cold_total_ms"], summary["warm_p50_total_ms"]) == (151.0, 33.0)
    assert (summary["rtt_n"], summary["rtt_p50_ms"], summary["rtt_p95_ms"]) == (4, 9.5, None)


def test_nothing_reached_is_said_without_figures() -> None:
    out = io.StringIO()
    PingPrinter(out, as_json=False).finish()

    assert DASH in out.getvalue()


@pytest.mark.parametrize("number", ["0", "51", "-1"])
def test_a_count_out_of_range_is_refused(number: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_arguments(parser)

    with pytest.raises(argparse.ArgumentError):
        parser.parse_args([f"--connections={number}"])


def test_what_was_measured_before_it_failed_is_told() -> None:
    out, nothing = io.StringIO(), io.StringIO()
    error = AppError("The connection was lost.")
    printer = PingPrinter(out, as_json=True)
    printer.take(COLD, (9.0,))
    printer.finish(error)
    PingPrinter(nothing, as_json=False).finish(error)

    summary = json.loads(out.getvalue().splitlines()[-1])
    assert (summary["cold_total_ms"], summary["rtt_n"]) == (COLD.total_ms, 1)
    assert summary["error"] == "The connection was lost."
    assert nothing.getvalue() == ""


@pytest.mark.parametrize("count", ["0", "51", "many", "1.5", "9" * 5_000, ""])
def test_a_count_that_is_none_is_told_in_a_sentence(
    count: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)

    with pytest.raises(SystemExit):
        parser.parse_args(["--connections", count])

    assert "is not within 1 to 50" in (said := capsys.readouterr().err) or "whole number" in said

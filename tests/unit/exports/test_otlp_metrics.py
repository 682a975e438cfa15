"""Metrics of a session: which turns count, and by which names."""

from pathlib import Path
from typing import Any

import pytest

from app.core.exporting import SemConv
from app.exports.otlp_names import names_of
from tests.support.telemetry import MAIN, a_session, attributes, told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_session(tmp_path / "from")


def points(metrics: list[Any], name: str) -> list[Any]:
    (metric,) = (each for each in metrics if each["name"] == name)
    found = metric.get("histogram") or metric["sum"]
    assert found["aggregationTemporality"] == 1
    listed = found["dataPoints"]
    assert isinstance(listed, list)
    return listed


def test_latencies_are_of_turns_that_count(folder: Path, tmp_path: Path) -> None:
    _, metrics = told(tmp_path, folder)

    (v2v,) = points(metrics, "vc.latency.v2v")
    assert (v2v["count"], v2v["min"], v2v["max"]) == ("2", -0.02, 0.7)
    assert "sum" not in v2v  # with a negative value it must not be there
    (gave_way,) = points(metrics, "vc.interruption.yield")
    assert (gave_way["sum"], gave_way["count"]) == (0.31, "1")
    counted = {attributes(p)["vc.turn.status"]: p["asInt"] for p in points(metrics, "vc.turns")}
    assert counted == {"ok": "2", "interrupted": "1", "error": "1"}


def test_durations_of_failed_replies_stand_apart(folder: Path, tmp_path: Path) -> None:
    _, metrics = told(tmp_path, folder)

    durations = points(metrics, "gen_ai.client.operation.duration")
    told_ = [(attributes(p).get("error.type"), p["count"], p["sum"]) for p in durations]
    assert told_ == [(None, "2", 1.4), ("rate_limit", "1", 0.1)]


def test_tokens_are_counted_as_each_version_does(folder: Path, tmp_path: Path) -> None:
    _, released = told(tmp_path / "a", folder)
    _, main = told(tmp_path / "b", folder, **MAIN)

    usage = points(released, "gen_ai.client.token.usage")
    assert [(attributes(p)["gen_ai.token.type"], p["sum"]) for p in usage] == [
        ("input", 200.0), ("output", 80.0)
    ]  # fmt: skip
    counted = points(main, "gen_ai.client.inference.usage.input_tokens")
    assert {attributes(p)["gen_ai.token.modality"]: p["asInt"] for p in counted} == {
        "text": "60", "audio": "120", "unknown": "20"
    }  # fmt: skip
    (tool,) = points(main, "gen_ai.execute_tool.duration")
    assert tool["sum"] == 0.25


@pytest.mark.parametrize("semconv", list(SemConv))
def test_a_server_is_never_said_to_be_measured(
    folder: Path, tmp_path: Path, semconv: SemConv
) -> None:
    _, metrics = told(tmp_path, folder, semconv=semconv)
    names = names_of(semconv)

    assert not any("gen_ai.server" in name for name in (*names.attributes, *names.metrics))
    assert {metric["name"] for metric in metrics} <= set(names.metrics)

"""Exports: as a job of the engine, and from the terminal."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.bootstrap.exporting import export, export_sessions, pricing_by
from app.bootstrap.prices import price_book
from app.core.errors import ConfigError, StoreError
from app.core.events import TokenUsage
from app.core.exporting import ExportFormat, ExportWish
from app.core.money import CostStatus
from app.core.records import TurnRecord, TurnStatus
from app.exports.reading import read_rows
from app.metrics.cost import price_session
from app.session.messages import EngineReport, ExportReport, JobReport
from app.session.parts import SessionParts
from tests.support import bundles
from tests.support.session import Peer, World

TURN = TurnRecord(
    turn_id=1,
    status=TurnStatus.OK,
    usage=TokenUsage(
        total=300, input_total=200, output_total=100, input_text=50, input_audio=150,
        cached_total=20, cached_text=20, cached_audio=0, output_text=20, output_audio=80,
    ),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _nobodys_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("VIVAVOCE_SESSIONS", str(tmp_path / "none"))


def parts() -> SessionParts:
    async def in_a_thread(work: Callable[[], None]) -> None:
        await asyncio.to_thread(work)

    whole = World(Peer(lambda _peer, _message: None)).parts()
    return replace(whole, reader=bundles.READER, aside=in_a_thread)


def wish(
    out: Path, *folders: Path, forms: tuple[ExportFormat, ...] = (ExportFormat.CSV,)
) -> ExportWish:
    return ExportWish(sessions=tuple(map(str, folders)), formats=forms, out=str(out))


def do(asked: ExportWish) -> list[EngineReport]:
    told: list[EngineReport] = []
    asyncio.run(export_sessions(parts(), asked, told.append))
    return told


def test_the_engine_tells_how_far_it_is_and_what_was_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[TURN])

    *steps, last = do(wish(tmp_path / "out", folder))

    assert isinstance(last, ExportReport)
    assert [Path(file).name for file in last.exported.files] == ["turns.csv", "sessions.csv"]
    shown = [report for report in steps if isinstance(report, JobReport)]
    assert shown == steps
    assert shown[0].words == "writing csv"
    assert all(step.done <= step.total for step in shown)


def test_a_session_that_cannot_be_read_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[TURN])

    report = do(wish(tmp_path / "out", tmp_path / "gone", folder))[-1]

    assert isinstance(report, ExportReport)
    assert len(read_rows(Path(report.exported.files[0]))) == 1
    assert "gone" in report.exported.odd[0]
    with pytest.raises(StoreError, match="gone"):
        do(wish(tmp_path / "o2", tmp_path / "gone"))
    with pytest.raises(ConfigError):
        do(wish(tmp_path / "o2"))


def test_an_export_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[TURN])
    begun, ended = threading.Event(), threading.Event()
    told: list[EngineReport] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        reached = asyncio.Event()

        async def aside(work: Callable[[], None]) -> None:
            def held() -> None:
                loop.call_soon_threadsafe(reached.set)
                begun.wait(10)
                try:
                    work()
                finally:
                    ended.set()

            await asyncio.to_thread(held)

        asked = wish(tmp_path / "out", folder, forms=(ExportFormat.FLAC, ExportFormat.CSV))
        given = replace(parts(), aside=aside)
        job = asyncio.create_task(export_sessions(given, asked, told.append))
        await reached.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        begun.set()

    asyncio.run(main())

    assert ended.wait(10)
    assert told == []
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_report_has_its_figures(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[replace(TURN, v2v_ms=512.5)])

    report = do(wish(tmp_path / "r.html", folder, forms=(ExportFormat.REPORT,)))[-1]

    assert isinstance(report, ExportReport)
    assert Path(report.exported.files[0]).read_bytes().startswith(b"<!")


def test_turns_cost_what_their_session_costs(tmp_path: Path) -> None:
    book = price_book({"HOME": str(tmp_path)})
    row = next(row for row in book.rows() if row.provider == "openai" and "realtime" in row.model)
    folder = bundles.recorded(tmp_path / "s", turns=[TURN])
    (stored,) = bundles.stored(folder)
    target = replace(stored.record.target, provider="openai", model=row.model)
    paid = replace(stored, record=replace(stored.record, target=target))

    pricing = pricing_by(book)
    cost = pricing.turn(TURN, paid.record)

    assert cost.usd is not None
    assert cost.usd > 0
    assert sum(pricing.split(cost).values()) == cost.usd
    assert pricing.session(paid) == price_session(paid.turns, paid.record, book)
    assert pricing.turn(TURN, stored.record).status is CostStatus.LOCAL
    assert pricing.turn(TURN, stored.record).usd == Decimal(0)


# --- the terminal ------------------------------------------------------------------------------


def test_the_terminal_writes_and_names_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles.recorded(tmp_path / "s", turns=[TURN])
    where = ["--out", str(tmp_path / "s"), "-o", str(tmp_path / "out")]

    assert export(["latest", *where]) == 0
    assert export(["all", "latest", *where, "--overwrite", "--json"]) == 0
    assert export(["34567890", *where]) == 1

    told = capsys.readouterr()
    first, second, machine = told.out.splitlines()
    assert [first, second] == json.loads(machine)["files"]
    assert "there already" in told.err
    (row,) = read_rows(Path(first))
    assert (row["cost_status"], row["cost_usd"]) == ("local", 0.0)


@pytest.mark.parametrize("name", ["nobody", "all", "latest"])
def test_no_session_is_told(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()

    assert export([name, "--out", str(tmp_path / "empty"), "-o", str(tmp_path / "out")]) == 1

    assert "no session" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

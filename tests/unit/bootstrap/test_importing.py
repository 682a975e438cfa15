"""Bundles taken in: by the engine, and from the terminal."""

import argparse
import asyncio
import json
import threading
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.bootstrap.importing import import_bundle_job, import_files
from app.bootstrap.sessions import sessions
from app.bootstrap.window import open_window
from app.core.errors import StoreError
from app.session.messages import EngineReport, ImportBundle, ImportReport, JobReport
from tests.support.bundles import bundled, contents, recorded
from tests.support.session import Peer, World


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return bundled(tmp_path / "a.vivavoce", recorded(tmp_path / "from", "talk"))


async def in_a_thread(work: Callable[[], None]) -> None:
    await asyncio.to_thread(work)


def do(request: ImportBundle) -> list[EngineReport]:
    told: list[EngineReport] = []
    parts = replace(World(Peer(lambda _peer, _message: None)).parts(), aside=in_a_thread)
    asyncio.run(import_bundle_job(parts, request, told.append))
    return told


def test_the_engine_tells_what_became_of_a_bundle(bundle: Path, tmp_path: Path) -> None:
    root = str(tmp_path / "root")

    first = do(ImportBundle(path=str(bundle), root=root))
    again = do(ImportBundle(path=str(bundle), root=root))

    assert first[-1] == ImportReport(added=("talk",))
    assert again[-1] == ImportReport(added=(), known=("talk",))
    steps = [report for report in first if isinstance(report, JobReport)]
    assert steps
    assert all(0 < step.done <= step.total and step.words for step in steps)


def test_what_is_no_bundle_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "x.vivavoce").write_bytes(b"x")

    with pytest.raises(StoreError, match="not a bundle"):
        do(ImportBundle(path=str(tmp_path / "x.vivavoce"), root=str(tmp_path / "root")))


def test_a_job_that_is_stopped_leaves_nothing(bundle: Path, tmp_path: Path) -> None:
    begun, ended = threading.Event(), threading.Event()
    told: list[EngineReport] = []

    async def run() -> None:
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

        parts = replace(World(Peer(lambda _peer, _message: None)).parts(), aside=aside)
        request = ImportBundle(path=str(bundle), root=str(tmp_path / "root"))
        job = asyncio.create_task(import_bundle_job(parts, request, told.append))
        await reached.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        begun.set()

    asyncio.run(run())

    assert ended.wait(10)
    assert told == []
    assert contents(tmp_path / "root") == {}


def test_the_terminal_says_which_sessions_came(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["import", str(bundle), "--out", str(tmp_path / "root")]

    assert sessions(words) == 0
    assert sessions([*words, "--json"]) == 0

    *people, machine = capsys.readouterr().out.splitlines()
    assert people == [f"{bundle}: 1 session taken in, 0 known already.", "  talk"]
    assert json.loads(machine) == {
        "type": "import", "file": str(bundle), "added": [], "known": ["talk"], "odd": []
    }  # fmt: skip


def test_a_bundle_that_is_none_does_not_keep_the_others_out(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["import", str(tmp_path / "none"), str(bundle), "--out", str(tmp_path / "root")]

    assert sessions(words) == 1

    told = capsys.readouterr()
    assert "cannot be read" in told.err
    assert "1 session taken in" in told.out


def test_without_a_display_a_bundle_is_taken_in_all_the_same(
    bundle: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    assert open_window([str(bundle), "--out", str(tmp_path / "root")]) == 0

    assert "1 session taken in" in capsys.readouterr().out
    assert (tmp_path / "root" / "talk").is_dir()


def test_notes_about_a_bundle_are_printed(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr("readme.txt", "hello")

    parsed = argparse.Namespace(files=[str(bundle)], out=str(tmp_path / "root"), json=False)
    assert import_files(parsed) == 0

    assert "Note: 'readme.txt' is in the bundle and was ignored." in capsys.readouterr().out

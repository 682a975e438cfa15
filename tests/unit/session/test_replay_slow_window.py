"""A window that reads slowly is shown what a quick one is, only later."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import app.session.replay_show as module
from app.session.messages import (
    EngineReport,
    EnvelopeReport,
    HealthReport,
    MarkReport,
    MeterReport,
    ReplayReport,
    SpanReport,
    StateReport,
    TranscriptReport,
)
from app.session.outbox import Outbox
from app.session.replay_fold import Fold
from tests.support.replaying import Rig, Told, of, outline_of
from tests.support.scores import write_score

TURNS = 30
PLACE_MS = 100_000.0
LIMIT = 25
READ = 4
"""Reports that are read in a look."""
HELD = 10
LOOK_S = 0.2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score(tmp_path_factory.mktemp("slow") / "s1", TURNS, pieces=5)


@dataclass
class SlowWindow(Rig):
    """A window behind an outbox that holds little, read seldom.

    Attributes:
        reads: So many reports it reads in a look.
        most: Reports that waited at once.
    """

    outbox: Outbox = field(default_factory=lambda: Outbox(LIMIT))
    reads: int = READ
    most: int = 0

    def room(self) -> int:
        return self.outbox.room()

    def _take(self, report: EngineReport) -> None:
        self.outbox.put(report)
        self.most = max(self.most, LIMIT - self.outbox.room())

    async def _run(self, scenario: "Callable[[Rig], Awaitable[None]]") -> None:
        reader = asyncio.create_task(self._read())
        await super()._run(scenario)
        reader.cancel()

    async def _read(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            for report in self.outbox.take(self.reads):
                assert isinstance(report, EngineReport)
                self.told.append((self.now_ms, report))


def view(told: Told) -> list[str]:
    """Return what a window shows: all since it was last told to begin anew, the latest of each."""
    places = [at for at, (_, each) in enumerate(told) if getattr(each, "restarted", False)]
    since = told[places[-1] :]
    latest: dict[object, EngineReport] = {}
    for number, (_, each) in enumerate(since):
        if not isinstance(each, EnvelopeReport | HealthReport | MeterReport | ReplayReport):
            latest[_name(each) or number] = each
    outlines = of(since, EnvelopeReport)
    sides = [sorted(outline_of(outlines, side).items()) for side in ("user", "model")]
    return [*sorted(map(repr, latest.values())), *map(repr, sides)]


def _name(report: EngineReport) -> object:
    if isinstance(report, StateReport):
        return StateReport
    return report.entry_id if isinstance(report, TranscriptReport) else None


async def _seek(rig: Rig) -> None:
    await rig.steer(0.5, seek_ms=PLACE_MS)
    await rig.steer(0.5, seek_ms=4_000.0)
    await rig.steer(60.0, seek_ms=PLACE_MS)


async def _play(rig: Rig) -> None:
    await rig.steer(PLACE_MS / 8e3 - 0.5, playing=True, speed=8.0)
    await rig.steer(playing=False)
    await rig.steer(5.0, seek_ms=PLACE_MS)


def test_however_slowly_a_window_reads_it_sees_after_a_seek_what_playing_shows(
    folder: Path,
) -> None:
    slow = SlowWindow(folder)

    sought = slow.run(_seek)
    played = Rig(folder).run(_play)

    assert slow.outbox.dropped == 0
    assert slow.most == LIMIT, "it was full"
    assert view(sought) == view(played)
    assert len(of(played, MarkReport)) + len(of(played, SpanReport)) > 4 * LIMIT


class Measured(Fold):
    """A fold that knows how many reports waited in it at once."""

    most = 0

    def put(self, report: EngineReport) -> None:
        super().put(report)
        Measured.most = max(Measured.most, len(self))


async def _play_unread(rig: Rig) -> None:
    assert isinstance(rig, SlowWindow)
    await rig.steer(1.0)
    rig.reads = 0
    await rig.steer(PLACE_MS / 8e3 - 0.5, playing=True, speed=8.0)
    await rig.steer(playing=False)
    assert Measured.most < 2 * LIMIT, "what does not fit stays in the record"
    rig.reads = LIMIT
    await rig.steer(60.0)
    marks = of(rig.told, MarkReport)
    await rig.steer(20.0, seek_ms=rig.place.at_ms)  # the outline of the last moments, too
    assert of(rig.told, MarkReport) == marks, "all was told without a further wish"


def test_what_plays_while_a_window_does_not_read_waits_in_the_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_HELD", HELD)
    monkeypatch.setattr(module, "Fold", Measured)
    slow = SlowWindow(folder)

    unread = slow.run(_play_unread)
    until_ms = slow.place.at_ms
    monkeypatch.setattr(module, "Fold", Fold)

    async def play(rig: Rig) -> None:
        await rig.steer(15.0, seek_ms=until_ms)

    assert slow.outbox.dropped == 0
    assert view(unread) == view(Rig(folder).run(play))

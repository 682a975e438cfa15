"""Sessions that are odd play to their end, or say what is missing; and none needs a network."""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest

from app.core.ports import AudioSink
from app.session.messages import (
    EngineReport,
    OpenReplay,
    OutputChoice,
    OutputKind,
    ReplayReport,
    SteerReplay,
    TranscriptReport,
    TurnReport,
)
from app.session.replay_desk import ReplayDesk
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE
from app.store.reader import FolderReader
from app.store.score import FolderScore
from app.store.wav import DATA_OFFSET
from tests.support.clocks import run_virtual
from tests.support.replaying import Rig, of
from tests.support.scores import TURN_S, write_score
from tests.support.session import EnergyVad, Peer, World

TURNS = 4
SIXTEEN_S = TURNS * TURN_S * 1e3
FRAMES = round(TURNS * TURN_S * 24_000)
Spoil = Callable[[Path], None]


def lines_of(folder: Path) -> list[bytes]:
    return (folder / EVENTS_FILE).read_bytes().splitlines(keepends=True)


def with_lines(folder: Path, lines: Sequence[bytes]) -> None:
    (folder / EVENTS_FILE).write_bytes(b"".join(lines))


def gap(folder: Path) -> None:
    """The events of the second and third turns are not there."""
    lines = lines_of(folder)
    third = len(lines) // TURNS
    with_lines(folder, [*lines[:third], *lines[-third:]])


def backwards(folder: Path) -> None:
    """The later half of the events says that it was earlier."""
    lines = lines_of(folder)
    half = len(lines) // 2
    with_lines(folder, [*lines[half:], *lines[:half]])


def jump(folder: Path) -> None:
    """The clock went back two days while it was recorded, and noticed it."""
    told = b'{"at_ns":1006000000000,"jump_ms":-172800000.0,"cause":"set"}'
    line = b'{"t_ns":1006000000000,"event":"ClockJumped","fields":%b}\n' % told
    before = b'{"t_ns":-171800000000000,"event":"CommitSent","fields":{"at_ns":-171800000000000}}\n'
    lines = lines_of(folder)
    half = len(lines) // 2
    with_lines(folder, [*lines[:half], line, before, *lines[half:]])


def no_turns(folder: Path) -> None:
    """There is no table of turns."""
    (folder / TURNS_FILE).unlink()


def few_turns(folder: Path) -> None:
    """The table of turns ends after the second, in the middle of a row."""
    path = folder / TURNS_FILE
    rows = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(rows[:3]) + rows[3][: len(rows[3]) // 2])


def short_sound(folder: Path) -> None:
    """Half of the sound that the account tells of is not there."""
    account = folder / SESSION_FILE
    told = account.read_text("utf-8")
    account.write_text(re.sub(r'("frames": )\d+', rf"\g<1>{FRAMES}", told), "utf-8")
    path = folder / AUDIO_FILE
    data = path.read_bytes()
    path.write_bytes(data[: DATA_OFFSET + (len(data) - DATA_OFFSET) // 2])


CASES: dict[str, tuple[Spoil, int, str]] = {
    "a gap in the events": (gap, TURNS, ""),
    "events that go back": (backwards, TURNS, ""),
    "a clock that jumped": (jump, TURNS, ""),
    "no turns": (no_turns, 0, "there is no turns.csv"),
    "fewer turns": (few_turns, 2, "row of turns.csv is torn"),
    "less sound": (short_sound, TURNS, "the last 8.0 s of stereo.wav are missing"),
}


@pytest.mark.parametrize(("spoil", "turns_n", "said"), CASES.values(), ids=CASES)
def test_an_odd_session_plays_to_its_end(
    tmp_path: Path, spoil: Spoil, turns_n: int, said: str
) -> None:
    folder = write_score(tmp_path / "s1", TURNS)
    spoil(folder)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=8.0)
        await asyncio.sleep(6)
        assert not rig.place.playing
        await rig.steer(1.0, seek_ms=SIXTEEN_S / 2)
        await rig.steer(1.0, seek_ms=SIXTEEN_S)

    rig = Rig(folder)
    rig.run(scenario)
    last = max(n for n, (_, each) in enumerate(rig.told) if getattr(each, "restarted", False))
    odd = {sentence for each in of(rig.told, ReplayReport) for sentence in each.odd}

    assert rig.place.at_ms == rig.place.duration_ms == pytest.approx(SIXTEEN_S, abs=1_000)
    assert len({each.record.turn_id for each in of(rig.told[last:], TurnReport)}) == turns_n
    assert any(said in sentence for sentence in odd) or not said


def test_neither_a_network_nor_a_device_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_more: object) -> NoReturn:
        raise AssertionError("a replay asked for the network, or for a device")

    def no_device() -> AudioSink:
        refuse()

    async def scenario(rig: Rig) -> None:
        for name in ("socket", "create_connection", "getaddrinfo", "create_server"):
            monkeypatch.setattr(socket, name, refuse)
        await rig.steer(playing=True)
        await asyncio.sleep(2 * TURN_S)
        await rig.steer(1.0, seek_ms=SIXTEEN_S)
        monkeypatch.undo()

    rig = Rig(write_score(tmp_path / "s1", TURNS), make_sink=no_device, output=OutputKind.NULL)
    rig.run(scenario)

    assert len({each.entry_id for each in of(rig.told, TranscriptReport)}) == 2 * TURNS
    assert rig.sinks == []


def test_what_opens_slowly_is_shown_at_once_and_does_then_what_was_asked(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", TURNS)
    told: list[EngineReport] = []
    slow = True

    async def aside(work: Callable[[], None]) -> None:
        nonlocal slow
        await asyncio.sleep(5 if slow else 0)
        slow = False
        work()

    async def run() -> None:
        parts = replace(World(Peer(EnergyVad())).parts(), aside=aside)
        open_score = partial(FolderScore, reader=FolderReader({}))
        desk = ReplayDesk(parts, open_score, lambda _: pytest.fail("no device"), told.append)
        output = OutputChoice(kind=OutputKind.NULL)
        async with asyncio.TaskGroup() as group:
            task = group.create_task(desk.run())
            desk.take(OpenReplay(folder=str(folder), output=output), talking=False)
            await asyncio.sleep(1)
            assert told == [ReplayReport(folder=str(folder), gone=0.0)]
            desk.take(SteerReplay(seek_ms=9_000.0), talking=False)
            await asyncio.sleep(6)
            task.cancel()

    run_virtual(run())
    places = [each for each in told if isinstance(each, ReplayReport)]

    assert (places[-1].at_ms, places[-1].gone) == (9_000.0, None)
    assert any(each.restarted for each in places)

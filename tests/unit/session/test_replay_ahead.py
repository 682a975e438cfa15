"""What lies before a replay is gone over beside it, so that every place of it is soon reached."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.clock import Nanoseconds
from app.core.events import (
    PlaybackFinished,
    ResponseAudio,
    ResponseText,
    TextKind,
)
from app.core.ids import ItemId, ResponseId
from app.session.messages import HealthReport, ReplayReport, TranscriptReport, TurnReport
from app.session.replay_ahead import ReadAhead
from app.session.replay_events import Recalled
from app.session.replay_fold import Fold
from app.session.replay_gather import MOST_PIECES, Gather
from app.session.replay_showing import Showing
from app.store.layout import EVENTS_FILE
from app.store.reader import FolderReader
from app.store.score import FolderScore
from tests.support.replaying import Rig, of
from tests.support.scores import TURN_S, write_score

TURNS = 40
REPLY, OTHER = ResponseId("r1"), ResponseId("r2")
ITEM = ItemId("a1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score(tmp_path_factory.mktemp("made") / "s1", TURNS, pieces=60)


@pytest.fixture
def score(folder: Path) -> Iterator[FolderScore]:
    opened = FolderScore(folder, FolderReader({}))
    yield opened
    opened.close()


def told(fold: Fold) -> list[str]:
    """What was told, but for the health."""
    reports = [each for each in fold.take(len(fold)) if not isinstance(each, HealthReport)]
    return sorted(map(repr, reports))


@pytest.mark.parametrize("seconds", [64.0, 131.3, 160.0])
def test_what_was_read_ahead_tells_the_same_as_a_pass_from_the_start(
    score: FolderScore, seconds: float
) -> None:
    whole, jumped = Fold(), Fold()
    whole.brief = jumped.brief = True
    until = Nanoseconds(round(seconds * 1e9))
    fresh = Showing(score, whole.put)
    ahead = ReadAhead(score, None)
    shown = Showing(score, jumped.put, memory=ahead.memory)
    while not fresh.advance(until):
        pass
    while not ahead.knows(until):
        ahead.go_on(100)

    leaps = shown.leaps(until)
    shown.restart(until)
    slices = 1
    while not shown.advance(until):
        slices += 1

    assert leaps
    assert slices <= 3
    assert told(jumped) == told(whole)


def test_one_that_reads_another_ones_memory_adds_nothing_to_it(score: FolderScore) -> None:
    ahead = ReadAhead(score, None)
    shown = Showing(score, lambda _: None, memory=ahead.memory)
    while not shown.advance(shown.end_ns):
        pass

    assert ahead.memory.nearest(2**62) is None
    while not ahead.knows(shown.end_ns):
        ahead.go_on(1_000)
    ahead.go_on(1_000)
    assert ahead.memory.nearest(2**62) is not None
    assert ahead.gone_ns == shown.end_ns


def test_a_far_place_is_shown_with_how_much_of_the_way_is_done(folder: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(3.0, seek_ms=(TURNS - 1) * TURN_S * 1e3)

    rig = Rig(folder)
    rig.run(scenario)
    ways = [each.gone for each in of(rig.told, ReplayReport) if each.gone is not None]

    assert ways == sorted(ways)
    assert all(0 <= way <= 1 for way in ways)
    assert rig.place.gone is None
    assert len({each.record.turn_id for each in of(rig.told, TurnReport)}) == TURNS - 1


def test_another_place_may_be_asked_for_on_the_way_to_a_far_one(folder: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(0.01, seek_ms=(TURNS - 1) * TURN_S * 1e3)
        await rig.steer(2.0, seek_ms=TURN_S * 1e3)

    rig = Rig(folder)
    rig.run(scenario)
    last = max(n for n, (_, each) in enumerate(rig.told) if getattr(each, "restarted", False))
    after = of(rig.told[last:], TurnReport)

    assert rig.place.at_ms == TURN_S * 1e3
    assert [each.record.turn_id for each in after] == [1]


def test_events_whose_fields_do_not_fit_are_counted_and_said(folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "s1"
    damaged.mkdir()
    for each in folder.iterdir():
        (damaged / each.name).write_bytes(each.read_bytes())
    with (damaged / EVENTS_FILE).open("ab") as file:
        file.write(b'{"t_ns":1,"event":"TextSent","fields":{"text":7}}\n')
        file.write(b'{"t_ns":1,"event":"ResponseAudio","fields":{"pcm":{"bytes":-1}}}\n')
        file.write(b'{"t_ns":1,"event":"of another program","fields":{}}\n')

    async def scenario(_rig: Rig) -> None:
        await asyncio.sleep(3)

    rig = Rig(damaged)
    rig.run(scenario)
    odd = [each.odd for each in of(rig.told, ReplayReport) if each.odd]

    assert odd == [("2 events have other fields than known: left out",)]


# --- pieces


def words(text: str, at: int, reply: ResponseId = REPLY) -> ResponseText:
    return ResponseText(
        at_ns=Nanoseconds(at),
        response_id=reply,
        item_id=ITEM,
        output_index=0,
        content_index=0,
        kind=TextKind.TRANSCRIPT,
        text=text,
    )


def sound(frames: int, at: int, reply: ResponseId = REPLY) -> ResponseAudio:
    return ResponseAudio(
        at_ns=Nanoseconds(at),
        response_id=reply,
        item_id=ITEM,
        output_index=0,
        content_index=0,
        pcm=bytes(2 * frames),
    )


OVER = PlaybackFinished(at_ns=Nanoseconds(9), response_id=REPLY, played_ms=1.0)


def gathered(*events: Recalled, cut: bool = False) -> list[Recalled]:
    taken: list[Recalled] = []
    gather = Gather(taken.append, lambda _: cut)
    for event in events:
        gather.put(event)
    gather.flush()
    return taken


CASES: dict[str, tuple[list[Recalled], list[Recalled]]] = {
    "the first stays, the rest is one at the instant of its last": (
        [words("a", 1), sound(5, 1), words("b", 2), sound(6, 3), words("c", 4), sound(7, 5), OVER],
        [words("a", 1), sound(5, 1), words("bc", 4), sound(13, 5), OVER],
    ),
    "another event ends a run": (
        [words("a", 1), OVER, words("b", 2), words("c", 3)],
        [words("a", 1), OVER, words("b", 2), words("c", 3)],
    ),
    "another reply ends a run": (
        [sound(1, 1), sound(2, 2), sound(3, 3), sound(4, 4, OTHER), sound(5, 5)],
        [sound(1, 1), sound(5, 3), sound(4, 4, OTHER), sound(5, 5)],
    ),
    "an empty piece stands alone": (
        [sound(1, 1), sound(2, 2), sound(0, 3), sound(4, 4)],
        [sound(1, 1), sound(2, 2), sound(0, 3), sound(4, 4)],
    ),
}


@pytest.mark.parametrize(("events", "expected"), CASES.values(), ids=CASES)
def test_pieces_of_a_reply_are_made_one(events: list[Recalled], expected: list[Recalled]) -> None:
    assert gathered(*events) == expected


def test_of_a_reply_that_was_cut_off_every_piece_is_handed_on() -> None:
    pieces: list[Recalled] = [
        words("a", 1),
        sound(1, 2),
        words("b", 3),
        sound(2, 4),
        words("c", 5),
        OVER,
    ]

    assert gathered(*pieces, cut=True) == pieces


def test_an_endless_run_is_handed_on_from_time_to_time() -> None:
    taken = gathered(*(sound(1, at) for at in range(3 * MOST_PIECES)))

    assert len(taken) == 6
    assert (
        sum(len(each.pcm) for each in taken if isinstance(each, ResponseAudio)) == 6 * MOST_PIECES
    )


def test_words_stay_whole(score: FolderScore) -> None:
    heard: list[object] = []
    shown = Showing(score, heard.append)
    while not shown.advance(Nanoseconds(9_000_000_000)):
        pass
    last = {each.entry_id: each.text for each in heard if isinstance(each, TranscriptReport)}

    assert last == {
        "u1": "Question 1.",
        "a1": "Answer 1.",
        "u2": "Question 2.",
        "a2": "Answer 2.",
    } | {key: text for key, text in last.items() if key == "u3"}

"""Wherever a replay is sent, and in whatever order: it tells what playing up to there tells."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from app.core.clock import Nanoseconds
from app.core.ports import ScorePage, ScorePlace
from app.session.messages import HealthReport
from app.session.replay_ahead import ReadAhead
from app.session.replay_fold import Fold
from app.session.replay_pieces import gone_over, run_of
from app.session.replay_showing import Showing
from app.store import score as module
from app.store.layout import EVENTS_FILE
from app.store.reader import FolderReader
from app.store.replay_cache import CACHE_FILE
from app.store.score import FolderScore
from tests.support.audio import write_wav
from tests.support.replaying import record_session
from tests.support.scores import write_score
from tests.support.session import EnergyVad, tone

TURNS = 25
SHORTER_THAN_NOTHING = (
    b'{"at_ns":1,"response_id":"r","item_id":"a","output_index":0,"content_index":0,'
    b'"pcm":{"bytes":-2}}'
)
SEEKS = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A long made-up session, and a short one in which a reply is cut off."""
    root = tmp_path_factory.mktemp("seeks")
    paths = [write_wav(root / f"{name}.wav", tone(400)) for name in "ab"]
    react = EnergyVad(ms=1500, words="Hello there, my friend.")
    record_session(root / "held", *paths, react=react, cues_ms=(None, 400.0))
    return write_score(root / "made", TURNS, pieces=40, wire=3), root / "held"


@pytest.fixture(scope="module")
def scores(folders: tuple[Path, Path]) -> Iterator[tuple[FolderScore, ...]]:
    opened = tuple(FolderScore(each, FolderReader({})) for each in folders)
    yield opened
    for each in opened:
        each.close()


def told(showing: Showing, fold: Fold, share: float) -> list[str]:
    """What has been told by a place, but for the health."""
    until = Nanoseconds(round(showing.end_ns * share))
    if until < showing.told_ns or showing.leaps(until):
        fold.clear()
        showing.restart(until)
    while not showing.advance(until):
        pass
    found = list(fold.take(len(fold)))
    for each in found:
        fold.put(each)
    return sorted(repr(each) for each in found if not isinstance(each, HealthReport))


def shown(score: FolderScore, ahead: ReadAhead | None = None) -> tuple[Showing, Fold]:
    fold = Fold()
    fold.brief = True
    return Showing(score, fold.put, memory=None if ahead is None else ahead.memory), fold


def gone_ahead(score: FolderScore) -> ReadAhead:
    ahead = ReadAhead(score, None)
    while not ahead.over:
        ahead.go_on(100)
    return ahead


@SEEKS
@given(shares=st.lists(st.floats(0, 1), min_size=1, max_size=4), which=st.integers(0, 1))
def test_every_seek_tells_what_playing_up_to_there_tells(
    scores: tuple[FolderScore, ...], shares: list[float], which: int
) -> None:
    score = scores[which]
    sent = shown(score, gone_ahead(score))

    for share in shares:
        assert told(*sent, share) == told(*shown(score), share)


@pytest.fixture
def long(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A session that is worth being kept."""
    monkeypatch.setattr(module, "LEAST_KEPT", 0)
    yield folders[0]
    (folders[0] / CACHE_FILE).unlink(missing_ok=True)


class Counted(FolderScore):
    """A score that knows how many pages were read."""

    pages = 0

    def read(self, place: ScorePlace, until_ns: Nanoseconds, *, joined: bool = False) -> ScorePage:
        self.pages += 1
        return super().read(place, until_ns, joined=joined)


def test_a_session_that_was_gone_over_before_is_known_at_once(long: Path) -> None:
    first, second = (Counted(long, FolderReader({})) for _ in range(2))
    expected = told(*shown(first, gone_ahead(first)), 0.9)
    before = second.pages
    ahead = ReadAhead(second, None)
    ahead.go_on(1)

    assert (ahead.over, second.pages) == (True, before)
    assert told(*shown(second, ahead), 0.9) == expected
    first.close()
    second.close()


@pytest.mark.parametrize("at", [0, 5], ids=["first", "early"])
def test_a_memory_with_a_damaged_stretch_is_done_without(long: Path, at: int) -> None:
    score = FolderScore(long, FolderReader({}))
    ahead = gone_ahead(score)
    expected = told(*shown(score), 1.0)
    kept = score.kept()
    assert kept is not None
    places = [found.start() for found in re.finditer(rb"of_\d", kept)]
    place = places[at]
    score.keep(kept[:place] + b"\xff\xff\xff" + kept[place + 3 :])

    again = ReadAhead(score, None)
    again.go_on(1)
    while not again.over:
        again.go_on(100)

    assert again.memory.nearest(2**62) is not None
    assert told(*shown(score, again), 1.0) == expected
    assert again.memory.nearest(2**62) is None
    assert ahead.over
    score.close()


def test_what_was_kept_for_other_prices_or_programs_is_gone_over_anew(long: Path) -> None:
    score = FolderScore(long, FolderReader({}))
    memory = gone_ahead(score).memory

    assert memory.restore(memory.dump("a", 0), "b") is None
    assert memory.restore(b"\x00", "b") is None
    assert memory.restore(None, "b") is None
    assert memory.restore(memory.dump("a", 7), "a") == 7
    score.close()


def test_pieces_that_are_read_together_are_those_that_are_read_alone(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = write_score(tmp_path / "s1", 2, pieces=5, wire=4)
    odd = [
        b'{"t_ns":1,"event":"ResponseAudio","fields":{"pcm":{"bytes":-1}}}\n',
        b'{"t_ns":1,"event":"ResponseText","fields":{"text":7}}\n',
        b'{"event":"ResponseAudio","t_ns":1,"fields":%b}\n' % SHORTER_THAN_NOTHING,
    ]
    path = folder / EVENTS_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:12], *odd, *lines[12:]]))
    score = FolderScore(folder, FolderReader({}))
    assert score.start is not None
    alone = score.read(score.start, Nanoseconds(2**62)).lines
    together = score.read(score.start, Nanoseconds(2**62), joined=True).lines
    runs = [run_of(line.fields) for line in together if not line.name]
    wanted = [line for line in alone if line.name in {"ResponseText", "ResponseAudio"}]
    single = [gone_over(line, wordless=False) for line in wanted]

    assert [each for pieces, _unfit in runs for each in pieces] == [
        each for each in single if each is not None
    ]
    assert sum(unfit for _pieces, unfit in runs) == single.count(None) == len(odd)
    assert len(together) < len(alone)
    score.close()

"""Going back from a moment of rest tells what going over everything tells."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.clock import Nanoseconds
from app.core.ports import ScorePage, ScorePlace
from app.session.messages import HealthReport, MarkKind, MarkReport, StateReport, TurnReport
from app.session.replay_fold import Fold
from app.session.replay_memory import EVERY_NS, Memory
from app.session.replay_showing import Showing
from app.store.layout import EVENTS_FILE, SESSION_FILE
from app.store.reader import FolderReader
from app.store.score import FolderScore
from tests.support.scores import TURN_S, write_score

TURNS = 18
PLACE = ScorePlace(7, Nanoseconds(0))


class Counted(FolderScore):
    """A score that knows how many pages were read."""

    pages = 0

    def read(self, place: ScorePlace, until_ns: Nanoseconds, *, joined: bool = False) -> ScorePage:
        self.pages += 1
        return super().read(place, until_ns, joined=joined)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score(tmp_path_factory.mktemp("made") / "s1", TURNS)


@pytest.fixture(scope="module")
def old_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that was recorded before the ends of turns were noted."""
    folder = write_score(tmp_path_factory.mktemp("made") / "s1", TURNS)
    path = folder / EVENTS_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if b'"TurnOver"' not in line))
    return folder


Shows = Callable[[Path], tuple[Showing, Fold]]


@pytest.fixture
def showing() -> Iterator[Shows]:
    """Opens a folder to be shown; closes it at the end."""
    opened: list[FolderScore] = []

    def show(folder: Path) -> tuple[Showing, Fold]:
        fold = Fold()
        fold.brief = True
        opened.append(FolderScore(folder, FolderReader({})))
        return Showing(opened[-1], fold.put), fold

    yield show
    for score in opened:
        score.close()


def go(shown: Showing, seconds: float) -> None:
    while not shown.advance(Nanoseconds(round(seconds * 1e9))):
        pass


def told(fold: Fold) -> list[str]:
    """What was told, but for the health."""
    reports = [each for each in fold.take(len(fold)) if not isinstance(each, HealthReport)]
    return sorted(map(repr, reports))


@pytest.mark.parametrize("old", [False, True], ids=["new", "without noted ends of turns"])
@pytest.mark.parametrize("seconds", [0.0, 34.0, 61.77, 72.0])
def test_the_same_is_told_as_from_the_start(
    folder: Path, old_folder: Path, showing: Shows, seconds: float, *, old: bool
) -> None:
    folder = old_folder if old else folder
    fresh, expected = showing(folder)
    go(fresh, seconds)
    shown, fold = showing(folder)
    go(shown, TURNS * TURN_S)
    for _ in range(2):
        fold.clear()
        shown.restart(Nanoseconds(round(seconds * 1e9)))
        go(shown, seconds)
    whole = told(expected)

    assert told(fold) == whole
    go(shown, TURNS * TURN_S)
    go(fresh, TURNS * TURN_S)
    assert told(fold) == told(expected)


def test_going_back_does_not_go_over_everything(folder: Path) -> None:
    score = Counted(folder, FolderReader({}))
    shown = Showing(score, lambda _: None)
    go(shown, TURNS * TURN_S)
    before = score.pages
    shown.restart(Nanoseconds(65_000_000_000))
    go(shown, 65.0)

    assert score.pages - before <= before / 2 + 3
    score.close()


def test_moments_of_rest_are_kept_apart() -> None:
    memory = Memory()
    assert memory.wants_rest(0)
    memory.rest(0, PLACE, begun_n=0, announced=True, local=False)

    assert not memory.wants_rest(EVERY_NS)
    memory.events += 1
    assert not memory.wants_rest(EVERY_NS - 1)
    assert memory.wants_rest(EVERY_NS)


def test_what_is_gone_over_again_is_not_kept_twice() -> None:
    memory = Memory()
    mark = MarkReport(kind=MarkKind.VAD_ON, at_ms=1.0)
    memory.hear(mark)
    memory.events += 1
    memory.rest(10, PLACE, begun_n=1, announced=True, local=False)
    assert memory.go_back(9) == (None, ())
    memory.hear(mark)
    memory.events += 1
    later = replace(mark, at_ms=2.0)
    memory.hear(later)
    memory.events += 1
    memory.rest(EVERY_NS + 10, PLACE, begun_n=2, announced=True, local=False)

    rest, reports = memory.go_back(EVERY_NS + 10)
    assert rest is not None
    assert (rest.events, rest.begun_n, list(reports)) == (2, 2, [mark, later])


def test_a_replay_begins_with_its_turns_and_states(folder: Path, showing: Shows) -> None:
    shown, fold = showing(folder)
    go(shown, 9.0)
    kinds = [type(each) for each in fold.take(100)]

    assert kinds.count(TurnReport) == 2
    assert kinds.count(StateReport) == 1


@pytest.mark.parametrize("odd", [10**30, "\ud800"], ids=["number", "letter"])
def test_what_does_not_pack_is_told_without_moments_of_rest(
    tmp_path: Path, showing: Shows, odd: object
) -> None:
    folder = write_score(tmp_path / "s1", 4)
    account = folder / SESSION_FILE
    told = json.loads(account.read_bytes()) | {"effective_settings": {"seed": odd}}
    account.write_text(json.dumps(told), "utf-8")
    shown, fold = showing(folder)

    while not shown.advance(shown.end_ns):
        pass
    before = len([each for each in fold.take(len(fold)) if isinstance(each, TurnReport)])
    shown.restart(shown.end_ns)
    while not shown.advance(shown.end_ns):
        pass

    assert shown.memory.nearest(2**62) is None
    assert before == len([each for each in fold.take(len(fold)) if isinstance(each, TurnReport)])
    assert before == 4

"""A recorded session is read in the order in which it happened, from wherever it is wanted."""

import os
from pathlib import Path

import pytest

from app.core.clock import Nanoseconds
from app.core.ports import ScoreLine, ScorePlace
from app.store import score as module
from app.store.layout import AUDIO_FILE, EVENTS_FILE
from app.store.reader import FolderReader
from app.store.score import LONGEST_LEAP_NS, FolderScore
from tests.support.scores import T0_NS, write_score

FAR = Nanoseconds(2**62)


def opened(folder: Path) -> FolderScore:
    return FolderScore(folder, FolderReader({}))


def all_of(score: FolderScore) -> list[ScoreLine]:
    """Every line, page by page."""
    found: list[ScoreLine] = []
    place = score.start
    while place is not None:
        page = score.read(place, FAR)
        found += page.lines
        place = page.after
    return found


def test_lines_come_in_order_and_are_never_due_before_an_earlier_one(tmp_path: Path) -> None:
    score = opened(write_score(tmp_path / "s1", 3, wire=5))
    lines = all_of(score)

    assert [line.name for line in lines[:3]] == ["journal", "SessionReady", "SpeechStarted"]
    assert sum(score.names.values()) == len(lines)
    assert score.names["TurnOver"] == 3
    due = [line.due_ns for line in lines]
    assert due == sorted(due)
    assert score.end_ns == T0_NS + 12_000_000_000
    assert score.frames == 288_000
    assert score.odd == ()
    score.close()


def test_a_page_ends_where_it_is_asked_to_and_the_next_goes_on_there(tmp_path: Path) -> None:
    score = opened(write_score(tmp_path / "s1", 3))
    whole = all_of(score)
    place, until, found = score.start, T0_NS, list[ScoreLine]()
    for _ in range(50):
        until += 300_000_000
        assert place is not None
        page = score.read(place, Nanoseconds(until))
        assert all(line.due_ns < until for line in page.lines)
        found += page.lines
        place = page.after
        if place is None:
            break

    assert found == whole
    score.close()


def test_a_page_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE_LINES", 7)
    monkeypatch.setattr(module, "PAGE_BYTES", 1_000)
    score = opened(write_score(tmp_path / "s1", 3, wire=20))
    assert score.start is not None

    assert len(score.read(score.start, FAR).lines) <= 7
    assert len(all_of(score)) == sum(score.names.values())
    score.close()


def test_an_instant_that_leaps_is_not_believed(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 1)
    leap = T0_NS + 4_000_000_000 + LONGEST_LEAP_NS + 2_000_000_000
    with (folder / EVENTS_FILE).open("ab") as file:
        file.write(b'{"t_ns":%d,"event":"TextSent","fields":{}}\n' % leap)
    score = opened(folder)

    assert score.end_ns == T0_NS + 4_000_000_000
    assert all_of(score)[-1].name == "TextSent"
    score.close()


def test_a_line_that_is_too_long_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_score(tmp_path / "s1", 1)
    monkeypatch.setattr(module, "LONGEST_LINE", 1_000)
    with (folder / EVENTS_FILE).open("ab") as file:
        file.write(b'{"t_ns":1,"event":"TextSent","fields":{"text":"' + b"x" * 5_000 + b'"}}\n')
        file.write(b'{"t_ns":1,"event":"CommitSent","fields":{"at_ns":1}}\n')
    score = opened(folder)

    assert all_of(score)[-1].name == "CommitSent"
    assert "TextSent" not in score.names
    score.close()


def test_half_a_line_at_the_end_is_left_alone(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 1)
    with (folder / EVENTS_FILE).open("ab") as file:
        file.write(b'{"t_ns":1,"event":"Text')
    score = opened(folder)

    assert "TextSent" not in score.names
    assert score.odd == ()
    score.close()


def test_no_more_names_are_kept_than_fit(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 1)
    with (folder / EVENTS_FILE).open("ab") as file:
        for number in range(1_000):
            file.write(b'{"t_ns":1,"event":"E%d","fields":{}}\n' % number)
    score = opened(folder)

    assert len(score.names) == module.MOST_NAMES
    score.close()


def test_sound_is_given_as_far_as_there_is_any(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 1)
    score = opened(folder)

    user, agent = score.sound(24_000, 48_000)
    assert (len(user), len(agent)) == (24_000, 24_000)
    assert int(abs(user.astype(int)).max()) > 5_000
    assert [len(side) for side in score.sound(95_000, 200_000)] == [1_000, 1_000]
    assert [len(side) for side in score.sound(200_000, 300_000)] == [0, 0]
    (folder / AUDIO_FILE).unlink()
    user, _ = score.sound(24_000, 48_000)
    assert (len(user), int(user.max())) == (24_000, 0)
    score.close()


def test_after_its_end_there_is_nothing(tmp_path: Path) -> None:
    score = opened(write_score(tmp_path / "s1", 1))
    score.close()
    score.close()

    page = score.read(ScorePlace(0, Nanoseconds(T0_NS)), FAR)
    assert (list(page.lines), page.after) == ([], None)


def test_a_pipe_in_place_of_the_events_is_not_waited_for(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 1)
    (folder / EVENTS_FILE).unlink()
    os.mkfifo(folder / EVENTS_FILE)
    score = opened(folder)

    assert score.start is None
    assert any("there is no events.jsonl" in sentence for sentence in score.odd)
    assert list(score.read(ScorePlace(0, Nanoseconds(T0_NS)), FAR).lines) == []


@pytest.mark.parametrize(
    "head", ['"t_ns":1,"event":"PlaybackFlushed"', '"event":"PlaybackFlushed","t_ns":1']
)
def test_replies_that_were_cut_off_are_known(tmp_path: Path, head: str) -> None:
    folder = write_score(tmp_path / "s1", 1)
    with (folder / EVENTS_FILE).open("ab") as file:
        file.write(b"{" + head.encode() + b',"fields":{"response_id":"\\u0072 9"}}\n')
        file.write(b"{" + head.encode() + b',"fields":{"response_id":7}}\n')
    score = opened(folder)

    assert score.cut_off("r 9")
    assert not score.cut_off("r1")
    assert score.names["PlaybackFlushed"] == 2
    score.close()


def test_where_too_many_were_cut_off_every_one_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_score(tmp_path / "s1", 1)
    monkeypatch.setattr(module, "MOST_CUT", 1)
    with (folder / EVENTS_FILE).open("ab") as file:
        for name in "ab":
            line = f'{{"t_ns":1,"event":"PlaybackFlushed","fields":{{"response_id":"{name}"}}}}\n'
            file.write(line.encode())
    score = opened(folder)

    assert score.cut_off("r1")
    score.close()


def test_a_damaged_line_among_whole_ones_is_counted(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    path = folder / EVENTS_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    inner = b'xx{"t_ns":5,"event":"TextSent","fields":{}}\n'
    path.write_bytes(b"".join([*lines[:9], inner, *lines[9:]]))
    score = opened(folder)

    assert "TextSent" not in score.names
    assert score.odd == ("1 lines of events.jsonl are damaged",)
    assert sum(score.names.values()) == len(lines)
    score.close()

"""A recorded session is shown as if it were live: timing, seeking, repeating, and bad folders."""

import asyncio
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.privacy import RecordingMode
from app.session.messages import (
    CloseReplay,
    EnvelopeReport,
    HealthReport,
    LiveState,
    MarkKind,
    MarkReport,
    MeterReport,
    OpenReplay,
    ProblemReport,
    ReplayReport,
    SpanKind,
    SpanReport,
    StateReport,
    SteerReplay,
    TranscriptReport,
    TurnReport,
)
from app.store.layout import AUDIO_FILE, EVENTS_FILE, SESSION_FILE, TURNS_FILE
from tests.support.replaying import Rig, Told, of, outline_of
from tests.support.scores import HEARD_S, SPOKEN_S, TURN_S, write_score

TICK_MS = 34.0
ENDS_MS = 12_000.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_score(tmp_path_factory.mktemp("made") / "s1")


@pytest.fixture
def own(made: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(made, tmp_path / "s1"))


# --- timing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7, 8.0])
def test_everything_is_told_at_its_time_at_every_speed(made: Path, speed: float) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=speed, after_s=ENDS_MS / 1e3 / speed + 0.2)

    told = Rig(made).run(scenario)
    began_ms = next(at for at, each in told if isinstance(each, ReplayReport) and each.playing)
    late = [
        (at - began_ms) * speed - mark.at_ms
        for at, mark in told
        if isinstance(mark, MarkReport) and mark.kind is MarkKind.VAD_ON
    ]

    assert len(late) == 3
    assert all(-0.01 <= each <= TICK_MS * speed + 0.01 for each in late)


def test_it_does_not_drift(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 30, pieces=1)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=8.0, after_s=14.0)

    told = Rig(folder).run(scenario)
    began_ms = next(at for at, each in told if isinstance(each, ReplayReport) and each.playing)
    ahead = [
        (at - began_ms) * 8 - each.at_ms
        for at, each in told
        if isinstance(each, ReplayReport) and each.playing
    ]

    assert max(map(abs, ahead)) < 0.01


def test_the_place_is_told_fifteen_times_a_second_and_the_levels_thirty(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=10.0)

    told = Rig(made).run(scenario)

    assert len(of(told, MeterReport)) == pytest.approx(300, abs=5)
    assert len(of(told, ReplayReport)) == pytest.approx(150, abs=5)
    assert len(of(told, HealthReport)) == pytest.approx(10, abs=1)


def test_it_stands_at_its_end_and_begins_again_from_there(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=8.0, after_s=3.0)
        assert (rig.place.playing, rig.place.at_ms) == (False, rig.place.duration_ms)
        assert of(rig.told, StateReport)[-1].state is LiveState.STOPPED
        count = len(rig.told)
        await rig.steer(playing=True, after_s=0.5)
        assert of(rig.since(count), ReplayReport)[1].restarted
        assert rig.place.at_ms == pytest.approx(500 * 8, abs=300)

    Rig(made).run(scenario)


def test_while_it_stands_nothing_is_told(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(seek_ms=5000, after_s=0.5)
        count = len(rig.told)
        await asyncio.sleep(10)
        assert rig.since(count) == []

    Rig(made).run(scenario)


# --- seeking -----------------------------------------------------------------------------------


def test_going_back_tells_the_session_anew(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(seek_ms=11_000, after_s=0.5)
        assert [each.record.turn_id for each in of(rig.told, TurnReport)] == [1, 2]
        count = len(rig.told)
        await rig.steer(seek_ms=5_800, after_s=0.5)
        again = rig.since(count)
        first = next(i for i, (_, each) in enumerate(again) if _void(each))
        anew = again[first:]
        assert [each.record.turn_id for each in of(anew, TurnReport)] == [1]
        assert [each.text for each in of(anew, TranscriptReport)] == [
            "Question 1.",
            "Answer 1.",
            "Question 2.",
        ]
        assert of(anew, StateReport)[-1].state is LiveState.THINKING
        assert not any(isinstance(each, MarkReport) for _, each in again[:first])
        told_ms = [step * 20 for step in outline_of(of(anew, EnvelopeReport), "user")]
        assert (min(told_ms), max(told_ms)) == (0, 5_780)

    Rig(made).run(scenario)


def _void(report: Any) -> bool:
    return isinstance(report, ReplayReport) and report.restarted


def test_going_on_tells_what_lies_between(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(seek_ms=1_000, after_s=0.5)
        count = len(rig.told)
        await rig.steer(seek_ms=9_000, after_s=0.5)
        between = rig.since(count)
        assert not any(map(_void, (each for _, each in between)))
        assert [each.record.turn_id for each in of(between, TurnReport)] == [1, 2]
        steps = outline_of(of(between, EnvelopeReport), "model")
        assert max(steps) * 20 == 8_980
        assert sum(peak > 0.2 for peak in steps.values()) == pytest.approx(100, abs=4)

    Rig(made).run(scenario)


@pytest.mark.parametrize("wish", [float("nan"), float("inf"), float("-inf")])
def test_a_place_that_is_none_is_left_out(made: Path, wish: float) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(seek_ms=3_000, speed=2.0)
        await rig.steer(seek_ms=wish, speed=wish)
        assert (rig.place.at_ms, rig.place.speed) == (3_000, 2.0)

    Rig(made).run(scenario)


@pytest.mark.parametrize(("wish", "place"), [(-5.0, 0.0), (1e12, ENDS_MS)])
def test_a_place_outside_is_its_nearest_end(made: Path, wish: float, place: float) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(seek_ms=wish, after_s=0.5)
        assert rig.place.at_ms == pytest.approx(place, abs=1)

    Rig(made).run(scenario)


def test_a_drag_of_the_slider_ends_where_it_was_let_go(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        for place in range(11_000, 1_000, -10):
            rig.desk.take(SteerReplay(seek_ms=float(place)), talking=False)
        await asyncio.sleep(1)
        assert rig.place.at_ms == 1_010

    Rig(made).run(scenario)


def test_a_turn_is_repeated_and_told_once(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(loop_turn=2, playing=True, after_s=0.2)
        count = len(rig.told)
        await asyncio.sleep(12)
        assert of(rig.told, ReplayReport)[-1].loop_turn == 2
        again = rig.since(count)
        places = [each.at_ms for each in of(again, ReplayReport)]
        start, end = TURN_S + SPOKEN_S[0] - 0.5, TURN_S + HEARD_S[1] + 0.5
        assert min(places) >= start * 1e3 - TICK_MS
        assert max(places) <= end * 1e3 + TICK_MS
        assert sum(later < earlier for earlier, later in itertools.pairwise(places)) == 3
        assert [each.record.turn_id for each in of(again, TurnReport)] == [2]
        assert len(of(again, MeterReport)) == pytest.approx(360, abs=6)
        await rig.steer(loop_turn=-1, after_s=4)
        assert rig.place.loop_turn is None
        assert rig.place.at_ms > end * 1e3

    Rig(made).run(scenario)


def test_a_turn_that_there_is_not_is_not_repeated(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(loop_turn=77)
        assert rig.place.loop_turn is None
        await rig.steer(loop_turn=2)
        await rig.steer(seek_ms=0)
        assert rig.place.loop_turn is None

    Rig(made).run(scenario)


# --- beside sessions -----------------------------------------------------------------------------


def test_a_session_that_begins_ends_it_at_once(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=1)
        rig.desk.make_way()
        assert rig.place == ReplayReport(folder="")
        count = len(rig.told)
        await rig.steer(playing=True, after_s=2)
        rig.desk.make_way()
        assert rig.since(count) == []

    Rig(made).run(scenario)


def test_in_a_session_none_is_opened(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        count = len(rig.told)
        rig.desk.take(OpenReplay(folder=str(made), output=rig.choice), talking=True)
        rig.desk.take(SteerReplay(playing=True), talking=True)
        await asyncio.sleep(0.5)
        assert len(of(rig.since(count), ProblemReport)) == 1
        assert len(rig.since(count)) == 1

    Rig(made).run(scenario)


def test_closing_forgets_it(made: Path) -> None:
    async def scenario(rig: Rig) -> None:
        rig.desk.take(CloseReplay(), talking=False)
        await asyncio.sleep(0.2)
        assert rig.place.folder == ""
        count = len(rig.told)
        rig.desk.take(CloseReplay(), talking=False)
        await rig.steer(playing=True, after_s=1)
        assert rig.since(count) == []

    Rig(made).run(scenario)


# --- folders that are not whole ----------------------------------------------------------------


def gone(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def torn(folder: Path) -> None:
    path = folder / AUDIO_FILE
    path.write_bytes(path.read_bytes()[: 80 + 4 * 24_000 * 6])


def hostile(folder: Path) -> None:
    lines = [
        b"\x00\xff nothing\n",
        b'{"t_ns":1,"event":"ResponseAudio","fields":{"pcm":{"bytes":1e99}}}\n',
        b'{"t_ns":1,"event":"ResponseAudio","fields":{"at_ns":1,"pcm":{"bytes":99999999999}}}\n',
        b'{"t_ns":1,"event":"SpeechStarted","fields":[]}\n',
        b'{"t_ns":9000000000000000000,"event":"TurnOver","fields":{"turn_id":"x"}}\n',
        b'{"event":"FutureEvent","t_ns":1000001000000,"fields":{"new":1}}\n',
        b"[" * 10_000 + b"\n",
    ]
    path = folder / EVENTS_FILE
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*whole[:9], *lines, *whole[9:], b'{"t_ns":12']))


@pytest.mark.parametrize(
    ("damage", "odd", "shown"),
    [
        (gone(EVENTS_FILE), "there is no events.jsonl", (0, 3, 600)),
        (gone(TURNS_FILE), "there is no turns.csv", (6, 0, 600)),
        (gone(AUDIO_FILE), "there is no sound", (6, 3, 0)),
        (torn, "the last 6.0 s of stereo.wav are missing", (6, 3, 300)),
        (hostile, "2 lines of events.jsonl are damaged", (6, 3, 600)),
    ],
    ids=["no events", "no turns", "no sound", "torn sound", "hostile lines"],
)
def test_what_there_is_is_shown_and_what_is_missing_is_said(
    own: Path, damage: Callable[[Path], None], odd: str, shown: tuple[int, int, int]
) -> None:
    damage(own)
    texts, turns, steps = shown

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=8.0, after_s=2.5)
        assert not rig.place.playing

    told = Rig(own).run(scenario)
    said = [sentence for each in of(told, ReplayReport) for sentence in each.odd]

    assert any(sentence.startswith(odd) for sentence in said)
    assert len({each.entry_id for each in of(told, TranscriptReport)}) == texts
    assert [each.record.turn_id for each in of(told, TurnReport)] == [1, 2, 3][:turns]
    assert len(outline_of(of(told, EnvelopeReport), "user")) == steps
    assert of(told, StateReport)[-1].state is LiveState.STOPPED


def test_a_session_of_figures_has_marks_but_no_words(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", mode=RecordingMode.FIGURES)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, speed=8.0, after_s=2.5)

    told = Rig(folder).run(scenario)
    kinds = {mark.kind for mark in of(told, MarkReport)}

    assert {MarkKind.VAD_ON, MarkKind.FIRST_TOKEN, MarkKind.FIRST_AUDIO} <= kinds
    assert {MarkKind.RESPONSE_DONE, MarkKind.AUDIBLE} <= kinds
    assert {SpanKind.USER_SPEECH, SpanKind.AGENT_HEARD} <= {s.kind for s in of(told, SpanReport)}
    assert of(told, TranscriptReport) == []
    assert len(of(told, TurnReport)) == 3
    assert any("only figures" in odd for each in of(told, ReplayReport) for odd in each.odd)


def test_a_session_recorded_before_ends_of_turns_were_noted_is_shown_too(own: Path) -> None:
    path = own / EVENTS_FILE
    kept = [
        line
        for line in path.read_bytes().splitlines(keepends=True)
        if b'"TurnOver"' not in line and b'"SpeechEdge"' not in line
    ]
    path.write_bytes(b"".join(kept))

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True, after_s=12.5)

    told = Rig(own).run(scenario)
    began_ms = next(at for at, each in told if isinstance(each, ReplayReport) and each.playing)
    turns = [at - began_ms for at, each in told if isinstance(each, TurnReport)]

    assert turns == pytest.approx([3_000, 7_000, 11_000], abs=TICK_MS)


@pytest.mark.parametrize("name", [SESSION_FILE, ""])
def test_what_is_no_session_is_refused(own: Path, name: str) -> None:
    if name:
        (own / name).write_text("{")
    else:
        shutil.rmtree(own)

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True)

    told: Told = Rig(own).run(scenario)

    assert [type(each) for _, each in told] == [ProblemReport, ReplayReport]
    assert of(told, ReplayReport)[0].folder == ""

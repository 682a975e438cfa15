"""A replayed session tells what it told when it was live, and when."""

import asyncio
from typing import Any

import pytest

from app.core.records import TurnRecord
from app.session.messages import (
    EnvelopeReport,
    LiveState,
    MarkReport,
    MeterReport,
    ReplayReport,
    SessionReport,
    SpanReport,
    StateReport,
    TranscriptReport,
    TurnReport,
)
from tests.support.audio import write_wav
from tests.support.replaying import Rig, Told, of, outline_of, record_session
from tests.support.session import EnergyVad, tone

TICK_MS = 34.0
STEP_MS = 20.0
LATE_MS = TICK_MS + STEP_MS


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Told]:
    """What a session of two questions told: live, and replayed.

    The second question is spoken into the reply to the first.
    """
    root = tmp_path_factory.mktemp("same")
    paths = [write_wav(root / f"{name}.wav", tone(400)) for name in "ab"]
    folder = root / "s1"
    react = EnergyVad(ms=1500, words="Hello there, my friend.")
    live = record_session(folder, *paths, react=react, cues_ms=(None, 400.0))

    async def scenario(rig: Rig) -> None:
        await rig.steer(playing=True)
        await asyncio.sleep(10)
        assert not rig.place.playing

    rig = Rig(folder)
    rig.run(scenario)
    played_ms = next(at for at, each in rig.told if _plays(each))
    return live, [(at - played_ms, report) for at, report in rig.told]


def _plays(report: Any) -> bool:
    return isinstance(report, ReplayReport) and report.playing


def told_at(told: Told, kind: type[Any]) -> dict[Any, float]:
    """Return when each report of one kind was told."""
    return {report: at for at, report in told if isinstance(report, kind)}


@pytest.mark.parametrize("kind", [MarkReport, SpanReport])
def test_every_mark_and_span_comes_again_at_its_time(
    sessions: tuple[Told, Told], kind: type[Any]
) -> None:
    live, again = (told_at(told, kind) for told in sessions)

    assert len(live) > 5
    assert {_rounded(each) for each in again} == {_rounded(each) for each in live}
    times = {_rounded(report): at for report, at in again.items()}
    late = [times[_rounded(report)] - at for report, at in live.items()]
    assert max(map(abs, late)) <= LATE_MS


def _rounded(report: Any) -> tuple[Any, ...]:
    if isinstance(report, MarkReport):
        return report.kind, round(report.at_ms, 3)
    return report.kind, round(report.start_ms, 3), round(report.end_ms, 3), report.turn_id


def test_the_words_come_again(sessions: tuple[Told, Told]) -> None:
    live, again = (
        {each.entry_id: each for each in of(told, TranscriptReport)} for told in sessions
    )

    assert len(live) == 4
    assert again == live
    assert any(each.interrupted and each.heard_chars is not None for each in live.values())


def test_the_states_follow_each_other_as_they_did(sessions: tuple[Told, Told]) -> None:
    live, again = (
        [each.state for each in of(told, StateReport) if each.state is not LiveState.STOPPING]
        for told in sessions
    )

    assert LiveState.INTERRUPTED in live
    assert again == live


def test_the_turns_come_again_with_their_figures(sessions: tuple[Told, Told]) -> None:
    live, again = ([_figures(each.record) for each in of(told, TurnReport)] for told in sessions)

    assert len(live) == 2
    assert again == live
    times = [[at for at, each in told if isinstance(each, TurnReport)] for told in sessions]
    assert times[1] == pytest.approx(times[0], abs=LATE_MS)


def _figures(turn: TurnRecord) -> tuple[Any, ...]:
    return turn.turn_id, turn.status, turn.v2v_ms, turn.yield_ms, turn.agent_transcript


@pytest.mark.parametrize("side", ["user", "model"])
def test_the_outlines_come_again(sessions: tuple[Told, Told], side: str) -> None:
    live, again = (outline_of(of(told, EnvelopeReport), side) for told in sessions)
    shared = sorted(live.keys() & again.keys())

    assert len(shared) > 0.9 * len(live)
    assert max(live.values()) > 0.2
    differ = [step for step in shared if abs(live[step] - again[step]) > 0.05]
    assert len(differ) < 0.03 * len(shared)


def test_the_meters_move_as_often(sessions: tuple[Told, Told]) -> None:
    live, again = (of(told, MeterReport) for told in sessions)

    assert len(again) == pytest.approx(len(live), rel=0.1)
    loudest = [max(each.input_peak_dbfs or -120 for each in told) for told in (live, again)]
    assert loudest[1] == pytest.approx(loudest[0], abs=0.5)


def test_the_account_is_told_when_it_listens_and_when_it_is_over(
    sessions: tuple[Told, Told],
) -> None:
    live, again = (of(told, SessionReport) for told in sessions)

    assert len(again) == len(live) == 2
    assert again[-1].record.session_id == live[-1].record.session_id

"""The user of a recorded session is heard again by another model."""

import asyncio
import itertools
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.audio.supervisor import AudioChild
from app.bootstrap.inputs import found_again, open_input
from app.core.capabilities import Capabilities
from app.core.errors import StoreError
from app.core.ports import StoredSession
from app.core.privacy import RecordingMode
from app.core.records import TurnStatus
from app.metrics.comparison_pairs import PairedSessions
from app.session.live import LiveSession
from app.session.messages import InputChoice, InputKind, ProblemReport, RerunTiming, StartSession
from app.session.opening import listened
from app.session.parts import OpenedInput, SessionOutcome
from app.store.layout import AUDIO_FILE, TURNS_FILE
from app.store.reader import FolderReader
from tests.support.clocks import run_virtual
from tests.support.scores import SPOKEN_S, TURN_S, write_score
from tests.support.session import EnergyVad, LoopClock, Peer, World, start

READER = FolderReader({})


def again(folder: Path, timing: RerunTiming = RerunTiming.TURNS) -> InputChoice:
    return InputChoice(kind=InputKind.SESSION, session=str(folder), timing=timing)


def held(
    choice: InputChoice, react: EnergyVad | None = None, can: Capabilities | None = None
) -> tuple[SessionOutcome, World]:
    """A session with a peer in memory whose user is a recorded one."""
    peer = Peer(react or EnergyVad(words="Yes."))
    world = World(peer, capabilities=can or Capabilities())

    async def run() -> SessionOutcome:
        clock = LoopClock()
        child = AudioChild(clock)
        parts = replace(
            world.parts(), make_input=lambda choice: open_input(clock, child, READER, choice)
        )
        begin = replace(start(), input=choice, end_with_input=True, rerun_of="vv_made_up_1")
        return await LiveSession(parts, begin, world.reports.append).run()

    return run_virtual(run()), world


@pytest.mark.parametrize("timing", list(RerunTiming))
def test_every_turn_is_heard_again_and_measured(tmp_path: Path, timing: RerunTiming) -> None:
    folder = write_score(tmp_path / "s1", 3)

    outcome, world = held(again(folder, timing))
    turns = world.store.recording.turns

    assert outcome.problem is None
    assert outcome.record is not None
    assert outcome.record.rerun_of == "vv_made_up_1"
    assert [turn.status for turn in turns] == [TurnStatus.OK] * 3
    assert [turn.input_name for turn in turns] == ["turn 1", "turn 2", "turn 3"]
    assert all(turn.v2v_ms is not None and 700 < turn.v2v_ms < 1_000 for turn in turns)
    assert all(turn.speech_end_method == "annotated" for turn in turns)
    spoken = [((turn.u_off_ns or 0) - (turn.u_on_ns or 0)) / 1e9 for turn in turns]
    assert spoken == pytest.approx([SPOKEN_S[1] - SPOKEN_S[0]] * 3, abs=0.02)


def test_at_its_own_timing_the_user_speaks_when_it_did(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 3)

    _, world = held(again(folder, RerunTiming.RECORDED))
    began = [turn.u_on_ns or 0 for turn in world.store.recording.turns]

    gaps = [(later - earlier) / 1e9 for earlier, later in itertools.pairwise(began)]
    assert gaps == pytest.approx([TURN_S, TURN_S], abs=0.001)


def test_it_is_paired_with_the_session_it_repeats(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    outcome, world = held(again(folder))
    assert outcome.record is not None
    repeated = StoredSession(
        folder=folder, record=outcome.record, turns=tuple(world.store.recording.turns)
    )
    first = READER.read(folder)

    assert len(PairedSessions(first, repeated).turns()) == 2
    assert len(PairedSessions(repeated, first).turns()) == 2
    stranger = replace(repeated, record=replace(outcome.record, rerun_of=None))
    assert PairedSessions(first, stranger).turns() == []


def test_without_turns_the_user_is_found_in_the_sound(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    (folder / TURNS_FILE).unlink()

    _, world = held(again(folder))

    assert len(world.store.recording.turns) == 2


def test_a_recorded_session_is_looked_at_aside(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    (folder / TURNS_FILE).unlink()
    made: list[str] = []

    async def run() -> None:
        world = World(Peer(EnergyVad()))
        loop_thread = threading.current_thread().name

        def make(choice: InputChoice) -> OpenedInput:
            made.append(threading.current_thread().name)
            return open_input(LoopClock(), AudioChild(LoopClock()), READER, choice)

        parts = replace(world.parts(), make_input=make, aside=asyncio.to_thread)
        wish = replace(start(), input=again(folder))
        opened = await listened(parts, wish, world.reports.append)
        made.append(loop_thread)
        assert opened.script is not None

    asyncio.run(run())

    assert made[0] != made[1]


def test_turns_that_were_not_spoken_are_told_and_left_out(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    path = folder / TURNS_FILE
    text = path.read_text()
    row = text.splitlines()[-1]
    header = text.splitlines()[0].split(",")
    cells = dict(zip(header, row.split(","), strict=False))
    silent = {**cells, "turn_id": "3", "u_on_ns": "", "u_off_ns": "", "vad_on_ns": ""}
    path.write_text(text + ",".join(silent[name] for name in header) + "\r\n")

    _, world = held(again(folder))

    said = [each.sentence for each in world.of(ProblemReport)]
    assert any("1 turn of the recorded session was not spoken" in each for each in said)


@pytest.mark.parametrize("mode", list(RecordingMode))
def test_a_session_without_sound_is_refused(tmp_path: Path, mode: RecordingMode) -> None:
    folder = write_score(tmp_path / "s1", 2, mode=mode)
    (folder / AUDIO_FILE).unlink(missing_ok=True)

    outcome, _ = held(again(folder))

    assert outcome.problem is not None
    assert "holds no sound of its user" in outcome.problem.sentence


def test_a_session_that_is_not_named_is_refused() -> None:
    outcome, _ = held(InputChoice(kind=InputKind.SESSION))

    assert outcome.problem is not None
    assert "No recorded session was named" in outcome.problem.sentence


def test_sound_that_is_taken_away_meanwhile_is_told(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    opened = open_input(LoopClock(), AudioChild(LoopClock()), READER, again(folder))
    assert opened.script is not None

    async def run() -> None:
        opened.source.open()
        (folder / AUDIO_FILE).unlink()
        assert opened.script is not None
        assert opened.script.speak_next()
        await asyncio.sleep(2)
        opened.source.poll()

    run_virtual(run())

    assert opened.script.warnings == ("The recording of turn 1 is cut short.",)


# --- finding it ----------------------------------------------------------------------------


def test_a_session_is_found_by_its_name(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "20261121T120000Z-made_up_1", 1)
    wish = replace(start(), input=InputChoice(kind=InputKind.SESSION, session="latest"))

    found = found_again(wish, READER, str(tmp_path))

    assert (found.input.session, found.rerun_of) == (str(folder), "vv_made_up_1")


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    wish = replace(start(), input=InputChoice(kind=InputKind.SESSION, session="nobody"))

    with pytest.raises(StoreError):
        found_again(wish, READER, str(tmp_path))


def test_other_users_are_left_alone() -> None:
    wish: StartSession = start()

    assert found_again(wish, READER, None) is wish

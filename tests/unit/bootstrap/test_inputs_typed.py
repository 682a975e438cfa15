"""What the user of a recorded session typed is typed again, to another model."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.core.capabilities import Capabilities
from app.core.events import TextSent
from app.core.privacy import RecordingMode
from app.core.records import TurnStatus
from app.session.messages import ProblemReport, RerunTiming, StateReport
from app.session.parts import SessionOutcome
from app.store.layout import AUDIO_FILE, EVENTS_FILE
from tests.support.scores import SPOKEN_S, T0_NS, TURN_S, write_score
from tests.support.session import EnergyVad, Peer, World
from tests.unit.bootstrap.test_inputs import again, held


class Answering(EnergyVad):
    """Answers what is typed, too."""

    asked = 0

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        if message["type"] == "response.create":
            self.asked += 1
            peer.answer(f"t{self.asked}", words="Read.")
        super().__call__(peer, message)


def type_into(folder: Path, *messages: tuple[float, str | None]) -> None:
    """Add typed messages at seconds of the recording; None is one whose words were not kept."""
    with (folder / EVENTS_FILE).open("a") as file:
        for at_s, text in messages:
            fields: dict[str, Any] = {"at_ns": T0_NS + round(at_s * 1e9)}
            fields |= {} if text is None else {"text": text}
            line = {"t_ns": fields["at_ns"], "event": "TextSent", "fields": fields}
            file.write(json.dumps(line) + "\n")


def read_again(
    folder: Path, timing: RerunTiming = RerunTiming.TURNS, *, takes_text: bool = True
) -> tuple[SessionOutcome, World]:
    answering = Answering(words="Yes.")
    return held(again(folder, timing), answering, Capabilities(text_input=takes_text))


def texts(world: World) -> list[str]:
    items = (each["item"] for each in world.peer.sent if "item" in each)
    return [item["content"][0]["text"] for item in items]


def test_typed_turns_are_typed_again_in_their_place(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    type_into(folder, (TURN_S - 0.5, "And in writing?"), (2 * TURN_S, "Bye."))

    outcome, world = read_again(folder)
    turns = world.store.recording.turns

    assert outcome.problem is None
    assert texts(world) == ["And in writing?", "Bye."]
    assert [turn.input_name for turn in turns] == ["turn 1", "typed 1", "turn 2", "typed 2"]
    assert [turn.text_messages for turn in turns] == [0, 1, 0, 1]
    assert [turn.status for turn in turns] == [TurnStatus.OK] * 4
    assert world.of(ProblemReport) == []


def test_at_its_own_timing_a_message_is_sent_when_it_was(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    type_into(folder, (TURN_S - 0.5, "And in writing?"))

    _, world = read_again(folder, RerunTiming.RECORDED)

    turns = world.store.recording.turns
    sent = [
        fields.at_ns for _, fields in world.store.recording.events if isinstance(fields, TextSent)
    ]
    spoken = [turn.u_on_ns for turn in turns if turn.u_on_ns is not None]
    assert len(spoken) == 2
    assert (sent[0] - spoken[0]) / 1e9 == pytest.approx(TURN_S - 0.5 - SPOKEN_S[0], abs=0.03)
    assert [turn.input_name for turn in turns] == ["turn 1", "typed 1", "turn 2"]


@pytest.mark.parametrize("timing", list(RerunTiming))
def test_without_sound_what_was_typed_is_heard_alone(tmp_path: Path, timing: RerunTiming) -> None:
    folder = write_score(tmp_path / "s1", 2)
    (folder / AUDIO_FILE).unlink()
    type_into(folder, (1.0, "One."), (5.0, "Two."))

    outcome, world = read_again(folder, timing)

    assert outcome.problem is None
    assert texts(world) == ["One.", "Two."]
    assert [turn.u_off_ns for turn in world.store.recording.turns] == [None, None]
    assert outcome.record is not None
    assert outcome.record.input_name == "silence"


def test_words_that_were_not_kept_are_told(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2)
    type_into(folder, (1.0, None))

    _, world = read_again(folder)

    assert texts(world) == []
    said = [each.sentence for each in world.of(ProblemReport)]
    assert said == ["The words of 1 typed message were not kept: it is left out."]


def test_typed_messages_without_words_or_sound_are_refused(tmp_path: Path) -> None:
    folder = write_score(tmp_path / "s1", 2, mode=RecordingMode.FIGURES)
    type_into(folder, (1.0, None))

    outcome, world = read_again(folder)

    assert outcome.problem is not None
    assert "typed messages only, and their words were not kept" in outcome.problem.sentence
    assert world.asked == []


def test_a_provider_that_takes_no_text_is_told_of_before_anything_is_connected(
    tmp_path: Path,
) -> None:
    folder = write_score(tmp_path / "s1", 2)
    type_into(folder, (1.0, "One."))
    told = "A peer takes no typed messages: the typed message is left out."

    _, spoken = read_again(folder, takes_text=False)
    (folder / AUDIO_FILE).unlink()
    outcome, silent = read_again(folder, takes_text=False)

    assert [type(each) for each in spoken.reports[:2]] == [ProblemReport, StateReport]
    assert spoken.of(ProblemReport)[0].sentence == told
    assert texts(spoken) == []
    assert outcome.problem is not None
    assert (
        "takes no typed messages, and the recorded session has nothing" in outcome.problem.sentence
    )
    assert silent.asked == []

"""What the user of a recorded session said is cut out of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.errors import ConfigError
from app.core.ports import StoredSession
from app.core.records import TurnRecord, TurnStatus
from app.dsp.speech import Segment
from app.session.rerun import Cut, turn_cuts, whole_cuts
from app.session.typed import typed_turns
from tests.support.scores import record_of, turn_of

FRAMES = 12 * 24_000


def stored(*turns: TurnRecord) -> StoredSession:
    return StoredSession(folder=Path("/s/1"), record=record_of(len(turns)), turns=turns)


def seconds(cuts: Sequence[Cut]) -> list[tuple[str, float, float]]:
    return [(cut.name, cut.first / 24_000, cut.end / 24_000) for cut in cuts]


def test_each_turn_is_cut_out_with_a_margin() -> None:
    named = replace(turn_of(2), input_name="b.wav")

    assert seconds(turn_cuts(stored(turn_of(1), named), FRAMES)) == [
        ("turn 1", 0.25, 1.75),
        ("b.wav", 4.25, 5.75),
    ]


def test_the_whole_channel_is_cut_between_the_turns() -> None:
    cuts = whole_cuts(stored(turn_of(1), turn_of(2), turn_of(3)), FRAMES)

    assert seconds(cuts) == [("turn 1", 0.0, 3.0), ("turn 2", 3.0, 7.0), ("turn 3", 7.0, 12.0)]


def test_the_margins_of_turns_that_are_close_do_not_overlap() -> None:
    second = replace(
        turn_of(1),
        turn_id=2,
        u_on_ns=Nanoseconds((turn_of(1).u_off_ns or 0) + 200_000_000),
        u_off_ns=Nanoseconds((turn_of(1).u_off_ns or 0) + 900_000_000),
    )

    first, other = turn_cuts(stored(turn_of(1), second), FRAMES)

    assert first.end == other.first


@pytest.mark.parametrize(
    ("changes", "bounds"),
    [
        ({"u_on_ns": None}, (0.6 - 0.6, 1.5 + 0.25)),
        ({"u_off_ns": None}, (0.25, 1.8 + 0.25)),
        ({"u_off_ns": None, "vad_off_ns": None, "commit_ns": turn_of(1).u_off_ns}, (0.25, 1.75)),
    ],
)
def test_where_our_ears_do_not_tell_the_provider_does(
    changes: dict[str, Any], bounds: tuple[float, float]
) -> None:
    (cut,) = seconds(turn_cuts(stored(replace(turn_of(1), **changes)), FRAMES))

    assert cut[1:] == pytest.approx(bounds, abs=0.01)


def test_without_turns_what_is_heard_is_cut_out() -> None:
    heard = (Segment(24_000, 48_000), Segment(96_000, 120_000))

    assert seconds(turn_cuts(stored(), FRAMES, heard)) == [
        ("turn 1", 0.75, 2.25),
        ("turn 2", 3.75, 5.25),
    ]


@pytest.mark.parametrize("turns", [(), (TurnRecord(turn_id=1, status=TurnStatus.OK),)])
def test_a_session_in_which_nobody_speaks_is_refused(turns: tuple[TurnRecord, ...]) -> None:
    with pytest.raises(ConfigError, match="Nobody speaks"):
        turn_cuts(stored(*turns), FRAMES)


def test_a_turn_beyond_the_sound_is_left_out() -> None:
    assert [cut.name for cut in turn_cuts(stored(turn_of(1), turn_of(9)), FRAMES)] == ["turn 1"]


def typed(number: int) -> TurnRecord:
    """A turn that a message began one second into it."""
    spoken = turn_of(number)
    begun = Nanoseconds((spoken.u_on_ns or 0) + 500_000_000)
    return replace(
        spoken, u_on_ns=None, u_off_ns=None, vad_on_ns=None, create_ns=begun, text_messages=1
    )


def test_a_typed_turn_keeps_its_name_and_its_place() -> None:
    held = stored(turn_of(1), typed(2), turn_of(3))
    cuts = turn_cuts(held, FRAMES)
    message = Nanoseconds((typed(2).create_ns or 0) - 1_000_000)
    late = Nanoseconds((turn_of(3).done_ns or 0) + 1_000_000_000)

    found = typed_turns(held, [(message, "Hm?"), (late, "Bye."), (late, "")], cuts, rate_hz=24_000)

    assert [(each.text, each.after, each.name) for each in found] == [
        ("Hm?", 1, "turn 2"),
        ("Bye.", 2, "typed 2"),
    ]
    assert found[0].at_ms == pytest.approx(4_999)

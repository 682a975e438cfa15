import pytest

from app.core.ports.store import StoredSession
from app.core.turn_record import TurnStatus
from app.metrics.comparison_pairs import (
    Design,
    PairedSessions,
    choose,
    design_of,
    measured,
    pair_sessions,
)
from tests.support.comparing import failed, session, turn


def held(order: str) -> tuple[list[StoredSession], list[StoredSession]]:
    """Sessions of "a" and "b" in this order, a minute apart; another letter is a gap."""
    sides: tuple[list[StoredSession], list[StoredSession]] = ([], [])
    for minute, model in enumerate(order):
        if model in "ab":
            sides["ab".index(model)].append(session(model, turn(), minute=minute))
    return sides


def in_run(order: str, run_id: str = "run") -> tuple[list[StoredSession], list[StoredSession]]:
    sides: tuple[list[StoredSession], list[StoredSession]] = ([], [])
    for place, model in enumerate(order):
        if model in "ab":
            made = session(model, turn(), minute=place, run_id=run_id, order_idx=place)
            sides["ab".index(model)].append(made)
    return sides


def names(pairs: tuple[PairedSessions, ...]) -> list[str]:
    return [f"{p.first.record.session_id} {p.second.record.session_id}" for p in pairs]


@pytest.mark.parametrize(
    ("order", "pairs"),
    [
        ("abba", ["a-0 b-1", "a-3 b-2"]),
        ("abb-ab", ["a-0 b-1", "a-4 b-5"]),
        ("-bbaab", ["a-3 b-2", "a-4 b-5"]),
        ("abcbcacab", ["a-0 b-1", "a-5 b-3", "a-7 b-8"]),
        ("ab-bcaca-", ["a-0 b-1", "a-5 b-3"]),
        ("aabb", ["a-0 b-2", "a-1 b-3"]),
        ("a", []),
    ],
    ids=["ABBA", "a-missing", "first-missing", "three", "three-one-missing", "blocks", "alone"],
)
def test_sessions_of_a_run_go_by_its_rounds(order: str, pairs: list[str]) -> None:
    assert names(pair_sessions(*in_run(order))) == pairs


def test_sessions_of_no_run_go_by_their_place_in_time() -> None:
    first, second = held("abbaab")

    assert names(pair_sessions(first[::-1], second)) == ["a-0 b-1", "a-3 b-2", "a-4 b-5"]


def test_runs_are_kept_apart() -> None:
    one, other = in_run("ab", "r1"), in_run("ba", "r2")
    loose = session("a", turn(), minute=50), session("b", turn(), minute=51)

    pairs = pair_sessions([*one[0], *other[0], loose[0]], [*other[1], *one[1], loose[1]])

    assert [(p.first.record.run_id, p.second.record.run_id) for p in pairs] == [
        ("r1", "r1"),
        ("r2", "r2"),
        (None, None),
    ]


def test_a_run_without_a_place_in_it_goes_by_time() -> None:
    first = session("a", turn(), minute=1, run_id="r", order_idx=None)
    second = session("b", turn(), minute=2, run_id="r", order_idx=None)

    assert names(pair_sessions([first], [second])) == ["a-1 b-2"]


def test_turns_belong_together_by_what_was_said_and_how_often_before() -> None:
    first = session("a", turn(1, 1.0), turn(2, 2.0, input_name="r.wav"), turn(3, 3.0),
                    turn(4, 4.0, input_name=None))  # fmt: skip
    second = session("b", turn(1, 10.0, input_name="r.wav"), turn(2, 20.0), turn(3, 30.0),
                     turn(4, 40.0), turn(5, 50.0, input_name=None))  # fmt: skip

    pairs = PairedSessions(first, second).turns()

    assert [(a.v2v_ms, b.v2v_ms) for a, b in pairs] == [(1.0, 20.0), (2.0, 10.0), (3.0, 30.0)]


@pytest.mark.parametrize(
    ("origins", "paired"),
    [
        ((None, "a-0"), [(1.0, 10.0), (3.0, 30.0)]),
        (("b-0", None), [(1.0, 10.0), (3.0, 30.0)]),
        (("c-0", "c-0"), [(1.0, 10.0), (3.0, 30.0)]),
        (("c-0", "d-0"), []),
        ((None, None), []),
    ],
)
def test_turns_of_a_session_that_is_heard_again_belong_together_without_names(
    origins: tuple[str | None, str | None], paired: list[tuple[float, float]]
) -> None:
    unnamed = [turn(number, number * 1.0, input_name=None) for number in (1, 2, 3)]
    again = [turn(1, 10.0, input_name="turn 1"), turn(2, 30.0, input_name="turn 3")]
    first = session("a", *unnamed, rerun_of=origins[0])
    second = session("b", *again, rerun_of=origins[1])

    pairs = PairedSessions(first, second).turns()

    assert [(a.v2v_ms, b.v2v_ms) for a, b in pairs] == paired


@pytest.mark.parametrize(
    ("order", "design"),
    [
        ("abba", Design.INTERLEAVED),
        ("abab", Design.INTERLEAVED),
        ("aba", Design.INTERLEAVED),
        ("ab", Design.IN_SEQUENCE),
        ("aabb", Design.IN_SEQUENCE),
        ("aaabbbaaabbb", Design.IN_SEQUENCE),
        ("abaaab", Design.IN_SEQUENCE),
        ("", Design.IN_SEQUENCE),
    ],
)
def test_the_design_is_interleaved_only_where_the_sides_take_turns(
    order: str, design: Design
) -> None:
    assert design_of(*held(order), paired=True) is design
    assert design_of(*held(order), paired=False) is Design.UNPAIRED


@pytest.mark.parametrize(
    ("made", "counts"),
    [
        (turn(), True),
        (turn(status=TurnStatus.INTERRUPTED), True),
        (failed(), False),
        (turn(status=TurnStatus.ERROR), False),
        (turn(excluded_reason="xrun"), False),
        (turn(client_limited="loop_lag"), True),
    ],
)
def test_failed_and_spoilt_turns_have_no_latency(made: object, counts: object) -> None:
    assert measured(made) is counts  # type: ignore[arg-type]  # a table of turns


@pytest.mark.parametrize(
    ("sides", "drops_first", "drops_tools"),
    [
        ([[turn(is_first_turn=True), turn()], [turn()]], True, True),
        ([[turn(is_first_turn=True)], [turn(is_first_turn=True), turn()]], False, True),
        ([[turn(has_tool=True)], [turn()]], True, False),
        ([[turn(is_first_turn=True), turn(has_tool=True)], [turn()]], False, True),
        ([[turn(is_first_turn=True), failed()], [turn()]], False, True),
        ([[], [turn()]], False, False),
    ],
)
def test_first_and_tool_turns_are_told_apart_where_others_remain(
    sides: list[list[object]], drops_first: object, drops_tools: object
) -> None:
    choice = choose(sides)  # type: ignore[arg-type]  # a table of turns

    assert (choice.drops_first, choice.drops_tools) == (drops_first, drops_tools)
    assert choice.takes(turn(is_first_turn=True)) is not drops_first
    assert choice.takes(turn(has_tool=True)) is not drops_tools
    assert not choice.takes(failed())

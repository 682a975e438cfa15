import pytest

from app.core.records import TurnRecord, TurnStatus
from app.ui.vm.hover import NO_TURN
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.turn import FIGURES, OUTCOMES, PARTS, REFERENCE_WORDS, REFERENCES, TurnViewModel
from tests.support.reports import turn

THIN = "\u2009"
DASH = "\N{EN DASH}"


def shown(*turns: TurnRecord) -> TurnViewModel:
    statistics = StatisticsViewModel()
    vm = TurnViewModel(statistics)
    for each in turns:
        statistics.take(each)
        vm.take(each)
    return vm


@pytest.mark.parametrize("status", list(TurnStatus))
def test_every_outcome_has_its_words(status: TurnStatus) -> None:
    assert status in OUTCOMES


def test_every_figure_explains_itself() -> None:
    vm = shown(turn(1))

    figures = (vm.v2v, *vm.figures, *vm.client, *vm.matrix[0], *vm.matrix[1])
    metrics = [each.metric for each in figures] + [each.metric for each in vm.parts]
    assert all(vm.hover(metric) for metric in metrics)
    assert len(vm.figures) == len(FIGURES)
    assert set(REFERENCES) == set(REFERENCE_WORDS)


def test_before_the_first_turn_all_is_unknown_and_says_why() -> None:
    vm = shown()

    assert (vm.title, vm.headline, vm.parts, vm.note) == ("This turn", DASH, (), "")
    assert not vm.v2v.known
    assert vm.hover("text_tps").endswith(f"unknown\t{NO_TURN}")
    assert not vm.step(-1)
    assert not vm.show(1)
    vm.newest()
    assert vm.turn is None


def test_a_turn_shows_its_figures() -> None:
    vm = shown(turn(3, v2v_ms=612.4, u_v2v_ms=6.4, text_tps=85.0, delivery_x=4.2))

    assert (vm.title, vm.headline) == ("Turn 3", "612")
    assert vm.uncertainty == f"\N{PLUS-MINUS SIGN}{THIN}6{THIN}ms"
    assert [each.text for each in vm.figures] == [
        "85.0",
        f"4.20{THIN}\N{MULTIPLICATION SIGN}",
    ]


def test_first_token_and_first_audio_have_all_four_reference_points() -> None:
    vm = shown(
        turn(
            1,
            ttft_eos_ms=571.0,
            ttft_stop_ms=288.0,
            ttft_commit_ms=None,
            ttft_create_ms=276.0,
            ttfa_eos_ms=601.0,
            ttfa_stop_ms=318.0,
            ttfa_commit_ms=None,
            ttfa_create_ms=306.0,
        )
    )

    assert [[each.text for each in row] for row in vm.matrix] == [
        [f"571{THIN}ms", f"288{THIN}ms", DASH, f"276{THIN}ms"],
        [f"601{THIN}ms", f"318{THIN}ms", DASH, f"306{THIN}ms"],
    ]
    assert vm.matrix[1][0].name == "TTFA from speech end"
    assert "unknown\t" in vm.hover("ttft_commit_ms")


def test_what_we_add_is_shown_with_its_four_parts() -> None:
    vm = shown(
        turn(
            1,
            client_added_ms=31.0,
            tx_quantisation_ms=8.5,
            tx_lateness_ms=0.5,
            jitter_buffer_ms=20.0,
            playout_rest_ms=2.0,
        )
    )

    assert [(each.name, each.text) for each in vm.client] == [
        ("client adds", f"31.0{THIN}ms"),
        ("frame", f"8.50{THIN}ms"),
        ("lateness", f"0.500{THIN}ms"),
        ("buffer", f"20.0{THIN}ms"),
        ("playing", f"2.00{THIN}ms"),
    ]


def test_tokens_that_the_provider_counted_are_marked_reported() -> None:
    told = {each.name: each.reported for each in shown(turn(1)).figures}
    counted = {each.name: each.reported for each in shown(turn(2, usage=None)).figures}

    assert told == {"Tokens/s": True, "Delivery": False}
    assert not any(counted.values())


def test_a_delivery_faster_than_50_says_only_that() -> None:
    assert shown(turn(1, delivery_x=764.0)).figures[1].text.startswith(">50")


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (TurnStatus.INTERRUPTED, "Turn 3, interrupted"),
        (TurnStatus.TIMEOUT, "Turn 3, no reply in time"),
        (TurnStatus.ERROR, "Turn 3, failed"),
    ],
)
def test_the_title_says_how_the_turn_ended(status: TurnStatus, title: str) -> None:
    assert shown(turn(3, status=status)).title == title


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, ""),
        ({"excluded_reason": "xrun"}, "left out: sound dropped out (xrun)"),
        (
            {"client_limited": "loop_lag+odd", "is_first_turn": True},
            "client-limited: this program ran late, odd, first turn",
        ),
        ({"v2v_ms": None, "audible_ns": None}, "nothing of the reply was audible"),
        ({"has_tool": True}, "with a tool"),
        ({"breakdown_residual_ms": -1.2}, "parts do not sum up"),
        ({"breakdown_residual_ms": 0.9}, ""),
    ],
)
def test_a_turn_that_is_not_like_others_says_so(changes: dict[str, object], note: str) -> None:
    assert shown(turn(1, **changes)).note.startswith(note)
    assert bool(shown(turn(1, **changes)).note) is bool(note)


def test_the_parts_share_the_bar() -> None:
    vm = shown(
        turn(
            1,
            tx_wait_ms=10.0,
            endpointing_ms=240.0,
            server_response_ms=250.0,
            leading_silence_ms=None,
            playout_wait_ms=-5.0,
        )
    )

    assert [(part.name, part.share) for part in vm.parts] == [
        ("sending", 0.02),
        ("endpointing", 0.48),
        ("response", 0.5),
        ("playout", 0.0),
    ]


def test_parts_that_are_all_zero_do_not_divide_by_zero() -> None:
    vm = shown(turn(1, **dict.fromkeys((metric for _name, metric in PARTS), 0.0)))

    assert {part.share for part in vm.parts} == {0.0}


def test_a_screen_reader_hears_one_sentence() -> None:
    vm = shown(turn(3, v2v_ms=612.0))

    assert vm.spoken.startswith(f"Turn 3: voice to voice 612{THIN}ms, Tokens/s ")
    assert "TTFT from stop" in vm.spoken


# --- looking at another turn


def test_the_newest_turn_is_followed_until_another_is_looked_at() -> None:
    statistics = StatisticsViewModel()
    vm = TurnViewModel(statistics)
    for number in (1, 2, 3):
        statistics.take(turn(number))
        vm.take(statistics.turns[-1])

    assert vm.step(-1)
    statistics.take(turn(4))
    vm.take(statistics.turns[-1])

    assert (vm.title, vm.following, vm.has_earlier) == ("Turn 2 of 4", False, True)
    vm.newest()
    assert (vm.title, vm.following) == ("Turn 4", True)


def test_steps_end_at_either_end() -> None:
    vm = shown(turn(1), turn(2))

    assert [vm.step(1), vm.step(-1), vm.has_earlier, vm.step(-1), vm.step(1)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert vm.following


def test_a_turn_that_is_not_kept_is_not_shown() -> None:
    vm = shown(turn(1), turn(3))

    assert not vm.show(2)
    assert not vm.show(9)
    assert vm.show(1)
    assert vm.title == "Turn 1 of 3"


def test_a_new_session_begins_without_a_turn() -> None:
    vm = shown(turn(1), turn(2))
    vm.step(-1)

    vm.clear()

    assert (vm.turn, vm.following) == (None, True)

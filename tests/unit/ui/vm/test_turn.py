import pytest

from app.core.records import TurnStatus
from app.ui.vm.turn import FIGURES, OUTCOMES, PARTS, TurnViewModel
from tests.support.reports import turn

THIN = "\u2009"


@pytest.mark.parametrize("status", list(TurnStatus))
def test_every_outcome_has_its_words(status: TurnStatus) -> None:
    assert status in OUTCOMES


def test_every_figure_has_a_definition() -> None:
    vm = TurnViewModel()
    vm.take(turn(1))

    assert all(each.hover for each in (vm.v2v, *vm.figures))
    assert all(each.hover for each in vm.parts)
    assert len(vm.figures) == len(FIGURES)


def test_before_the_first_turn_all_is_unknown_and_says_why() -> None:
    vm = TurnViewModel()

    assert (vm.title, vm.headline, vm.parts) == ("This turn", "\N{EN DASH}", ())
    assert not vm.v2v.known
    assert "no turn has ended yet" in vm.figures[0].hover


def test_a_turn_shows_its_figures() -> None:
    vm = TurnViewModel()

    vm.take(turn(3, v2v_ms=612.4, ttft_ms=288.0, ttfa_stop_ms=318.0, text_tps=85.0, delivery_x=4.2))

    assert (vm.title, vm.headline) == ("Turn 3", "612")
    assert [each.text for each in vm.figures] == [
        f"288{THIN}ms",
        f"318{THIN}ms",
        "85.0",
        f"4.20{THIN}\N{MULTIPLICATION SIGN}",
    ]


def test_tokens_that_the_provider_counted_are_marked_reported() -> None:
    vm = TurnViewModel()
    vm.take(turn(1))
    told = {each.name: each.reported for each in vm.figures}

    vm.take(turn(2, usage=None))
    counted = {each.name: each.reported for each in vm.figures}

    assert told == {"TTFT": False, "TTFA (stop)": False, "Tokens/s": True, "Delivery": False}
    assert not any(counted.values())


def test_a_delivery_faster_than_50_says_only_that() -> None:
    vm = TurnViewModel()

    vm.take(turn(1, delivery_x=243.0))

    assert vm.figures[3].text == f">50{THIN}\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (TurnStatus.INTERRUPTED, "Turn 3, interrupted"),
        (TurnStatus.TIMEOUT, "Turn 3, no reply in time"),
        (TurnStatus.ERROR, "Turn 3, failed"),
    ],
)
def test_the_title_says_how_the_turn_ended(status: TurnStatus, title: str) -> None:
    vm = TurnViewModel()

    vm.take(turn(3, status=status))

    assert vm.title == title


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (TurnStatus.ERROR, "rate limit reached", "rate limit reached"),
        (TurnStatus.TIMEOUT, None, "the turn failed before this was known"),
        (TurnStatus.OK, None, "one of its two instants was not observed"),
    ],
)
def test_an_unknown_figure_says_why(status: TurnStatus, message: str | None, reason: str) -> None:
    vm = TurnViewModel()

    vm.take(turn(3, status=status, error_message=message, v2v_ms=None))

    assert f"Unknown: {reason}" in vm.v2v.hover


def test_the_parts_share_the_bar() -> None:
    vm = TurnViewModel()

    vm.take(
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
    vm = TurnViewModel()

    vm.take(turn(1, **{kind.metric: 0.0 for kind in PARTS}))

    assert {part.share for part in vm.parts} == {0.0}


def test_a_screen_reader_hears_one_sentence() -> None:
    vm = TurnViewModel()

    vm.take(turn(3, v2v_ms=612.0))

    assert vm.spoken.startswith(f"Turn 3: voice to voice 612{THIN}ms, TTFT ")


def test_a_new_session_begins_without_a_turn() -> None:
    vm = TurnViewModel()
    vm.take(turn(3))

    vm.clear()

    assert vm.turn is None

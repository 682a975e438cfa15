import pytest

from app.core.events import BargeInCause
from app.core.records import InterruptKind, TurnStatus
from app.ui.vm.details import details
from app.ui.vm.distribution import MOST_STEPS, distribution
from app.ui.vm.session_figures import session_figures
from app.ui.vm.statistics import StatisticsViewModel
from app.ui.vm.tally import CAUSES, Tally
from app.ui.vm.verification import VerificationViewModel
from tests.support.reports import session, turn
from tests.support.verified import verification

THIN = "\u2009"
DASH = "\N{EN DASH}"


def figures(statistics: StatisticsViewModel) -> dict[str, str]:
    groups = session_figures(statistics, VerificationViewModel())
    return {row.name: row.text for group in groups for row in group.rows}


def many(count: int) -> StatisticsViewModel:
    vm = StatisticsViewModel()
    for number in range(1, count + 1):
        vm.take(turn(number, stalls_n=0, stall_ms=0.0, v2v_ms=600.0 + number))
    return vm


# --- the session in figures


def test_an_empty_session_has_no_figures() -> None:
    found = figures(StatisticsViewModel())

    assert (found["Turns"], found["Availability"], found["Stalls"]) == ("0", DASH, DASH)


def test_outcomes_are_counted_with_their_classes() -> None:
    vm = many(8)
    vm.take(turn(9, status=TurnStatus.ERROR, error_type="rate_limit"))
    vm.take(turn(10, status=TurnStatus.TIMEOUT, client_limited="xrun", excluded_reason="xrun"))
    vm.take(turn(11, client_limited="loop_lag+xrun", excluded_reason="xrun"))

    found = figures(vm)

    assert found["Availability"] == f"81.8{THIN}% (52.3 to 94.9), 9 of 11"
    assert found["Failed, by class"] == "2: rate_limit 1, timeout 1"
    assert (found["Left out, by reason"], found["Client-limited, by reason"]) == (
        "1: sound dropped out (xrun) 1",
        "2: sound dropped out (xrun) 2, this program ran late 1",
    )
    assert found["In the quantiles"] == "8 of 11"


def test_turns_that_are_told_apart_are_named() -> None:
    vm = many(8)
    vm.take(turn(9, is_first_turn=True))
    vm.take(turn(10, has_tool=True))

    assert figures(vm)["In the quantiles"] == "8 of 10: first turn apart, 1 with a tool apart"


def test_stalls_are_those_of_every_reply() -> None:
    vm = many(3)
    vm.take(turn(4, is_first_turn=True, stalls_n=2, stall_ms=300.0))
    vm.take(turn(5, status=TurnStatus.ERROR, stalls_n=1, stall_ms=50.0))
    vm.take(turn(6, stalls_n=None, stall_ms=None))

    assert figures(vm)["Stalls"] == f"3 in 5 turns, 350{THIN}ms in all"


def test_interruptions_have_a_rate_from_ten_on() -> None:
    vm = StatisticsViewModel()
    for number in range(1, 10):
        missed = number == 1
        vm.take(turn(number, interrupt_kind=InterruptKind.GENERATION, missed_interrupt=missed))
    few = figures(vm)
    vm.take(turn(10, interrupt_kind=InterruptKind.PLAYBACK_ONLY, missed_interrupt=None))
    vm.take(turn(11, interrupt_kind=InterruptKind.PLAYBACK_ONLY, missed_interrupt=False))

    assert few["Yielded within 2 s"] == "8 of 9 (a rate needs 10)"
    assert figures(vm)["Interrupted replies"] == "11"
    assert figures(vm)["Yielded within 2 s"].endswith("9 of 10")
    assert figures(vm)["Missed interruptions"].endswith("1 of 10")


def test_a_reply_that_a_hand_stopped_yielded_nothing_however_soon_it_ended() -> None:
    vm = StatisticsViewModel()
    vm.take(
        turn(
            1,
            interrupt_kind=InterruptKind.GENERATION,
            interrupt_cause=BargeInCause.STOP_KEY,
            yield_ms=200.0,
            missed_interrupt=None,
        )
    )

    assert figures(vm)["Yielded within 2 s"] == DASH
    assert figures(vm)["Stopped by"] == "1: stop key 1"


def test_what_was_wasted_is_summed_over_all_replies_that_know_it() -> None:
    vm = many(2)
    vm.take(turn(3, wasted_audio_ms=2_500.0, wasted_tokens=50.0))
    vm.take(turn(4, status=TurnStatus.ERROR, wasted_audio_ms=1_000.0))
    vm.take(turn(5, wasted_audio_ms=0.0, wasted_tokens=0.0))

    assert figures(vm)["Wasted audio"] == f"3.50{THIN}s in 2 of 3 turns"
    assert figures(vm)["Wasted audio tokens"] == "about 50.0 in 2 turns"
    assert figures(many(1))["Wasted audio"] == DASH


@pytest.mark.parametrize("cause", list(BargeInCause))
def test_every_cause_has_words_of_its_own(cause: BargeInCause) -> None:
    assert list(CAUSES.values()).count(CAUSES[cause]) == 1


def test_a_tally_gives_back_what_it_took() -> None:
    tally = Tally()
    odd = (
        turn(1, status=TurnStatus.ERROR, client_limited="y+z"),
        turn(2, excluded_reason="x"),
        turn(3, interrupt_kind=InterruptKind.GENERATION, interrupt_cause=BargeInCause.LOCAL),
    )

    for by in (1, -1):
        for each in odd:
            tally.add(each, by)

    assert (tally.turns, tally.failed, tally.availability) == (0, 0, DASH)
    assert tally.limited_turns == 0
    counters = (tally.errors, tally.excluded, tally.limited)
    assert not any(counter.total() for counter in counters)
    assert not tally.flags.total()
    assert not tally.causes.total()


def test_what_we_add_is_in_the_summary() -> None:
    found = figures(many(30))

    assert found["Client-added latency"].startswith("P50 ")
    assert "P95 " in found["Client-added latency"]
    assert found["Stalls"] == f"0 in 30 turns, 0{THIN}ms in all"


def test_a_few_values_say_that_they_are_few() -> None:
    assert figures(many(2))["Delivery speed"] == "n 2, too few"


def test_the_recording_adds_its_turn_taking() -> None:
    checked = VerificationViewModel()
    checked.begin(session().folder)
    checked.take(verification())

    groups = session_figures(many(1), checked)

    assert groups[-1].topic == "Turn-taking, from the recording"


# --- one turn in full


def test_every_metric_of_a_turn_is_listed_by_topic() -> None:
    groups = details(turn(1, u_v2v_ms=6.4))

    rows = {row.metric: row for group in groups for row in group.rows}
    assert rows["v2v_ms"].text.endswith(f"6{THIN}ms")
    assert rows["v2v_ms"].clickable
    assert (rows["ttfa_commit_ms"].text, rows["ttfa_commit_ms"].known) == (DASH, False)
    assert groups[0].topic == "Latency"


def test_what_is_typed_finds_by_name_column_and_topic() -> None:
    def found(words: str) -> list[str]:
        return [row.metric for group in details(turn(1), words) for row in group.rows]

    assert found("ttfa commit") == ["ttfa_commit_ms"]
    assert "rtt_ms" in found("ROUND")
    assert "client_added_ms" in found("we add")
    assert found("zebra") == []


def test_without_a_turn_every_row_is_unknown() -> None:
    assert not any(row.known for group in details(None) for row in group.rows)


# --- the distribution


def test_a_distribution_rises_to_one() -> None:
    plan = distribution(many(30))

    assert (plan.n, plan.shares[-1], plan.empty) == (30, 1.0, False)
    assert [mark.name for mark in plan.marks] == ["P50", "P95"]
    assert plan.ticks[0] <= plan.values[0]
    assert plan.values[-1] <= plan.ticks[-1]
    assert plan.spoken.startswith("Distribution of Voice-to-voice latency, ms: n 30, P50 616")


def test_a_distribution_of_many_turns_is_thinned() -> None:
    assert len(distribution(many(1_000)).values) <= MOST_STEPS


def test_a_distribution_of_one_value_has_room_on_its_axis() -> None:
    plan = distribution(many(1))

    assert plan.ticks[0] < plan.ticks[-1]
    assert plan.marks == ()


def test_a_capped_metric_ends_at_its_cap() -> None:
    vm = StatisticsViewModel("delivery_x")
    vm.take(turn(1, delivery_x=764.0))

    assert distribution(vm).values.tolist() == [50.0]


def test_no_turns_make_no_curve() -> None:
    plan = distribution(StatisticsViewModel("chunks_n"))

    assert plan.empty
    assert plan.name == "Audio pieces"
    assert plan.ticks == (0.0, 1.0)

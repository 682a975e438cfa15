"""A replay tells of tools, devices, connections and cost as the live session did."""

from dataclasses import replace
from decimal import Decimal

from app.core.clock import Nanoseconds
from app.core.events import (
    ConnectionRenewed,
    DeviceBack,
    DeviceLost,
    DeviceSide,
    Reconnecting,
    SessionEvent,
    TokenUsage,
    ToolCalled,
    ToolFinished,
    ToolOutcome,
    ToolStarted,
)
from app.core.ids import CallId, ItemId
from app.core.money import CostStatus
from app.session.messages import (
    CostReport,
    DeviceReport,
    EngineReport,
    GuardReport,
    GuardState,
    SpanKind,
    SpanReport,
    ToolReport,
    ToolState,
)
from app.session.replay_cost import ReplayCost
from app.session.replay_upkeep import KEPT, Upkeep
from tests.support.accounts import MINI
from tests.support.scores import T0_NS, record_of, turn_of

C1 = CallId("c1")


def at(ms: float) -> Nanoseconds:
    return Nanoseconds(T0_NS + round(ms * 1e6))


def told(*events: SessionEvent) -> list[EngineReport]:
    reports: list[EngineReport] = []
    upkeep = Upkeep(Nanoseconds(T0_NS), reports.append)
    for event in events:
        upkeep.take(event)
    return reports


def called(ms: float, call: CallId = C1) -> ToolCalled:
    return ToolCalled(
        at_ns=at(ms),
        response_id=None,
        item_id=ItemId("i"),
        output_index=0,
        call_id=call,
        name="add",
        arguments="{}",
    )


def test_a_call_is_told_while_it_runs_and_when_it_has_ended() -> None:
    running, ended = told(
        called(100),
        ToolStarted(at_ns=at(110), call_id=C1, name="add", arguments="{}", source="http"),
        ToolFinished(
            at_ns=at(400), call_id=C1, outcome=ToolOutcome.ANSWERED, output="3", elapsed_ms=290.0
        ),
    )

    assert isinstance(running, ToolReport)
    assert isinstance(ended, ToolReport)
    assert (running.state, running.at_ms, running.source) == (ToolState.RUNNING, 100, "http")
    assert (ended.state, ended.at_ms, ended.name) == (ToolState.ENDED, 100, "add")
    assert (ended.outcome, ended.output, ended.elapsed_ms) == (ToolOutcome.ANSWERED, "3", 290)


def test_an_end_without_a_begin_is_told_too() -> None:
    (ended,) = told(
        ToolFinished(
            at_ns=at(400), call_id=C1, outcome=ToolOutcome.REFUSED, output="", elapsed_ms=0.0
        )
    )

    assert isinstance(ended, ToolReport)
    assert (ended.name, ended.at_ms, ended.elapsed_ms) == ("tool", 400, None)


def test_calls_that_never_end_do_not_fill_the_memory() -> None:
    calls = [CallId(f"c{number}") for number in range(KEPT * 2)]
    reports = told(
        *(called(1, call) for call in calls),
        *(
            ToolStarted(at_ns=at(9), call_id=call, name="add", arguments="{}", source="")
            for call in calls
        ),
        ToolFinished(
            at_ns=at(10), call_id=calls[0], outcome=ToolOutcome.ANSWERED, output="", elapsed_ms=1.0
        ),
    )

    last = reports[-1]
    assert isinstance(last, ToolReport)
    assert last.name == "tool"


def test_a_device_that_was_away_leaves_a_gap() -> None:
    mic = DeviceSide.INPUT
    lost, back, gap = told(
        DeviceLost(at_ns=at(1_000), side=mic, name="Jabra", reason="It was unplugged."),
        DeviceBack(at_ns=at(3_000), side=mic, name="Jabra", gap_ms=1_900.0),
    )

    assert isinstance(lost, DeviceReport)
    assert lost.lost
    assert isinstance(back, DeviceReport)
    assert back.words == "The microphone Jabra is back; 1.9 s are missing."
    assert gap == SpanReport(
        kind=SpanKind.GAP, start_ms=1_100.0, end_ms=3_000.0, words="microphone"
    )


def test_a_connection_that_was_cut_is_sought_and_found() -> None:
    sought, found, gap = told(
        Reconnecting(at_ns=at(1_000), attempt=2, wait_ms=500.0, reason="It was cut."),
        ConnectionRenewed(at_ns=at(2_000), planned=False, gap_ms=1_000.0, carried_items=3),
    )

    assert isinstance(sought, GuardReport)
    assert (sought.state, sought.attempt, sought.wait_s) == (GuardState.RECONNECTING, 2, 0.5)
    assert isinstance(found, GuardReport)
    assert (found.state, found.renewals_n) == (GuardState.FINE, 1)
    assert isinstance(gap, SpanReport)
    assert (gap.start_ms, gap.words) == (1_000, "the connection")


def test_a_planned_change_without_a_gap_leaves_none() -> None:
    (report,) = told(ConnectionRenewed(at_ns=at(2_000), planned=True, gap_ms=0.0, carried_items=3))

    assert isinstance(report, GuardReport)
    assert "before the provider's limit" in report.words


def test_the_cost_adds_up_turn_by_turn() -> None:
    usage = TokenUsage(
        total=1_500_000,
        input_total=1_000_000,
        output_total=500_000,
        input_text=0,
        input_audio=1_000_000,
        cached_total=0,
        cached_text=0,
        cached_audio=0,
        output_text=0,
        output_audio=500_000,
    )
    reports: list[CostReport] = []
    cost = ReplayCost(record_of(2), MINI, reports.append)
    for number in (1, 2):
        cost.add(replace(turn_of(number), usage=usage), number * 60.0)
    cost.add(replace(turn_of(3), usage=usage), 180.0, tell=False)

    assert [report.turn_id for report in reports] == [1, 2]
    assert [report.total.usd for report in reports] == [Decimal(20), Decimal(40)]
    assert reports[1].turn is not None
    assert reports[1].turn.usd == Decimal(20)
    assert reports[1].elapsed_s == 120.0


def test_what_runs_here_costs_nothing() -> None:
    reports: list[CostReport] = []
    ReplayCost(record_of(1), None, reports.append).add(turn_of(1), 4.0)

    assert reports[0].total.status is CostStatus.LOCAL

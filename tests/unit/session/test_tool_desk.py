"""Function calls while the conversation goes on: who answers, when, and what the model is told."""

import asyncio
from typing import Any

import pytest

from app.core.conduct import ToolSetup
from app.core.events import ToolOutcome
from app.core.ids import CallId
from app.session.live import LiveSession
from app.session.messages import (
    AllowTool,
    AnswerTool,
    SpanKind,
    SpanReport,
    ToolReport,
    ToolState,
    TurnReport,
)
from app.session.tool_desk import CALLS_LIMIT, PARALLEL
from tests.support.session import Peer, start
from tests.support.tools import CITY, Asked, CallingModel, MemoryCaller, ToolWorld, hold, setup

URL = "http://127.0.0.1:9/tool"


def world_of(*calls: Asked, **more: Any) -> ToolWorld:
    return ToolWorld(Peer(CallingModel(calls, **more)))


async def ask(session: LiveSession) -> None:
    assert session.running is not None
    await session.running.say("Use the tools.")


def ask_and_wait(seconds: float = 5.0) -> Any:
    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(seconds)

    return scenario


def test_a_fixed_answer_reaches_the_model_and_it_goes_on() -> None:
    world = world_of(Asked("c1", arguments='{"city": "Oslo"}'))

    hold(world, ask_and_wait(), setup(schema=CITY, text='{"c": 21}'))

    assert world.results() == {"c1": {"c": 21}}
    assert world.requests_n() == 2
    (turn,) = [report.record for report in world.of(TurnReport)]
    assert turn.has_tool
    assert turn.agent_transcript == "Hello."
    states = [report.state for report in world.of(ToolReport)]
    assert states == [ToolState.RUNNING, ToolState.ENDED]
    told = world.ended()["c1"]
    assert (told.outcome, told.source, told.name) == (ToolOutcome.ANSWERED, "fixed", "weather")
    assert (told.arguments, told.output) == ('{"city": "Oslo"}', '{"c": 21}')
    names = [name for name, _ in world.store.recording.events]
    assert names.count("ToolStarted") == names.count("ToolFinished") == 1


def test_the_provider_is_offered_the_tools() -> None:
    world = world_of()

    async def scenario(_session: LiveSession) -> None:
        pass

    hold(world, scenario, setup("a", schema=CITY), setup("b", kind="by_hand"))

    configured = next(m for m in world.peer.sent if m["type"] == "session.update")
    tools = configured["session"]["tools"]
    assert [(tool["name"], tool["parameters"]) for tool in tools] == [
        ("a", CITY),
        ("b", {"type": "object"}),
    ]


ANSWERS: list[tuple[ToolSetup, str, ToolOutcome, Any]] = [
    (
        setup(kind="template", text='{"in": {{city}}, "say": "In {{city}}: {{n}}."}'),
        '{"city": "\\"X\\""}',
        ToolOutcome.ANSWERED,
        {"in": '"X"', "say": 'In "X": null.'},
    ),
    (
        setup(kind="error", text="Out of order."),
        "{}",
        ToolOutcome.ERROR,
        {"error": "Out of order."},
    ),
    (
        setup(kind="never", timeout_s=2),
        "{}",
        ToolOutcome.TIMEOUT,
        {"error": "The tool did not answer within 2 s."},
    ),
    (
        setup(text="{nonsense"),
        "{}",
        ToolOutcome.ERROR,
        {
            "error": "The answer is not valid JSON: Expecting property name enclosed in double "
            "quotes (line 1, column 2)."
        },
    ),
    (
        setup(text="NaN"),
        "{}",
        ToolOutcome.ERROR,
        {"error": "The answer is not valid JSON: NaN is no JSON value."},
    ),
    (
        setup(schema=CITY),
        "{}",
        ToolOutcome.ERROR,
        {"error": "The arguments do not fit the tool's schema: 'city' is a required property."},
    ),
    (
        setup(),
        '{"a":',
        ToolOutcome.ERROR,
        {"error": "The arguments are not valid JSON: Expecting value (line 1, column 6)."},
    ),
    (
        setup(text=f'"{"x" * 5_000_000}"'),
        "{}",
        ToolOutcome.ERROR,
        {"error": "The answer has more than 1024 kB."},
    ),
    (
        setup("other"),
        "{}",
        ToolOutcome.ERROR,
        {"error": "This tool is not connected in the present session."},
    ),
]


@pytest.mark.parametrize(("tool", "arguments", "outcome", "told"), ANSWERS)
def test_every_kind_of_answer(
    tool: ToolSetup, arguments: str, outcome: ToolOutcome, told: Any
) -> None:
    world = world_of(Asked("c1", arguments=arguments))

    hold(world, ask_and_wait(), tool)

    assert world.results() == {"c1": told}
    assert world.ended()["c1"].outcome is outcome
    assert world.requests_n() == 2


def test_an_answer_above_64_kb_is_cut_and_says_so() -> None:
    world = world_of(Asked("c1"))

    hold(world, ask_and_wait(), setup(text=f'"{"é" * 100_000}"'))

    told = world.results()["c1"]
    assert told["cut"] is True
    assert told["note"] == "Only the beginning of 200002 bytes."
    assert told["beginning"].startswith('"éééé')
    (item,) = [m["item"] for m in world.peer.sent if "output" in m.get("item", {})]
    assert 60_000 < len(item["output"].encode()) <= 65_536
    assert len(world.ended()["c1"].output) < 5_000


def test_calls_run_at_once_and_each_is_answered_as_soon_as_it_is_known() -> None:
    world = world_of(Asked("slow", "slow"), Asked("quick", "quick"), Asked("bad", "bad"))

    hold(
        world,
        ask_and_wait(),
        setup("slow", delay_ms=900),
        setup("quick", delay_ms=120),
        setup("bad", kind="error", text="No.", delay_ms=300),
    )

    assert list(world.results()) == ["quick", "bad", "slow"]
    elapsed = {call_id: report.elapsed_ms for call_id, report in world.ended().items()}
    assert elapsed == {
        "slow": pytest.approx(900, abs=2),
        "quick": pytest.approx(120, abs=2),
        "bad": pytest.approx(300, abs=2),
    }
    assert world.requests_n() == 2
    spans = [span for span in world.of(SpanReport) if span.kind is SpanKind.TOOL]
    assert [span.words for span in spans] == ["quick 120 ms", "bad 300 ms, error", "slow 900 ms"]


def test_no_more_than_eight_run_at_once_and_a_flood_is_refused() -> None:
    calls = tuple(Asked(f"c{n}") for n in range(CALLS_LIMIT + 40))
    world = world_of(*calls)

    hold(world, ask_and_wait(4), setup(delay_ms=100))

    assert len(world.results()) == len(calls)
    told = [result.get("error") for result in world.results().values()]
    assert 20 < told.count("Too many calls at once.") <= 40
    assert world.requests_n() == 2
    running = most = 0
    for name, _ in world.store.recording.events:
        running += {"ToolStarted": 1, "ToolFinished": -1}.get(name, 0) if running >= 0 else 0
        most = max(most, running)
    assert most <= PARALLEL


@pytest.mark.parametrize("listed", [False, True])
def test_a_name_told_only_with_the_item_is_found(*, listed: bool) -> None:
    world = world_of(Asked("c1"), listed=listed)

    hold(world, ask_and_wait(), setup(text="1"))

    assert world.results() == {"c1": 1}


@pytest.mark.parametrize("status", ["cancelled", "failed", "incomplete"])
def test_calls_of_a_reply_that_did_not_complete_are_not_run(status: str) -> None:
    world = world_of(Asked("c1"), status=status)

    hold(world, ask_and_wait(), setup())

    assert world.results() == {}
    assert world.requests_n() == 1
    assert world.ended()["c1"].outcome is ToolOutcome.CANCELLED
    assert len(world.of(TurnReport)) == 1


# --- the user's word ------------------------------------------------------------------------------


def word(session: LiveSession, call_id: str, *, allow: bool, remember: bool = True) -> None:
    session.allow_tool(AllowTool(call_id=CallId(call_id), allow=allow, remember=remember))


def test_the_first_call_of_an_http_tool_asks() -> None:
    world = world_of(Asked("c1", arguments='{"a": 1}'))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(1)
        assert world.caller.calls == []
        (asks,) = [r for r in world.of(ToolReport) if r.state is ToolState.ASKS]
        assert asks.where == f"POST {URL}"
        word(session, "c1", allow=True)
        await asyncio.sleep(3)

    hold(world, scenario, setup(kind="http", url=URL))

    assert world.caller.calls == [(URL, '{"a": 1}')]
    assert world.caller.prepared == 1
    assert world.results() == {"c1": {"ok": True}}
    assert world.ended()["c1"].elapsed_ms == pytest.approx(950, abs=100)


@pytest.mark.parametrize(("remember", "asked"), [(True, 2), (False, 3)])
def test_a_word_may_be_remembered_for_the_tool(*, remember: bool, asked: int) -> None:
    world = world_of(Asked("c1"), Asked("c2"), Asked("c3", "more"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(1)
        word(session, "c1", allow=True, remember=remember)
        word(session, "c9", allow=True)  # nobody asked
        await asyncio.sleep(1)
        if not remember:
            word(session, "c2", allow=True, remember=False)
        word(session, "c3", allow=True)
        await asyncio.sleep(1)
        model = world.peer.react
        assert isinstance(model, CallingModel)
        model.calls = (Asked("c4"),)
        model.call(world.peer, "r9")
        await asyncio.sleep(1)

    hold(world, scenario, setup(kind="http", url=URL), setup("more", kind="http", url=URL))

    still = [r.call_id for r in world.of(ToolReport) if r.state is ToolState.ASKS]
    assert still == ["c1", "c2", "c3", *(() if remember else ("c4",))]
    assert len(world.caller.calls) == (4 if remember else 3)


def test_a_refusal_is_told_and_nothing_is_called() -> None:
    world = world_of(Asked("c1"), Asked("c2"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(1)
        word(session, "c1", allow=False)
        await asyncio.sleep(4)

    hold(world, scenario, setup(kind="http", url=URL, timeout_s=3))

    assert world.caller.calls == []
    assert world.results()["c1"] == {"error": "The user did not allow this call."}
    assert world.ended()["c1"].outcome is ToolOutcome.REFUSED
    assert world.ended()["c2"].outcome is ToolOutcome.TIMEOUT


def test_asking_has_the_tools_time_out() -> None:
    world = world_of(Asked("c1"))

    hold(world, ask_and_wait(6), setup(kind="http", url=URL, timeout_s=4))

    assert world.ended()["c1"].outcome is ToolOutcome.TIMEOUT
    assert world.ended()["c1"].elapsed_ms == pytest.approx(4000, abs=5)


@pytest.mark.parametrize(
    ("output", "failed", "told"),
    [
        ('{"a": 1}', False, {"a": 1}),
        ("plain words", False, {"result": "plain words"}),
        ("half \ud800", False, {"result": "half ?"}),
        ("out of order", True, {"error": "out of order"}),
        ("", True, {"error": "The tool failed."}),
    ],
)
def test_an_answer_by_hand(output: str, told: Any, *, failed: bool) -> None:
    world = world_of(Asked("c1"))

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(2)
        assert world.of(ToolReport)[-1].state is ToolState.BY_HAND
        answer = AnswerTool(call_id=CallId("c1"), output=output, failed=failed)
        session.answer_tool(answer)
        session.answer_tool(answer)  # a second time says nothing
        await asyncio.sleep(2)

    hold(world, scenario, setup(kind="by_hand"))

    assert world.results() == {"c1": told}


def test_a_word_before_the_session_is_live_says_nothing() -> None:
    session = LiveSession(world_of().parts(), start(), lambda _: None)

    word(session, "c1", allow=True)
    session.answer_tool(AnswerTool(call_id=CallId("c1"), output="1"))


def test_a_caller_that_fails_is_told() -> None:
    async def fail(_url: str, _arguments: str) -> str:
        raise TimeoutError

    world = world_of(Asked("c1"))
    world.caller = MemoryCaller(answer=fail)

    async def scenario(session: LiveSession) -> None:
        await ask(session)
        await asyncio.sleep(1)
        word(session, "c1", allow=True)
        await asyncio.sleep(1)

    hold(world, scenario, setup(kind="http", url=URL))

    assert world.ended()["c1"].outcome is ToolOutcome.TIMEOUT

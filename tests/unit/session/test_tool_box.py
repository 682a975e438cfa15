"""What a session offers its model: the user's tools and those of MCP servers, checked."""

import asyncio

import pytest

from app.core.conduct import Conduct, McpServer
from app.core.config import Tool
from app.core.ids import CallId
from app.session.live import LiveSession
from app.session.messages import AllowTool, ProblemReport, StateReport, ToolReport, ToolState
from app.session.tool_box import TOLD_LIMIT, TOOLS_LIMIT, Toolbox, open_toolbox
from tests.support.clocks import run_virtual
from tests.support.session import Peer, start
from tests.support.tools import (
    ANY,
    Asked,
    CallingModel,
    MemoryCaller,
    MemoryMcp,
    ToolWorld,
    hold,
    setup,
)

URL = "http://127.0.0.1:9/mcp"


def tool(name: str, schema: object = None) -> Tool:
    return Tool(name=name, description=name, parameters=schema or ANY)  # type: ignore[arg-type]


def server(label: str = "box", **more: object) -> McpServer:
    return McpServer(label=label, url=URL, **more)  # type: ignore[arg-type]


def opened(world: ToolWorld, conduct: Conduct) -> tuple[Toolbox, list[str]]:
    problems: list[ProblemReport] = []

    async def run() -> Toolbox:
        return await open_toolbox(world.parts(), conduct, problems.append)

    return run_virtual(run()), [problem.sentence for problem in problems]


def world_with(**servers: tuple[Tool, ...]) -> ToolWorld:
    return ToolWorld(Peer(CallingModel(())), servers_of_tools=MemoryMcp(dict(servers)))


def test_of_many_tools_that_are_not_offered_the_number_is_told() -> None:
    many = tuple(tool(f"t{n}") for n in range(TOOLS_LIMIT + TOLD_LIMIT + 5))

    box, problems = opened(world_with(box=many), Conduct(mcp_servers=(server(),)))

    assert len(box.offered) == TOOLS_LIMIT
    assert len(problems) == TOLD_LIMIT + 1
    assert problems[-1] == "5 more tools are not offered."


def test_names_are_made_to_fit_and_to_be_told_apart() -> None:
    world = world_with(
        box=(tool("look up"), tool("weather"), tool("x" * 80), tool("weather")),
        more=(tool("weather"), tool("")),
    )

    box, problems = opened(world, Conduct(tools=(setup(),), mcp_servers=(server(), server("more"))))

    assert list(box.offered) == [
        "weather",
        "look_up",
        "box_weather",
        "x" * 64,
        "box_weather_2",
        "more_weather",
        "tool",
    ]
    assert problems == []
    assert box.find("look_up") is not None
    assert box.find(None) is None


def test_only_what_is_allowed_is_offered() -> None:
    world = world_with(box=(tool("a"), tool("b"), tool("c")))

    box, _ = opened(world, Conduct(mcp_servers=(server(allowed=("b", "zz")),)))

    assert list(box.offered) == ["b"]


@pytest.mark.parametrize(
    ("offered", "words"),
    [
        ((setup("two words"),), "A tool's name has 1 to 64 letters"),
        ((setup(), setup()), "Another tool has the same name."),
        ((setup(schema={"type": "phrase"}),), 'it needs "type": "object"'),
        ((setup(schema={"type": "object", "properties": 3}),), "At properties: 3 is not of type"),
        (
            (setup(schema={"type": "object", "properties": {"a": {"$ref": "http://x/y"}}}),),
            "At properties.a.$ref: A reference may only point into the schema itself.",
        ),
        ((setup(schema={"type": "object", "x": "y" * 70_000}),), "more than 64 kB"),
        (tuple(setup(f"t{n}") for n in range(TOOLS_LIMIT + 1)), "at most 128 tools"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_told(offered: tuple, words: str) -> None:  # type: ignore[type-arg]
    box, problems = opened(ToolWorld(Peer(CallingModel(()))), Conduct(tools=offered))

    assert len(box.offered) == len(offered) - 1
    assert len(problems) == 1
    assert words in problems[0]


def test_a_hostile_schema_of_a_server_harms_nothing() -> None:
    deep: dict[str, object] = {"type": "object"}
    for _ in range(500):
        deep = {"type": "object", "properties": {"a": deep}}
    world = world_with(box=(tool("deep", deep), tool("good")))

    box, problems = opened(world, Conduct(mcp_servers=(server(),)))

    assert list(box.offered) == ["good"]
    assert "nested" in problems[0]


def test_a_server_that_fails_is_told_and_the_session_goes_on() -> None:
    world = world_with(box=(tool("a"),))

    async def scenario(_session: LiveSession) -> None:
        await asyncio.sleep(0.1)

    hold(world, scenario, setup("own"), mcp_servers=(server("gone"), server()))

    problems = [problem.sentence for problem in world.of(ProblemReport)]
    assert problems == [
        'The tools of "gone" are missing: The MCP server did not answer within 30 s.'
    ]
    configured = next(m for m in world.peer.sent if m["type"] == "session.update")
    assert [each["name"] for each in configured["session"]["tools"]] == ["own", "a"]
    assert world.servers_of_tools is not None
    assert world.servers_of_tools.closed == ["box"]


def test_without_a_connector_servers_are_told_to_be_missing() -> None:
    _, problems = opened(ToolWorld(Peer(CallingModel(()))), Conduct(mcp_servers=(server(),)))

    assert problems == ['The tools of "box" are missing: MCP servers cannot be used here.']


def test_ending_while_a_server_is_asked_leaves_no_connection_behind() -> None:
    world = world_with(box=(tool("a"),), slow=(tool("b"),))
    assert world.servers_of_tools is not None
    mcp = world.servers_of_tools

    async def connect(one: McpServer) -> object:
        await asyncio.sleep(5 if one.label == "slow" else 0)
        return await MemoryMcp.connect(mcp, one)

    mcp.connect = connect  # type: ignore[method-assign, assignment]

    async def run() -> None:
        conduct = Conduct(mcp_servers=(server(), server("slow")))
        session = LiveSession(world.parts(), start(conduct=conduct), world.reports.append)
        asyncio.get_running_loop().call_later(1.0, session.end, "Enough.")
        await session.run()

    run_virtual(run())

    assert mcp.closed == ["box"]
    assert world.of(StateReport)[-1].state == "stopped"


def test_a_call_of_a_servers_tool_asks_and_its_words_are_told() -> None:
    world = ToolWorld(
        Peer(CallingModel((Asked("c1", "look_up", '{"a": 1}'),))),
        servers_of_tools=MemoryMcp({"box": (tool("look up"),)}),
    )

    async def scenario(session: LiveSession) -> None:
        assert session.running is not None
        await session.running.say("Look.")
        await asyncio.sleep(1)
        (asks,) = [each for each in world.of(ToolReport) if each.state is ToolState.ASKS]
        assert asks.where == f"MCP look up at {URL}"
        assert asks.source == "box"
        session.allow_tool(AllowTool(call_id=CallId("c1"), allow=True))
        await asyncio.sleep(1)

    hold(world, scenario, mcp_servers=(server(),))

    assert world.servers_of_tools is not None
    assert world.servers_of_tools.calls == [("look up", '{"a": 1}')]
    assert world.results() == {"c1": {"result": "look up says hello"}}


def test_http_is_prepared_only_where_it_is_used() -> None:
    world = ToolWorld(Peer(CallingModel(())), caller=MemoryCaller())

    opened(world, Conduct(tools=(setup(),)))
    assert world.caller.prepared == 0
    opened(world, Conduct(tools=(setup(kind="http", url=URL),)))
    assert world.caller.prepared == 1

"""What the simulator does to sessions as such: limits, cuts, refusals, sounds that are none."""

import asyncio
import json
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from app.core.errors import ConfigError
from app.core.serving import Fault, SimulatorSettings
from app.localengine.auth import Gate
from app.localengine.http_values import HttpRequest
from app.localengine.ports import ReplyAudio, ReplyCall, ReplyCut, ReplyRequest
from app.localengine.server import Site
from app.localengine.simulator import Simulator
from app.localengine.simulator_cuts import Cuts
from app.localengine.simulator_stream import holding, sessions_of
from app.localengine.site import make_site
from tests.support.clocks import ManualClock, run_virtual
from tests.support.realtime_server import new_server
from tests.support.simulating import UPDATE, simulate, user
from tests.support.speech_engine import CREATE, FakeSocket, LoopClock, message

SAY = message("Hello.")
STARTED = "input_audio_buffer.speech_started"
REPLY = SimulatorSettings(first_token_ms=50, first_audio_ms=100, reply_ms=1_000)


def held(settings: SimulatorSettings, *events: Any, count: int = 1) -> list[FakeSocket]:
    """Hold sessions of one simulator, one after the other; each client waits for the end."""

    async def main() -> list[FakeSocket]:
        simulator, sockets = Simulator(settings, LoopClock()), []
        for _ in range(count):
            socket = FakeSocket()
            sockets.append(socket)
            for event in events:
                socket.put(event)
            asyncio.get_running_loop().call_later(100, socket.leave)
            await holding(simulator)(
                engine=simulator, server=new_server(), socket=socket, clock=LoopClock()
            )
        await simulator.close()
        return sockets

    return run_virtual(main())


@pytest.mark.parametrize("turn_events", [True, False])
def test_a_session_that_hits_its_limit_is_told_and_closed(*, turn_events: bool) -> None:
    (socket,) = held(SimulatorSettings(session_s=90, turn_events=turn_events))

    error = socket.last("error")["error"]
    assert (error["code"], error["type"]) == ("session_expired", "invalid_request_error")
    assert error["message"] == "Your session hit the maximum duration of 1.5 minutes."
    assert socket.closed == (1001, "session_expired")


def site_of(settings: SimulatorSettings) -> Site:
    clock = ManualClock()
    simulator = Simulator(settings, clock)
    gate = Gate("tok", clock)
    return make_site(simulator, gate, clock, lambda: 1_000, sessions_of(simulator))


def asks(key: str = "tok") -> HttpRequest:
    headers = [("authorization", f"Bearer {key}")]
    return HttpRequest(method="GET", target="/v1/realtime", headers=headers, body=b"")


def test_a_session_is_told_when_it_ends() -> None:
    async def main() -> FakeSocket:
        socket = FakeSocket()
        socket.leave()
        await site_of(SimulatorSettings(session_s=12.3)).converse(asks(), socket)
        return socket

    socket = run_virtual(main())

    assert json.loads(socket.sent[0])["session"]["expires_at"] == 1_013


def cut(socket: FakeSocket) -> bool:
    return socket.aborted


def test_a_connection_is_cut_so_long_after_its_start_as_often_as_it_is_to_be() -> None:
    often = held(SimulatorSettings(cut_after_s=2.0), count=3)
    once = held(SimulatorSettings(cut_after_s=2.0, cuts=1), count=3)

    assert [cut(one) for one in often] == [True, True, True]
    assert [cut(one) for one in once] == [True, False, False]


def test_a_session_that_ends_before_its_cut_is_not_cut() -> None:
    (socket,) = held(SimulatorSettings(cut_after_s=3_000.0))

    assert not cut(socket)


def test_a_reply_is_cut_when_half_of_it_would_have_been_heard() -> None:
    faulty = SimulatorSettings(
        first_audio_ms=100, reply_ms=2_000, block_ms=100, faults={1: Fault.CUT_MID_REPLY}
    )
    plan = Simulator(faulty, ManualClock()).plan(ReplyRequest(messages=()))

    *before, last = plan.pieces
    assert isinstance(last.piece, ReplyCut)
    assert last.after_ms == 1_100
    assert sum(len(due.piece.samples) for due in before if isinstance(due.piece, ReplyAudio)) == (
        48_000
    )


def test_a_written_reply_is_cut_with_its_first_word() -> None:
    faulty = SimulatorSettings(first_token_ms=40, faults={1: Fault.CUT_MID_REPLY})
    request = ReplyRequest(messages=(), spoken=False)

    plan = Simulator(faulty, ManualClock()).plan(request)

    assert [due.after_ms for due in plan.pieces] == [40, 40]


@pytest.mark.parametrize("fault", [Fault.CUT, Fault.CUT_MID_REPLY])
def test_a_fault_cuts_no_more_once_cuts_are_spent(fault: Fault) -> None:
    faulty = replace(REPLY, faults={1: fault, 2: Fault.ERROR}, cuts=1)

    first, second = held(faulty, SAY, CREATE, count=2)

    assert (cut(first), cut(second)) == (True, False)
    assert second.last("response.done")["response"]["status"] == "completed"


def test_so_many_connections_are_refused_after_a_cut() -> None:
    cuts = Cuts(most=2, refused_after=2)

    found = [(cuts.refuses(), cuts.spent)]
    for _ in range(2):
        cuts.note()
        found += [(cuts.refuses(), cuts.spent) for _ in range(3)]

    assert found == [
        (False, False),
        *[(True, False), (True, False), (False, False)],
        *[(True, True), (True, True), (False, True)],
    ]


def test_a_refused_connection_is_told_to_come_back_later_and_needs_the_key_all_the_same() -> None:
    site = site_of(SimulatorSettings(refuse_connects=1, cut_after_s=0.5))

    async def main() -> None:
        await site.converse(asks(), FakeSocket())

    assert site.admit(asks()) is None
    run_virtual(main())
    stranger, first, second = site.admit(asks("wrong")), site.admit(asks()), site.admit(asks())
    assert stranger is not None
    assert stranger.status == HTTPStatus.UNAUTHORIZED
    assert first is not None
    assert first.status == HTTPStatus.SERVICE_UNAVAILABLE
    assert json.loads(first.body)["error"]["code"] == "server_overloaded"
    assert second is None


# --- sounds that are none, calls side by side --------------------------------------------------


def test_a_backchannel_passes_and_an_interruption_does_not() -> None:
    settings = replace(REPLY, reply_ms=4_000, pace=1.0, ignores_below_ms=400)
    said = user((300, 100), (250, 900), (600, 900))  # 1300 to 1550, 2450 to 3050

    session = simulate(settings, said, before=(UPDATE,))

    assert session.at_ms(STARTED) == [120, 2_860]
    first = next(one for one in session.came if one.kind == "response.done")
    assert first.at_ms == 2_860
    assert first.event["response"]["status_details"]["reason"] == "turn_detected"


def test_a_short_word_is_a_turn_where_nobody_speaks() -> None:
    session = simulate(replace(REPLY, ignores_below_ms=400), user((150, 100)))

    assert len(session.at_ms("response.done")) == 1


def test_each_turn_may_have_its_own_patience() -> None:
    table = {"turns": [{"ignores_below_ms": 400}, {}], "reply_ms": 1_500, "pace": 1.0}
    said = user((300, 100), (200, 700), (300, 1_500), (200, 700))

    session = simulate(SimulatorSettings.parse(table), said, then_s=4.0)

    ends = [one.event["response"] for one in session.came if one.kind == "response.done"]
    assert [end["status"] for end in ends] == ["completed", "cancelled", "completed"]


TOOLS = [{"name": name, "parameters": {"required": ["x"]}} for name in ("f", "g")]


def calls(**changes: Any) -> list[tuple[str, str]]:
    settings = SimulatorSettings(tool_turns=frozenset({1}), **changes)
    request = ReplyRequest(messages=(), tools=TOOLS)
    plan = Simulator(settings, ManualClock()).plan(request)
    found = [due.piece.call for due in plan.pieces if isinstance(due.piece, ReplyCall)]
    assert len({call.call_id for call in found}) == len(found) == len(plan.pieces)
    return [(call.name, call.arguments) for call in found]


def test_a_response_may_call_several_tools() -> None:
    x = '{"x": "x"}'

    assert calls() == [("f", x)]
    assert calls(parallel_tools=3) == [("f", x), ("g", x), ("f", x)]
    assert calls(parallel_tools=2, tool_name="g", tool_arguments="{}") == [("g", "{}")] * 2


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"session_s": 0}, "session_s must be between 0.01 and 3600"),
        ({"session_s": 3_601}, "session_s"),
        ({"parallel_tools": 0}, "parallel_tools must be between 1 and 64"),
        ({"parallel_tools": 1.5}, "parallel_tools: 1.5"),
        ({"cuts": -1}, "cuts must"),
        ({"cuts": "many"}, "cuts: 'many'"),
        ({"refuse_connects": -1}, "refuse_connects must"),
        ({"cut_after_s": -0.1}, "cut_after_s must"),
        ({"ignores_below_ms": -1}, "ignores_below_ms must"),
    ],
    ids=str,
)
def test_what_cannot_be_simulated_is_refused_by_name(table: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        SimulatorSettings.parse(table)


def test_whole_numbers_may_be_written_as_decimals() -> None:
    settings = SimulatorSettings.parse({"cuts": 2.0, "parallel_tools": 3})

    assert (settings.cuts, settings.parallel_tools) == (2, 3)

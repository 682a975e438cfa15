"""Window and engine that misunderstand each other: told, and nobody is ended by it."""

import json
import select
import struct
import sys

import pytest

from app.core.clock import MonotonicClock
from app.metrics.battery_table import battery_result
from app.session.host import EngineProcess
from app.session.link import FRAME_LIMIT, Decoder, LinkMessage, Unreadable, encode, frames
from app.session.messages import (
    BatteryReport,
    InputChoice,
    InputKind,
    LiveState,
    ProblemReport,
    SendTyped,
    StartMicTest,
    StateReport,
)
from app.session.outbox import Outbox
from app.session.problems import unreadable_problem
from tests.support.session import Peer, World, start
from tests.unit.session.test_service import Window, serve
from tests.unit.session.test_user_actions import Obliging


def framed(*pairs: tuple[str, object]) -> bytes:
    body = json.dumps([list(pair) for pair in pairs]).encode()
    return struct.pack(">I", len(body)) + body


NESTED: object = json.loads("[" * 500 + "]" * 500)


@pytest.mark.parametrize(
    ("kind", "body", "where"),
    [
        ("HoldToTalk", {"down": "yes"}, "$.down"),
        ("StateReport", {"state": "dancing"}, "$.state"),
        ("StartBattery", [], "object"),
        ("AnswerTool", {"call_id": "c", "output": NESTED}, "$.output"),
        ("SetProcessing", {}, "processing"),
    ],
)
def test_a_body_that_its_kind_does_not_hold_costs_that_message_only(
    kind: str, body: object, where: str
) -> None:
    misread, arrived = Decoder().feed(framed((kind, body), ("SendTyped", {"text": "x"})))

    assert isinstance(misread, Unreadable)
    assert misread.kind == kind
    assert where in misread.reason
    assert arrived == SendTyped("x")


def test_a_number_that_is_none_is_told_and_the_engine_goes_on() -> None:
    test = StartMicTest(input=InputChoice(kind=InputKind.SILENCE), seconds=float("nan"))

    async def scenario(window: Window) -> None:
        window.send(test)
        await window.wait_for(lambda m: isinstance(m, ProblemReport) and "StartMicTest" in str(m))
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(test)
        await window.wait_for(lambda m: problems(window) == 2)
        window._pipe.sendall(framed(("StartSession", {})))
        await window.wait_for(lambda m: problems(window) == 3)

        assert not any(isinstance(m, ProblemReport) and m.fatal for m in window.heard)
        assert not failed(window)

    serve(World(Peer(Obliging())), scenario)


def test_a_session_that_cannot_be_read_has_failed() -> None:
    async def scenario(window: Window) -> None:
        window._pipe.sendall(framed(("StartSession", {"target": None})))
        await window.state(LiveState.FAILED)

        assert any(isinstance(m, ProblemReport) and m.fatal for m in window.heard)

    serve(World(Peer(Obliging())), scenario)


def problems(window: Window) -> int:
    return sum(isinstance(m, ProblemReport) for m in window.heard)


def failed(window: Window) -> bool:
    return any(isinstance(m, StateReport) and m.state is LiveState.FAILED for m in window.heard)


def test_a_report_that_cannot_be_read_is_a_problem_and_the_next_is_taken() -> None:
    data = framed(("MeterReport", {}), ("StateReport", {"state": "listening"}))
    pipe = "import socket, sys; p = socket.socket(fileno=int(sys.argv[1]))"
    code = f"{pipe}; p.sendall({data!r}); p.recv(1)"
    process = EngineProcess((sys.executable, "-c", code), MonotonicClock())
    told: list[object] = []
    try:
        while len(told) < 2:
            select.select([process], [], [], 10)
            told += process.receive()
    finally:
        process.close()

    problem, state = told
    assert isinstance(problem, ProblemReport)
    assert "MeterReport" in problem.sentence
    assert state == StateReport(state=LiveState.LISTENING)


def test_what_is_misread_is_told_with_its_place() -> None:
    told = unreadable_problem("StartSweep", "Expected `int` - at `$.seed`")

    assert "StartSweep" in told.sentence
    assert told.detail == "Expected `int` - at `$.seed`"


@pytest.mark.expects_log
def test_a_batch_that_is_too_long_goes_in_frames_of_its_own_and_the_impossible_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    long = SendTyped("x" * (FRAME_LIMIT * 2 // 3))
    batch: list[LinkMessage] = [long, SendTyped("y"), SendTyped("z" * FRAME_LIMIT), long]

    sent = frames(batch)

    assert sent == [encode([long]), encode([SendTyped("y")]), encode([long])]
    assert frames(batch[1:2]) == [encode(batch[1:2])]
    assert "SendTyped" in caplog.text


def test_only_the_latest_result_of_a_battery_waits_for_a_slow_window() -> None:
    outbox = Outbox()
    result = battery_result([], model="m", seed=0, repeats=1, folders=[], limited_n=0, problems=[])
    for complete in (False, False, True):
        outbox.put(BatteryReport(result=result, complete=complete))

    (report,) = outbox.take()

    assert isinstance(report, BatteryReport)
    assert report.complete

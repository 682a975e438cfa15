"""The window is told of sound devices, with and without a session, in virtual time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import replace

from app.core.errors import DeviceError
from app.core.events import DeviceSide
from app.core.ports import DeviceChange
from app.session.device_news import AFTER_S
from app.session.link import LinkMessage
from app.session.messages import (
    DeviceReport,
    DevicesReport,
    InputChoice,
    InputKind,
    LiveState,
    ProblemReport,
    SwitchDevices,
)
from app.session.parts import OpenedInput
from app.session.service import EngineService
from tests.support.clocks import run_virtual
from tests.support.hot_devices import Hot, HotMicrophone, ListedDevices, ToldWatch, served
from tests.support.reports import JABRA
from tests.support.session import Peer, World, start
from tests.unit.session.test_service import Window
from tests.unit.session.test_user_actions import Obliging

NAME = "Jabra Evolve 65"
CAME = DeviceChange(added=(NAME,), devices=(served(DeviceSide.INPUT, NAME),))


class FailingDevices(ListedDevices):
    async def list_devices(self) -> tuple[()]:
        raise DeviceError("the sound system does not answer", hint="Restart it.")


def serve(
    scenario: Callable[[Window, ToldWatch], Awaitable[None]],
    *,
    hot: Hot | None = None,
    devices: ListedDevices | None = None,
) -> tuple[list[LinkMessage], ToldWatch]:
    async def run() -> tuple[list[LinkMessage], ToldWatch]:
        ours, theirs = socket.socketpair()
        watch, window = ToldWatch(), Window(ours)
        plain = World(Peer(Obliging())).parts()
        source = HotMicrophone(plain.clock, hot or Hot())
        parts = replace(
            plain,
            watch_devices=lambda: watch,
            devices=devices or ListedDevices(JABRA),
            make_input=lambda _: OpenedInput(source=source, script=None),
        )
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(EngineService(theirs, parts, parts.clock).run())
            await scenario(window, watch)
            window.close()
        return window.heard, watch

    return run_virtual(run())


def test_a_window_without_a_session_is_told_what_is_plugged_in() -> None:
    async def scenario(window: Window, watch: ToldWatch) -> None:
        watch.changes.put_nowait(CAME)
        await window.wait_for(lambda m: isinstance(m, DevicesReport))

    heard, watch = serve(scenario)

    (report,) = [each for each in heard if isinstance(each, DevicesReport)]
    assert report.devices == (JABRA,)
    assert not [each for each in heard if isinstance(each, DeviceReport)]
    assert watch.closed == 1


def test_a_list_that_fails_is_told_and_the_watch_goes_on() -> None:
    async def scenario(window: Window, watch: ToldWatch) -> None:
        for _ in range(2):
            watch.changes.put_nowait(CAME)
        await asyncio.sleep(AFTER_S + 1)
        await window.wait_for(lambda m: isinstance(m, DevicesReport))

    heard, watch = serve(scenario, devices=FailingDevices())

    report = next(each for each in heard if isinstance(each, DevicesReport))
    assert report.problem == "the sound system does not answer Restart it."
    assert watch.changes.empty()


def test_a_session_hears_of_what_its_window_is_told() -> None:
    hot = Hot()

    async def scenario(window: Window, watch: ToldWatch) -> None:
        window.send(start())
        await window.state(LiveState.LISTENING)
        watch.changes.put_nowait(CAME)
        await window.wait_for(lambda m: isinstance(m, DeviceReport) and m.offer == NAME)

    serve(scenario, hot=hot)

    assert hot.looked == 1


def test_devices_are_switched_in_a_session_and_refused_without_one() -> None:
    hot = Hot()
    wish = SwitchDevices(input=InputChoice(kind=InputKind.DEVICE, device=NAME))
    wrong = SwitchDevices(input=InputChoice(kind=InputKind.SILENCE))

    async def scenario(window: Window, _: ToldWatch) -> None:
        window.send(wish)
        await window.wait_for(lambda m: isinstance(m, ProblemReport))
        window.send(start())
        await window.state(LiveState.LISTENING)
        window.send(wrong, wish)
        await asyncio.sleep(0.5)

    heard, _ = serve(scenario, hot=hot)

    assert hot.asked == [NAME]
    problems = [each.sentence for each in heard if isinstance(each, ProblemReport)]
    assert problems[0] == "No session is running."

"""What a session makes of devices that are lost, come back, are exchanged or plugged in."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.core.clock import Nanoseconds
from app.core.errors import ConfigError
from app.core.events import DeviceBack, DeviceLost, DevicesChanged, DeviceSide
from app.core.ports import DeviceChange, DeviceNotice, NoticeKind
from app.session.device_desk import DeviceDesk
from app.session.live import LiveSession
from app.session.messages import (
    DeviceReport,
    DevicesReport,
    InputChoice,
    InputKind,
    LiveState,
    MarkKind,
    MarkReport,
    OutputChoice,
    OutputKind,
    ProblemReport,
    SpanKind,
    SpanReport,
    StateReport,
    SwitchDevices,
)
from app.session.parts import OpenedInput, SessionParts
from tests.support.clocks import run_virtual
from tests.support.hot_devices import (
    Hot,
    HotMicrophone,
    HotSpeaker,
    ListedDevices,
    ToldWatch,
    served,
)
from tests.support.reports import JABRA
from tests.support.session import Peer, World, start
from tests.unit.session.test_user_actions import Obliging

INPUT, OUTPUT = DeviceSide.INPUT, DeviceSide.OUTPUT
DESK = "Desk Microphone"
HEADSET = "Jabra Evolve 65"
T0_NS = 1_000_000_000
PID = 4711


@dataclass
class Room:
    """A session with devices that a test moves."""

    world: World
    mic: Hot
    out: Hot
    watch: ToldWatch = field(default_factory=ToldWatch)
    listed: ListedDevices = field(default_factory=lambda: ListedDevices(JABRA))

    def parts(self) -> SessionParts:
        parts = self.world.parts()
        source = HotMicrophone(parts.clock, self.mic)
        return replace(
            parts,
            make_input=lambda _: OpenedInput(source=source, script=None),
            make_output=lambda _: HotSpeaker(parts.clock, self.out),
            watch_devices=lambda: self.watch,
            devices=self.listed,
        )

    session: LiveSession | None = None

    def playing(self) -> bool:
        assert self.session is not None
        assert self.session.running is not None
        return not self.session.running.devices.quiet

    def states(self, state: LiveState) -> bool:
        return any(each.state is state for each in self.world.of(StateReport))

    def said(self) -> list[str]:
        return [each.words for each in self.world.of(DeviceReport)]

    def events(self, kind: type[Any]) -> list[Any]:
        return [each for _, each in self.world.store.recording.events if isinstance(each, kind)]

    def marks(self) -> list[MarkKind]:
        return [each.kind for each in self.world.of(MarkReport)]

    async def change(self, change: DeviceChange) -> None:
        await self.watch.changes.put(change)
        await asyncio.sleep(0.2)


Scenario = Callable[[Room, DeviceDesk], Awaitable[None]]


def live(scenario: Scenario, *, mic: Hot | None = None, out: Hot | None = None) -> Room:
    async def run() -> Room:
        room = Room(World(Peer(Obliging())), mic or Hot(), out or Hot())
        session = LiveSession(room.parts(), start(), room.world.reports.append)
        room.session = session

        async def act() -> None:
            while session.running is None:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)
            await scenario(room, session.running.devices)
            session.end("Done.")

        async with asyncio.TaskGroup() as group:
            group.create_task(session.run())
            group.create_task(act())
        return room

    return run_virtual(run())


def ns(at_ms: float) -> Nanoseconds:
    """An instant of session time."""
    return Nanoseconds(round(T0_NS + at_ms * 1e6))


def lost(name: str, at_ms: float = 100) -> DeviceNotice:
    return DeviceNotice(kind=NoticeKind.LOST, at_ns=ns(at_ms), name=name, reason="it is gone")


def back(
    name: str, start_ms: float, end_ms: float, kind: NoticeKind = NoticeKind.BACK
) -> DeviceNotice:
    return DeviceNotice(
        kind=kind,
        at_ns=ns(end_ms),
        name=name,
        gap_start_ns=ns(start_ms),
        gap_end_ns=ns(end_ms),
    )


@pytest.mark.parametrize(
    ("name", "returned", "words"),
    [
        pytest.param(DESK, DESK, f"The microphone {DESK} is back; 0.4 s are missing.", id="same"),
        pytest.param(
            DESK,
            "default",
            f"The microphone {DESK} is away: the default microphone is used meanwhile; "
            "0.4 s are missing.",
            id="stand-in",
        ),
        pytest.param(
            "default", "default", "The default microphone is back; 0.4 s are missing.", id="default"
        ),
        pytest.param(
            DESK, HEADSET, f"The microphone is now {HEADSET}; 0.4 s are missing.", id="chosen"
        ),
    ],
)
def test_a_lost_microphone_is_told_marked_and_its_gap_shown(
    name: str, returned: str, words: str
) -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        room.mic.name = name
        room.mic.notices = [lost(name)]
        await asyncio.sleep(0.1)
        assert [each.lost for each in room.world.of(DeviceReport)] == [True]
        kind = NoticeKind.SWITCHED if returned == HEADSET else NoticeKind.BACK
        room.mic.notices = [back(returned, 100, 512, kind)]
        await asyncio.sleep(0.1)

    room = live(scenario)

    assert room.said()[0].endswith("was lost; the session goes on, hears nothing and looks for it.")
    assert room.said()[1:] == [words]
    (gone,) = room.events(DeviceLost)
    (returning,) = room.events(DeviceBack)
    assert (gone.side, gone.name, gone.reason) == (INPUT, name, "it is gone.")
    assert (returning.name, returning.gap_ms) == (returned, 412)
    (gap,) = [each for each in room.world.of(SpanReport) if each.kind is SpanKind.GAP]
    assert (gap.start_ms, gap.end_ms, gap.words) == (100, 512, "microphone")
    assert {MarkKind.DEVICE_LOST, MarkKind.DEVICE_BACK} <= set(room.marks())
    assert room.world.of(ProblemReport) == []


def test_another_loudspeaker_without_a_gap_shows_none() -> None:
    async def scenario(room: Room, desk: DeviceDesk) -> None:
        choice = OutputChoice(kind=OutputKind.DEVICE, device=HEADSET)
        desk.switch(SwitchDevices(output=choice))
        room.out.notices = [back(HEADSET, 100, 100, NoticeKind.SWITCHED)]
        await asyncio.sleep(0.1)

    room = live(scenario)

    assert (room.out.asked, room.mic.asked) == ([HEADSET], [])
    assert room.said() == [f"The loudspeaker is now {HEADSET}."]
    assert not [each for each in room.world.of(SpanReport) if each.kind is SpanKind.GAP]


def test_both_devices_may_be_changed_at_once_and_to_the_default() -> None:
    async def scenario(room: Room, desk: DeviceDesk) -> None:
        desk.switch(
            SwitchDevices(
                input=InputChoice(kind=InputKind.DEVICE, device=DESK),
                output=OutputChoice(kind=OutputKind.DEVICE),
            )
        )

    room = live(scenario)

    assert (room.mic.asked, room.out.asked) == ([DESK], [None])


def test_a_device_that_does_not_open_is_said_in_one_sentence() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        refused = DeviceNotice(kind=NoticeKind.REFUSED, at_ns=ns(1), name="X", reason="it is busy")
        room.out.notices = [refused]
        await asyncio.sleep(0.1)

    room = live(scenario)

    assert room.said() == ["The loudspeaker X cannot be used: it is busy."]
    assert room.events(DeviceLost) == room.events(DeviceBack) == []


def test_foreign_names_are_told_in_one_printable_line_of_bounded_length() -> None:
    evil = "\x1b]0;x\x07\n" + "y" * 10_000

    async def scenario(room: Room, _: DeviceDesk) -> None:
        refused = DeviceNotice(kind=NoticeKind.REFUSED, at_ns=ns(1), name=evil, reason=evil)
        room.out.notices = [refused, lost(evil), back("default", 100, 200)]
        await asyncio.sleep(0.1)
        await room.change(DeviceChange(added=(evil,)))

    said = live(scenario).said()

    assert len(said) == 4
    assert all(each.isprintable() and len(each) < 500 for each in said), said


def test_a_device_without_a_name_is_the_default_one() -> None:
    async def scenario(room: Room, desk: DeviceDesk) -> None:
        nameless = InputChoice(kind=InputKind.DEVICE, device="")
        desk.switch(
            SwitchDevices(input=nameless, output=OutputChoice(kind=OutputKind.DEVICE, device=""))
        )

    room = live(scenario)

    assert (room.mic.asked, room.out.asked) == ([None], [None])


def test_a_session_goes_from_device_to_device_only() -> None:
    async def scenario(room: Room, desk: DeviceDesk) -> None:
        wish = SwitchDevices(
            input=InputChoice(kind=InputKind.SILENCE), output=OutputChoice(kind=OutputKind.DEVICE)
        )
        with pytest.raises(ConfigError, match="from device to device"):
            desk.switch(wish)

    assert live(scenario).out.asked == []


def test_what_is_plugged_in_is_offered_once_and_listed() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        devices = (served(INPUT, HEADSET), served(OUTPUT, HEADSET))
        await room.change(DeviceChange(added=(HEADSET,), devices=devices))
        only = (*devices, served(OUTPUT, "HDMI"))
        await room.change(DeviceChange(added=("HDMI",), devices=only))
        await room.change(DeviceChange(added=("USB-Audio",)))

    room = live(scenario)

    offers = [(each.offer, each.side, each.words) for each in room.world.of(DeviceReport)]
    assert offers == [
        (HEADSET, None, f"{HEADSET} was plugged in."),
        ("HDMI", None, "HDMI was plugged in."),
        ("USB-Audio", None, "USB-Audio was plugged in."),
    ]
    assert room.world.of(DevicesReport)[-1].devices == (JABRA,)
    assert len(room.events(DevicesChanged)) == 3
    assert MarkKind.DEVICES_CHANGED in room.marks()
    assert room.watch.closed == 1


def test_a_server_that_is_back_lets_lost_devices_be_looked_for_at_once() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        await room.change(DeviceChange())

    room = live(scenario)

    assert (room.mic.looked, room.out.looked) == (1, 1)
    assert (room.said(), room.events(DevicesChanged)) == ([], [])


def test_a_stream_that_the_server_has_moved_is_told_and_returns_when_it_can() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        here = served(INPUT, "Built-in", PID, default=True)
        await room.change(DeviceChange(removed=(DESK,), devices=(here,)))
        await room.change(DeviceChange(added=("Other",), devices=(here, served(INPUT, "Other"))))
        assert room.mic.asked == []
        await room.change(DeviceChange(added=(DESK,), devices=(here, served(INPUT, DESK))))
        assert room.mic.asked == [DESK]
        room.mic.notices = [back(DESK, 50, 50, NoticeKind.SWITCHED)]
        await asyncio.sleep(0.1)

    room = live(scenario, mic=Hot(name=DESK, chosen=DESK, process_id=PID))

    assert [(each.name, each.reason) for each in room.events(DeviceLost)] == [
        (DESK, "It was unplugged.")
    ]
    assert [each.name for each in room.events(DeviceBack)] == ["Built-in", DESK]
    assert room.said() == [
        f"The microphone {DESK} is away: Built-in is used meanwhile.",
        "Other was plugged in.",
        f"The microphone is now {DESK}.",
    ]


def test_a_device_that_was_stood_in_for_is_returned_to_and_not_offered() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        here = served(OUTPUT, "Built-in", PID, default=True)
        there = served(OUTPUT, HEADSET, stable="bluez.1")
        await room.change(DeviceChange(added=(HEADSET,), devices=(here, there)))

    out = Hot(name="default", chosen="bluez.1", standing_in=True, process_id=PID)
    room = live(scenario, out=out)

    assert room.out.asked == [HEADSET]
    assert room.said() == []


def test_without_a_sound_server_a_device_that_is_stood_in_for_is_tried_when_a_card_comes() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        await room.change(DeviceChange(removed=("USB-Audio",)))
        assert room.mic.asked == []
        await room.change(DeviceChange(added=("USB-Audio",)))
        refused = DeviceNotice(kind=NoticeKind.REFUSED, at_ns=ns(1), name=DESK, reason="none")
        room.mic.notices = [refused]
        await asyncio.sleep(0.1)

    room = live(scenario, mic=Hot(name="default", chosen=DESK, standing_in=True))

    assert room.mic.asked == [DESK]
    assert room.said() == ["USB-Audio was plugged in."]


@pytest.mark.parametrize(
    ("here", "asked", "words"),
    [
        pytest.param(
            served(OUTPUT, HEADSET, PID, default=True),
            [],
            [f"The loudspeaker is now {HEADSET}, the new default."],
            id="moved-by-the-server",
        ),
        pytest.param(served(OUTPUT, "Old", PID), [None], [], id="left-where-it-was"),
        pytest.param(served(OUTPUT, HEADSET, default=True), [], [], id="just-being-opened"),
    ],
)
def test_a_new_default_is_followed(here: Any, asked: list[str | None], words: list[str]) -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        await room.change(DeviceChange(default_output=HEADSET, devices=(here,)))

    room = live(scenario, out=Hot(process_id=PID))

    assert (room.out.asked, room.said()) == (asked, words)


def test_a_stream_of_the_servers_own_alias_is_not_taken_for_moved() -> None:
    async def scenario(room: Room, _: DeviceDesk) -> None:
        here = served(OUTPUT, "Built-in", PID, default=True)
        await room.change(DeviceChange(removed=("Other",), devices=(here,)))

    room = live(scenario, out=Hot(name="pulse", chosen="pulse", process_id=PID))

    assert (room.out.asked, room.said()) == ([], [])


def test_a_loudspeaker_is_returned_to_when_nothing_sounds_any_more() -> None:
    asked_at: list[tuple[bool, list[str | None]]] = []

    async def scenario(room: Room, _: DeviceDesk) -> None:
        assert room.session is not None
        await room.session.say("Hello?")
        while not room.states(LiveState.MODEL_SPEAKS):  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.01)
        here = served(OUTPUT, "Built-in", PID, default=True)
        await room.change(DeviceChange(devices=(here, served(OUTPUT, HEADSET)), added=("x",)))
        asked_at.append((room.playing(), list(room.out.asked)))
        await asyncio.sleep(1.0)
        asked_at.append((room.playing(), list(room.out.asked)))

    out = Hot(name="default", chosen=HEADSET, standing_in=True, process_id=PID)
    live(scenario, out=out)

    assert asked_at == [(True, []), (False, [HEADSET])]

"""Microphone and loudspeaker of a session under way: lost, back, exchanged, plugged in."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.clock import Nanoseconds, ms
from app.core.errors import AppError, ConfigError
from app.core.events import DeviceBack, DeviceLost, DevicesChanged, DeviceSide, SessionEvent
from app.core.ports import DeviceChange, DeviceNotice, HotDevice, NoticeKind, ServedDevice
from app.session.device_words import back_words, lost_words, offer_words, refused_words
from app.session.messages import (
    DeviceReport,
    DevicesReport,
    InputKind,
    OutputKind,
    SpanKind,
    SpanReport,
    SwitchDevices,
)
from app.session.stage import Stage

POLL_S: Final = 0.05
MOVED_NS: Final = 2_000_000_000
"""A stream that has been moved was, so lately: the change was debounced and listed meanwhile."""
ALIASES: Final = ("default", "pulse", "pipewire")
"""PortAudio's names for a whole sound server: its streams are wherever that puts them."""
WORDS: Final = {DeviceSide.INPUT: "microphone", DeviceSide.OUTPUT: "loudspeaker"}


@dataclass(slots=True)
class _Side:
    """One device of the session.

    Attributes:
        lost: The name of the device that was lost last, until audio flows again.
        moved: The sound server has moved the stream to another device, by itself.
        returning: The chosen device is there again, and is returned to as soon as it is quiet.
    """

    side: DeviceSide
    device: HotDevice
    lost: str = ""
    moved: bool = False
    returning: str = ""


class DeviceDesk:
    """Looks after the devices of one session. All calls on the engine's loop.

    A device that is lost is told at once; whatever takes its place is told when it runs. A
    device that was lost in this session is returned to when it comes back: a microphone at
    once, a loudspeaker when nothing sounds. Any other that is plugged in is offered.

    Args:
        stage: The session.
        tell: Tells everybody of an event of ours.
    """

    def __init__(self, stage: Stage, tell: Callable[[SessionEvent], None]) -> None:
        self._stage = stage
        self._tell = tell
        self._clock = stage.clock
        self._t0_ns = stage.account.record.t0_ns
        pair = (
            (DeviceSide.INPUT, stage.opened.source),
            (DeviceSide.OUTPUT, stage.player.sink),
        )
        self._sides = {
            side: _Side(side, device) for side, device in pair if isinstance(device, HotDevice)
        }

    # --- the front end's wishes ------------------------------------------------------------------

    def switch(self, wish: SwitchDevices) -> None:
        """Go over to other devices, each by itself. Does not wait: reports tell what came of it.

        Raises:
            ConfigError: If the session or the wish has no device there; nothing is changed.
        """
        wanted: dict[DeviceSide, str | None] = {}
        if wish.input is not None:
            self._check(DeviceSide.INPUT, can=wish.input.kind is InputKind.DEVICE)
            wanted[DeviceSide.INPUT] = wish.input.device or None
        if wish.output is not None:
            self._check(DeviceSide.OUTPUT, can=wish.output.kind is OutputKind.DEVICE)
            wanted[DeviceSide.OUTPUT] = wish.output.device or None
        for side, device in wanted.items():
            self._sides[side].returning = ""
            self._sides[side].device.switch(device)

    def _check(self, side: DeviceSide, *, can: bool) -> None:
        if not can or side not in self._sides:
            raise ConfigError(
                f"A running session's {WORDS[side]} can only be changed from device to device.",
                hint="Stop the session to change it.",
            )

    # --- work ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tell what becomes of the devices, until cancelled."""
        while True:
            self.poll()
            await asyncio.sleep(POLL_S)

    def poll(self) -> None:
        """Tell what has become of the devices by now."""
        for side in self._sides.values():
            for notice in side.device.take_notices():
                self._take(side, notice)
            if side.returning and (side.side is DeviceSide.INPUT or self.quiet):
                device, side.returning = side.returning, ""
                side.device.switch(device)

    async def watch(self) -> None:
        """Take in what is plugged in and out, until cancelled; where nothing can watch, return."""
        if self._stage.parts.watch_devices is None or not self._sides:
            return
        watch = self._stage.parts.watch_devices()
        try:
            while True:
                self.changed(await watch.changed())
                await self._tell_list()
        finally:
            await watch.close()

    async def _tell_list(self) -> None:
        with contextlib.suppress(AppError):  # the next change asks again
            devices = tuple(await self._stage.parts.devices.list_devices())
            self._stage.report(DevicesReport(devices=devices))

    def changed(self, change: DeviceChange) -> None:
        """Take in that devices came or went; one that says nothing is a server that is back."""
        for side in self._sides.values():
            side.device.look_again()
        if change == DeviceChange():
            return
        self._tell(
            DevicesChanged(
                at_ns=self._clock.now_ns(),
                added=change.added,
                removed=change.removed,
                default_input=change.default_input,
                default_output=change.default_output,
            )
        )
        for side in self._sides.values():
            able = [each for each in change.devices if each.side is side.side]
            if side.device.chosen is None:
                self._follow_default(side, able, _changed_default(change, side.side))
            elif able:
                self._follow_chosen(side, side.device.chosen, able)
            elif change.added and side.device.standing_in:
                side.returning = side.device.chosen
        for name in change.added:
            self._offer(name, change.devices)

    # --- what becomes of the devices in use ------------------------------------------------------

    def _take(self, side: _Side, notice: DeviceNotice) -> None:
        match notice.kind:
            case NoticeKind.LOST:
                side.lost = notice.name
                self._tell_lost(side, notice.at_ns, notice.name, notice.reason)
            case NoticeKind.BACK | NoticeKind.SWITCHED:
                self._tell_back(side, notice)
            case NoticeKind.REFUSED if notice.name == side.device.chosen and (
                side.lost or side.device.standing_in
            ):
                pass  # it was only looked for
            case NoticeKind.REFUSED:
                words = refused_words(WORDS[side.side], notice.name, notice.reason)
                self._say(side, words, lost=bool(side.lost))

    def _tell_lost(self, side: _Side, at_ns: Nanoseconds, name: str, reason: str) -> None:
        self._tell(DeviceLost(at_ns=at_ns, side=side.side, name=name, reason=f"{reason}."))
        self._say(side, lost_words(WORDS[side.side], name), lost=True)

    def _tell_back(self, side: _Side, notice: DeviceNotice) -> None:
        start_ns, end_ns = notice.gap_start_ns, notice.gap_end_ns
        if start_ns is None or end_ns is None:
            return
        gap_ms = ms(Nanoseconds(end_ns - start_ns))
        asked = notice.kind is NoticeKind.SWITCHED and notice.name != side.lost
        lost, side.lost, side.moved = "" if asked else side.lost, "", False
        self._tell(DeviceBack(at_ns=end_ns, side=side.side, name=notice.name, gap_ms=gap_ms))
        self._tell_gap(side, start_ns, end_ns)
        self._say(side, back_words(WORDS[side.side], notice.name, lost, gap_ms))

    def _tell_gap(self, side: _Side, start_ns: Nanoseconds, end_ns: Nanoseconds) -> None:
        if end_ns <= start_ns:
            return
        self._stage.report(
            SpanReport(
                kind=SpanKind.GAP,
                start_ms=ms(Nanoseconds(start_ns - self._t0_ns)),
                end_ms=ms(Nanoseconds(end_ns - self._t0_ns)),
                words=WORDS[side.side],
            )
        )

    def _say(self, side: _Side, words: str, *, lost: bool = False) -> None:
        report = DeviceReport(words=words, side=side.side, name=side.device.name, lost=lost)
        self._stage.report(report)

    @property
    def quiet(self) -> bool:
        """Whether nothing sounds, or is about to."""
        player = self._stage.player
        return player.playing is None and not player.sink.queued_frames

    # --- what comes and goes ---------------------------------------------------------------------

    def _follow_default(
        self, side: _Side, able: Sequence[ServedDevice], default: str | None
    ) -> None:
        """Another device became the default while the default one is used.

        The sound server moves the stream by itself; one that it has not moved is opened anew.
        """
        here = _used_by(side.device, able)
        if default is None or here is None:
            return  # what is only being opened is opened as the new default
        if not here.is_default:
            side.device.switch(None)
            return
        self._tell_back_moved(side, here)
        words = back_words(WORDS[side.side], here.name, "", 0.0).removesuffix(".")
        self._say(side, f"{words}, the new default.")

    def _follow_chosen(self, side: _Side, chosen: str, able: Sequence[ServedDevice]) -> None:
        """Devices came or went while one is used that was chosen by name."""
        target = _named(chosen, able)
        here = _used_by(side.device, able)
        known = side.moved or side.lost or side.device.standing_in or chosen in ALIASES
        if target is None and here is not None and not known:
            side.moved = True
            self._tell_moved(side, chosen, here)
        elsewhere = here is not None and target is not None and here is not target
        if target is not None and (elsewhere or side.device.standing_in):
            side.returning = target.name

    def _tell_moved(self, side: _Side, chosen: str, here: ServedDevice) -> None:
        """The chosen device is gone, and the sound server has put another in its place."""
        now_ns = self._clock.now_ns()
        self._tell(
            DeviceLost(at_ns=now_ns, side=side.side, name=chosen, reason="It was unplugged.")
        )
        gap_ms = self._tell_back_moved(side, here)
        words = back_words(WORDS[side.side], here.name, chosen, gap_ms)
        self._stage.report(DeviceReport(words=words, side=side.side, name=here.name))

    def _tell_back_moved(self, side: _Side, here: ServedDevice) -> float:
        """Tell where the sound server has moved a stream; return how long that held it up, ms."""
        now_ns = self._clock.now_ns()
        gap_ms = side.device.callback_lag_ms(Nanoseconds(now_ns - MOVED_NS)) or 0.0
        self._tell(DeviceBack(at_ns=now_ns, side=side.side, name=here.name, gap_ms=gap_ms))
        return gap_ms

    def _offer(self, name: str, devices: Sequence[ServedDevice]) -> None:
        """Offer a device that was plugged in, unless it is one that will be returned to."""
        found = {each.side for each in devices if each.name == name}
        wanted = {
            side.side
            for side in self._sides.values()
            if name in (side.returning, side.device.chosen)
        }
        if found and found <= wanted:
            return
        self._stage.report(DeviceReport(words=offer_words(name), name=name, offer=name))


def _changed_default(change: DeviceChange, side: DeviceSide) -> str | None:
    return change.default_input if side is DeviceSide.INPUT else change.default_output


def _used_by(device: HotDevice, able: Sequence[ServedDevice]) -> ServedDevice | None:
    """Return where the sound server has put the device's stream; None where it does not tell."""
    return next((each for each in able if device.process_id in each.users), None)


def _named(chosen: str, able: Sequence[ServedDevice]) -> ServedDevice | None:
    exact = (each for each in able if chosen in (each.name, each.stable_name))
    partly = (each for each in able if chosen.lower() in each.name.lower())
    return next(exact, None) or next(partly, None)

"""The watching process: says one JSON object a line when sound devices come or go.

It asks the sound server, where there is one, and else looks at the kernel's list of sound
cards. It ends when its standard input closes, whatever libpulse does.
"""

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.audio.pulse import PulseDevice, connect, pulse_devices
from app.audio.shared import Direction

if TYPE_CHECKING:
    import pulsectl

SETTLE_S: Final = 0.15
"""A burst of changes is told once it has been quiet for so long."""
LONGEST_BURST_S: Final = 1.0
POLL_S: Final = 2.0
RECONNECT_S: Final = (0.1, 0.25, 0.5)
"""Pauses before a server that is gone is asked again, the last one for ever."""
CARDS: Final = Path("/proc/asound/cards")

_FACILITIES = ("sink", "source", "server")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The devices there are, each with its direction, and the names of the default ones."""

    devices: frozenset[tuple[str, str]] = frozenset()
    default_input: str | None = None
    default_output: str | None = None

    @classmethod
    def of(cls, devices: Sequence[PulseDevice]) -> "Snapshot":
        """Return the snapshot of a server's devices; its monitors are none."""
        real = [device for device in devices if not device.is_monitor]
        defaults = {device.direction: device.name for device in real if device.is_default}
        return cls(
            frozenset((device.direction.value, device.name) for device in real),
            defaults.get(Direction.INPUT),
            defaults.get(Direction.OUTPUT),
        )

    def change_to(self, later: "Snapshot") -> Mapping[str, Any] | None:
        """Return what has changed, or None."""
        change = {
            "added": _names(later.devices - self.devices),
            "removed": _names(self.devices - later.devices),
            "default_input": _other(self.default_input, later.default_input),
            "default_output": _other(self.default_output, later.default_output),
        }
        return change if any(change.values()) else None


def _told(device: PulseDevice) -> Mapping[str, Any]:
    return {
        "side": device.direction.value,
        "name": device.name,
        "stable_name": device.stable_name,
        "is_default": device.is_default,
        "users": device.users,
    }


def _names(devices: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({name for _, name in devices})


def _other(before: str | None, after: str | None) -> str | None:
    return after if after != before else None


class Watcher:
    """Tells every change once. One thread.

    Args:
        tell: Gets a change.
        cards: Where the kernel lists its sound cards.
    """

    def __init__(self, tell: Callable[[Mapping[str, Any]], None], cards: Path = CARDS) -> None:
        self._tell = tell
        self._cards = cards
        self._served: Snapshot | None = None
        self._carded: Snapshot | None = None

    def run(self) -> None:
        """Watch for ever."""
        failures = 0
        while True:
            pulse = connect()
            if pulse is None:
                self.look_at_cards()
                time.sleep(self.pause_s(failures))
                failures += 1
                continue
            if failures and self._served is not None:
                self._tell({})  # the server is back: what was lost may be, too
            failures = 0
            with contextlib.closing(pulse):
                self._follow(pulse)

    def pause_s(self, failures: int) -> float:
        """Return how long to wait for a server after so many failures; none may ever come."""
        if self._served is None:
            return POLL_S
        return RECONNECT_S[min(failures, len(RECONNECT_S) - 1)]

    def look_at_cards(self) -> None:
        """Tell what has changed of the kernel's sound cards, if no server ever told anything."""
        if self._served is None:
            before, self._carded = self._carded, self._kernel_snapshot()
            self._tell_change(before, self._carded)

    def look_at_server(self, devices: Sequence[PulseDevice]) -> None:
        """Tell what has changed of a server's devices; a restart alone changes nothing."""
        before, self._served = self._served, Snapshot.of(devices)
        self._tell_change(before, self._served, devices)

    def _tell_change(
        self, before: Snapshot | None, after: Snapshot, devices: Sequence[PulseDevice] = ()
    ) -> None:
        change = None if before is None else before.change_to(after)
        if change is not None:
            served = [_told(device) for device in devices if not device.is_monitor]
            self._tell({**change, "devices": served})

    def _follow(self, pulse: "pulsectl.Pulse") -> None:
        """Tell the server's changes until it is gone."""
        import pulsectl  # noqa: PLC0415 - it is loaded: there is a connection

        changed = threading.Event()

        def noticed(_event: object) -> None:
            changed.set()
            raise pulsectl.PulseLoopStop

        pulse.event_mask_set(*_FACILITIES)
        pulse.event_callback_set(noticed)
        try:
            while True:
                changed.clear()
                self.look_at_server(pulse_devices(pulse))
                while not changed.is_set():
                    pulse.event_listen(timeout=POLL_S)
                self._let_settle(pulse, changed)
        except (pulsectl.PulseError, pulsectl.PulseDisconnected):
            return

    def _let_settle(self, pulse: "pulsectl.Pulse", changed: threading.Event) -> None:
        end_s = time.monotonic() + LONGEST_BURST_S
        while changed.is_set() and time.monotonic() < end_s:
            changed.clear()
            pulse.event_listen(timeout=SETTLE_S)

    def _kernel_snapshot(self) -> Snapshot:
        """Return the sound cards that the kernel knows, by their names."""
        cards = set[tuple[str, str]]()
        with contextlib.suppress(OSError):
            for line in self._cards.read_text(errors="replace").splitlines():
                _, bracket, rest = line.partition("]: ")
                if bracket:
                    cards.add(("card", rest.partition(" - ")[2].strip() or rest.strip()))
        return Snapshot(frozenset(cards))


def main(argv: Sequence[str]) -> int:
    """Watch until standard input closes; ``argv`` follows ``audio-watch``."""
    del argv
    threading.Thread(target=_end_with_input, daemon=True).start()
    Watcher(_say).run()
    return 0


def _say(change: Mapping[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(change) + "\n")
        sys.stdout.flush()
    except OSError:
        os._exit(0)  # nobody listens any more


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)  # libpulse may hang with its server

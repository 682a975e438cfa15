"""Batteries and sweeps in virtual time, against simulators on the test's own loop."""

import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.core.config import SessionSettings, Target, TurnDetection
from app.session.messages import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartBattery,
    StartSession,
    StartSweep,
)
from app.trials.battery import BatteryPorts
from app.trials.battery_sessions import Hold, holder
from app.trials.battery_stimuli import TAIL_MS, Sound, load_stimuli
from tests.support.calibrating import SIMULATOR, Trials
from tests.support.session import LoopClock, tone


@dataclass
class Batteries(Trials):
    """What a battery needs, and what was held and told."""

    def battery_hold(self) -> Hold:
        return holder(replace(self._parts(), servers=self._make_servers()))

    async def end(self) -> None:
        """Close the simulators."""
        for each in self.servers:
            await each.close()

    def battery_ports(self, hold: Hold | None = None) -> BatteryPorts:
        return BatteryPorts(
            hold=hold or self.battery_hold(),
            clock=LoopClock(),
            stimuli=load_stimuli(),
            new_id=lambda: "run_1",
        )

    def short_ports(self) -> BatteryPorts:
        """The same with sentences of 0.4 s."""
        halves = (_tone(self.folder / "first.wav"), _tone(self.folder / "second.wav"))
        return replace(self.battery_ports(), stimuli=replace(load_stimuli(), halves=(halves,)))

    def start(
        self, simulator: str = "", target: Target = SIMULATOR, silence_ms: int = 300
    ) -> StartSession:
        """A session with a simulator of these settings, TOML."""
        path = self.folder / "simulator.toml"
        path.write_text(simulator)
        return StartSession(
            target=target,
            settings=SessionSettings(turn_detection=TurnDetection(silence_ms=silence_ms)),
            input=InputChoice(kind=InputKind.SILENCE),
            output=OutputChoice(kind=OutputKind.NULL),
            engine_arguments=(f"--simulator-file={path}",),
            reply_timeout_s=8.0,
        )

    def battery(self, simulator: str, *stimuli: str, repeats: int = 1) -> StartBattery:
        """A battery of the simulator that these settings, TOML, make."""
        return StartBattery(start=self.start(simulator), seed=1, repeats=repeats, stimuli=stimuli)

    def sweep(
        self, *silences_ms: int, pauses_ms: tuple[float, ...], repeats: int = 3, simulator: str = ""
    ) -> StartSweep:
        """A sweep over silences."""
        return StartSweep(
            start=self.start(simulator),
            settings=tuple(TurnDetection(silence_ms=each) for each in silences_ms),
            pauses_ms=pauses_ms,
            repeats=repeats,
        )


def simulator(**settings: object) -> str:
    """Return settings of the simulator as TOML: numbers and texts."""
    return "".join(f"{name} = {value!r}\n" for name, value in settings.items())


def _tone(path: Path) -> Sound:
    samples = np.concatenate((tone(200), np.zeros(round(TAIL_MS * 24), np.int16)))
    samples[0] = samples[200 * 24 - 1] = 8000  # loud from the first frame to the last
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(samples.tobytes())
    return Sound(name=path.stem, path=path, words="", frames=200 * 24)

"""A private sound server whose devices are plugged in and out while they are used."""

import re
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.core.audio_format import Samples
from tests.support.sound_server import AWAKE_US, RATE_HZ, SoundServer, wait_until


class DeviceRig(SoundServer):
    """``plug_microphone("desk")`` makes the source ``desk``, which hears the sink ``desk_in``."""

    def __init__(self) -> None:
        super().__init__()
        self._modules: dict[tuple[str, str], str] = {}

    def prepare_microphone(self, name: str) -> None:
        """Make what a microphone will hear, so that it is awake when that is plugged in."""
        self.control(
            "load-module", "module-null-sink", f"sink_name={name}_in", "channels=1",
            "norewinds=1",
        )  # fmt: skip
        self._keep_warm(f"{name}_in")

    def plug_microphone(self, name: str, title: str) -> None:
        """Plug a microphone in; it hears the sink of its name and ``_in``."""
        self._modules["source", name] = self.control(
            "load-module", "module-remap-source", f"source_name={name}",
            f"master={name}_in.monitor", _described("source", title),
        )  # fmt: skip

    def plug_speaker(self, name: str, title: str) -> None:
        self._modules["sink", name] = self.control(
            "load-module", "module-null-sink", f"sink_name={name}", "rate=48000",
            "norewinds=1", _described("sink", title),
        )  # fmt: skip
        self._keep_warm(name)

    def until_warm(self) -> None:
        """Wait until all sinks are awake."""
        wait_until(self._all_awake, step_s=0.02)

    def unplug(self, kind: str, name: str) -> None:
        """Take a "sink" or a "source" away; what a microphone heard stays."""
        self.control("unload-module", self._modules[kind, name])

    def go_on(self) -> None:
        """Let a server that hangs answer again."""
        assert self._server is not None
        self._server.send_signal(signal.SIGCONT)

    def say(self, samples: Samples, sink: str) -> None:
        """Let ``samples`` (48 kHz) be heard behind a microphone, from now on."""
        self.play_into(sink, samples)

    def listen(self, sink: str) -> "Listening":
        """Record what a loudspeaker plays."""
        path = self._folder / f"heard-{sink}.raw"
        path.unlink(missing_ok=True)
        process = self._spawn(
            "parec", "--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le",
            "--latency-msec=20", "-d", f"{sink}.monitor", str(path),
        )  # fmt: skip

        def heard() -> Samples:
            process.terminate()
            process.wait()
            raw = path.read_bytes()
            return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")

        return Listening(heard)

    def control(self, *words: str) -> str:
        done = subprocess.run(
            ("pactl", *words),
            env={**self.environment, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def _keep_warm(self, sink: str) -> None:
        self._spawn("pacat", "--raw", "--latency-msec=20", "-d", sink, "/dev/zero")

    def _all_awake(self) -> bool:
        sinks = self.control("list", "sinks")
        latencies_us = [int(us) for us in re.findall(r"Latency: (\d+) usec", sinks)]
        return all(0 < us < AWAKE_US for us in latencies_us)


def _described(kind: str, title: str) -> str:
    escaped = title.replace(" ", "\\ ")
    return f'{kind}_properties=device.description="{escaped}"'


@dataclass(frozen=True, slots=True)
class Listening:
    """A recording under way; ``heard`` ends it and gives it."""

    heard: Callable[[], Samples]

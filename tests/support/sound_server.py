"""A private PulseAudio with virtual devices: nothing of the machine's own sound is touched.

``vspeaker`` is the loudspeaker; what it plays can be recorded from its monitor. ``vmic`` is
the microphone; what is played into ``vmic_in`` is what it hears.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from app.core.audio_format import Samples

RATE_HZ = 48_000
LIMIT_S = 45.0
"""How long a test waits for a state: far longer than any takes on a machine that has other work.

One that comes is seen at once, so that a long limit costs nothing.
"""
AWAKE_US = 60_000
AHEAD = "--latency-msec=500"
"""What a player hands over ahead: so long may it be kept from running."""

_SCRIPT = """
load-module module-native-protocol-unix socket={socket} auth-anonymous=1
load-module module-null-sink sink_name=vspeaker rate=48000 channels=2 norewinds=1
load-module module-null-sink sink_name=vmic_in rate=48000 channels=1 norewinds=1
load-module module-remap-source source_name=vmic master=vmic_in.monitor
set-default-sink vspeaker
set-default-source vmic
"""


def sound_server_installed() -> bool:
    return all(shutil.which(tool) for tool in ("pulseaudio", "pacat", "parec", "pactl"))


def wait_until(
    condition: Callable[[], bool], *, deadline_s: float = LIMIT_S, step_s: float = 0.01
) -> None:
    """Ask until it is so. The step is a pause of the asking, not a guess at how long it takes."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, f"not so within {deadline_s} s"
        time.sleep(step_s)


class SoundServer:
    """A running private server and its keep-warm clients; all end by their own ids."""

    def __init__(self) -> None:
        # A short path: a Unix socket's may have 107 octets.
        self._folder = Path(tempfile.mkdtemp(prefix="vv-pulse-"))
        self._socket = self._folder / "native"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client needs in its environment to use this server and no other."""
        folder = str(self._folder)
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith(("PULSE_", "ALSA_"))},
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": folder,
            "PULSE_STATE_PATH": folder,
            "XDG_RUNTIME_DIR": folder,
            "HOME": folder,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        script = self._folder / "start.pa"
        script.write_text(_SCRIPT.format(socket=self._socket))
        self._server = self._spawn(
            "pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1"
        )
        wait_until(self._answers)
        # A null sink that nobody plays into sleeps; ``norewinds`` keeps it from rendering two
        # seconds ahead meanwhile, so that it wakes at once.
        for sink in ("vspeaker", "vmic_in"):
            self._spawn("pacat", "--raw", "--latency-msec=20", "-d", sink, "/dev/zero")
        wait_until(self._warm, step_s=0.02)

    def kill(self) -> None:
        """End the server as a crash would."""
        assert self._server is not None
        self._server.kill()
        self.stop()
        self._socket.unlink(missing_ok=True)

    def hang(self) -> None:
        """Let the server answer nobody any more."""
        assert self._server is not None
        self._server.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()
        self._processes = []
        self._server = None

    def play(self, samples: Samples) -> subprocess.Popen[bytes]:
        """Let ``samples`` (48 kHz) be heard by the microphone; return the player."""
        return self.play_into("vmic_in", samples)

    def play_into(self, sink: str, samples: Samples) -> subprocess.Popen[bytes]:
        """Play ``samples`` (48 kHz) into a sink from now on; return the player."""
        raw = self._folder / f"played-{len(self._processes)}.raw"
        raw.write_bytes(samples.astype("<i2").tobytes())
        return self._spawn(
            "pacat", "--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le",
            AHEAD, "-d", sink, str(raw),
        )  # fmt: skip

    def record(self) -> subprocess.Popen[bytes]:
        """Record the loudspeaker into a file, until ``recorded`` ends it."""
        return self._spawn(
            "parec", "--raw", f"--rate={RATE_HZ}", "--channels=1", "--format=s16le",
            "--latency-msec=20", "-d", "vspeaker.monitor", str(self._folder / "recorded.raw"),
        )  # fmt: skip

    def recorded(self, recorder: subprocess.Popen[bytes]) -> Samples:
        recorder.terminate()
        recorder.wait()
        raw = (self._folder / "recorded.raw").read_bytes()
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")

    def _answers(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, "pulseaudio ended at once"
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0

    def _warm(self) -> bool:
        """Whether both sinks have woken: what they had rendered ahead while asleep is gone."""
        listed = subprocess.run(
            ("pactl", "list", "sinks"),
            env={**self.environment, "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        latencies_us = [int(us) for us in re.findall(r"Latency: (\d+) usec", listed)]
        return len(latencies_us) == 2 and all(0 < us < AWAKE_US for us in latencies_us)

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

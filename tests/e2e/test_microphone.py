"""The microphone test on a real sound server, as the command line runs it."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from tests.support.microphones import voice
from tests.support.sound_server import LIMIT_S, RATE_HZ, SoundServer, sound_server_installed

pytestmark = [
    pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools"),
    pytest.mark.realtime,
]


def begin(server: SoundServer, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        (sys.executable, "-m", "app", "microphone", "--json", *options),
        env=dict(server.environment),
        stdout=subprocess.PIPE,
        text=True,
    )


def examined(process: "subprocess.Popen[str]") -> tuple[int, dict[str, Any]]:
    with process:
        out, _ = process.communicate(timeout=LIMIT_S)
    return process.returncode, json.loads(out)


def faults(found: dict[str, Any]) -> list[str]:
    return [finding["fault"] for finding in found["findings"]]


def test_silence_a_voice_and_an_absent_microphone_are_told_apart() -> None:
    with SoundServer() as server:
        absent = begin(server, "--input", "Jabra")
        silent_code, silent = examined(begin(server, "--seconds", "1.7"))
        missing_code, missing = examined(absent)
        server.play(voice(30, RATE_HZ))
        good_code, good = examined(begin(server, "--seconds", "1.7", "--play-back"))

    assert (silent_code, faults(silent)) == (1, ["silent"])
    assert (good_code, faults(good)) == (0, [])
    assert good["level_dbfs"] == pytest.approx(-15, abs=2)
    assert good["rate_hz"] is None or good["rate_hz"] > 40_000
    assert (missing_code, faults(missing)) == (1, ["missing"])
    assert np.isfinite(good["noise_dbfs"])

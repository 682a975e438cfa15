"""Listing devices in a process of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from app.audio.lister import ProcessDeviceLister
from app.core.errors import DeviceError
from tests.support.device_rig import DeviceRig
from tests.support.sound_server import LIMIT_S, SoundServer, sound_server_installed

NEEDS_SERVER = pytest.mark.skipif(not sound_server_installed(), reason="needs PulseAudio's tools")


def use(server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


@NEEDS_SERVER
def test_the_servers_devices_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    with DeviceRig() as server:
        use(server, monkeypatch)
        server.plug_speaker("headset", "Jabra Evolve 65")

        devices = asyncio.run(ProcessDeviceLister(deadline_s=LIMIT_S).list_devices())

    (headset,) = [device for device in devices if device.name == "Jabra Evolve 65"]
    assert (headset.host_api, headset.stable_name) == ("PulseAudio", "headset")
    assert (headset.input_channels, headset.output_channels) == (0, 2)
    assert not headset.is_default_output
    first_monitor = [device.is_monitor for device in devices].index(True)
    assert all(device.is_monitor for device in devices[first_monitor:])
    assert {"pulse", "default"} <= {device.name for device in devices[:first_monitor]}
    assert any(device.is_default_input and device.input_channels > 0 for device in devices)
    assert any(device.is_default_output and device.output_channels > 0 for device in devices)
    assert all(device.host_api for device in devices)
    assert "sounddevice" not in sys.modules


@NEEDS_SERVER
def test_without_a_server_the_list_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    with SoundServer() as server:
        use(server, monkeypatch)
        server.kill()

        assert asyncio.run(ProcessDeviceLister(deadline_s=LIMIT_S).list_devices()) == ()


def lister(tmp_path: Path, script: str, *, deadline_s: float = LIMIT_S) -> ProcessDeviceLister:
    path = tmp_path / "lister.py"
    path.write_text(script)
    return ProcessDeviceLister((sys.executable, str(path)), deadline_s=deadline_s)


DEVICE = (
    '{"index": 0, "name": "Mic", "host_api": "ALSA", "input_channels": 1, "output_channels": 0,'
    ' "default_rate_hz": 48000, "is_default_input": true, "is_default_output": false}'
)


def test_what_the_process_prints_becomes_values(tmp_path: Path) -> None:
    found = lister(tmp_path, f"""print('{{"devices": [{DEVICE}]}}')""")

    (device,) = asyncio.run(found.list_devices())

    assert (device.name, device.default_rate_hz, device.is_default_output) == ("Mic", 48_000, False)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        pytest.param(
            """print('{"error": "PortAudio does not load: no", "hint": "Install it."}')""",
            "PortAudio does not load",
            id="says-why",
        ),
        pytest.param("print('hello')", "could not be listed", id="no-json"),
        pytest.param("print('[]')", "could not be listed", id="other-json"),
        pytest.param("""print('{"devices": [{}]}')""", "could not be listed", id="no-fields"),
        pytest.param("import os; os.abort()", "could not be listed", id="crashes"),
    ],
)
def test_a_listing_that_fails_ends_in_one_sentence(
    tmp_path: Path, script: str, sentence: str
) -> None:
    with pytest.raises(DeviceError, match=sentence) as caught:
        asyncio.run(lister(tmp_path, script).list_devices())

    assert caught.value.hint


def test_a_listing_that_hangs_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = f"import os, signal; open({str(told)!r}, 'w').write(str(os.getpid())); signal.pause()"

    with pytest.raises(DeviceError, match="does not answer"):
        asyncio.run(lister(tmp_path, script, deadline_s=1.0).list_devices())

    assert not told.exists() or not Path(f"/proc/{told.read_text()}").exists()

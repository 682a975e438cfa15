"""Watching for devices in a process of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from app.audio.watch import ProcessDeviceWatch
from app.core.events import DeviceSide
from app.core.ports import DeviceChange
from tests.support.sound_server import LIMIT_S

SAYS = """
import sys
print({line!r}, flush=True)
sys.stdin.read()
"""


def watch(tmp_path: Path, script: str) -> ProcessDeviceWatch:
    path = tmp_path / "watch.py"
    path.write_text(script)
    return ProcessDeviceWatch((sys.executable, str(path)), restart_s=(0.0, 0.01))


async def first(watching: ProcessDeviceWatch) -> DeviceChange:
    try:
        async with asyncio.timeout(LIMIT_S):
            return await watching.changed()
    finally:
        await watching.close()
        await watching.close()


def test_what_the_process_says_becomes_a_value(tmp_path: Path) -> None:
    line = (
        '{"added": ["Jabra"], "removed": [], "default_input": null, "default_output": "Jabra", '
        '"devices": [{"side": "output", "name": "Jabra", "stable_name": "usb", '
        '"is_default": true, "users": [12]}]}'
    )

    change = asyncio.run(first(watch(tmp_path, SAYS.format(line=line))))

    assert (change.added, change.removed) == (("Jabra",), ())
    assert (change.default_input, change.default_output) == (None, "Jabra")
    (device,) = change.devices
    assert (device.side, device.name, device.users) == (DeviceSide.OUTPUT, "Jabra", (12,))


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "[]",
        '{"added": 3}',
        '{"devices": [{}]}',
        '{"devices": [{"side": "up", "name": "", "stable_name": "", "is_default": 1}]}',
    ],
    ids=["no-json", "no-object", "no-list", "no-fields", "no-such-side"],
)
def test_nonsense_is_passed_over(tmp_path: Path, line: str) -> None:
    script = SAYS.format(line=f'{line}\n{{"added": ["Jabra"]}}')

    assert asyncio.run(first(watch(tmp_path, script))) == DeviceChange(added=("Jabra",))


def test_a_process_that_ends_or_never_stops_talking_is_started_again(tmp_path: Path) -> None:
    times = tmp_path / "times"
    script = f"""
import sys
with open({str(times)!r}, "a") as file:
    file.write("x")
count = len(open({str(times)!r}).read())
if count == 1:
    sys.exit(3)
if count == 2:
    sys.stdout.write("x" * 3_000_000)
    sys.exit(0)
print('{{"added": ["Jabra"]}}', flush=True)
sys.stdin.read()
"""

    assert asyncio.run(first(watch(tmp_path, script))).added == ("Jabra",)
    assert times.read_text() == "xxx"


def test_a_process_that_does_not_end_with_its_input_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.audio.watch.END_WAIT_S", 0.05)
    script = """
import signal
print('{"added": ["Jabra"]}', flush=True)
while True:
    signal.pause()
"""

    assert asyncio.run(first(watch(tmp_path, script))).added == ("Jabra",)

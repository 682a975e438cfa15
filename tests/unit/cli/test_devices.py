import argparse
import json
from collections.abc import Sequence

import pytest

from app.cli import devices as front
from app.core.errors import DeviceError
from app.core.ports import DeviceInfo

MICROPHONE = DeviceInfo(
    index=3,
    name="Mic \x1b[31m1",
    host_api="ALSA",
    input_channels=2,
    output_channels=0,
    default_rate_hz=48_000,
    is_default_input=True,
    is_default_output=False,
)
HEADSET = DeviceInfo(
    index=4,
    name="Headset",
    host_api="ALSA",
    input_channels=1,
    output_channels=2,
    default_rate_hz=44_100,
    is_default_input=False,
    is_default_output=True,
)


MONITOR = DeviceInfo(
    index=4,
    name="Monitor of Headset",
    host_api="PulseAudio",
    input_channels=2,
    output_channels=0,
    default_rate_hz=44_100,
    is_default_input=False,
    is_default_output=False,
    stable_name="usb.monitor",
    is_monitor=True,
)


class FixedLister:
    """Implements ``DeviceLister``."""

    def __init__(self, devices: Sequence[DeviceInfo], error: DeviceError | None = None) -> None:
        self._devices = devices
        self._error = error

    async def list_devices(self) -> Sequence[DeviceInfo]:
        if self._error is not None:
            raise self._error
        return self._devices


def run(lister: FixedLister, *words: str) -> int:
    parser = argparse.ArgumentParser()
    front.add_arguments(parser)
    return front.run(parser.parse_args(words), lister)


def test_devices_are_listed_with_their_roles(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FixedLister([MICROPHONE, HEADSET])) == 0

    assert capsys.readouterr().out.splitlines() == [
        "Mic  [31m1  ALSA        microphone (default)",
        "Headset     ALSA        microphone, loudspeaker (default)",
    ]


def test_a_monitor_is_not_shown_as_a_microphone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FixedLister([MONITOR])) == 0

    assert capsys.readouterr().out.split("  ")[-1].strip() == "monitor"


def test_json_has_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(FixedLister([MICROPHONE, HEADSET]), "--json") == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["type"], line["index"], line["default_rate_hz"]) for line in lines] == [
        ("device", 3, 48_000),
        ("device", 4, 44_100),
    ]


@pytest.mark.parametrize("words", [(), ("--json",)], ids=["text", "json"])
def test_no_device_is_said_with_what_to_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(FixedLister([]), *words) == 0

    out, err = capsys.readouterr()
    assert out == ""
    assert "There is no sound device" in err
    assert "--input" in err


def test_a_listing_that_fails_is_one_sentence_and_a_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = DeviceError("the sound system does not answer", hint="Restart it.")

    assert run(FixedLister([], error)) == 1

    assert capsys.readouterr().err == "The sound system does not answer. Restart it.\n"

"""What the watching process tells of devices that come and go."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.audio.pulse import PulseDevice, find, pulse_devices
from app.audio.shared import Direction
from app.audio.watch_child import POLL_S, RECONNECT_S, Watcher

IN, OUT = Direction.INPUT, Direction.OUTPUT
NOBODY = Path("/nonexistent/cards")


def device(
    direction: Direction, name: str, *, default: bool = False, monitor: bool = False
) -> PulseDevice:
    return PulseDevice(
        direction=direction,
        stable_name=f"alsa.{name}",
        name=name,
        channels=2,
        is_default=default,
        is_monitor=monitor,
    )


def told(*looks: Sequence[PulseDevice]) -> list[Mapping[str, Any]]:
    changes: list[Mapping[str, Any]] = []
    watcher = Watcher(changes.append, NOBODY)
    for look in looks:
        watcher.look_at_server(look)
    return changes


MIC = device(IN, "Mic", default=True)
SPEAKER = device(OUT, "Speaker", default=True)


def test_what_is_there_at_first_and_what_stays_is_not_told() -> None:
    assert told((MIC, SPEAKER), (SPEAKER, MIC)) == []


def test_what_comes_and_goes_is_told_with_all_that_there_is() -> None:
    came, went = told((MIC,), (MIC, device(OUT, "Jabra")), (MIC,))

    assert (came["added"], came["removed"]) == (["Jabra"], [])
    assert [each["name"] for each in came["devices"]] == ["Mic", "Jabra"]
    assert (went["added"], went["removed"]) == ([], ["Jabra"])


def test_the_second_half_of_a_headset_is_told_though_it_has_the_name_of_the_first() -> None:
    (change,) = told((device(IN, "Jabra"),), (device(IN, "Jabra"), device(OUT, "Jabra")))

    assert change["added"] == ["Jabra"]


def test_another_default_is_told_by_its_name() -> None:
    other = device(OUT, "Jabra", default=True)

    (change,) = told((MIC, SPEAKER), (MIC, device(OUT, "Speaker"), other))

    assert (change["default_input"], change["default_output"]) == (None, "Jabra")


def test_monitors_are_no_devices() -> None:
    assert told((MIC,), (MIC, device(IN, "Monitor of Jabra", monitor=True))) == []


CARD = " 1 [Headset        ]: USB-Audio - Jabra Evolve 65\n                      Jabra, at usb-1\n"


def test_without_a_server_the_kernels_cards_are_watched(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    cards.write_text("--- no soundcards ---\n")
    changes: list[Mapping[str, Any]] = []
    watcher = Watcher(changes.append, cards)

    for text in ("--- no soundcards ---\n", CARD, CARD, ""):
        cards.write_text(text)
        watcher.look_at_cards()
    cards.unlink()
    watcher.look_at_cards()

    assert [(each["added"], each["removed"]) for each in changes] == [
        (["Jabra Evolve 65"], []),
        ([], ["Jabra Evolve 65"]),
    ]
    assert watcher.pause_s(0) == POLL_S


def test_a_server_that_is_away_for_a_while_changes_nothing(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    changes: list[Mapping[str, Any]] = []
    watcher = Watcher(changes.append, cards)
    watcher.look_at_server((MIC, SPEAKER))
    watcher.look_at_cards()
    cards.write_text(CARD)
    watcher.look_at_cards()
    watcher.look_at_server((MIC, SPEAKER))

    assert changes == []
    assert [watcher.pause_s(n) for n in (0, 1, 2, 50)] == [*RECONNECT_S, RECONNECT_S[-1]]


class ToldServer:
    """What the tests need of a libpulse connection."""

    def __init__(self, *found: SimpleNamespace, sources: Sequence[SimpleNamespace] = ()) -> None:
        self._sinks, self._sources = list(found), list(sources)

    def server_info(self) -> SimpleNamespace:
        return SimpleNamespace(default_sink_name="usb", default_source_name="mic")

    def sink_list(self) -> list[SimpleNamespace]:
        return self._sinks

    def source_list(self) -> list[SimpleNamespace]:
        return self._sources

    def sink_input_list(self) -> list[SimpleNamespace]:
        streams = (("usb", "12"), ("usb", "13"), ("usb", "no number"), ("hdmi", ""))
        return [
            SimpleNamespace(
                sink=index_of(name), proplist={"application.process.id": pid} if pid else {}
            )
            for name, pid in streams
        ]

    def source_output_list(self) -> list[SimpleNamespace]:
        return []


def index_of(name: str) -> int:
    return ["usb", "hdmi", "mic"].index(name)


def found(name: str, description: str | None, monitor_of: str | None = None) -> SimpleNamespace:
    return SimpleNamespace(
        name=name,
        index=index_of(name),
        description=description,
        volume=SimpleNamespace(values=[1.0, 1.0]),
        monitor_of_sink_name=monitor_of,
    )


def test_devices_of_one_name_are_kept_apart_and_monitors_come_last() -> None:
    server: Any = ToldServer(
        found("usb", "USB  Audio\n"),
        found("hdmi", "USB Audio"),
        sources=(found("usb", "Monitor of USB", "usb"), found("mic", None)),
    )

    devices = pulse_devices(server)

    assert [each.name for each in devices] == [
        "USB Audio (usb)",
        "USB Audio (hdmi)",
        "mic",
        "Monitor of USB",
    ]
    assert [each.is_default for each in devices] == [True, False, True, False]
    assert [each.is_monitor for each in devices] == [False, False, False, True]
    assert [each.users for each in devices[:2]] == [(12, 13), ()]


@pytest.mark.parametrize(
    ("name", "partly", "stable"),
    [
        pytest.param("Jabra Evolve 65", False, "alsa.Jabra Evolve 65", id="name"),
        pytest.param("alsa.Jabra Evolve 65", False, "alsa.Jabra Evolve 65", id="stable-name"),
        pytest.param("jabra", True, "alsa.Jabra Evolve 65", id="part"),
        pytest.param("jabra", False, None, id="a-part-is-not-the-name"),
        pytest.param("Mic", False, None, id="of-the-other-direction"),
        pytest.param("Nobody", True, None, id="unknown"),
    ],
)
def test_a_device_is_found_by_its_names(name: str, partly: bool, stable: str | None) -> None:  # noqa: FBT001 - a table's column
    devices = (MIC, SPEAKER, device(OUT, "Jabra Evolve 65"))

    chosen = find(devices, OUT, name, partly=partly)

    assert (None if chosen is None else chosen.stable_name) == stable

"""What is changed while a session runs."""

from dataclasses import replace

import pytest

from app.core.conduct import BargeIn, Processing
from app.core.config import VadMode, WireFormat
from app.core.events import DeviceSide
from app.session.messages import (
    ConfigureTurns,
    EngineRequest,
    InputChoice,
    InputKind,
    LiveState,
    OutputChoice,
    OutputKind,
    SetProcessing,
    StateReport,
    SwitchDevices,
)
from app.ui.vm.catalogue import model_options
from app.ui.vm.changes import AT_ONCE, NEXT, WAITS, ChangesViewModel
from app.ui.vm.live import LiveViewModel
from app.ui.vm.preferences import Preferences
from app.ui.vm.setup import SetupViewModel
from tests.support.reports import BUILT_IN, JABRA, devices
from tests.support.ui import catalogue

HEADSET = "Plantronics"


class Desk:
    """A session that was asked for, and what the engine is told of it."""

    def __init__(self, state: LiveState = LiveState.LISTENING, **changes: object) -> None:
        self.sent: list[EngineRequest] = []
        kept = replace(Preferences(), **changes)  # type: ignore[arg-type]
        self.setup = SetupViewModel(model_options(catalogue()), kept)
        self.live = LiveViewModel()
        self.changes = ChangesViewModel(self.setup, self.live, self.sent.append)
        self.live.take(StateReport(state=LiveState.CONNECTING))
        self.changes.begin(self.setup.request("k"))
        self.live.take(StateReport(state=state))

    def choose(self, **changes: object) -> None:
        self.setup.update(replace(self.setup.preferences, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"silence_ms": 250}, ["turns"]),
        ({"vad_mode": VadMode.MANUAL}, ["turns"]),
        ({"barge_in": BargeIn(enabled=False)}, ["turns"]),
        ({"barge_in": BargeIn(local=True)}, ["turns"]),
        ({"processing": Processing(echo_cancellation=True)}, ["processing"]),
        ({"silence_ms": 250, "processing": Processing(half_duplex=True)}, ["turns", "processing"]),
        ({"voices": (("local", "joe"),), "instructions": "Be brief."}, []),
        ({"output_format": WireFormat.PCMU}, []),
    ],
)
def test_what_can_change_is_told_at_once_and_once(
    changes: dict[str, object], told: list[str]
) -> None:
    desk = Desk()
    names = {ConfigureTurns: "turns", SetProcessing: "processing"}

    desk.choose(**changes)
    desk.choose(instructions="something else")

    assert [names[type(each)] for each in desk.sent] == told


def test_the_request_holds_what_is_chosen() -> None:
    desk = Desk()

    desk.choose(silence_ms=250, barge_in=BargeIn(enabled=False))

    request = desk.sent[0]
    assert isinstance(request, ConfigureTurns)
    assert request.turn_detection.silence_ms == 250
    assert not request.turn_detection.interrupt_response
    assert not request.barge_in.enabled


def test_a_change_during_connecting_waits_until_the_session_listens() -> None:
    desk = Desk(LiveState.CONNECTING)

    desk.choose(silence_ms=250)
    before = list(desk.sent)
    desk.live.take(StateReport(state=LiveState.LISTENING))

    assert (before, len(desk.sent)) == ([], 1)


def test_without_a_session_nobody_is_told() -> None:
    desk = Desk(LiveState.STOPPED)

    desk.choose(silence_ms=250)

    assert desk.sent == []
    words = (desk.changes.turns_words, desk.changes.processing_words, desk.changes.later_words)
    assert words == (NEXT, NEXT, NEXT)


def test_a_running_session_says_what_follows_at_once() -> None:
    changes = Desk().changes

    words = (changes.turns_words, changes.processing_words, changes.later_words)

    assert words == (AT_ONCE, AT_ONCE, WAITS)


def test_another_device_is_switched_to_and_remembered() -> None:
    desk = Desk()
    jabra = InputChoice(kind=InputKind.DEVICE, device=JABRA.name)
    speaker = OutputChoice(kind=OutputKind.DEVICE, device=BUILT_IN.name)

    taken = desk.changes.choose_input(jabra), desk.changes.choose_output(speaker)

    assert taken == (True, True)
    assert desk.sent == [SwitchDevices(input=jabra), SwitchDevices(output=speaker)]
    kept = desk.setup.preferences
    assert (kept.input_device, kept.output_device) == (JABRA.name, BUILT_IN.name)


@pytest.mark.parametrize(
    ("kept", "wanted"),
    [
        (InputKind.DEVICE, InputChoice(kind=InputKind.SILENCE)),
        (InputKind.SILENCE, InputChoice(kind=InputKind.DEVICE)),
    ],
)
def test_a_session_goes_from_device_to_device_only(kept: InputKind, wanted: InputChoice) -> None:
    desk = Desk(input_kind=kept)

    assert not desk.changes.choose_input(wanted)
    assert desk.sent == []
    assert desk.setup.preferences.input_kind is kept


def test_a_session_that_plays_nowhere_has_no_loudspeaker_to_change() -> None:
    desk = Desk(output_kind=OutputKind.NULL)

    assert not desk.changes.choose_output(OutputChoice(kind=OutputKind.DEVICE))
    assert not desk.changes.to_device


@pytest.mark.parametrize(
    ("side", "channels", "switched"),
    [
        (None, (1, 2), ["input", "output"]),
        (None, (1, 0), ["input"]),
        (None, (0, 2), ["output"]),
        (DeviceSide.INPUT, (1, 2), ["input"]),
        (DeviceSide.OUTPUT, (1, 2), ["output"]),
    ],
)
def test_a_device_that_came_is_used_where_it_can_be(
    side: DeviceSide | None, channels: tuple[int, int], switched: list[str]
) -> None:
    desk = Desk()
    ins, outs = channels
    headset = replace(JABRA, name=HEADSET, input_channels=ins, output_channels=outs)
    desk.setup.take(devices(JABRA, headset))

    desk.changes.use_device(HEADSET, side)

    sides = ["input" if each.input else "output" for each in desk.sent]  # type: ignore[union-attr]
    assert sides == switched


def test_a_device_that_is_not_listed_yet_is_tried_on_both_sides() -> None:
    desk = Desk()

    desk.changes.use_device(HEADSET)

    assert len(desk.sent) == 2

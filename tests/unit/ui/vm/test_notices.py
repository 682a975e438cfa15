"""What the session tells beside its problems."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from app.core.conduct import Processing
from app.core.events import DeviceSide
from app.session.messages import (
    DeviceReport,
    EchoReport,
    EngineRequest,
    GuardReport,
    GuardState,
    InputChoice,
    InputKind,
    LiveState,
    MicFault,
    MicFinding,
    MicReport,
    SetProcessing,
    StateReport,
    SwitchDevices,
)
from app.ui.vm.catalogue import model_options
from app.ui.vm.changes import ChangesViewModel
from app.ui.vm.live import LiveViewModel
from app.ui.vm.notices import MOST, PASSING_S, Act, NoticesViewModel
from app.ui.vm.preferences import Preferences
from app.ui.vm.setup import SetupViewModel
from tests.support.reports import BUILT_IN, JABRA, devices
from tests.support.ui import catalogue
from tests.support.upkeep import GONE, HEARS_ITSELF, QUIET, SEEKING

FINE = MicReport(findings=(), examined_s=3.0)
BACK = DeviceReport(words="The microphone is back.", side=DeviceSide.INPUT, name=JABRA.name)


class Desk:
    """Notices of a session that runs."""

    def __init__(self) -> None:
        self.sent: list[EngineRequest] = []
        self.ended = 0
        self.setup = SetupViewModel(model_options(catalogue()), Preferences())
        live = LiveViewModel()
        changes = ChangesViewModel(self.setup, live, self.sent.append)
        self.vm = NoticesViewModel(self.setup, changes, self.end)
        self.setup.take(devices(JABRA, BUILT_IN))
        live.take(StateReport(state=LiveState.CONNECTING))
        changes.begin(self.setup.request(None))
        live.take(StateReport(state=LiveState.LISTENING))

    def end(self) -> None:
        self.ended += 1

    @property
    def keys(self) -> list[str]:
        return [each.key for each in self.vm.shown]

    def press(self, act: Act) -> None:
        for notice in self.vm.shown:
            for button in notice.buttons:
                if button.act is act:
                    self.vm.press(notice.key, button)
                    return
        raise AssertionError(act)


# --- devices


def test_a_lost_device_stands_until_it_is_back() -> None:
    desk = Desk()

    desk.vm.take_device(GONE)
    standing, lost = desk.vm.shown[0], dict(desk.vm.lost)
    desk.vm.take_device(BACK)

    assert (standing.sentence, standing.grave, standing.lasting) == (GONE.words, True, True)
    assert lost == {DeviceSide.INPUT: JABRA.name}
    assert desk.vm.lost == {}
    assert [each.sentence for each in desk.vm.shown] == ["The microphone is back."]


def test_what_stands_in_for_a_lost_device_is_used_on_its_side_only() -> None:
    desk = Desk()
    desk.vm.take_device(GONE)

    desk.press(Act.USE)

    choice = InputChoice(kind=InputKind.DEVICE, device=BUILT_IN.name)
    assert desk.sent == [SwitchDevices(input=choice)]
    assert desk.keys == ["input"]


def test_a_device_that_came_is_offered_and_used_on_both_sides() -> None:
    desk = Desk()
    desk.vm.take_device(DeviceReport(words="A headset came.", offer=BUILT_IN.name))
    sentence = desk.vm.shown[0].sentence

    desk.press(Act.USE)

    assert sentence == "A headset came."
    assert len(desk.sent) == 2
    assert desk.keys == []


def test_what_only_passes_goes_by_itself() -> None:
    desk = Desk()
    desk.vm.take_device(BACK)

    for _ in range(PASSING_S - 1):
        desk.vm.tick()
    standing = desk.keys
    desk.vm.tick()

    assert (standing, desk.keys) == (["note"], [])


def test_names_of_devices_are_harmless() -> None:
    desk = Desk()

    desk.vm.take_device(replace(GONE, words="a\x1b[2J\n\u202eb", offer="x\ny" * 100))

    assert "\n" not in desk.vm.shown[0].sentence + desk.vm.shown[0].hint
    assert "\u202e" not in desk.vm.shown[0].sentence


# --- echo


@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        (Act.HALF_DUPLEX, Processing(), Processing(half_duplex=True)),
        (Act.CANCEL_ECHO, Processing(), Processing(echo_cancellation=True)),
        (
            Act.HEADSET,
            Processing(echo_cancellation=True, high_pass=True),
            Processing(high_pass=True),
        ),
    ],
)
def test_an_assistant_that_hears_itself_is_helped(
    act: Act, before: Processing, after: Processing
) -> None:
    desk = Desk()
    desk.setup.update(replace(desk.setup.preferences, processing=before))
    desk.sent.clear()
    desk.vm.take_echo(HEARS_ITSELF)

    desk.press(act)

    assert desk.sent == [SetProcessing(after)]
    assert desk.keys == []


def test_every_way_out_of_the_echo_names_what_it_costs() -> None:
    desk = Desk()
    desk.vm.take_echo(HEARS_ITSELF)

    buttons = desk.vm.shown[0].buttons

    assert [each.words for each in buttons] == [
        "Cancel the echo",
        "I use a headset",
        "Half-duplex",
    ]
    assert "cannot interrupt by speaking" in buttons[2].hint
    assert "echo cancellation" in buttons[1].hint


def test_an_echo_that_was_answered_comes_back_only_when_it_triggers_again() -> None:
    desk = Desk()
    desk.vm.take_echo(HEARS_ITSELF)
    desk.vm.dismiss("echo")

    desk.vm.take_echo(HEARS_ITSELF)
    quiet = desk.keys
    desk.vm.take_echo(replace(HEARS_ITSELF, self_triggers_n=3))

    assert (quiet, desk.keys) == ([], ["echo"])
    desk.vm.take_echo(EchoReport())
    assert desk.keys == []


# --- microphone


def test_a_fault_that_was_dismissed_stays_away_until_it_was_gone() -> None:
    desk = Desk()
    desk.vm.take_mic(QUIET)
    desk.vm.dismiss("mic")

    desk.vm.take_mic(QUIET)
    dismissed = desk.keys
    desk.vm.take_mic(FINE)
    desk.vm.take_mic(QUIET)

    assert (dismissed, desk.keys) == ([], ["mic"])


def test_another_fault_is_told_although_one_was_dismissed() -> None:
    desk = Desk()
    desk.vm.take_mic(QUIET)
    desk.vm.dismiss("mic")
    clipped = MicFinding(fault=MicFault.CLIPPED, sentence="Too loud: move away.")

    desk.vm.take_mic(replace(QUIET, findings=(*QUIET.findings, clipped)))

    assert [each.sentence for each in desk.vm.shown] == ["Too loud: move away."]


def test_several_faults_are_one_line_with_a_count() -> None:
    desk = Desk()
    other = MicFinding(fault=MicFault.NOISY, sentence="Noise.")

    desk.vm.take_mic(replace(QUIET, findings=(*QUIET.findings, other)))

    assert desk.vm.shown[0].hint == "Measured: -52 dBFS, and 1 more"


# --- the connection


def test_a_cut_connection_is_sought_and_can_be_given_up() -> None:
    desk = Desk()

    desk.vm.take_guard(SEEKING)
    notice, words = desk.vm.shown[0], desk.vm.reconnecting
    desk.press(Act.END)

    assert notice.sentence == "The connection was cut. Reconnecting 2 of 5, in 4 s."
    assert (notice.hint, notice.lasting, words) == (SEEKING.words, True, "Reconnecting 2 of 5")
    assert desk.ended == 1


def test_a_connection_that_is_there_again_says_so_for_a_while() -> None:
    desk = Desk()
    desk.vm.take_guard(SEEKING)

    desk.vm.take_guard(GuardReport(state=GuardState.FINE, words="Carried on with 6 items."))

    assert [each.sentence for each in desk.vm.shown] == ["Carried on with 6 items."]
    assert desk.vm.reconnecting == ""


@pytest.mark.parametrize("state", [GuardState.STALLED, GuardState.ROTATING, GuardState.ENDING_SOON])
def test_the_other_states_of_the_guard_are_told_and_go(state: GuardState) -> None:
    desk = Desk()

    desk.vm.take_guard(GuardReport(state=state, words="w"))
    told = desk.keys
    desk.vm.take_guard(GuardReport(state=GuardState.FINE))

    assert told == ["guard"]
    assert "guard" not in desk.keys


def test_the_gravest_come_first_and_not_too_many() -> None:
    desk = Desk()
    takes: list[Callable[[], None]] = [
        lambda: desk.vm.take_mic(QUIET),
        lambda: desk.vm.take_echo(HEARS_ITSELF),
        lambda: desk.vm.take_device(GONE),
        lambda: desk.vm.take_guard(SEEKING),
    ]

    for take in takes:
        take()

    assert desk.keys == ["guard", "input", "echo"]
    assert len(desk.keys) == MOST
    desk.vm.clear()
    assert desk.keys == []

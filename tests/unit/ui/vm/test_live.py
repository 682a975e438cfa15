import pytest

from app.session.messages import LiveState, StateReport
from app.ui.vm.live import STATES, LiveViewModel


@pytest.mark.parametrize("state", list(LiveState))
def test_every_state_has_words(state: LiveState) -> None:
    assert STATES[state].words


def test_the_stage_is_part_of_the_words() -> None:
    vm = LiveViewModel()

    vm.take(StateReport(state=LiveState.CONNECTING, detail="TLS"))

    assert vm.words == "Connecting: TLS"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LiveState.IDLE, "Talk"),
        (LiveState.FAILED, "Talk"),
        (LiveState.CONNECTING, "Connecting"),
        (LiveState.STOPPING, "Stopping"),
        (LiveState.LISTENING, "Hold to talk"),
        (LiveState.MODEL_SPEAKS, "Hold to talk"),
    ],
)
def test_the_large_button_says_what_it_does_now(state: LiveState, words: str) -> None:
    vm = LiveViewModel()

    vm.take(StateReport(state=state))

    assert vm.talk_words == words


def test_the_large_button_says_how_to_send_while_it_is_held() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.LISTENING))

    vm.set_holding(holding=True)

    assert vm.talk_words == "Release to send"


def test_a_key_that_is_held_before_the_connection_stands_is_told_to_wait() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.CONNECTING, detail="TLS"))

    vm.set_holding(holding=True)
    words = [vm.talk_words]
    vm.take(StateReport(state=LiveState.LISTENING))
    words.append(vm.talk_words)

    assert words == ["Wait to speak", "Release to send"]


def test_a_key_that_came_up_before_the_connection_stood_has_sent_nothing() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.CONNECTING))

    vm.set_holding(holding=True)
    vm.set_holding(holding=False)

    assert vm.talk_words == "Connecting"


def test_a_session_that_ends_forgets_mute_and_the_talk_key() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.LISTENING))
    vm.set_muted(muted=True)
    vm.set_holding(holding=True)

    vm.take(StateReport(state=LiveState.STOPPED))

    assert (vm.muted, vm.holding) == (False, False)


def test_a_key_that_came_up_says_sent_until_something_comes_of_it() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.LISTENING))

    vm.set_holding(holding=True)
    vm.set_holding(holding=False)
    words = [vm.talk_words]
    for state in (LiveState.THINKING, LiveState.MODEL_SPEAKS):
        vm.take(StateReport(state=state))
        words.append(vm.talk_words)

    assert words == ["Sent", "Sent", "Hold to talk"]


def test_a_connection_that_is_sought_is_the_state_until_it_is_there() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.LISTENING))

    vm.set_guard("Reconnecting 1 of 5")
    sought = vm.words, vm.view.open, vm.view.live
    vm.set_guard("")

    assert sought == ("Reconnecting 1 of 5", False, True)
    assert vm.words == "Listening"


def test_a_session_that_ended_seeks_nothing() -> None:
    vm = LiveViewModel()
    vm.take(StateReport(state=LiveState.LISTENING))
    vm.set_guard("Reconnecting 1 of 5")

    vm.take(StateReport(state=LiveState.STOPPED))

    assert (vm.words, vm.view.rests) == ("Stopped", True)

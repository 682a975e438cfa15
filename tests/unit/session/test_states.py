"""The table of live states."""

import pytest

from app.session.messages import LiveState, StateReport
from app.session.reporter import Reporter
from app.session.states import TRANSITIONS, Cause

LIVE = {
    LiveState.LISTENING,
    LiveState.YOU_SPEAK,
    LiveState.THINKING,
    LiveState.MODEL_SPEAKS,
    LiveState.INTERRUPTED,
}


def test_every_state_is_in_the_table() -> None:
    assert set(TRANSITIONS) == set(LiveState)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_live_session_can_always_be_stopped_and_can_always_fail(state: LiveState) -> None:
    assert TRANSITIONS[state][Cause.STOP] is LiveState.STOPPING
    assert TRANSITIONS[state][Cause.FAILED] is LiveState.FAILED


@pytest.mark.parametrize("state", sorted(LIVE))
def test_speech_of_the_user_always_has_the_floor(state: LiveState) -> None:
    assert TRANSITIONS[state][Cause.USER_STARTED] is LiveState.YOU_SPEAK


@pytest.mark.parametrize("state", [LiveState.STOPPED, LiveState.FAILED])
def test_an_ended_session_moves_only_by_a_new_start(state: LiveState) -> None:
    assert set(TRANSITIONS[state]) == {Cause.START_ENGINE, Cause.CONNECT}


@pytest.mark.parametrize("state", LiveState)
@pytest.mark.parametrize("cause", Cause)
def test_a_cause_without_an_arrow_is_not_told(state: LiveState, cause: Cause) -> None:
    told: list[object] = []
    reporter = Reporter(told.append)
    reporter.state = state

    reporter.move(cause)

    after = TRANSITIONS[state].get(cause, state)
    assert reporter.state is after
    assert told == ([] if after is state else [StateReport(state=after)])

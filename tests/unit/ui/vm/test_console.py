import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

import pytest

from app.core.config import AuthScheme, VadMode
from app.session.messages import (
    EndSession,
    EngineReport,
    EngineRequest,
    HoldToTalk,
    InputKind,
    Interrupt,
    ListDevices,
    LiveState,
    MarkKind,
    MarkReport,
    MeterReport,
    ProblemReport,
    Remedy,
    SendTyped,
    SetMuted,
    Speaker,
    StartSession,
    StateReport,
)
from app.ui.vm.catalogue import model_options
from app.ui.vm.console import ConsoleViewModel
from app.ui.vm.keys import KeyOrigin, KeysViewModel
from app.ui.vm.preferences import Preferences
from app.ui.vm.setup import SetupViewModel
from tests.support.reports import JABRA, conversation, devices, health, said, session
from tests.support.ui import FakeSecrets, catalogue


class Desk:
    """A console whose requests are kept."""

    def __init__(
        self,
        preferences: Preferences | None = None,
        environment: Mapping[str, str] | None = None,
        secrets: FakeSecrets | None = None,
    ) -> None:
        self.sent: list[EngineRequest] = []
        setup = SetupViewModel(
            model_options(catalogue()), preferences or Preferences(), samples=("/samples/a.wav",)
        )
        keys = KeysViewModel(secrets or FakeSecrets(), environment or {})
        self.vm = ConsoleViewModel(setup, keys, self.sent.append)

    def be(self, state: LiveState) -> None:
        self.vm.take(StateReport(state=state))


OPENAI = Preferences(model_id="openai:gpt-realtime-2.1-mini")


def test_every_report_has_a_reader() -> None:
    vm = Desk().vm

    assert set(vm._readers) == set(get_args(EngineReport))


def test_reports_reach_their_view_models() -> None:
    vm = Desk().vm

    for report in (
        *conversation(2),
        devices(JABRA),
        MeterReport(
            input_rms_dbfs=-20.0,
            input_peak_dbfs=-10.0,
            output_rms_dbfs=None,
            output_peak_dbfs=None,
        ),
        ProblemReport(sentence="An xrun.", hint=""),
    ):
        vm.take(report)

    assert len(vm.transcript.lines) == 4
    assert vm.turn.title == "Turn 2"
    assert len(vm.statistics.turns) == 2
    assert vm.lanes.events.marks_n == 14
    assert vm.lanes.end_ms == 27_000
    assert vm.health.elapsed == "00:27"
    assert vm.meters.input.fill > 0
    assert vm.problems.current is not None
    assert vm.setup.devices == devices(JABRA)
    assert vm.session == session()


def test_the_first_start_needs_nothing() -> None:
    desk = Desk()

    assert asyncio.run(desk.vm.start())

    request = desk.sent[0]
    assert isinstance(request, StartSession)
    assert (request.target.provider, request.key) == ("local", None)
    assert desk.vm.live.state is LiveState.CONNECTING


def test_a_key_goes_along_with_the_start() -> None:
    desk = Desk(OPENAI, {"OPENAI_API_KEY": "sk-env"})

    assert asyncio.run(desk.vm.start())

    request = desk.sent[0]
    assert isinstance(request, StartSession)
    assert request.key == "sk-env"


@pytest.mark.parametrize(
    ("secrets", "hint"),
    [
        (FakeSecrets(), "Enter one; it is stored in the keyring, or used once."),
        (
            FakeSecrets(broken=True),
            "There is no secure keyring on this machine. Use the key once instead.",
        ),
    ],
)
def test_a_missing_key_is_asked_for(secrets: FakeSecrets, hint: str) -> None:
    desk = Desk(OPENAI, secrets=secrets)

    assert not asyncio.run(desk.vm.start())

    problem = desk.vm.problems.current
    assert problem is not None
    assert problem.sentence.endswith("needs a key.")
    assert (problem.hint, problem.remedy) == (hint, Remedy.ENTER_KEY)
    assert (desk.sent, desk.vm.live.state) == ([], LiveState.IDLE)


def test_an_endpoint_that_cannot_work_is_asked_for() -> None:
    desk = Desk(Preferences(model_id="custom", endpoint_url="x", endpoint_auth=AuthScheme.NONE))

    assert desk.vm.endpoint_missing
    assert not asyncio.run(desk.vm.start())

    problem = desk.vm.problems.current
    assert problem is not None
    assert problem.remedy is Remedy.EDIT_ENDPOINT
    assert desk.sent == []


@pytest.mark.parametrize("state", [LiveState.LISTENING, LiveState.STOPPING])
def test_a_session_that_is_there_is_not_started_again(state: LiveState) -> None:
    desk = Desk()
    desk.be(state)

    assert not asyncio.run(desk.vm.start())
    assert desk.sent == []


def test_a_start_forgets_the_session_before() -> None:
    desk = Desk()
    for report in conversation(3):
        desk.vm.take(report)
    desk.be(LiveState.STOPPED)

    asyncio.run(desk.vm.start())

    assert desk.vm.transcript.lines == []
    assert desk.vm.statistics.turns == []
    assert desk.vm.session is None
    assert desk.vm.lanes.end_ms == 0


def test_stopping_ends_a_session_once() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)

    desk.vm.stop()
    desk.vm.stop()

    assert desk.sent == [EndSession()]
    assert desk.vm.live.state is LiveState.STOPPING


@pytest.mark.parametrize(
    ("state", "sent"),
    [
        (LiveState.MODEL_SPEAKS, [Interrupt()]),
        (LiveState.THINKING, [Interrupt()]),
        (LiveState.INTERRUPTED, []),
        (LiveState.LISTENING, [EndSession()]),
        (LiveState.CONNECTING, [EndSession()]),
        (LiveState.IDLE, []),
    ],
)
def test_escape_interrupts_or_stops(state: LiveState, sent: list[EngineRequest]) -> None:
    desk = Desk()
    desk.be(state)

    desk.vm.escape()

    assert desk.sent == sent


def test_muting_goes_to_and_fro() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)

    desk.vm.toggle_muted()
    desk.vm.toggle_muted()

    assert desk.sent == [SetMuted(muted=True), SetMuted(muted=False)]


def test_nothing_is_muted_without_a_session() -> None:
    desk = Desk()

    desk.vm.toggle_muted()

    assert (desk.sent, desk.vm.live.muted) == ([], False)


def test_the_talk_key_is_sent_once_down_and_once_up() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)

    for down in (True, True, False, False):
        desk.vm.hold(down=down)

    assert desk.sent == [HoldToTalk(down=True), HoldToTalk(down=False)]


def test_the_talk_key_does_nothing_without_a_session() -> None:
    desk = Desk()

    desk.vm.hold(down=True)

    assert desk.sent == []


def test_typed_words_are_sent_trimmed() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)

    assert desk.vm.send_typed("  hello \n")
    assert desk.sent == [SendTyped("hello")]


@pytest.mark.parametrize(
    ("state", "text"),
    [(LiveState.LISTENING, "  "), (LiveState.IDLE, "hi"), (LiveState.CONNECTING, "hi")],
)
def test_typed_words_that_would_not_arrive_stay(state: LiveState, text: str) -> None:
    desk = Desk()
    desk.be(state)

    assert not desk.vm.send_typed(text)
    assert desk.sent == []


def test_an_engine_that_is_gone_offers_another() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)
    desk.vm.take(health(3.0))

    desk.vm.engine_lost("The measuring engine ended unexpectedly.", "exit code -9")

    problem = desk.vm.problems.current
    assert problem is not None
    assert (problem.remedy, problem.detail) == (Remedy.RETRY, "exit code -9")
    assert desk.vm.live.state is LiveState.FAILED
    assert not desk.vm.health.recording


def test_an_engine_that_is_back_is_ready() -> None:
    desk = Desk()
    desk.vm.engine_lost("Gone.")

    desk.vm.engine_back()

    assert (desk.vm.live.state, desk.sent) == (LiveState.IDLE, [ListDevices()])


def test_a_session_that_ends_lets_the_meters_fall() -> None:
    desk = Desk()
    desk.be(LiveState.LISTENING)
    desk.vm.take(health(3.0))
    desk.vm.stop()
    desk.vm.take(
        MeterReport(
            input_rms_dbfs=-20.0,
            input_peak_dbfs=-10.0,
            output_rms_dbfs=-20.0,
            output_peak_dbfs=-10.0,
        )
    )

    desk.be(LiveState.STOPPED)

    assert desk.vm.meters.input.fill == 0
    assert not desk.vm.health.recording


def test_another_model_takes_the_old_problem_away() -> None:
    desk = Desk()
    desk.vm.take(ProblemReport(sentence="x", hint="", fatal=True))

    desk.vm.choose_model("simulator")

    assert desk.vm.setup.option.model_id == "simulator"
    assert desk.vm.problems.current is None


def test_push_to_talk_begins_with_the_press_that_starts() -> None:
    assert Desk(Preferences(vad_mode=VadMode.MANUAL)).vm.holds_on_start
    assert not Desk().vm.holds_on_start


def test_the_invitation_follows_the_state() -> None:
    desk = Desk()
    first = desk.vm.invitation

    desk.vm.take(devices())
    without = desk.vm.invitation
    desk.be(LiveState.CONNECTING)
    connecting = desk.vm.invitation
    desk.be(LiveState.LISTENING)

    assert first == "Press Talk and say something."
    assert "bundled recordings" in without
    assert connecting == "Connecting"
    assert desk.vm.invitation == "Say something."


def test_keys_are_not_needed_for_the_embedded_engine() -> None:
    desk = Desk(replace(Preferences(), input_kind=InputKind.SILENCE))

    asyncio.run(desk.vm.start())

    assert desk.vm.keys.view("local").origin is KeyOrigin.NOT_NEEDED


def test_hostile_words_do_not_reach_the_window() -> None:
    desk = Desk()

    desk.vm.take(said("m", Speaker.MODEL, 0, "<script>\x00\u202e"))
    desk.vm.take(MarkReport(kind=MarkKind.STALL, at_ms=1.0))

    assert desk.vm.transcript.lines[0].text == "<script>␀"

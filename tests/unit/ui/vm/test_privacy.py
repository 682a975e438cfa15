"""What is recorded, who agreed, and what a session may cost: as the window tells it."""

from decimal import Decimal

import pytest

from app.core.money import Budget
from app.core.privacy import RecordingMode
from app.session.messages import (
    EngineRequest,
    LiveState,
    ProblemReport,
    RecordConsent,
    Remedy,
    StateReport,
)
from app.ui.vm.budget import amount, amount_text, budget, problem
from app.ui.vm.catalogue import model_options
from app.ui.vm.live import LiveViewModel
from app.ui.vm.preferences import Preferences, parse
from app.ui.vm.privacy import PrivacyViewModel, RecordingTone
from app.ui.vm.setup import SetupViewModel
from tests.support.accounts import consented
from tests.support.reports import health, session
from tests.support.ui import catalogue

FULL_DISK = ProblemReport(
    sentence="The recording stopped: the disk is full.", hint="", remedy=Remedy.FREE_SPACE
)


class Desk:
    def __init__(self, preferences: Preferences | None = None) -> None:
        self.sent: list[EngineRequest] = []
        self.setup = SetupViewModel(model_options(catalogue()), preferences or Preferences())
        self.live = LiveViewModel()
        self.vm = PrivacyViewModel(self.setup, self.live, self.sent.append)

    def be(self, state: LiveState) -> None:
        self.live.take(StateReport(state=state))

    def talk(self, mode: RecordingMode = RecordingMode.FULL) -> None:
        self.vm.begin()
        self.be(LiveState.LISTENING)
        self.vm.take_session(consented(mode))


def test_at_rest_the_indicator_says_what_the_next_session_keeps() -> None:
    desk = Desk()

    assert desk.vm.view.words == "Will record"
    desk.vm.choose(RecordingMode.FIGURES)
    assert desk.vm.view.words == "Figures only"
    assert desk.vm.view.tone is RecordingTone.QUIET
    assert not desk.vm.runs


def test_nothing_is_recorded_while_the_session_is_being_opened() -> None:
    desk = Desk()
    desk.vm.begin()

    desk.be(LiveState.CONNECTING)

    assert desk.vm.view.words == "Will record"


def test_a_recording_says_so_with_a_dot() -> None:
    desk = Desk()
    desk.talk()

    desk.vm.take_health(health(3.0))

    assert desk.vm.view.text == "\N{BLACK CIRCLE} Recording"
    assert desk.vm.view.tone is RecordingTone.ON


def test_a_session_of_figures_only_says_so_whatever_is_chosen_since() -> None:
    desk = Desk()
    desk.talk(RecordingMode.FIGURES)

    desk.vm.take_health(health(3.0))
    desk.vm.choose(RecordingMode.FULL)

    assert desk.vm.view.words == "Figures only"
    assert desk.vm.chosen is RecordingMode.FULL


@pytest.mark.parametrize(
    ("report", "full", "words"),
    [
        (FULL_DISK, True, "Not recording: disk full"),
        (FULL_DISK, False, "Not recording"),
        (None, False, "Not recording"),
    ],
)
def test_a_recording_that_stopped_says_so_and_why(
    report: ProblemReport | None, *, full: bool, words: str
) -> None:
    desk = Desk()
    desk.talk()
    if report is not None:
        desk.vm.take_problem(report)

    desk.vm.take_health(health(3.0, recording=False, disk_full=full))

    assert desk.vm.view.words == words
    assert desk.vm.view.tone is RecordingTone.WRONG
    assert "The conversation goes on." in desk.vm.view.hover


def test_the_next_session_starts_without_the_old_failure() -> None:
    desk = Desk()
    desk.talk()
    desk.vm.take_problem(FULL_DISK)
    desk.vm.take_health(health(3.0, recording=False))

    desk.talk()

    assert desk.vm.view.words == "Recording"


def test_who_agreed_is_told_with_the_time() -> None:
    desk = Desk()
    desk.talk()

    assert desk.vm.consents == (
        ("Anna Berg", "00:01 (2026-11-21T12:00:01Z)"),
        ("Zoë Müller", "01:04 (2026-11-21T12:01:04Z)"),
    )
    assert "agreed\tAnna Berg, at 00:01" in desk.vm.view.hover


def test_consent_in_a_session_is_told_to_the_engine() -> None:
    desk = Desk()
    desk.talk()

    assert desk.vm.agree("  Ben   Ode ")

    assert desk.sent == [RecordConsent("Ben Ode")]
    assert desk.setup.consents == ()


def test_consent_before_a_session_goes_with_its_start_and_not_with_the_next_one() -> None:
    desk = Desk()

    assert desk.vm.agree("Ben Ode")
    assert desk.vm.agree("Cleo  Fa; Ben Ode,")
    asked = desk.setup.request(None)
    desk.talk()

    assert asked.consents == ("Ben Ode", "Cleo Fa")
    assert desk.setup.request(None).consents == ()
    assert desk.sent == []


@pytest.mark.parametrize("who", ["", "  ", ",;", "x" * 201, "Ben Ode, " + "x" * 201])
def test_nobody_and_endless_names_do_not_agree(who: str) -> None:
    assert not Desk().vm.agree(who)


def test_consent_can_be_taken_back_before_the_session() -> None:
    desk = Desk()
    desk.vm.agree("Ben Ode")
    agreed = desk.vm.pending

    desk.vm.withdraw()

    assert (agreed, desk.vm.pending) == (("Ben Ode",), ())


@pytest.mark.parametrize(
    ("ask", "mode", "who", "asks"),
    [
        (True, RecordingMode.FULL, "", True),
        (True, RecordingMode.FULL, "Anna", False),
        (True, RecordingMode.FIGURES, "", False),
        (False, RecordingMode.FULL, "", False),
    ],
)
def test_talk_asks_first_only_where_it_is_wanted_and_something_is_recorded(
    *, ask: bool, mode: RecordingMode, who: str, asks: bool
) -> None:
    desk = Desk(Preferences(ask_consent=ask, recording=mode))
    desk.vm.agree(who)

    assert desk.vm.asks_first is asks


def test_a_session_that_runs_is_not_asked_for() -> None:
    desk = Desk(Preferences(ask_consent=True))
    desk.be(LiveState.LISTENING)

    assert not desk.vm.asks_first


def test_an_account_that_is_told_again_keeps_consent_for_the_next_session() -> None:
    desk = Desk()
    desk.talk()
    desk.be(LiveState.STOPPED)
    desk.vm.agree("Ben Ode")

    desk.vm.take_session(session())

    assert desk.vm.pending == ("Ben Ode",)


# --- budget


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), (" ", None), ("0.5", "0.5"), ("$1", "1"), ("0,25", "0.25"), ("0", "0")],
)
def test_an_amount_as_people_type_it(text: str, value: str | None) -> None:
    assert amount(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize("text", ["x", "-1", "1e99", "inf", "nan", "100001", "0.0000000000001"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        amount(text)


def test_the_budget_of_the_preferences_goes_with_the_session() -> None:
    desk = Desk(Preferences(budget_warn="0.40", budget_stop="0,5", budget_unpriced_min=20))

    assert desk.setup.request(None).budget == Budget(
        warn_usd=Decimal("0.40"), stop_usd=Decimal("0.5"), stop_unpriced_s=1200.0
    )
    assert budget("", "", 0) == Budget()


@pytest.mark.parametrize(
    ("warn", "stop", "words"),
    [
        ("0.4", "0.5", ""),
        ("0.4", "", ""),
        ("0.6", "0.5", "The session would stop before it warns"),
        ("x", "0.5", "Warn at: This is no number."),
        ("", "-2", "Stop at: Between 0"),
    ],
)
def test_two_amounts_must_make_sense(warn: str, stop: str, words: str) -> None:
    assert problem(warn, stop).startswith(words)
    assert bool(problem(warn, stop)) is bool(words)


@pytest.mark.parametrize(
    "wrong",
    [
        {"budget_warn": "many"},
        {"budget_stop": 3},
        {"budget_unpriced_min": -1},
        {"recording": "everything"},
        {"ask_consent": "yes"},
    ],
)
def test_a_wrong_preference_has_its_default(wrong: dict[str, object]) -> None:
    assert parse(wrong) == Preferences()


def test_an_amount_of_a_file_must_be_text() -> None:
    with pytest.raises(TypeError):
        amount_text(3)

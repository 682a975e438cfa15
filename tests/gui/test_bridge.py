import weakref
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.core.errors import EngineError, LocalProtocolError
from app.session.messages import (
    EngineReport,
    EngineRequest,
    ListDevices,
    LiveState,
    Shutdown,
    StateReport,
)
from app.ui.bridge import TOO_LONG, Bridge
from app.ui.ports import EngineLink
from tests.support.ui import FakeLink

LISTENING = StateReport(state=LiveState.LISTENING)


class Ends:
    """What a bridge told."""

    def __init__(self) -> None:
        self.reports: list[EngineReport] = []
        self.losses: list[tuple[str, str]] = []

    def lost(self, sentence: str, detail: str) -> None:
        self.losses.append((sentence, detail))


def bridge(factory: Callable[[], EngineLink]) -> tuple[Bridge, Ends]:
    made, ends = Bridge(factory), Ends()
    made.listen(ends.reports.append, ends.lost)
    return made, ends


def test_reports_arrive_in_order_without_being_asked_for(qtbot: QtBot) -> None:
    link = FakeLink()
    made, ends = bridge(lambda: link)
    assert made.start()

    link.feed(LISTENING, StateReport(state=LiveState.STOPPED))
    qtbot.waitUntil(lambda: len(ends.reports) == 2)

    assert ends.reports == [LISTENING, StateReport(state=LiveState.STOPPED)]
    made.close()


def test_an_engine_that_does_not_start_is_told_and_tried_again(qtbot: QtBot) -> None:
    link = FakeLink()
    tries: list[bool] = []

    def factory() -> EngineLink:
        tries.append(True)
        if len(tries) == 1:
            raise EngineError("no python", hint="Install it.")
        return link

    made, ends = bridge(factory)

    started = (made.start(), made.start())

    assert started == (False, True)
    assert ends.losses == [("The measuring engine did not start.", "no python Install it.")]
    assert made.running
    made.close()


@pytest.mark.parametrize("die_first", [False, True])
def test_closing_asks_the_engine_to_leave_and_is_safe_twice(
    qtbot: QtBot, *, die_first: bool
) -> None:
    link = FakeLink()
    made, _ends = bridge(lambda: link)
    made.start()
    link.gone = die_first

    made.close()
    made.close()

    assert link.closed
    assert link.sent == ([] if die_first else [Shutdown()])


def test_before_the_start_nothing_is_received_or_sent(qtbot: QtBot) -> None:
    made, ends = bridge(FakeLink)

    made.drain()
    made.send(ListDevices())

    assert ends.reports == []
    assert ends.losses == [("The measuring engine does not run.", "")]


def test_what_is_too_long_to_be_sent_is_told_and_the_engine_goes_on(qtbot: QtBot) -> None:
    class Narrow(FakeLink):
        def send(self, request: EngineRequest) -> None:
            raise LocalProtocolError(f"{type(request).__name__} is too long")

    made, ends = bridge(Narrow)
    made.start()

    made.send(ListDevices())

    assert ends.reports == [TOO_LONG]
    assert ends.losses == []
    assert made.running


def test_a_closed_bridge_keeps_nobody_alive(qtbot: QtBot) -> None:
    made, ends = bridge(FakeLink)
    made.start()
    listener = weakref.ref(ends)

    made.close()
    del ends

    assert listener() is None


def test_a_bridge_that_nobody_listens_to_loses_quietly(qtbot: QtBot) -> None:
    link = FakeLink()
    made = Bridge(lambda: link)
    made.start()
    link.feed(LISTENING)

    made.drain()
    link.die()
    made.drain()

    assert not made.running
    made.close()

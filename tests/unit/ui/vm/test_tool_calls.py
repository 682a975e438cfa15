"""The calls of a session as the window lists them, and the user's word on them."""

import pytest

from app.core.events import ToolOutcome
from app.session.messages import AllowTool, AnswerTool, EngineRequest, ToolReport, ToolState
from app.ui.vm.tool_calls import KEPT, ToolCallsViewModel, hand_words


def report(call_id: str = "c1", state: ToolState = ToolState.RUNNING, **more: object) -> ToolReport:
    fields = {"call_id": call_id, "name": "a", "state": state, "at_ms": 1_250.0, "source": "http"}
    return ToolReport(**(fields | more))  # type: ignore[arg-type]


def made() -> tuple[ToolCallsViewModel, list[EngineRequest]]:
    sent: list[EngineRequest] = []
    return ToolCallsViewModel(sent.append), sent


def test_calls_are_listed_newest_first_with_how_they_ended() -> None:
    vm, _ = made()
    for number, outcome in enumerate(ToolOutcome):
        ended = {"outcome": outcome, "elapsed_ms": 10.0 ** (number + 1), "output": "{}"}
        vm.take(report(f"c{number}", ToolState.ENDED, **ended))
    vm.take(report("x", name=""))

    lines = vm.lines
    assert [line.state for line in lines] == [
        "running",
        "cancelled",
        "refused",
        "time-out",
        "error",
        "answered",
    ]
    assert [line.took for line in lines] == ["", "100.0 s", "10.0 s", "1000 ms", "100 ms", "10 ms"]
    assert [line.good for line in lines] == [None, None, False, False, False, True]
    assert (lines[0].name, lines[0].at, lines[0].source) == ("unnamed", "1.2 s", "HTTP")


def test_what_wants_the_user_is_told_oldest_first() -> None:
    vm, _ = made()
    vm.take(report("c1", ToolState.ASKS))
    vm.take(report("c2"))
    vm.take(report("c3", ToolState.BY_HAND))

    assert [each.call_id for each in vm.wanting] == ["c1", "c3"]
    vm.take(report("c1", ToolState.ENDED, outcome=ToolOutcome.TIMEOUT))
    assert [each.call_id for each in vm.wanting] == ["c3"]


def test_the_users_word_is_sent_once_and_asks_no_more() -> None:
    vm, sent = made()
    for call in ("c1", "c2", "c3", "c4", "c5"):
        vm.take(report(call, ToolState.ASKS))
    asks = vm.wanting

    vm.allow(asks[0], remember=False)
    vm.allow(asks[1], remember=True)
    vm.refuse(asks[2])
    vm.answer(asks[3], "1", failed=False)
    vm.answer(asks[4], "No.", failed=True)
    vm.answer(report("gone"), "1", failed=False)

    assert vm.wanting == ()
    assert [type(each) for each in sent] == [AllowTool] * 3 + [AnswerTool] * 3
    words = [(each.allow, each.remember) for each in sent if isinstance(each, AllowTool)]
    assert words == [(True, False), (True, True), (False, False)]
    answers = [(each.output, each.failed) for each in sent if isinstance(each, AnswerTool)]
    assert answers == [("1", False), ("No.", True), ("1", False)]


def test_the_list_is_bounded_and_ends_with_the_session() -> None:
    vm, _ = made()
    changes: list[int] = []
    vm.changed.connect(lambda: changes.append(1))
    for number in range(KEPT + 20):
        vm.take(report(f"c{number}", ToolState.ASKS))

    counts = [len(vm.lines)]
    vm.rest()
    vm.rest()
    counts.append(len(vm.lines))
    assert counts == [KEPT, 0]
    vm.clear()
    assert len(changes) == KEPT + 21
    vm.take(report("c", ToolState.ENDED, outcome=ToolOutcome.ANSWERED))
    vm.rest()
    counts.append(len(vm.lines))
    vm.clear()
    assert [*counts, len(vm.lines)] == [KEPT, 0, 1, 0]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (" ", "JSON, or plain words"),
        ('{"a": 1}', "Sent as JSON"),
        ("yes", 'Sent as words: {"result": ...}'),
        ("[" * 9_000, 'Sent as words: {"result": ...}'),
    ],
)
def test_an_answer_by_hand_says_what_it_will_be(written: str, words: str) -> None:
    assert hand_words(written) == words

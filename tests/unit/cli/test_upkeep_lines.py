"""What happens to a session itself, as a line and as JSON."""

import io
import json
from dataclasses import replace

import pytest

from app.cli.conversation import ConversationPrinter
from app.cli.upkeep_lines import ECHO_WORDS
from app.core.events import DeviceSide
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import (
    DeviceReport,
    EchoReport,
    EngineReport,
    GuardReport,
    GuardState,
    MeterReport,
    SessionReport,
    TurnReport,
)
from tests.unit.cli.test_talk import RECORD

RECONNECTING = GuardReport(
    state=GuardState.RECONNECTING, words="Gone.", attempt=2, attempts=5, wait_s=0.87654
)
FINE = GuardReport(state=GuardState.FINE, words="The session goes on.", renewals_n=1)
LOST = DeviceReport(words="The headset is gone.", side=DeviceSide.INPUT, name="headset", lost=True)
QUIET = MeterReport(
    input_rms_dbfs=None, input_peak_dbfs=None, output_rms_dbfs=None, output_peak_dbfs=None
)


def printed(*reports: EngineReport, as_json: bool) -> tuple[list[str], list[str], int]:
    out, err = io.StringIO(), io.StringIO()
    printer = ConversationPrinter(out, err, as_json=as_json)
    for report in reports:
        printer.take(report)
    failed = printer.finish(None)
    return out.getvalue().splitlines(), err.getvalue().splitlines(), failed


def test_people_get_a_line_each() -> None:
    echo = EchoReport(offers_help=True)
    _, said, _ = printed(RECONNECTING, FINE, LOST, QUIET, EchoReport(), echo, echo, as_json=False)

    assert said == [
        "Gone. Connecting again in 0.9 s (attempt 2 of 5).",
        "The session goes on.",
        "The headset is gone.",
        ECHO_WORDS,
    ]


def test_programs_get_an_object_each() -> None:
    lines, _, _ = printed(RECONNECTING, LOST, QUIET, as_json=True)

    guard, device, _summary = (json.loads(line) for line in lines)
    assert guard == {
        "type": "guard",
        "state": "reconnecting",
        "words": "Gone.",
        "attempt": 2,
        "attempts": 5,
        "wait_s": 0.877,
        "stalls": 0,
        "renewals": 0,
    }
    assert device == {
        "type": "device",
        "words": "The headset is gone.",
        "side": "input",
        "name": "headset",
        "lost": True,
        "offer": None,
    }


@pytest.mark.parametrize(("lost_after_ms", "failures"), [(None, 1), (900.0, 2)])
def test_a_turn_that_a_mended_cut_has_ended_is_no_failure(
    lost_after_ms: float | None, failures: int
) -> None:
    session = replace(RECORD, renewals=1, lost_after_ms=lost_after_ms)
    cut = TurnRecord(turn_id=1, status=TurnStatus.ERROR, error_type="connection_lost")
    late = TurnRecord(turn_id=2, status=TurnStatus.TIMEOUT, error_type="timeout")

    _, _, failed = printed(
        SessionReport(record=session, folder="s"),
        TurnReport(record=cut),
        TurnReport(record=late),
        as_json=True,
    )

    assert failed == failures

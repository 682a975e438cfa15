"""A session that is cut and goes on: the real program, a real server, one recording."""

import json
from pathlib import Path

import pytest

from tests.support.program import QUICK, Ended, assert_whole, run, spoken
from tests.support.recording import account, journal_lines

FAULTS = (
    "--engine-option=--fault=cut@1",
    "--engine-option=--cuts=1",
    "--engine-option=--refuse-connects=1",
)


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """Two utterances; the first reply is cut off, and so is the first attempt to go on."""
    home = tmp_path_factory.mktemp("guard")
    said = str(spoken(home / "said.wav"))
    inputs = ("--input", said, "--input", said)
    return run(home, "talk", "--model", "simulator", "--json", *QUICK, *FAULTS, *inputs)


def test_a_session_that_recovered_is_no_failure(mended: Ended) -> None:
    assert mended.code == 0
    lost, answered = mended.turns
    assert (lost["status"], lost["error_type"]) == ("error", "connection_lost")
    assert answered["status"] == "ok"
    assert (mended.summary["renewals"], mended.summary["error"]) == (1, None)
    told = [(row["state"], row["attempt"]) for row in mended.rows if row["type"] == "guard"]
    assert told == [("reconnecting", 1), ("reconnecting", 2), ("fine", 0)]
    assert "Connecting again in" in mended.err


def test_one_recording_holds_the_gap_and_both_conversations(mended: Ended) -> None:
    folder: Path = mended.folder
    assert_whole(folder, turns=2)
    kept = account(folder)
    assert (kept["state"], kept["renewals"], kept["lost_after_ms"]) == ("complete", 1, None)
    assert kept["recording"]["user"]["gap_frames"] == 0

    lines = journal_lines(folder)
    names = [line["event"] for line in lines if "event" in line]
    order = ["ConnectionLost", "Reconnecting", "ConnectionRenewed"]
    assert [names.count(name) for name in order] == [1, 2, 1]
    assert names.index("ConnectionLost") < names.index("ConnectionRenewed")
    received = [json.loads(line["raw"]) for line in lines if line.get("dir") == "<"]
    opened = [each["session"]["id"] for each in received if each["type"] == "session.created"]
    assert len(set(opened)) == 2
    sent = [json.loads(line["raw"]) for line in lines if line.get("dir") == ">"]
    told = [each["item"] for each in sent if each["type"] == "conversation.item.create"]
    assert [item["role"] for item in told] == ["user", "assistant"]
    assert told[0]["content"] == [{"type": "input_text", "text": "What time is it?"}]

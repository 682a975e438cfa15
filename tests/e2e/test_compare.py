"""``compare`` from outside: two simulators of known delays, in turns, and their recordings."""

import json
from pathlib import Path

import pytest

from tests.support.measuring import Measured
from tests.support.program import Ended, run, spoken
from tests.support.recording import account

SHORT = ("--engine-option=--reply-ms=100", "--engine-option=--first-token=20")
DELAYS_MS = (100, 250)
NEAR_MS = 20.0
"""Of a few turns on a machine that does other things, too."""


@pytest.fixture(scope="module")
def comparisons(tmp_path_factory: pytest.TempPathFactory) -> Measured[Ended]:
    def compare() -> Ended:
        home = tmp_path_factory.mktemp("compare")
        said = str(spoken(home / "q.wav", span_ms=200.0))
        models = [
            word
            for delay in DELAYS_MS
            for word in ("--model", "simulator", *SHORT, f"--engine-option=--first-audio={delay}")
        ]
        words = ("--input", said, "--rounds", "2", "--silence-ms", "100", "--json")
        return run(home, "compare", *models, *words)

    return Measured(compare)


@pytest.fixture
def compared(comparisons: Measured[Ended], request: pytest.FixtureRequest) -> Ended:
    return comparisons.of(request)


@pytest.mark.realtime
def test_the_difference_of_the_simulators_comes_out_with_its_sign(compared: Ended) -> None:
    lines = {row["metric"]: row for row in compared.rows if row["type"] == "metric"}

    assert compared.code == 0, compared.err
    assert compared.summary["error"] is None
    for metric in ("v2v_ms", "ttfa_stop_ms", "ttfa_eos_ms"):
        assert lines[metric]["pairs"] == 2
        assert lines[metric]["difference"] == pytest.approx(150, abs=NEAR_MS)
        assert lines[metric]["design"] == "interleaved"
    assert lines["endpointing_ms"]["difference"] == pytest.approx(0, abs=NEAR_MS)


def test_the_sessions_were_held_in_turns(compared: Ended) -> None:
    blocks = compared.summary["sessions"]
    (comparison,) = compared.summary["comparisons"]
    records = [account(Path(block["folder"])) for block in blocks]

    assert [block["contestant"] for block in blocks] == [0, 1, 1, 0]
    assert [record["order_idx"] for record in records] == [0, 1, 2, 3]
    assert len({record["run_id"] for record in records}) == 1
    assert comparison["first"].endswith("--first-audio=100")
    assert comparison["second"].endswith("--first-audio=250")
    assert comparison["availability"]["first_n"] == 2


def test_the_recordings_alone_give_the_same_comparison(compared: Ended, tmp_path: Path) -> None:
    sides: tuple[list[str], list[str]] = ([], [])
    for block in compared.summary["sessions"]:
        sides[block["contestant"]].append(block["folder"])

    again = run(tmp_path, "compare", "--sessions", *sides[0], "--against", *sides[1], "--json")

    assert again.code == 0, again.err
    assert again.rows[:-1] == json.loads(json.dumps(compared.rows[:-1]))
    assert again.summary["comparisons"] == compared.summary["comparisons"]

"""A comparison that is broken off: what was held is kept and told."""

import json
from pathlib import Path

from tests.support.program import QUICK, assert_whole, program, spoken


def test_ctrl_c_ends_the_session_and_the_run_and_keeps_the_recording(tmp_path: Path) -> None:
    said = str(spoken(tmp_path / "q.wav"))
    models = ("--model", "simulator", *QUICK, "--model", "simulator")

    words = ("compare", *models, "--input", said, said, "--rounds", "9", "--json")
    with program(tmp_path, *words) as running:
        folder = running.until_journal("SpeechStarted")
        running.press_ctrl_c()
        ended = running.end()

    assert ended.code == 130
    assert_whole(folder)
    summary = json.loads(ended.out.splitlines()[-1])
    assert (summary["type"], summary["comparisons"]) == ("summary", [])
    assert summary["error"] == "Interrupted by the user."
    assert [each["folder"] for each in summary["sessions"]] == [str(folder)]
    assert "Traceback" not in ended.err

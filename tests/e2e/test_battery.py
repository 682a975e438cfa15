"""``battery`` from outside: a sweep that is whole, and a battery that is broken off."""

from pathlib import Path

import pytest

from tests.support.program import alive, assert_whole, children, program, run
from tests.support.sound_server import wait_until

SIMULATOR = ("--model=simulator", "--json", "--engine-option=--first-audio=60")
TEMPORARY = "temporary"


@pytest.mark.realtime
def test_a_sweep_of_one_pause_knows_that_it_was_no_end(tmp_path: Path) -> None:
    words = ("--silence-ms=200", "--pauses-ms=60", "--repeats=1", "--engine-option=--reply-ms=250")

    ended = run(tmp_path, "battery", "endpointing", *SIMULATOR, *words)

    assert ended.code == 0, ended.err
    point, summary = ended.rows
    assert (point["type"], point["n"], point["by_pause"]) == ("point", 1, [[60.0, 1, 0]])
    assert (summary["complete"], summary["error"]) == (True, None)
    assert ended.err.count("stimulus 1 of 1") == 1
    assert_whole(Path(point["folder"]), turns=1)


def test_a_battery_that_is_broken_off_keeps_its_recording_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    (tmp_path / TEMPORARY).mkdir()
    env = {"TMPDIR": str(tmp_path / TEMPORARY)}
    with program(tmp_path, "battery", *SIMULATOR, "--stimuli=cough", env=env) as running:
        folder = running.until_journal("SpeechStarted")
        started = children(running.pid)
        running.press_ctrl_c()
        ended = running.end()

    assert ended.code == 130
    assert (ended.summary["complete"], ended.summary["folders"]) == (False, [str(folder)])
    assert ended.err.endswith("Stopped. What was held is shown; its recordings are kept.\n")
    assert_whole(folder)
    assert started
    wait_until(lambda: not any(map(alive, started)))
    assert list((tmp_path / TEMPORARY).iterdir()) == []

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.core.errors import StoreError, WeightsError
from app.core.events import SpeechEndMethod
from app.core.ports import VoiceActivity
from app.metrics.verification import is_borne_out
from app.session.messages import EngineReport, JobReport, VerificationReport, VerifySession
from app.store.reader import FolderReader
from app.trials.verifying import Verified, Verifying, verify_session
from tests.support.clocks import run_virtual
from tests.support.conversations import live_turn, record_conversation, track

READER = FolderReader({})


class LoudIsSpeech:
    """A network that takes all that is loud for speech."""

    def reset(self) -> None:
        """It has no memory."""

    def probability(self, frame: NDArray[np.float32]) -> float:
        return 0.9 if float(np.abs(frame).max()) > 0.05 else 0.1


def no_weights() -> VoiceActivity:
    raise WeightsError("there are no weights")


def two_turns(root: Path, *, error_ms: float = 0.0) -> Path:
    turns = (live_turn(1, 2, 2.5, error_ms=error_ms), live_turn(2, 7, 7.8))
    return record_conversation(
        root, track(12, (1, 2), (6, 7)), track(12, (2.5, 4), (7.8, 9)), turns
    )


def v2v(verified: Verified) -> list[float | None]:
    return [turn.v2v_ms for turn in verified.verification.turns]


def test_a_session_is_read_back_from_its_sound_alone(tmp_path: Path) -> None:
    verified = verify_session(READER, two_turns(tmp_path))

    result = verified.verification
    assert v2v(verified) == pytest.approx([500, 800], abs=0.1)
    assert [turn.turn_id for turn in result.turns] == [1, 2]
    assert result.difference_max_ms == pytest.approx(0, abs=0.1)
    assert (result.duration_ms, result.matched_n) == (12_000, 2)
    assert verified.odd == ()
    assert (verified.parameters.user_rule, verified.parameters.tolerance_ms) == ("energy", 10)
    assert is_borne_out(result, verified.parameters.tolerance_ms)


def test_figures_that_are_off_are_disproved(tmp_path: Path) -> None:
    verified = verify_session(READER, two_turns(tmp_path, error_ms=30))

    assert verified.verification.difference_max_ms == pytest.approx(30, abs=0.1)
    assert not is_borne_out(verified.verification, verified.parameters.tolerance_ms)


def test_a_provider_without_turn_events_gets_the_same_figures(tmp_path: Path) -> None:
    """Its sound never stops: silence, a hiss of -70 dBFS, and speech where it answers."""
    hiss = np.random.default_rng(1).normal(0, 10, 12 * 24_000).astype(np.int16)
    agent = track(12, (2.5, 4), (7.8, 9)) + hiss
    folder = record_conversation(tmp_path, track(12, (1, 2), (6, 7)), agent)

    verified = verify_session(READER, folder)

    assert v2v(verified) == pytest.approx([500, 800], abs=1)
    assert is_borne_out(verified.verification, verified.parameters.tolerance_ms)


def test_minutes_are_joined_without_a_seam(tmp_path: Path) -> None:
    user, agent = track(125, (58.3, 60.7)), track(125, (61.1, 121.9))

    verified = verify_session(READER, record_conversation(tmp_path, user, agent))

    assert v2v(verified) == pytest.approx([400], abs=0.1)
    assert verified.verification.duration_ms == 125_000
    assert len(verified.verification.agent) == 1


@pytest.mark.parametrize("seconds", [0.0, 0.001, 3.0])
def test_an_empty_or_silent_recording_says_nothing(seconds: float, tmp_path: Path) -> None:
    folder = record_conversation(tmp_path, track(seconds), track(seconds))

    assert verify_session(READER, folder).verification.turns == ()


def test_a_session_that_a_network_heard_is_read_by_it_less_its_bias(tmp_path: Path) -> None:
    turns = [live_turn(1, 2, 2.5, method=SpeechEndMethod.SILERO)]
    folder = record_conversation(tmp_path, track(6, (1, 2)), track(6, (2.5, 4)), turns)

    with_network = verify_session(READER, folder, LoudIsSpeech)
    without = verify_session(READER, folder)
    missing = verify_session(READER, folder, no_weights)

    assert with_network.parameters.user_rule == "silero"
    assert (with_network.parameters.end_bias_ms, with_network.parameters.tolerance_ms) == (40, 60)
    assert v2v(with_network) == pytest.approx([500 + 40], abs=32)
    assert (without.parameters.user_rule, without.parameters.end_bias_ms) == ("energy", 0)
    assert "network that is not here" in without.odd[0]
    assert missing == without


# --- the job ---------------------------------------------------------------------------------


async def at_once(work: Callable[[], None]) -> None:
    await asyncio.sleep(0)
    work()


def reports_of(folder: Path) -> list[EngineReport]:
    told: list[EngineReport] = []
    run_virtual(Verifying(READER, at_once).run(VerifySession(folder=str(folder)), told.append))
    return told


def test_the_job_tells_how_far_it_is_and_then_the_result(tmp_path: Path) -> None:
    folder = record_conversation(tmp_path, track(125, (1, 2)), track(125, (2.5, 4)))

    *progress, last = reports_of(folder)

    assert isinstance(last, VerificationReport)
    assert last.folder == str(folder)
    assert last.verification == verify_session(READER, folder).verification
    steps = [each for each in progress if isinstance(each, JobReport)]
    assert [(each.done, each.total) for each in steps] == [(1, 2), (2, 3), (3, 4), (3, 3)]


def test_the_job_of_a_folder_without_a_session_fails(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        reports_of(tmp_path)


def test_a_session_without_a_recording_fails(tmp_path: Path) -> None:
    folder = two_turns(tmp_path)
    (folder / "stereo.wav").unlink()

    with pytest.raises(StoreError, match="holds no recording"):
        reports_of(folder)


@pytest.mark.parametrize("state", ["running", "interrupted", "complete"])
def test_a_session_that_was_cut_short_is_not_disproved_by_its_last_turn(
    state: str, tmp_path: Path
) -> None:
    folder = two_turns(tmp_path)
    path = folder / "turns.csv"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))
    account = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**account, "state": state, "turns_n": 1}))

    verified = verify_session(READER, folder)

    borne_out = is_borne_out(verified.verification, verified.parameters.tolerance_ms)
    assert borne_out is (state != "complete")


def test_a_session_some_of_whose_rows_are_missing_is_not_disproved_by_them(tmp_path: Path) -> None:
    folder = two_turns(tmp_path)
    path = folder / "turns.csv"
    path.write_bytes(path.read_bytes()[:-20])
    account = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**account, "turns_n": 2}))

    verified = verify_session(READER, folder)

    assert verified.odd == ("the last row of turns.csv is torn",)
    assert is_borne_out(verified.verification, verified.parameters.tolerance_ms)

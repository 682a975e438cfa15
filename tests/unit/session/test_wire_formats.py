"""Whole sessions with the simulator in every audio format: the same turns, the same figures."""

import wave
from pathlib import Path

import numpy as np
import pytest

from app.core.config import SessionSettings, TurnDetection, WireFormat
from app.core.records import TurnRecord, TurnStatus
from app.session.messages import (
    InputChoice,
    InputKind,
    OutputChoice,
    OutputKind,
    StartSession,
)
from app.trials.calibrating_sessions import HeldSession
from tests.support.audio import tone
from tests.support.calibrating import SIMULATOR, Trials
from tests.support.clocks import run_virtual

LAG_MS = 2.9 * 2
"""What the filters of both ends hold of the user's audio at 8 kHz."""

FRAME_MS = 20.0
TO_SEND_MS = {
    WireFormat.PCM16_24K: 0.0,
    WireFormat.PCM16_16K: FRAME_MS - 23 / 16,
    WireFormat.PCM16_8K: FRAME_MS - 23 / 8,
    WireFormat.PCMU: FRAME_MS - 23 / 8,
    WireFormat.PCMA: FRAME_MS - 23 / 8,
}
"""The speech ends with a frame, whose last 23 samples at the wire's rate go with the next."""


def question(folder: Path) -> str:
    path = folder / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(tone(0.8).astype("<i2").tobytes())
    return str(path)


def held(folder: Path, wire: WireFormat) -> tuple[list[TurnRecord], tuple[str, ...], int]:
    """Return the turns of a session, its problems, and how many frames its reply was heard."""
    trials = Trials(folder)
    start = StartSession(
        target=SIMULATOR,
        settings=SessionSettings(
            turn_detection=TurnDetection(silence_ms=200), input_format=wire, output_format=wire
        ),
        input=InputChoice(kind=InputKind.FILES, paths=(question(folder),)),
        output=OutputChoice(kind=OutputKind.NULL),
        sessions_dir=str(folder),
        engine_arguments=("--first-audio=300", "--reply-ms=1000", "--level=-12"),
        end_with_input=True,
    )

    async def main() -> HeldSession:
        return await trials.hold()(start, lambda _: None)

    session = run_virtual(main())
    pieces = [samples for _, samples in trials.recordings[0].agent]
    loud = np.flatnonzero(np.abs(np.concatenate(pieces)) > 2_000)
    return list(session.turns), session.problems, int(loud[-1] - loud[0])


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> TurnRecord:
    (turn,), problems, _ = held(tmp_path_factory.mktemp("usual"), WireFormat.PCM16_24K)
    assert problems == ()
    return turn


@pytest.mark.parametrize("wire", list(WireFormat))
def test_a_turn_is_the_same_however_its_audio_travels(
    wire: WireFormat, usual: TurnRecord, tmp_path: Path
) -> None:
    (turn,), problems, span = held(tmp_path, wire)

    assert problems == ()
    assert turn.status is TurnStatus.OK
    assert span == pytest.approx(24_000, abs=300)
    assert turn.v2v_ms is not None
    assert usual.v2v_ms is not None
    assert 0 <= turn.v2v_ms - usual.v2v_ms <= LAG_MS + FRAME_MS
    assert turn.tx_quantisation_ms == pytest.approx(TO_SEND_MS[wire], abs=0.01)
    assert turn.ttft_stop_ms == pytest.approx(usual.ttft_stop_ms, abs=1.0)

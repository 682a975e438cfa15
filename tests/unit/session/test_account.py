"""What a session's account says of the circumstances that it was held under."""

from pathlib import Path
from typing import Any

import pytest

from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.errors import ConnectionEndedError, WeightsError
from app.core.events import SpeechEndMethod
from app.core.ports import VoiceActivity
from app.core.records import SessionRecord
from app.session.messages import HealthReport, SessionReport, TurnReport
from tests.support.live_user import LoudIsSpeech, speak_live
from tests.support.session import EnergyVad, Peer, World, tone
from tests.unit.session.test_live import hold, silence, wav

ENGINE = EngineCalibration(
    calibration_id="e1",
    measured_utc="2026-11-21T10:00:00Z",
    turns=60,
    v2v_error_p50_ms=1.0,
    v2v_error_p95_ms=2.0,
    v2v_bias_ms=0.5,
    simulator_lateness_p95_ms=0.2,
    load_average=0.4,
    passed=True,
)
DEVICES = DeviceCalibration(
    calibration_id="d1",
    measured_utc="2026-11-21T10:00:00Z",
    input_name="question.wav",
    output_name="no loudspeaker",
    chirps=20,
    found=20,
    residual_ms=12.0,
    residual_iqr_ms=2.0,
    loop_ms=90.0,
    loop_iqr_ms=3.0,
    xruns=0,
    device_clock="measured",
    level_dbfs=-20.0,
)


@pytest.fixture
def question(tmp_path: Path) -> Path:
    return wav(tmp_path / "question.wav", silence(100), tone(900), silence(100))


def final(world: World) -> SessionRecord:
    return world.store.recording.sessions[-1]


def test_the_calibrations_of_the_machine_and_of_the_devices_are_named(question: Path) -> None:
    world = World(Peer(EnergyVad()))
    world.calibrations.known = CalibrationNote(engine=ENGINE, devices=DEVICES)

    hold(world, question)

    assert world.calibrations.asked == [("question.wav", "no loudspeaker")]
    assert final(world).calibration == CalibrationNote(engine=ENGINE, devices=DEVICES)
    assert world.of(SessionReport)[0].record.calibration.engine == ENGINE
    turn = world.of(TurnReport)[0].record
    assert turn.v2v_ms is not None
    assert turn.v2v_ear_ms == pytest.approx(turn.v2v_ms + 12.0)


def test_a_run_of_several_sessions_is_named(question: Path) -> None:
    world = World(Peer(EnergyVad()))

    hold(world, question, run_id="run-7", order_idx=3)

    assert (final(world).run_id, final(world).order_idx) == ("run-7", 3)


def test_round_trips_between_turns_are_kept(question: Path) -> None:
    world = World(Peer(EnergyVad(silence_ms=200)))

    hold(world, wav(question.parent / "late.wav", silence(5000), tone(500), silence(100)))

    assert len(final(world).rtts_ms) >= 2
    assert set(final(world).rtts_ms) == {1.0}
    health = world.of(HealthReport)
    assert health[0].client is None
    assert health[0].u_v2v_ms is not None
    assert health[-1].rtt_ms == 1.0


def test_the_parts_of_our_own_delay_are_told_once_there_is_a_turn(question: Path) -> None:
    world = World(Peer(EnergyVad(ms=4000)))

    hold(world, question, question)

    told = world.of(HealthReport)[-1].client
    assert told is not None
    assert told.p50_ms == pytest.approx(10, abs=1)
    parts = (told.quantisation_ms, told.sending_ms, told.buffer_ms, told.playing_ms)
    assert None not in parts
    assert sum(part for part in parts if part is not None) == pytest.approx(10, abs=1)


def missing() -> VoiceActivity:
    raise WeightsError("the speech detector is not there", hint="Run `vivavoce weights fetch`.")


def test_a_live_user_is_heard_by_the_network(tmp_path: Path) -> None:
    world = World(Peer(EnergyVad()), make_activity=LoudIsSpeech)

    speak_live(world, wav(tmp_path / "a.wav", silence(500), tone(900), silence(2000)))

    turn = world.of(TurnReport)[0].record
    assert turn.speech_end_method is SpeechEndMethod.SILERO
    assert turn.u_on_ns is not None
    assert turn.u_off_ns is not None
    assert (turn.u_off_ns - turn.u_on_ns) / 1e6 == pytest.approx(900, abs=64)
    assert final(world).speech_ends == "silero"


def test_without_the_network_energy_does_and_the_record_says_so(tmp_path: Path) -> None:
    world = World(Peer(EnergyVad()), make_activity=missing)

    speak_live(world, wav(tmp_path / "a.wav", silence(500), tone(900), silence(2000)))

    turn = world.of(TurnReport)[0].record
    assert turn.speech_end_method is SpeechEndMethod.ENERGY
    assert final(world).speech_ends == "energy"
    said = [fields for name, fields in world.store.recording.events if name == "SpeechDetector"]
    assert said == [{"method": "energy", "reason": "the speech detector is not there"}]


def test_files_need_no_network(question: Path) -> None:
    world = World(Peer(EnergyVad()), make_activity=missing)

    hold(world, question)

    assert final(world).speech_ends == "annotated"
    assert not [name for name, _ in world.store.recording.events if name == "SpeechDetector"]


class _Cut(EnergyVad):
    """Loses the connection 400 ms after it was configured."""

    def __call__(self, peer: Peer, message: dict[str, Any]) -> None:
        super().__call__(peer, message)
        if message["type"] == "session.update":
            peer.put(ConnectionEndedError("Gone.", code=1006, reason="", clean=False), 400)


def _expiring(peer: Peer) -> None:
    peer.say("session.created", session={"id": "s1", "expires_at": 1_800_000_000})


def test_how_long_a_session_may_last_and_how_long_it_held_are_told(
    question: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Peer, "greet", _expiring)
    whole, cut = World(Peer(EnergyVad())), World(Peer(_Cut()))

    hold(whole, question)
    hold(cut, question)

    assert (final(whole).expires_at_s, final(whole).lost_after_ms) == (1_800_000_000, None)
    assert final(cut).lost_after_ms == pytest.approx(400, abs=30)

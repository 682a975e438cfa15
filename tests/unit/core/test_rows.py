from dataclasses import fields, replace

import pytest

from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.clock import Nanoseconds
from app.core.config import (
    AuthScheme,
    Dialect,
    SessionSettings,
    Target,
    TurnDetection,
    VadMode,
    WireFormat,
)
from app.core.events import SpeechEndMethod, TokenUsage
from app.core.records import (
    InterruptKind,
    SessionCounters,
    SessionRecord,
    TurnRecord,
    TurnStatus,
)
from app.core.rows import TURN_COLUMNS, USAGE_COLUMNS, turn_row

SESSION = SessionRecord(
    session_id="s1",
    app_version="1",
    schema_version="1",
    state="complete",
    t0_utc="2026-01-02T03:04:05Z",
    t0_ns=Nanoseconds(0),
    ended_utc=None,
    target=Target(
        provider="openai",
        model="m",
        url="wss://host.example:8443/v1?model=m",
        dialect=Dialect.OPENAI_GA,
        auth=AuthScheme.BEARER,
        title="M",
    ),
    settings=SessionSettings(),
    input_name="in",
    output_name="out",
    connect=None,
    counters=SessionCounters(),
    turns_n=1,
    failed_n=0,
    machine={},
)
TURN = TurnRecord(
    turn_id=1,
    status=TurnStatus.INTERRUPTED,
    speech_end_method=SpeechEndMethod.ENERGY,
    interrupt_kind=InterruptKind.PLAYBACK_ONLY,
    premature=False,
    v2v_ms=-12.5,
)
ENGINE = EngineCalibration(
    calibration_id="engine-1",
    measured_utc="",
    turns=60,
    v2v_error_p50_ms=1.0,
    v2v_error_p95_ms=2.0,
    v2v_bias_ms=0.0,
    simulator_lateness_p95_ms=0.0,
    load_average=0.0,
    passed=True,
)
DEVICES = DeviceCalibration(
    calibration_id="devices-1",
    measured_utc="",
    input_name="in",
    output_name="out",
    chirps=20,
    found=20,
    residual_ms=14.5,
    residual_iqr_ms=2.0,
    loop_ms=90.0,
    loop_iqr_ms=2.0,
    xruns=0,
    device_clock="measured",
    level_dbfs=-20.0,
)


def test_a_row_has_every_column_in_order_and_no_other() -> None:
    row = turn_row(SESSION, TURN)

    assert tuple(row) == TURN_COLUMNS
    assert len(set(TURN_COLUMNS)) == len(TURN_COLUMNS)
    told = {field.name for field in fields(TurnRecord)} - {"usage"}
    assert told < set(TURN_COLUMNS)
    assert set(USAGE_COLUMNS.values()) == {field.name for field in fields(TokenUsage)}


def test_words_of_a_fixed_set_are_plain_and_unknown_stays_unknown() -> None:
    row = turn_row(SESSION, TURN)

    assert (row["status"], row["speech_end_method"], row["interrupt_kind"]) == (
        "interrupted",
        "energy",
        "playback_only",
    )
    assert (row["premature"], row["v2v_ms"], row["yield_ms"]) == (False, -12.5, None)
    assert (row["endpoint_host"], row["tokens_in"]) == ("host.example", None)


def test_usage_is_spread_over_its_columns() -> None:
    row = turn_row(SESSION, replace(TURN, usage=TokenUsage(input_total=7, output_audio=0)))

    assert (row["tokens_in"], row["audio_out"], row["text_out"]) == (7, 0, None)


def test_the_run_and_the_calibrations_name_the_session() -> None:
    bare = turn_row(SESSION, TURN)
    named = turn_row(
        replace(
            SESSION,
            run_id="run",
            order_idx=3,
            calibration=CalibrationNote(engine=ENGINE, devices=DEVICES),
        ),
        TURN,
    )
    columns = (
        "run_id",
        "order_idx",
        "engine_calibration_id",
        "device_calibration_id",
        "device_residual_ms",
    )

    assert [bare[name] for name in columns] == [None] * 5
    assert [named[name] for name in columns] == ["run", 3, "engine-1", "devices-1", 14.5]


def test_settings_of_the_providers_detector_are_told_only_where_it_is_used() -> None:
    by_server = turn_row(SESSION, TURN)
    manual = replace(SESSION.settings, turn_detection=TurnDetection(mode=VadMode.MANUAL))
    by_hand = turn_row(replace(SESSION, settings=manual), TURN)

    assert by_server["vad_mode"] == "server_vad"
    assert by_server["vad_silence_ms"] is not None
    assert (by_hand["vad_mode"], by_hand["vad_silence_ms"], by_hand["vad_threshold"]) == (
        "manual",
        None,
        None,
    )


@pytest.mark.parametrize("sent", list(WireFormat))
@pytest.mark.parametrize("received", list(WireFormat))
def test_each_way_has_the_format_that_the_session_asked_for(
    sent: WireFormat, received: WireFormat
) -> None:
    settings = replace(SESSION.settings, input_format=sent, output_format=received)

    row = turn_row(replace(SESSION, settings=settings), TURN)

    assert (row["audio_format_in"], row["audio_format_out"]) == (sent.value, received.value)

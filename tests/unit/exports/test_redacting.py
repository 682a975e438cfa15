from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.calibration import CalibrationNote, DeviceCalibration
from app.core.conduct import Conduct, McpServer, ToolAnswer, ToolSetup
from app.core.config import SessionSettings, Tool
from app.core.ports import StoredSession
from app.core.privacy import Consent, LeftOut, PersonalData, Redaction
from app.core.records import ConnectTiming, TurnRecord, TurnStatus
from app.core.rows import turn_row
from app.exports.redacting import redact
from app.metrics.summary import summarise
from tests.support.recording import session_record

KEY = "sk-proj-abcdefghijklmnop1234"
CANARY = "canary@mail.example"
TOOL = Tool(name="find", description=f"asks {CANARY}", parameters={"x": [{"y": CANARY}]})
DEVICES = DeviceCalibration(
    calibration_id="cal_1", measured_utc="2026-11-21T10:00:00+00:00", input_name="Anna's mic",
    output_name="Anna's box", chirps=9, found=9, residual_ms=1.5, residual_iqr_ms=0.1,
    loop_ms=40.0, loop_iqr_ms=1.0, xruns=0, device_clock="measured", level_dbfs=-20.0,
)  # fmt: skip
TURN = TurnRecord(
    turn_id=1,
    status=TurnStatus.ERROR,
    v2v_ms=512.5,
    error_type="server_error",
    error_message=f"refused {CANARY}",
    input_name="weather.wav",
    user_transcript=f"I am {CANARY}",
    agent_transcript=f"Hello {CANARY}",
    ref_text=CANARY,
    client_limited="xrun",
)


def held(**more: Any) -> StoredSession:
    record = replace(
        session_record(),
        settings=SessionSettings(instructions=f"Tell {CANARY}", tools=(TOOL,)),
        conduct=Conduct(
            tools=(ToolSetup(tool=TOOL, answer=ToolAnswer(url="https://t.example/a")),),
            mcp_servers=(McpServer(label="m", url="https://u:p@m.example/x?key=1"),),
        ),
        connect=ConnectTiming(dns_ms=1.0, address="192.0.2.7", server="nginx"),
        calibration=CalibrationNote(devices=DEVICES),
        consents=(Consent(who="Anna", at_utc="2026-11-21T10:20:31+00:00", at_ms=500.0),),
        effective_settings={"instructions": f"Tell {CANARY}", "tools": [{"name": CANARY}], "n": 1},
        engine_arguments=("--weights", "/home/anna/w"),
        machine={"python": "3.11", "hostname": "annas-laptop"},
        input_name="Anna's mic",
        **more,
    )
    return StoredSession(
        folder=Path("/s/one"), record=record, turns=(TURN,), odd=(f"odd {CANARY}",)
    )


def test_personal_data_goes_wherever_text_stands_and_figures_stay() -> None:
    stored = held()

    told = redact(stored, Redaction(personal=(PersonalData.EMAIL,)))

    assert CANARY not in str(told)
    assert told.folder == stored.folder
    assert told.turns[0].v2v_ms == TURN.v2v_ms
    assert told.turns[0].error_type == "server_error"
    assert told.record.t0_utc == stored.record.t0_utc
    assert summarise(told.turns) == summarise(stored.turns)


def test_nothing_chosen_leaves_a_session_as_it_is_but_for_keys() -> None:
    stored = replace(held(), turns=(replace(TURN, user_transcript="sk-proj-a1B2c3D4e5F6"),))

    told = redact(stored, Redaction())

    assert told.turns[0].user_transcript == "[redacted]"
    assert told.turns[0].agent_transcript == TURN.agent_transcript
    assert told.record.settings == stored.record.settings


LEAVES: dict[LeftOut, tuple[str, ...]] = {
    LeftOut.TRANSCRIPTS: ("I am", "Hello"),
    LeftOut.INSTRUCTIONS: ("Tell",),
    LeftOut.TOOLS: ("find", "asks"),
    LeftOut.NAMES: ("Anna", "annas-laptop", "/home/anna", "weather.wav"),
    LeftOut.ADDRESSES: ("192.0.2.7", "127.0.0.1", "t.example", "m.example", "nginx"),
}


@pytest.mark.parametrize("part", LEAVES)
def test_a_part_that_is_left_out_is_nowhere(part: LeftOut) -> None:
    before = str(redact(held(), Redaction()))
    after = str(redact(held(), Redaction(left_out=(part,))))

    assert all(word in before for word in LEAVES[part])
    assert not any(word in after for word in LEAVES[part])


def test_how_many_tools_there_were_stays() -> None:
    stored = held()

    told = redact(stored, Redaction(left_out=tuple(LeftOut)))

    row = turn_row(told.record, told.turns[0])
    assert row["tools_n"] == 1
    assert row["device_residual_ms"] == 1.5
    assert row["endpoint_host"] is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("wss://user:secret@h.example/v1?api-key=1#f", "wss://h.example/v1"),
        ("ws://127.0.0.1:8000/v1", ""),
        ("ws://[bad", ""),
        ("//[bad", ""),
        ("", ""),
    ],
)
def test_an_address_keeps_no_password_and_stays_one(url: str, told: str) -> None:
    stored = held()
    record = replace(stored.record, target=replace(stored.record.target, url=url))
    redaction = Redaction(personal=(PersonalData.IP_ADDRESS,))

    redacted = redact(replace(stored, record=record), redaction)

    assert redacted.record.target.url == told
    assert turn_row(redacted.record, TURN)["session_id"] == record.session_id


def test_redacting_twice_changes_nothing() -> None:
    redaction = Redaction(
        left_out=tuple(LeftOut), personal=tuple(PersonalData), patterns=("Anna", "a+")
    )
    once = redact(held(), redaction)

    assert redact(once, redaction) == once


def test_a_word_of_ours_is_kept_only_in_our_shape() -> None:
    stored = held(end_reason=f"All input was answered. {CANARY}")

    told = redact(stored, Redaction(personal=(PersonalData.EMAIL,)))

    assert CANARY not in (told.record.end_reason or "")
    assert redact(held(end_reason="Ended."), Redaction(patterns=("Ended",))).record.end_reason == (
        "Ended."
    )


def test_a_key_goes_even_where_our_own_words_stand() -> None:
    stored = held()
    told = redact(
        replace(
            stored,
            record=replace(
                stored.record, run_id=KEY, effective_settings={"headers": {"authorization": "x1"}}
            ),
        ),
        Redaction(),
    )

    assert told.record.run_id == "[redacted]"
    assert told.record.effective_settings == {"headers": {"authorization": "[redacted]"}}

"""Records of sessions and turns with every field filled in, for tests of what is stored."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.clock import Nanoseconds
from app.core.config import AuthScheme, Dialect, SessionSettings, Target
from app.core.records import (
    SCHEMA_VERSION,
    SessionCounters,
    SessionRecord,
    TurnRecord,
    TurnStatus,
)

T0_NS = Nanoseconds(5_000_000_000)


def session_record(
    *, state: str = "running", turns_n: int = 0, t0_ns: Nanoseconds = T0_NS
) -> SessionRecord:
    return SessionRecord(
        session_id="sess-1234567890",
        app_version="0.1.0",
        schema_version=SCHEMA_VERSION,
        state=state,
        t0_utc="2026-11-21T10:20:30.500000+00:00",
        t0_ns=t0_ns,
        ended_utc=None,
        target=Target(
            provider="simulator",
            model="simulated",
            url="ws://127.0.0.1:1",
            dialect=Dialect.OPENAI_GA,
            auth=AuthScheme.NONE,
            title="Simulator",
        ),
        settings=SessionSettings(),
        input_name="silence",
        output_name="null",
        connect=None,
        counters=SessionCounters(),
        turns_n=turns_n,
        failed_n=0,
        machine={"python": "3.11"},
    )


def turn_record(turn_id: int = 1, agent_transcript: str | None = "hello") -> TurnRecord:
    return TurnRecord(
        turn_id=turn_id, status=TurnStatus.OK, v2v_ms=512.5, agent_transcript=agent_transcript
    )


def journal_lines(folder: Path) -> Sequence[dict[str, Any]]:
    text = (folder / "events.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def account(folder: Path) -> dict[str, Any]:
    stored = json.loads((folder / "session.json").read_text("utf-8"))
    assert isinstance(stored, dict)
    return stored

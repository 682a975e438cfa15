"""A session of which figures alone are kept."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.clock import Nanoseconds
from app.core.events import (
    ConsentGiven,
    InputTranscriptDone,
    ProviderErrorReported,
    ResponseFinished,
    SpeechEndMethod,
    TokenUsage,
    UserSpeechEnded,
)
from app.core.ids import ItemId, ResponseId
from app.core.privacy import Consent, RecordingMode
from app.store.contents import AudioItem, EventItem, SessionItem, TurnItem, WireItem
from app.store.figures import figures_of_event
from app.store.reader_turns import read_turns
from app.store.redact import Redactor
from app.store.repair import repair_sessions
from app.store.writer import SessionWriter
from tests.support.clocks import ManualClock
from tests.support.recording import account, journal_lines, session_record, turn_record

AT = Nanoseconds(250)
SECRET = "my mother's maiden name"
RECORD = replace(session_record(t0_ns=Nanoseconds(0)), recording_mode=RecordingMode.FIGURES)

EVENTS = (
    InputTranscriptDone(at_ns=AT, item_id=ItemId("i1"), content_index=0, text=SECRET, usage=None),
    ConsentGiven(at_ns=AT, who=SECRET),
    ProviderErrorReported(
        at_ns=AT, kind="k", code=SECRET, message=SECRET, param=None, caused_by=None
    ),
    ResponseFinished(
        at_ns=AT,
        response_id=ResponseId("r1"),
        status=SECRET,
        reason=None,
        error_code=None,
        error_message=SECRET,
        usage=TokenUsage(total=9),
        output=({"content": SECRET},),
    ),
    {"method": SpeechEndMethod.ENERGY, "reason": SECRET, "more": {"deep": SECRET}, "db": -30.5},
)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[SessionWriter]:
    with closing(SessionWriter(tmp_path, RECORD, Redactor(), ManualClock())) as made:
        yield made


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_neither_sound_nor_words_nor_messages_reach_the_disk(
    writer: SessionWriter, tmp_path: Path
) -> None:
    turn = replace(
        turn_record(), user_transcript=SECRET, agent_transcript=SECRET, error_message=SECRET
    )

    writer.write(AudioItem(0, AT, np.full(480, 7, np.int16)))
    writer.write(WireItem("<", AT, f'{{"text": "{SECRET}"}}'))
    for event in EVENTS:
        writer.write(EventItem(AT, type(event).__name__, event))
    writer.write(TurnItem(turn))
    writer.write(SessionItem(replace(RECORD, state="complete", turns_n=1)))
    writer.flush()

    assert not (tmp_path / "stereo.wav").exists()
    assert SECRET.encode() not in everything(tmp_path)
    assert b"\x07\x00\x07\x00" not in everything(tmp_path)
    assert writer.failure is None


def test_figures_instants_and_ids_are_kept(writer: SessionWriter, tmp_path: Path) -> None:
    for event in EVENTS:
        writer.write(EventItem(AT, type(event).__name__, event))
    writer.write(TurnItem(replace(turn_record(), user_transcript=SECRET)))
    writer.flush()

    fields = {line["event"]: line["fields"] for line in journal_lines(tmp_path)}
    assert fields["journal"]["recording_mode"] == "figures"
    assert fields["InputTranscriptDone"] == {"at_ns": 250, "item_id": "i1", "content_index": 0}
    assert fields["ResponseFinished"] == {
        "at_ns": 250,
        "response_id": "r1",
        "usage": {"total": 9},
    }
    assert fields["dict"] == {"method": "energy", "db": -30.5}
    (turn,), _ = read_turns((tmp_path / "turns.csv").read_bytes())
    assert (turn.v2v_ms, turn.user_transcript, turn.agent_transcript) == (512.5, None, None)


def test_the_account_says_so_and_names_who_agreed(writer: SessionWriter, tmp_path: Path) -> None:
    consent = Consent(who="Ada", at_utc="2026-11-21T10:20:31+00:00", at_ms=500.0)

    writer.write(SessionItem(replace(RECORD, consents=(consent,))))

    told = account(tmp_path)
    assert (told["recording_mode"], told["recording"]["frames"]) == ("figures", None)
    assert [each["who"] for each in told["consents"]] == ["Ada"]


def test_such_a_session_is_mended_without_a_recording(tmp_path: Path) -> None:
    folder = tmp_path / "s1"
    folder.mkdir()
    with closing(SessionWriter(folder, RECORD, Redactor(), ManualClock())) as writer:
        writer.write(TurnItem(turn_record()))

    (repair,) = repair_sessions(tmp_path)

    assert (repair.problem, repair.frames, repair.turns_n) == (None, None, 1)
    assert account(folder)["state"] == "interrupted"
    assert not (folder / "stereo.wav").exists()


def test_what_is_neither_value_nor_mapping_is_left_out() -> None:
    assert figures_of_event(SECRET) is None
    assert figures_of_event(UserSpeechEnded) is None

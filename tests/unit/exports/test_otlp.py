"""Sessions as telemetry: what a collector takes, whatever lies in the folder."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import NetworkError, StoreError
from app.core.exporting import SemConv
from app.core.privacy import LeftOut, PersonalData, Redaction
from app.core.records import TurnRecord
from app.exports.otlp import write_otlp
from app.exports.otlp_names import names_of
from app.net.otlp_http import OtlpSender
from tests.support.bundles import job, recorded
from tests.support.collector import collector
from tests.support.recording import turn_record
from tests.support.telemetry import (
    ANSWERED,
    JOURNAL,
    TURNS,
    a_session,
    at,
    attributes,
    named,
    told,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return a_session(tmp_path / "from")


# --- words and what is left out -----------------------------------------------------------------


def test_words_are_told_only_where_they_are_asked_for(folder: Path, tmp_path: Path) -> None:
    silent, _ = told(tmp_path / "a", folder)
    spoken, _ = told(tmp_path / "b", folder, telemetry_words=True)

    assert "Who?" not in json.dumps(silent)
    assert "kind" not in {key for span in silent for key in attributes(span)}
    turn = attributes(named(spoken, "invoke_agent")[0])
    assert json.loads(turn["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Who?"}]}
    ]
    assert json.loads(turn["gen_ai.output.messages"])[0]["finish_reason"] == "stop"
    session = attributes(named(spoken, "vc.session")[0])
    assert "Be kind" in session["gen_ai.system_instructions"]


def test_redaction_goes_before_words(folder: Path, tmp_path: Path) -> None:
    personal = Redaction(personal=(PersonalData.EMAIL,))
    parts = Redaction(
        left_out=(LeftOut.TRANSCRIPTS, LeftOut.INSTRUCTIONS, LeftOut.TOOLS, LeftOut.ADDRESSES)
    )

    less, _ = told(tmp_path / "a", folder, telemetry_words=True, redaction=personal)
    none, _ = told(tmp_path / "b", folder, telemetry_words=True, redaction=parts)

    assert "ann@" not in json.dumps(less)
    text = json.dumps(none)
    assert not any(word in text for word in ("Who?", "Be kind", "find", "127.0.0.1", "messages"))


def test_without_events_the_turns_are_told_alone(folder: Path, tmp_path: Path) -> None:
    spans, metrics = told(tmp_path, folder, redaction=Redaction(left_out=(LeftOut.EVENTS,)))

    assert {span["name"].split(" ")[0] for span in spans} == {
        "vc.session", "invoke_agent", "user_speech"
    }  # fmt: skip
    assert all(metric["name"].startswith("vc.") for metric in metrics)


# --- names that there are not ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        {"resourceSpans": [{"resource": {"attributes": [{"key": "gen_ai.system"}]}}]},
        {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "gen_ai.server.x"}]}]}]},
        {
            "resourceMetrics": [
                {"scopeMetrics": [{"metrics": [{"name": "vc.turns", "unit": "s", "sum": {}}]}]}
            ]
        },
    ],
)
def test_a_name_that_there_is_not_is_refused(document: Any) -> None:
    with pytest.raises(StoreError, match="of these conventions"):
        names_of(SemConv.RELEASED).check(document)


# --- sending --------------------------------------------------------------------------------------


def test_each_line_is_a_request_that_a_collector_takes(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "otlp.jsonl"
    with collector() as there:
        send = OtlpSender("vivavoce/test").send
        exported = write_otlp(job(out, folder, endpoint=there.url, send=send))

    assert exported.odd == ()
    for signal, file in zip(("traces", "metrics"), exported.files, strict=True):
        lines = [json.loads(each) for each in Path(file).read_text("utf-8").splitlines()]
        assert there.documents(signal) == lines


def test_what_was_not_taken_is_told_and_the_files_are_there(folder: Path, tmp_path: Path) -> None:
    def refuse(_endpoint: str, _signal: str, _body: bytes) -> str:
        raise NetworkError("nobody is there")

    out = tmp_path / "otlp.jsonl"
    failed = write_otlp(job(out, folder, endpoint="https://x", send=refuse))
    partly = write_otlp(job(out, folder, endpoint="https://x", send=lambda *_: "Some."))
    unable = write_otlp(job(out, folder, endpoint="https://x"))

    assert failed.odd == ("Nobody is there.",)
    assert partly.odd == ("Some.", "Some.")
    assert "nothing here can send" in unable.odd[0]
    assert all(Path(file).exists() for file in failed.files)


# --- bad input ------------------------------------------------------------------------------------


def test_a_journal_that_is_damaged_is_read_as_far_as_it_can_be(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "from", turns=TURNS, journal=JOURNAL)
    path = folder / "events.jsonl"
    torn = b'{"t_ns":1,"event":"ResponseStarted","fields":7}\n{"t_ns":1,"event":"ResponseStarted"'
    path.write_bytes(b"\xff\xfe\n[]\n" + path.read_bytes() + torn + b"x" * (9 << 20) + b"\n{}")

    spans, _ = told(tmp_path, folder)

    assert len(named(spans, "realtime_inference")) == 3


def test_text_of_every_kind_survives(tmp_path: Path) -> None:
    text = 'a"\\\u2028\u202e\U0001f389<script>\0\ud800'
    turn: TurnRecord = replace(ANSWERED, user_transcript=text)
    folder = recorded(tmp_path / "from", turns=(turn,), journal=())

    spans, _ = told(tmp_path, folder, telemetry_words=True)

    messages = attributes(named(spans, "invoke_agent")[0])["gen_ai.input.messages"]
    assert "\U0001f389<script>" in json.loads(messages)[0]["parts"][0]["content"]


def test_a_session_that_began_nobody_knows_when_is_left_out(folder: Path, tmp_path: Path) -> None:
    lost = recorded(tmp_path / "lost", t0_utc="some day")

    exported = write_otlp(job(tmp_path / "otlp.jsonl", lost, folder))

    assert exported.odd == ("Nobody says when sess-1234567890 began.",)
    assert len(Path(exported.files[0]).read_text().splitlines()) == 1


def test_a_session_without_a_journal_is_told_by_its_rows(folder: Path, tmp_path: Path) -> None:
    (folder / "events.jsonl").unlink()

    exported = write_otlp(job(tmp_path / "otlp.jsonl", folder))

    assert "no journal" in exported.odd[0]


def test_what_is_broken_off_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "otlp.jsonl"

    with pytest.raises(StoreError, match="broken off"):
        write_otlp(job(out, folder, told=lambda *_: False))

    assert list(out.parent.iterdir()) == []


def test_many_turns_are_told_in_requests_of_a_bounded_size(tmp_path: Path) -> None:
    turns = tuple(replace(turn_record(n), u_on_ns=at(n * 1000)) for n in range(1, 520))
    folder = recorded(tmp_path / "from", turns=turns)

    exported = write_otlp(job(tmp_path / "otlp.jsonl", folder))

    lines = Path(exported.files[0]).read_text().splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) < 1_000_000

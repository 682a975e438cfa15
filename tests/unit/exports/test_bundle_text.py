"""What leaves the house of each file: lines and documents in, lines and documents out."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from app.core.config import Tool
from app.core.privacy import Consent, LeftOut, PersonalData, Redaction
from app.core.records import SessionRecord
from app.core.rows import TURN_COLUMNS
from app.exports.bundle_text import Scrub
from app.store.plain import plain
from app.store.reader_account import read_record
from tests.support.bundles import line, wire
from tests.support.recording import session_record

KEY = "sk-proj-abcdefghijklmnop1234"
EMAIL = Redaction(personal=(PersonalData.EMAIL,))
ALL = Redaction(left_out=tuple(LeftOut), personal=tuple(PersonalData))


def scrubbed(
    name: str, raw: bytes, redaction: Redaction | None = None, record: SessionRecord | None = None
) -> bytes:
    scrub = Scrub(redaction or Redaction())
    scrub.begin(record or session_record())
    pieces = (raw[start : start + 50] for start in range(0, len(raw), 50))
    return b"".join(scrub.file(name, pieces))


def journal(*lines: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in lines)


def lines(raw: bytes) -> list[dict[str, Any]]:
    """The journal again, each message that it quotes as JSON."""
    told = [json.loads(each) for each in raw.splitlines()]
    return [{**each, "raw": json.loads(each["raw"])} if each.get("raw") else each for each in told]


def without(part: LeftOut) -> Redaction:
    return Redaction(left_out=(part,))


# --- nothing to take out -------------------------------------------------------------------------


@given(raw=st.binary(max_size=400))
@pytest.mark.parametrize("name", ["events.jsonl", "session.json", "turns.csv", "stereo.wav"])
def test_without_a_wish_a_file_passes_byte_for_byte(name: str, raw: bytes) -> None:
    assert scrubbed(name, raw) == raw


@given(text=st.text(max_size=200))
def test_any_text_of_any_alphabet_passes_byte_for_byte(text: str) -> None:
    raw = journal(wire(1, {"type": "x", "transcript": text}), line(2, "TextSent", text=text))

    assert scrubbed("events.jsonl", raw) == raw


@given(text=st.text(max_size=200))
def test_any_text_reads_as_before_where_nothing_matches(text: str) -> None:
    raw = journal(wire(1, {"type": "x", "transcript": text}), line(2, "TextSent", text=text))
    odd = Redaction(personal=(PersonalData.IBAN,))

    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") == text
    if whole and "\ufdd0" not in text:
        assert lines(scrubbed("events.jsonl", raw, odd)) == lines(raw)


# --- always --------------------------------------------------------------------------------------


def test_a_key_is_taken_out_of_its_line_alone() -> None:
    raw = journal(
        wire(1, "{ }"), wire(2, {"type": "error", "message": f"bad {KEY}"}), wire(3, " [ ]")
    )

    before, told, after = scrubbed("events.jsonl", raw).splitlines()

    assert json.loads(json.loads(told)["raw"])["message"] == "bad [redacted]"
    assert [before, after] == [raw.splitlines()[0], raw.splitlines()[2]]


def test_a_key_in_what_is_no_line_is_taken_out_too() -> None:
    assert scrubbed("events.jsonl", f"half {KEY}".encode()) == b"half [redacted]"
    assert scrubbed("session.json", f"no JSON {KEY}".encode()) == b"no JSON [redacted]"
    assert scrubbed("turns.csv", f"a,{KEY}\r\n".encode()) == b"a,[redacted]\r\n"


def test_a_message_that_is_no_json_loses_its_key_alone() -> None:
    (told,) = scrubbed("events.jsonl", journal(wire(1, f'{{"torn": "{KEY}'))).splitlines()

    assert json.loads(told)["raw"] == '{"torn": "[redacted]'


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://tools.example/call?token=abc", "https://tools.example/call?[redacted]"),
        ("https://me:secret@tools.example/#x", "https://tools.example/"),
        ("https://[bad?x", "[redacted]"),
        ("https://tools.example/call", "https://tools.example/call"),
    ],
)
def test_what_an_address_carries_is_taken_out(url: str, told: str) -> None:
    answer = {"tool": {"name": "x"}, "answer": {"kind": "http", "url": url}}
    raw = json.dumps({"conduct": {"tools": [answer]}}).encode()
    message = wire(1, {"type": "session.update", "session": {"tools": [{"server_url": url}]}})

    document = json.loads(scrubbed("session.json", raw))
    (sent,) = lines(scrubbed("events.jsonl", journal(message)))

    assert document["conduct"]["tools"][0]["answer"]["url"] == told
    assert sent["raw"]["session"]["tools"][0]["server_url"] == told


# --- personal data -------------------------------------------------------------------------------


def test_personal_data_goes_from_events_and_from_the_messages_that_they_quote() -> None:
    raw = journal(
        wire(1, {"type": "done", "transcript": "Write to ann@example.org."}),
        line(2, "InputTranscriptDone", item_id="i", text="Write to ann@example.org."),
        line(3, "ToolFinished", call_id="c", outcome="answered", output='{"to":"ann@example.org"}'),
    )

    told = scrubbed("events.jsonl", raw, EMAIL)

    assert b"ann" not in told
    assert lines(told)[0]["raw"]["transcript"] == "Write to [redacted]."
    assert lines(told)[1]["fields"]["item_id"] == "i"
    assert lines(told)[2]["fields"]["outcome"] == "answered"


def test_an_address_that_is_torn_over_pieces_goes_with_the_pieces() -> None:
    raw = journal(
        wire(1, {"type": "response.output_audio_transcript.delta", "delta": " ann@exam"}),
        line(1, "ResponseText", response_id="r", kind="transcript", text=" ann@exam"),
        line(2, "InputTranscriptDelta", item_id="i", text="ple.org"),
        line(3, "ToolArgumentsDelta", item_id="i", text='{"to":"ann@'),
        wire(4, {"type": "response.done", "response": {"output": [{"delta": "ple.org"}]}}),
    )

    told = scrubbed("events.jsonl", raw, EMAIL)

    assert b"ann@" not in told
    assert b"ple.org" not in told
    assert lines(told)[1]["fields"]["response_id"] == "r"


def test_a_value_that_is_told_twice_is_not_left_in_once() -> None:
    raw = b'{"t_ns":1,"dir":"<","raw":"{\\"text\\":\\"ann@example.org\\",\\"text\\":\\"b\\"}"}\n'

    assert b"ann" not in scrubbed("events.jsonl", raw, EMAIL)


def test_names_of_fields_may_hold_personal_data() -> None:
    raw = journal(wire(1, {"type": "x", "ann@example.org": {"a": ["bob@example.org"]}}))

    assert b"example" not in scrubbed("events.jsonl", raw, EMAIL)


def test_a_word_of_a_list_is_no_hiding_place() -> None:
    raw = journal(wire(1, {"type": "ann@example.org", "id": "ann@example.org"}))

    assert b"example" not in scrubbed("events.jsonl", raw, EMAIL)


def test_what_cannot_be_read_does_not_leave_the_house() -> None:
    raw = journal(wire(1, '{"cut": "ann@example.org')) + b"ann@example.org\n[1]\n" + b'{"half'

    (told,) = lines(scrubbed("events.jsonl", raw, EMAIL))

    assert told["raw"] == ""
    assert scrubbed("session.json", b"ann@example.org", EMAIL) == b""


def test_rows_keep_their_figures_and_lose_their_words() -> None:
    header = "turn_id,v2v_ms,agent_transcript,status"
    raw = f"{header}\r\n1,0.1,'=to ann@example.org,ok\r\n2,,,ok,more\r\n".encode()

    assert scrubbed("turns.csv", raw, EMAIL) == (
        f"{header}\r\n1,0.1,'=to [redacted],ok\r\n2,,,ok\r\n".encode()
    )
    assert scrubbed("turns.csv", b"", EMAIL) == b""


def test_own_patterns_do_not_touch_what_holds_a_recording_together() -> None:
    raw = journal(
        line(1, "ResponseStarted", response_id="resp_1"),
        wire(2, {"type": "response.done", "response": {"id": "resp_1", "status": "completed"}}),
    )

    told = scrubbed("events.jsonl", raw, Redaction(patterns=("[a-z]+",)))

    assert lines(told) == lines(raw)


# --- whole parts ---------------------------------------------------------------------------------

SPOKEN = (
    line(1, "InputTranscriptDone", item_id="i", text="my words"),
    wire(
        2, {"type": "done", "transcript": "my words", "item": {"content": [{"text": "my words"}]}}
    ),
    line(3, "TextSent", text="my words"),
)
INSTRUCTED = (wire(1, {"type": "session.update", "session": {"instructions": "my words"}}),)
CALLED = (
    line(1, "ToolStarted", call_id="c", name="my words", arguments="my words", source="my words"),
    line(2, "ToolFinished", call_id="c", outcome="answered", output="my words", elapsed_ms=1.5),
    wire(3, {"type": "function_call", "name": "my words", "call_id": "c", "arguments": "my words"}),
    wire(4, {"session": {"tools": [{"type": "function", "name": "my words", "parameters": {}}]}}),
)
NAMED = (
    line(1, "DeviceLost", side="input", name="my words", reason="unplugged"),
    line(2, "ConsentGiven", who="my words"),
    line(3, "DevicesChanged", added=["my words"], removed=[], default_input="my words"),
)
ADDRESSED = (wire(1, {"type": "x", "server_url": "https://my words/"}),)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (LeftOut.TRANSCRIPTS, SPOKEN),
        (LeftOut.INSTRUCTIONS, INSTRUCTED),
        (LeftOut.TOOLS, CALLED),
        (LeftOut.NAMES, NAMED),
        (LeftOut.ADDRESSES, ADDRESSED),
    ],
)
def test_a_part_goes_from_every_line_and_stays_without_the_wish(
    part: LeftOut, told: tuple[dict[str, Any], ...]
) -> None:
    raw = journal(*told)
    others = Redaction(left_out=tuple(each for each in LeftOut if each is not part))

    less = scrubbed("events.jsonl", raw, without(part))

    assert b"my words" not in less
    assert [each.get("event") for each in lines(less)] == [each.get("event") for each in told]
    assert b"my words" in scrubbed("events.jsonl", raw, others)


def test_the_account_is_read_as_before_without_any_part() -> None:
    tool = Tool(name="secret_tool", description="secret words", parameters={"a": "secret"})
    record = replace(
        session_record(),
        settings=replace(session_record().settings, instructions="secret words", tools=(tool,)),
        input_name="Ann's secret microphone",
        consents=(Consent(who="Ann Secret", at_utc="2026-11-21T10:00:00+00:00", at_ms=0.0),),
        end_reason="Ann's secret microphone is gone; 127.0.0.1 said so.",
        machine={"host": "secret"},
    )
    account = json.dumps(plain(record)).encode()

    told = json.loads(scrubbed("session.json", account, ALL, record))

    read, odd = read_record(told)
    assert "secret" not in json.dumps(told).lower()
    assert "127.0.0.1" not in json.dumps(told)
    assert odd == ()
    assert len(read.settings.tools) == 1
    assert (read.session_id, read.t0_ns) == (record.session_id, record.t0_ns)


def test_columns_of_a_part_are_emptied() -> None:
    names = ("turn_id", "user_transcript", "input_name", "endpoint_host", "error_message")
    assert set(names) <= set(TURN_COLUMNS)
    header = ",".join(names)
    raw = f"{header}\r\n1,words,mic,host,no mic at host\r\n".encode()

    assert scrubbed("turns.csv", raw, ALL) == f"{header}\r\n1,,,,no mic at host\r\n".encode()


def test_sound_that_still_holds_what_texts_do_not_is_told() -> None:
    loud = [Scrub(each).remarks for each in (EMAIL, without(LeftOut.TRANSCRIPTS))]
    silent = [Scrub(each).remarks for each in (Redaction(), ALL, without(LeftOut.AUDIO))]

    assert all("can be heard" in remark for (remark,) in loud)
    assert silent == [(), (), ()]


def test_what_stands_under_the_name_of_a_key_goes_from_the_journal() -> None:
    raw = journal(wire(1, {"server_url": "https://m/?k=1", "headers": {"authorization": "abc"}}))

    (told,) = lines(scrubbed("events.jsonl", raw))

    assert told["raw"]["headers"] == {"authorization": "[redacted]"}


@pytest.mark.parametrize("column", ["voice", "model", "error_type", "of_a_newer_version"])
def test_personal_data_goes_from_every_column(column: str) -> None:
    raw = f"turn_id,{column}\r\n1,call anna@mail.example\r\n".encode()

    assert scrubbed("turns.csv", raw, EMAIL) == (
        f"turn_id,{column}\r\n1,call [redacted]\r\n".encode()
    )

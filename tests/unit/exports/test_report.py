"""The whole page: what it says, what it holds, and what nothing in it may do."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap.prices import price_book
from app.core.calibration import CalibrationNote, DeviceCalibration, EngineCalibration
from app.core.config import SessionSettings, TurnDetection, VadMode
from app.core.errors import StoreError
from app.core.events import BargeInCause, TokenUsage
from app.core.ports import StoredSession
from app.core.privacy import Consent, LeftOut, PersonalData, RecordingMode, Redaction
from app.core.records import ConnectTiming, TurnStatus
from app.exports.job import ExportJob
from app.exports.report import BROKEN_OFF, write_report
from tests.support.reporting import Page, Reader, at, job, session, turn

HOSTILE = (
    "</bdi></td><script>document.title='x'</script><img src=x onerror=alert(1)>"
    "{{ 7 * 7 }} \u202egnp.exe\u202c \U0001f469\u200d\U0001f4bb =1+1 \x00"
)

USAGE = TokenUsage(
    input_text=300, input_audio=1200, cached_text=100, cached_audio=700,
    output_text=100, output_audio=600, input_total=1500, output_total=700,
)  # fmt: skip


TARGET = session().record.target


def page_of(made: ExportJob) -> Page:
    write_report(made)
    return Page(made.out.read_text("utf-8"))


def conversation(turns: int = 6, **changed: Any) -> StoredSession:
    values = [600.0 + 10 * n for n in range(turns)]
    return session([turn(n, ms) for n, ms in enumerate(values, 1)], **changed)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def test_the_page_allows_its_own_script_and_style_alone(out: Path) -> None:
    page = page_of(job(out, conversation()))

    (policy,) = [each["content"] for each in page.all("meta") if "http-equiv" in each]
    assert policy is not None
    told = dict(part.split(" ", 1) for part in policy.split("; "))
    assert told["default-src"] == told["base-uri"] == told["form-action"] == "'none'"
    for kind in ("script", "style"):
        digest = hashlib.sha256(page.raw[kind].encode()).digest()
        assert told[f"{kind}-src"] == f"'sha256-{base64.b64encode(digest).decode()}'"
        assert len(page.all(kind)) == 1
    assert told["media-src"] == told["img-src"] == "data:"


def test_nothing_in_the_page_asks_the_network_for_anything(out: Path) -> None:
    page = page_of(job(out, conversation(), reader=Reader(20)))

    for tag, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in {"style", "srcset", "action", "background", "ping"}, (tag, name)
            if name in {"src", "href", "data-src"}:
                assert re.match(r"#|data:audio/mpeg;base64,", value or ""), (tag, value)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|WebSocket", "".join(page.raw.values()))


def test_ids_are_unique_and_every_link_leads_somewhere(out: Path) -> None:
    page = page_of(job(out, conversation(), conversation(folder=Path("/nowhere/other"))))

    ids = [each["id"] for _, each in page.elements if "id" in each]
    links = {each["href"] for each in page.all("a")}
    assert len(ids) == len(set(ids))
    assert links <= {f"#{name}" for name in ids}
    assert {"#s1t1", "#s2t6", "#results"} <= links


def test_hostile_text_is_shown_and_does_nothing(out: Path) -> None:
    bad = turn(
        1, user_transcript=HOSTILE, agent_transcript=HOSTILE, input_name=HOSTILE,
        status=TurnStatus.ERROR, error_message=HOSTILE, client_limited=HOSTILE,
    )  # fmt: skip
    record = session().record
    stored = session(
        [bad],
        odd=(HOSTILE,),
        session_id=HOSTILE,
        end_reason=HOSTILE,
        input_name=HOSTILE,
        t0_utc=HOSTILE,
        schema_version=HOSTILE,
        settings=SessionSettings(instructions=HOSTILE, voice=HOSTILE),
        machine={"system": HOSTILE},
        target=type(record.target)(
            provider=HOSTILE, model=HOSTILE, url=HOSTILE, title=HOSTILE,
            dialect=record.target.dialect, auth=record.target.auth,
        ),
    )  # fmt: skip

    page = page_of(job(out, stored, title=HOSTILE))

    raw = out.read_text("utf-8")
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert not set("\u202e\u202c\x00") & set(raw)
    assert "{{ 7 * 7 }}" in page.text
    assert "document.title='x'" in page.text
    assert "[U+202E]gnp.exe[U+202C]" in page.text
    assert "\U0001f469\u200d\U0001f4bb" in page.text


def test_turns_stand_with_their_words_figures_and_sound(out: Path) -> None:
    page = page_of(job(out, conversation(), reader=Reader(20)))

    assert "question 3" in page.text
    assert "answer 6" in page.text
    played = page.classed("play")
    assert [each["aria-label"] for each in played][:1] == ["Play turn 1, 2.7 seconds"]
    assert all((each["data-src"] or "").startswith("data:audio/mpeg") for each in played)
    assert len(played) == 6
    assert not page.all("audio")


def test_what_was_never_heard_is_told_from_what_was(out: Path) -> None:
    cut = turn(
        1, status=TurnStatus.INTERRUPTED, agent_transcript="one two three four",
        audio_out_ms=4_000.0, heard_ms=2_000.0, interrupted_ns=at(2),
    )  # fmt: skip

    page = page_of(job(out, session([cut])))

    assert "Model one two never heard: three four" in page.text
    assert "heard 2.0 of 4.0 s; where the words break off is estimated" in page.text
    assert len(page.classed("unheard")) == 1


def test_a_redacted_text_is_not_cut_where_another_was_heard(out: Path) -> None:
    cut = turn(
        1, agent_transcript="write to anna@example.org now", audio_out_ms=4_000.0, heard_ms=1_500.0
    )
    redaction = Redaction(personal=(PersonalData.EMAIL,))

    page = page_of(job(out, session([cut]), redaction=redaction))

    assert "anna" not in out.read_text("utf-8")
    assert not page.classed("unheard")
    assert "heard 1.5 of 4.0 s" in page.text


def test_whole_parts_are_left_out(out: Path) -> None:
    stored = conversation(settings=SessionSettings(instructions="the secret recipe"))
    parts = (LeftOut.AUDIO, LeftOut.TRANSCRIPTS, LeftOut.INSTRUCTIONS)
    reader = Reader(20)

    page = page_of(job(out, stored, redaction=Redaction(left_out=parts), reader=reader))

    assert not page.classed("play")
    assert not reader.asked
    for gone in ("question", "answer 1", "the secret recipe"):
        assert gone not in page.text
    assert "Its sound is left out of this report." in page.text
    assert "Its words are left out of this report." in page.text


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (session(), "Nobody said anything that a model could answer"),
        (session(state="failed"), "No conversation came about"),
        (session(state="running"), "The session was still running"),
        (conversation(state="interrupted"), "its program was killed"),
        (conversation(recording_mode=RecordingMode.FIGURES), "neither sound nor words"),
        (conversation(), "There is no recording of its sound that can be read."),
        (session(schema_version="9.0.0", odd=("a newer version wrote it",)), "A newer version"),
    ],
    ids=["no turns", "failed", "running", "killed", "figures only", "no sound", "newer"],
)
def test_a_session_of_any_kind_has_a_page(out: Path, stored: StoredSession, told: str) -> None:
    assert told in page_of(job(out, stored)).text


def test_without_figures_there_is_a_page_all_the_same(out: Path) -> None:
    page = page_of(job(out, conversation(), figures=None))

    assert "question 1" in page.text


def test_turns_that_failed_are_listed_with_their_sentence_and_lead_to_their_row(out: Path) -> None:
    failed = turn(2, status=TurnStatus.TIMEOUT, error_message="It said nothing.")

    page = page_of(job(out, session([turn(1, delivery_x=764.0), failed])))

    assert "Session, turn 2 no answer in time It said nothing." in page.text
    assert {"href": "#s1t2"} in page.all("a")
    assert "Voice-to-voice, median, ms 600 n = 1; each value: too few for a median" in page.text
    assert "Delivery speed, median, x over 50 n = 1" in page.text
    assert "1 of 2 turns failed" in page.text


def test_sound_beyond_the_budget_is_left_out_and_said(out: Path) -> None:
    exported = write_report(job(out, conversation(), reader=Reader(20), sound_bytes=35_000))

    page = Page(out.read_text("utf-8"))
    assert len(page.classed("play")) == 2
    (sentence,) = exported.odd
    assert sentence.startswith("the sound of 4 turns of session 1 is left out")
    assert sentence[1:] in page.text


def test_sound_and_models_beyond_what_a_page_holds_are_said(out: Path) -> None:
    several = [
        session(
            [turn(1, audible_end_ns=at(2 if each else 200))],
            target=replace(TARGET, model=f"m{each}"),
        )
        for each in range(13)
    ]

    exported = write_report(job(out, *several, reader=Reader(210), sound_bytes=50_000_000))

    text = Page(out.read_text("utf-8")).text
    assert "The sound of 1 turn of session 1 ends after 120 s." in text
    assert "The pictures of all sessions show the first 12 of 13 models" in text
    assert len(exported.odd) == 2


def test_a_long_session_lists_its_first_turns_and_all_its_failures(out: Path) -> None:
    turns = [turn(n) for n in range(1, 1_100)]
    last = turn(1_100, status=TurnStatus.ERROR, error_message="Late trouble.")

    page = page_of(job(out, session([*turns, last])))

    assert "The first 1000 of 1100 turns are listed." in page.text
    assert "turn 1100 error Late trouble." in page.text
    assert out.stat().st_size < 3_000_000


def test_the_files_are_named_with_their_hashes(out: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "turns.csv").write_bytes(b"rows")
    line = f'{{"t_ns":{at(4)},"event":"StallNoticed","fields":{{}}}}\n'
    (folder / "events.jsonl").write_text(f"torn{line}{line}")

    page = page_of(job(out, conversation(folder=folder)))

    assert hashlib.sha256(b"rows").hexdigest() in page.text
    assert "0:04 provider fell silent after a turn" in page.text
    assert str(tmp_path) not in out.read_text("utf-8")


def test_a_report_that_is_broken_off_leaves_what_was_there(out: Path) -> None:
    out.write_text("before")
    steps: list[tuple[int, int]] = []

    def told(done: int, total: int) -> bool:
        steps.append((done, total))
        return done < 60

    with pytest.raises(StoreError, match=BROKEN_OFF):
        write_report(job(out, conversation(), reader=Reader(20), told=told))

    assert out.read_text() == "before"
    assert [file.name for file in out.parent.iterdir()] == [out.name]
    assert steps == sorted(steps)


def test_no_session_is_no_report_and_too_many_are_none(out: Path) -> None:
    with pytest.raises(StoreError, match="no session"):
        write_report(job(out))
    with pytest.raises(StoreError, match="at most 200 sessions, not 201"):
        write_report(job(out, *[session()] * 201))


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="cannot be written"):
        write_report(job(tmp_path / "file" / "report.html", conversation()))


def test_a_session_of_which_everything_is_known_is_told_whole(out: Path) -> None:
    calibrated = CalibrationNote(
        engine=EngineCalibration(
            calibration_id="c", measured_utc="2026-11-20T09:00:00+00:00", turns=60,
            v2v_error_p50_ms=2.4, v2v_error_p95_ms=3.3, v2v_bias_ms=1.0,
            simulator_lateness_p95_ms=1.0, load_average=0.5, passed=True,
        ),
        devices=DeviceCalibration(
            calibration_id="d", measured_utc="2026-11-20T09:10:00+00:00", input_name="Jabra",
            output_name="Speakers", chirps=20, found=20, residual_ms=1.0, residual_iqr_ms=1.0,
            loop_ms=86.0, loop_iqr_ms=3.0, xruns=0, device_clock="measured", level_dbfs=-20.0,
        ),
    )  # fmt: skip
    turns = [
        turn(1, usage=USAGE, stalls_n=1, stall_ms=300.0, u_v2v_ms=8.0, client_added_ms=31.0),
        turn(2, usage=USAGE, v2v_ms=-200.0, wasted_audio_ms=2_000.0, wasted_tokens=40.0),
        turn(3, usage=USAGE, excluded_reason="xrun+loop_lag", client_limited="xrun+loop_lag"),
        turn(
            4, usage=USAGE, status=TurnStatus.INTERRUPTED, interrupted_ns=at(11), yield_ms=420.0,
            missed_interrupt=False, false_interrupt=True, interrupt_cause=BargeInCause.SERVER,
            interrupter_name="cough", audio_out_ms=4_000.0, heard_ms=1_000.0, overspeech_ms=90.0,
        ),
        turn(5, missed_interrupt=True),
    ]  # fmt: skip
    stored = session(
        turns,
        target=replace(
            session().record.target, provider="openai", model="gpt-realtime-mini", title="Mini"
        ),
        calibration=calibrated,
        rtts_ms=(40.0, 42.0, 50.0),
        connect=ConnectTiming(
            dns_ms=4.0, tcp_ms=20.0, tls_ms=41.0, upgrade_ms=60.0, created_ms=90.0, ready_ms=30.0,
            address="192.0.2.7",
        ),
        consents=(Consent(who="Anna", at_utc="2026-11-21T10:20:31+00:00", at_ms=500.0),),
        speech_ends="silero",
        lost_after_ms=4_000.0,
        effective_settings={"audio": {"output": {"voice": "marin"}}},
        connected_s=60.0,
    )  # fmt: skip

    text = page_of(job(out, stored, prices=price_book({"HOME": "/nowhere"}))).text

    for told in (
        "the provider's own choice (marin)",
        "name 4.00 ms, TCP 20.0 ms, TLS 41.0 ms",
        "in all 245 ms, n = 1",
        "median 42.0 ms, 40.0 ms to 50.0 ms, n = 3",
        "192.0.2.7",
        "Jabra and Speakers, 2026-11-20 09:10 UTC",
        "within 2.40 ms (median of 60 turns, 2026-11-20 09:00 UTC)",
        "found by a speech detector (Silero)",
        "Anna, 2026-11-21 10:20 UTC",
        "excluded: lost sound blocks, a busy program",
        "premature: answered before the user had ended",
        "stalled 300 ms",
        "did not yield within 2 s",
        "stopped without being interrupted",
        "connection lost 4.00 s after it was made",
        "Session, turn 4 server cough yes 420 90.0 1.0 of 4.0",
        "Audio generated and never heard $0.0008",
        "Used: audio in, cached 2 800",
        "gpt-realtime-mini",
        "cost of the turn, US cents",
        "Prices as read on",
    ):
        assert told in text, told


def test_two_models_stand_beside_each_other_and_a_free_one_costs_nothing(out: Path) -> None:
    paid = session(
        [turn(1, usage=USAGE)],
        target=replace(
            session().record.target, provider="openai", model="gpt-realtime-mini", title="Mini"
        ),
        settings=SessionSettings(
            turn_detection=TurnDetection(mode=VadMode.SEMANTIC), transcribe_input=False
        ),
    )
    talked = conversation(
        settings=SessionSettings(turn_detection=TurnDetection(mode=VadMode.MANUAL)),
        folder=Path("/nowhere/two"),
    )

    text = page_of(job(out, paid, talked, prices=price_book({"HOME": "/nowhere"}))).text

    assert "semantic VAD, eagerness auto" in text
    assert "push to talk" in text
    assert "Simulator: It ran on the tester's own computer: nobody bills it." in text
    assert "Total $0.0176 $0 nobody bills it" in text
    assert "Session 2: Simulator" in text

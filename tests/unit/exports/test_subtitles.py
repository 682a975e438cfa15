import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from app.core.errors import StoreError
from app.core.exporting import ExportFormat
from app.core.ports import StoredSession
from app.core.privacy import LeftOut, Redaction
from app.core.records import TurnRecord, TurnStatus
from app.exports.run import writer_of
from app.exports.subtitles import Said, said_in, srt_text, vtt_text
from app.exports.subtitles_text import LINE_WIDTH, LINES, signs, spread, width
from tests.support import bundles
from tests.support.recording import T0_NS, session_record


def turn(**more: Any) -> TurnRecord:
    """A turn; what ends with ``_ms`` here is an instant after the session's zero."""
    instants = {
        name[:-3] + "_ns": T0_NS + round(at_ms * 1e6)
        for name, at_ms in more.items()
        if name in {"u_on_ms", "u_off_ms", "audible_ms", "audible_end_ms", "flush_ms", "sent_ms"}
    }
    rest = {name: value for name, value in more.items() if name[:-3] + "_ns" not in instants}
    return TurnRecord(**{"turn_id": 1, "status": TurnStatus.OK, **rest, **instants})


TALK = turn(
    u_on_ms=1_000, u_off_ms=2_500, audible_ms=3_000, audible_end_ms=5_000,
    user_transcript="What time is it?", agent_transcript="It is noon.",
)  # fmt: skip


def said(*turns: TurnRecord) -> tuple[Said, ...]:
    return said_in(StoredSession(folder=Path("/s"), record=session_record(), turns=turns))


def test_both_sides_stand_at_the_times_of_their_turns() -> None:
    assert srt_text(said(TALK)) == (
        "1\n00:00:01,000 --> 00:00:02,500\nUser: What time is it?\n\n"
        "2\n00:00:03,000 --> 00:00:05,000\nAgent: It is noon.\n"
    )
    assert vtt_text(said(TALK)).endswith(
        "00:00:01.000 --> 00:00:02.500\n<v User>What time is it?</v>\n\n"
        "00:00:03.000 --> 00:00:05.000\n<v Agent>It is noon.</v>\n"
    )
    assert vtt_text(said(TALK)).startswith("WEBVTT\n\n")


def test_who_speaks_first_stands_first_and_both_may_overlap() -> None:
    early = replace(TALK, audible_ns=TALK.u_on_ns, audible_end_ns=TALK.u_off_ns)
    late = turn(u_on_ms=500, u_off_ms=4_000, user_transcript="Hello")

    starts = [each.start_ms for each in said(early, late)]

    assert starts == [500, 1_000, 1_000]


@pytest.mark.parametrize(
    ("hours", "told"), [(0, "00:00:01,000"), (10, "10:00:01,000"), (123, "123:00:01,000")]
)
def test_long_sessions_have_hours(hours: int, told: str) -> None:
    late = turn(u_on_ms=hours * 3_600_000 + 1_000, user_transcript="Hello")

    assert told in srt_text(said(late))


def test_words_whose_time_nobody_knows_are_left_out_and_an_unknown_end_is_two_seconds() -> None:
    timeless = turn(user_transcript="a", agent_transcript="b")
    typed = turn(sent_ms=100, ref_text="typed")
    before_zero = turn(u_on_ms=-50, u_off_ms=-10, user_transcript="early")

    assert said(timeless) == ()
    assert [(each.start_ms, each.end_ms) for each in said(typed)] == [(100, 2_100)]
    assert [(each.start_ms, each.end_ms) for each in said(before_zero)] == [(0, 1)]


def test_words_that_were_never_heard_are_marked() -> None:
    reply = turn(
        audible_ms=0, audible_end_ms=1_000, flush_ms=1_000, heard_ms=1_000.0, audio_out_ms=2_000.0,
        agent_transcript="one two three four five six", status=TurnStatus.INTERRUPTED,
    )  # fmt: skip

    heard, unheard = said(reply)

    assert (heard.text, unheard.text) == ("one two three", "four five six")
    assert (unheard.start_ms, unheard.unheard) == (1_000, True)
    assert "Agent: [not heard: four five six]" in srt_text((heard, unheard))
    assert "<v Agent><c.unheard>[not heard: four five six]</c></v>" in vtt_text((heard, unheard))


@pytest.mark.parametrize(
    ("heard_ms", "whole_ms", "heard"),
    [(None, 2_000.0, True), (1_990.0, 2_000.0, True), (0.0, 2_000.0, False), (5.0, None, True)],
)
def test_all_or_nothing_of_a_reply_was_heard(
    heard_ms: float | None, whole_ms: float | None, *, heard: bool
) -> None:
    reply = turn(
        audible_ms=0, audible_end_ms=900, flush_ms=900, heard_ms=heard_ms, audio_out_ms=whole_ms,
        agent_transcript="one two three",
    )  # fmt: skip

    (only,) = said(reply)

    assert only.unheard is not heard
    assert only.text == "one two three"


HOSTILE = "<script>alert('a')</script> --> <v Root> &amp; {\\an8}\r\n\r\n9\n00:00:00,000 --> x"


def test_text_is_never_markup_nor_a_time() -> None:
    hostile = turn(u_on_ms=0, u_off_ms=900, user_transcript=HOSTILE)

    srt, vtt = srt_text(said(hostile)), vtt_text(said(hostile))

    assert srt.count("-->") == vtt.count("-->") == len(re.findall(r"\d\d\d --> \d\d:", srt))
    assert "<script" not in srt + vtt
    assert "{\\an8}" not in srt
    assert "&lt;script&gt;" in vtt
    assert "&amp;amp;" in vtt
    assert not re.search(r"<v Root", vtt)


def test_marks_of_direction_and_emoji_stay_whole() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    text = f"\u200f\u05e9\u05dc\u05d5\u05dd {family * 30} e\u0301"

    shown = "".join(line for cue in spread(text, 0, 9_000) for line in cue.lines)

    assert shown.replace(" ", "") == text.replace(" ", "")
    assert list(signs(f"{family}e\u0301")) == [family, "e\u0301"]
    lines = [line for cue in spread(family * 30, 0, 9_000) for line in cue.lines]
    assert all(not line.startswith("\u200d") for line in lines)
    assert all(not line.endswith("\u200d") for line in lines)


def test_a_long_reply_is_split_where_sentences_end() -> None:
    text = (
        'The first is short. The second says "no." The third one is so long that it fills '
        "all of two lines. Last?"
    )

    cues = spread(text, 0, 10_000)

    assert [" ".join(cue.lines) for cue in cues] == [
        'The first is short. The second says "no."',
        "The third one is so long that it fills all of two lines. Last?",
    ]
    assert cues[0].end_ms == cues[1].start_ms
    assert cues[0].end_ms == pytest.approx(10_000 * 41 / 103, abs=150)


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=400)
    | st.lists(
        st.sampled_from(["word ", "Ende. ", "\u4f60\u597d\u3002", "a" * 60]), max_size=60
    ).map("".join),
    st.integers(0, 10**6),
    st.integers(0, 20_000),
    st.sampled_from([0, 7]),
)
def test_any_text_fits_and_none_of_it_is_lost(
    text: str, start_ms: int, lasts_ms: int, room: int
) -> None:
    cues = spread(text, start_ms, start_ms + lasts_ms, room=room)

    for cue in cues:
        assert 1 <= len(cue.lines) <= LINES
        assert cue.end_ms > cue.start_ms
        assert width(cue.lines[0]) <= LINE_WIDTH - room
        assert all(width(line) <= LINE_WIDTH for line in cue.lines)
        assert all(line == line.strip() for line in cue.lines)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(cues))
    assert not cues or cues[-1].end_ms == start_ms + max(lasts_ms, len(cues))
    shown = "".join(line for cue in cues for line in cue.lines)
    from app.exports.subtitles_text import one_line  # noqa: PLC0415

    assert shown.replace(" ", "") == one_line(text).replace(" ", "")


def test_each_session_has_its_file(tmp_path: Path) -> None:
    names = ("20261121T102030Z-aaaaaaaa", "20261121T102030Z-bbbbbbbb")
    folders = [bundles.recorded(tmp_path / "s", name, turns=[TALK]) for name in names]
    silent = bundles.recorded(tmp_path / "s", "20261121T102030Z-cccccccc")

    exported = writer_of(ExportFormat.VTT)(bundles.job(tmp_path / "out", *folders, silent))

    assert [Path(file).name for file in exported.files] == [f"{name}.vtt" for name in names]
    assert silent.name in exported.odd[0]


def test_words_that_are_left_out_are_not_written(tmp_path: Path) -> None:
    folder = bundles.recorded(tmp_path / "s", turns=[TALK])
    redaction = Redaction(left_out=(LeftOut.TRANSCRIPTS,))

    with pytest.raises(StoreError, match="no words"):
        writer_of(ExportFormat.SRT)(bundles.job(tmp_path / "out", folder, redaction=redaction))

    broken_off = bundles.job(tmp_path / "out", folder, told=lambda _done, _total: False)
    with pytest.raises(StoreError, match="broken off"):
        writer_of(ExportFormat.SRT)(broken_off)

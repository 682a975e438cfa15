import pytest
from hypothesis import given, settings

from app.core.cells import cell_text, csv_line
from app.core.events import SpeechEndMethod, TokenUsage
from app.core.records import TurnRecord, TurnStatus
from app.core.rows import TURN_COLUMNS, turn_row
from app.store import reader_turns
from app.store.reader_turns import MOST_SENTENCES, read_turns
from tests.support.recording import session_record
from tests.support.turns import any_turn


def written(*turns: TurnRecord) -> bytes:
    rows = [turn_row(session_record(), turn) for turn in turns]
    lines = (csv_line(cell_text(row[name]) for name in TURN_COLUMNS) for row in rows)
    return csv_line(TURN_COLUMNS) + b"".join(lines)


@settings(max_examples=60, deadline=None)
@given(any_turn, any_turn)
def test_what_was_written_is_read(first: TurnRecord, second: TurnRecord) -> None:
    assert read_turns(written(first, second)) == ((first, second), ())


def test_a_turn_without_tokens_has_no_usage_and_one_count_is_enough() -> None:
    bare = TurnRecord(turn_id=1, status=TurnStatus.OK)
    counted = TurnRecord(turn_id=2, status=TurnStatus.OK, usage=TokenUsage(output_text=0))

    assert read_turns(written(bare, counted)) == ((bare, counted), ())


def test_a_row_of_an_older_version_has_fewer_columns() -> None:
    data = b"schema_version,turn_id,status,v2v_ms\r\n1.0.0,1,ok,512.5\r\n"

    assert read_turns(data) == (
        (TurnRecord(turn_id=1, status=TurnStatus.OK, v2v_ms=512.5),),
        (),
    )


def test_a_row_of_a_newer_version_has_columns_that_are_told() -> None:
    names = ",".join(f"new_{n}" for n in range(7))
    data = f"turn_id,status,{names}\r\n1,ok{',x' * 7}\r\n".encode()

    turns, odd = read_turns(data)

    assert [turn.turn_id for turn in turns] == [1]
    (sentence,) = odd
    assert sentence.endswith("does not know: new_0, new_1, new_2, new_3, new_4 and 2 more")


ODD: dict[str, tuple[str, int, str]] = {
    "nothing": ("", 0, "turns.csv is empty"),
    "half a row": ("turn_id,status\r\n1,ok\r\n2,o", 1, "the last row of turns.csv is torn"),
    "half a header": ("turn_id,sta", 0, "the last row of turns.csv is torn"),
    "a short row": ("turn_id,status\r\n1\r\n2,ok\r\n", 1, "row 1 of turns.csv has 1 cells, not 2"),
    "no status": (
        "turn_id,v2v_ms\r\n1,5\r\n",
        0,
        "row 1 of turns.csv: it was left out because status is unknown",
    ),
    "another status": (
        "turn_id,status\r\n1,bored\r\n",
        0,
        "row 1 of turns.csv: status is 'bored', which is no value of it",
    ),
    "no number": (
        "turn_id,status,v2v_ms\r\n1,ok,nan\r\n",
        1,
        "row 1 of turns.csv: v2v_ms is 'nan', which is no value of it",
    ),
    "a word for a number": (
        "turn_id,status,v2v_ms\r\n1,ok,soon\r\n",
        1,
        "row 1 of turns.csv: v2v_ms is 'soon', which is no value of it",
    ),
    "an endless number": (
        "turn_id,status,u_on_ns\r\n1,ok," + "9" * 5_000 + "\r\n",
        1,
        f"row 1 of turns.csv: u_on_ns is '{'9' * 40}', which is no value of it",
    ),
    "a number past 64 bits": (
        "turn_id,status,u_on_ns\r\n1,ok,9999999999999999999\r\n",
        1,
        "row 1 of turns.csv: u_on_ns is '9999999999999999999', which is no value of it",
    ),
    "neither true nor false": (
        "turn_id,status,barge_in\r\n1,ok,yes\r\n",
        1,
        "row 1 of turns.csv: barge_in is 'yes', which is no value of it",
    ),
    "control characters": (
        "turn_id,status,v2v_ms\r\n1,ok,\x1b[31m\r\n",
        1,
        "row 1 of turns.csv: v2v_ms is ' [31m', which is no value of it",
    ),
    "a byte that is no text": ("turn_id,status\r\n1,ok\r\n\udcff", 1, "torn"),
}


@pytest.mark.parametrize(("text", "turns_n", "sentence"), ODD.values(), ids=ODD.keys())
def test_what_cannot_be_read_is_said(text: str, turns_n: int, sentence: str) -> None:
    turns, odd = read_turns(text.encode("utf-8", "surrogateescape"))

    assert len(turns) == turns_n
    assert any(sentence in each for each in odd)


def test_an_empty_cell_is_what_it_is_when_nobody_says() -> None:
    ((turn,), odd) = read_turns(b"turn_id,status,speech_end_method,has_tool\r\n7,ok,,\r\n")

    assert odd == ()
    assert (turn.turn_id, turn.has_tool) == (7, False)
    assert turn.speech_end_method is SpeechEndMethod.NONE


def test_empty_lines_are_nothing() -> None:
    assert len(read_turns(b"turn_id,status\r\n\r\n1,ok\r\n\r\n")[0]) == 1


def test_sentences_are_bounded() -> None:
    _, odd = read_turns(b"turn_id,status\r\n" + b"x,ok\r\n" * 1000)

    assert len(odd) == MOST_SENTENCES + 1
    assert odd[-1] == f"and {2000 - MOST_SENTENCES} more oddities in turns.csv"


def test_a_file_that_is_too_large_is_read_as_far_as_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader_turns, "MOST_BYTES", 6_000)
    data = b"turn_id,status\r\n" + b"1,ok\r\n" * 5_000

    turns, odd = read_turns(data)

    assert len(turns) == (6_000 - 16) // 6
    assert "larger than 6000 bytes" in odd[0]


def test_a_mark_of_byte_order_belongs_to_no_column() -> None:
    turn = TurnRecord(turn_id=1, status=TurnStatus.OK, v2v_ms=512.5)

    assert read_turns(b"\xef\xbb\xbf" + written(turn)) == ((turn,), ())


@pytest.mark.parametrize("value", ["1e308", "-1e308", "1e19"])
def test_figures_that_no_clock_can_have_are_left_out(value: str) -> None:
    (turn,), (odd,) = read_turns(f"turn_id,status,v2v_ms\r\n1,ok,{value}\r\n".encode())

    assert turn.v2v_ms is None
    assert odd == f"row 1 of turns.csv: v2v_ms is {value!r}, which is no value of it"


def test_more_rows_than_days_of_talk_have_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_turns, "MOST_ROWS", 2)
    head, row = b"turn_id,status\r\n", b"1,ok\r\n"

    assert read_turns(head + 2 * row) == (2 * (TurnRecord(turn_id=1, status=TurnStatus.OK),), ())
    turns, odd = read_turns(head + 5 * row + b"torn")
    assert (len(turns), odd) == (2, ("turns.csv has more than 2 rows; its end was left out",))

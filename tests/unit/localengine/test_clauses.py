import pytest

from app.localengine.clauses import ClauseSplitter


def clauses(*pieces: str) -> list[str]:
    splitter = ClauseSplitter()
    found = [clause for piece in pieces for clause in splitter.push(piece)]
    return [*found, *splitter.flush()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("   ", []),
        ("Hello", ["Hello"]),
        ("Of course, I can. Shall I go on, now? Yes.",
         ["Of course,", "I can.", "Shall I go on, now?", "Yes."]),
        ("Well, that is fine.", ["Well, that is fine."]),
        ("It is 2.5 metres, or so.", ["It is 2.5 metres,", "or so."]),
        ("Dr. Smith is here. Come in.", ["Dr. Smith is here.", "Come in."]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
    ],
    ids=["empty", "blank", "no stop", "first comma", "short head", "decimal", "title", "quote"],
)  # fmt: skip
def test_a_text_is_cut_at_the_first_comma_and_then_at_stops(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


def test_the_cut_does_not_depend_on_how_the_text_arrives() -> None:
    text = "Of course, I can do that. It takes two minutes, I think. Shall I start?"

    assert clauses(*text) == clauses(text)


def test_the_first_clause_comes_before_the_text_is_over() -> None:
    assert ClauseSplitter().push("The moon is far, ") == ["The moon is far,"]


def test_a_text_without_stops_is_cut_at_a_space() -> None:
    found = clauses("word " * 200)

    assert max(map(len, found)) <= 240
    assert " ".join(found).split() == ["word"] * 200


def test_a_text_without_spaces_is_cut_all_the_same() -> None:
    assert [len(clause) for clause in clauses("x" * 500)] == [240, 240, 20]

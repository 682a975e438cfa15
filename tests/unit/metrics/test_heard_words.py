"""How far into its words a reply was heard."""

import pytest
from hypothesis import given, strategies as st

from app.metrics.heard_words import Said, aligned, heard_chars, heard_words, word_end

TEN = "one two three four five six seven eight nine ten"
AT_ONCE = [Said(TEN, 0.0)]
BEFORE = [Said("One two. ", 0.0), Said("Three four. ", 1000.0), Said("Five six.", 3000.0)]
"""Words before their sound: three pieces of 1, 2 and 2 s."""
AFTER = [Said("One two. ", 1000.0), Said("Three four. ", 3000.0), Said("Five six.", 5000.0)]
"""The same words after their sound."""


def heard(said: list[Said], heard_ms: float, audio_ms: float, *, complete: bool = True) -> str:
    text = "".join(piece.text for piece in said)
    end = heard_chars(said, audio_ms=audio_ms, heard_ms=heard_ms, complete=complete)
    return text[:end]


@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (-5.0, ""),
        (0.0, ""),
        (100.0, ""),
        (1000.0, "one"),
        (5000.0, "one two three four five"),
        (9999.0, TEN[:-4]),
        (10_000.0, TEN),
        (11_000.0, TEN),
    ],
)
def test_words_that_came_at_once_are_spread_over_the_audio(heard_ms: float, words: str) -> None:
    assert heard(AT_ONCE, heard_ms, 10_000.0) == words


@pytest.mark.parametrize("said", [BEFORE, AFTER], ids=["words first", "sound first"])
@pytest.mark.parametrize(
    ("heard_ms", "words"),
    [
        (400.0, "One"),
        (1000.0, "One two."),
        (2000.0, "One two. Three"),
        (2900.0, "One two. Three four."),
        (3100.0, "One two. Three four."),
        (4200.0, "One two. Three four. Five"),
        (5000.0, "One two. Three four. Five six."),
    ],
)
def test_words_among_their_audio_lie_where_they_came(
    said: list[Said], heard_ms: float, words: str
) -> None:
    assert heard(said, heard_ms, 5000.0) == words


def test_words_whose_audio_is_still_to_come_take_their_time() -> None:
    sentence = [Said("Hi. ", 0.0), Said("x" * 74 + " " + "y" * 75, 500.0)]

    assert heard(sentence, 600.0, 800.0, complete=False) == "Hi."
    assert heard(sentence, 5430.0, 5600.0, complete=False) == "Hi."
    assert heard(sentence, 5440.0, 5600.0, complete=False) == "Hi. " + "x" * 74
    assert heard([Said("a b c d e f", 0.0)], 500.0, 500.0, complete=False) == "a b c d"


def test_what_comes_late_changes_nothing_of_what_was_heard() -> None:
    late = [*BEFORE, Said(" And so on.", 5200.0), Said(" And on.", 5200.0)]

    assert heard(late, 2000.0, 5300.0, complete=False) == "One two. Three"


def test_audio_before_the_first_piece_that_cannot_have_held_it_is_its_own() -> None:
    said = [Said("One two three four five. ", 100.0), Said("Six.", 2000.0)]

    assert heard(said, 200.0, 2500.0) == ""
    assert heard(said, 1000.0, 2500.0) == "One two"


def test_pieces_that_came_together_are_one_and_empty_ones_none() -> None:
    split = [Said("One", 0.0), Said("", 500.0), Said(" two. ", 0.0), *BEFORE[1:]]

    assert heard(split, 2000.0, 5000.0) == "One two. Three"


def test_words_that_came_faster_than_speech_are_spread_until_the_next() -> None:
    burst = [Said("One ", 0.0), Said("two ", 50.0), Said("three. ", 100.0)]
    then = Said("Four.", 3000.0)

    assert heard([*burst, then], 1000.0, 4000.0) == "One"
    assert heard([*burst, then], 2900.0, 4000.0) == "One two three."
    assert heard(burst, 2000.0, 4000.0) == "One two"
    assert heard(burst, 500.0, 600.0, complete=False) == "One two"


def test_words_that_came_too_fast_after_their_sound_are_spread_since_the_ones_before() -> None:
    said = [Said("One two. ", 1000.0), Said("Three ", 2800.0), Said("four. ", 2900.0)]

    assert heard([*said, Said("Five.", 4000.0)], 2000.0, 4000.0) == "One two. Three"


@pytest.mark.parametrize(
    ("said", "audio_ms", "expected"),
    [
        (BEFORE, 5000.0, True),
        (AT_ONCE, 5000.0, False),
        ([Said("a", 2000.0)], 5000.0, False),
        ([Said("a", 0.0), Said("b", 5000.0)], 5000.0, False),
        ([Said("a", 0.0), Said("", 2000.0)], 5000.0, False),
        ([Said("a", 0.0), Said("b", 10.0)], 5000.0, False),
        ([], 5000.0, False),
    ],
    ids=[
        "in turns",
        "at once",
        "one piece",
        "at both ends",
        "nothing inside",
        "too fast",
        "no words",
    ],
)
def test_words_are_aligned_where_they_came_among_the_audio(
    said: list[Said], audio_ms: float, *, expected: bool
) -> None:
    assert aligned(said, audio_ms) is expected


def test_words_between_two_positions_are_those_that_ended_there() -> None:
    def between(start_ms: float, end_ms: float) -> int:
        return heard_words(BEFORE, audio_ms=5000.0, start_ms=start_ms, end_ms=end_ms, complete=True)

    assert [between(0, 1000), between(1000, 3000), between(0, 5000)] == [2, 2, 6]
    assert between(-100, 400) == 1


@pytest.mark.parametrize(
    ("position", "end"), [(0, 0), (2, 0), (3, 3), (4, 3), (6, 3), (7, 7), (8, 7), (9, 9), (99, 9)]
)
def test_a_position_is_taken_back_to_the_end_of_a_word(position: int, end: int) -> None:
    assert word_end("one two x"[:9], position) == end


def test_space_at_the_head_is_no_word() -> None:
    assert word_end("  one", 2) == 0
    assert word_end("  one", 1) == 0


@given(
    st.lists(st.tuples(st.text("ab ", max_size=8), st.floats(0, 5000)), max_size=8),
    st.floats(0, 6000),
    st.floats(0, 6000),
    st.booleans(),
)
def test_more_heard_is_never_fewer_words(
    pieces: list[tuple[str, float]],
    first_ms: float,
    second_ms: float,
    complete: bool,  # noqa: FBT001 - a drawn value
) -> None:
    said = [Said(text, at) for text, at in sorted(pieces, key=lambda piece: piece[1])]
    length = sum(len(piece.text) for piece in said)

    ends = [
        heard_chars(said, audio_ms=5000.0, heard_ms=at, complete=complete)
        for at in sorted((first_ms, second_ms))
    ]

    assert 0 <= ends[0] <= ends[1] <= length

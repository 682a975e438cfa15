from app.core.ids import ItemId
from app.metrics.timeline_values import Series
from app.metrics.words import TextPart, joined, with_delta, with_final

A, B = ItemId("a"), ItemId("b")


def test_parts_are_told_apart_by_item_and_content_index() -> None:
    parts = with_delta(with_delta(with_delta((), A, 0, "one"), A, 1, "two"), B, 0, "three")
    parts = with_delta(parts, A, 0, "!")

    assert [part.text for part in parts] == ["one!", "two", "three"]


def test_final_words_need_no_delta_before() -> None:
    assert with_final((), A, 0, "all") == (TextPart(A, 0, Series(("all",)), final=True),)


def test_nothing_is_added_to_final_words() -> None:
    parts = with_final((), A, 0, "all")

    assert with_delta(parts, A, 0, "more") is parts


def test_words_are_joined_by_one_space() -> None:
    parts = with_final(with_final(with_final((), A, 0, " one "), A, 1, ""), B, 0, "two")

    assert joined(parts) == "one two"
    assert joined(()) is None

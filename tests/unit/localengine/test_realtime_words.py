import pytest

from app.localengine.realtime_words import SettledWords, heard_part


@pytest.mark.parametrize(
    ("texts", "final", "deltas"),
    [
        (["I", "I want", "I want tea"], "I want tea.", ["", "I", " want", " tea."]),
        (["ice", "I scream", "I scream now"], "I scream.", ["", "", "I scream", "."]),
        (["go", "go", "go"], "stop", ["", "go", "", ""]),
        ([], "all at once", ["all at once"]),
        (["same", "same"], "same", ["", "same", ""]),
    ],
    ids=["growing", "changing its mind", "wrong after all", "no interim", "complete early"],
)
def test_deltas_hold_only_what_two_interim_texts_agree_on(
    texts: list[str], final: str, deltas: list[str]
) -> None:
    words = SettledWords()

    told = [*(words.push(text) for text in texts), words.end(final)]

    assert told == deltas


@pytest.mark.parametrize(
    ("share", "heard"),
    [(0.0, ""), (0.1, ""), (0.5, "one two"), (0.9, "one two three"), (1.0, "one two three four")],
)
def test_what_was_heard_of_a_reply_is_whole_words(share: float, heard: str) -> None:
    assert heard_part("one two three four", share) == heard


def test_a_share_out_of_range_is_none_or_all() -> None:
    assert heard_part("one", -1) == ""
    assert heard_part("one", 7) == "one"

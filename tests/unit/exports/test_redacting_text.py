import pytest
from hypothesis import given, settings, strategies as st

from app.core.errors import ConfigError
from app.core.privacy import PersonalData, Redaction
from app.exports.redacting_text import (
    LONGEST_PATTERN,
    MOST_PATTERNS,
    TextRedactor,
    redact_text,
)

ALL = Redaction(personal=tuple(PersonalData))

FOUND = {
    PersonalData.EMAIL: (
        ("Write to anna.b+c@mail.example.org.", "Write to [redacted]."),
        ("It is anna at example dot com, yes", "It is [redacted], yes"),
        ("anna dot smith at mail dot example dot org", "[redacted]"),
        ("\u00e4nne@b\u00fccher.example", "[redacted]"),
    ),
    PersonalData.PHONE: (
        ("call +49 (30) 1234-567 now", "call [redacted] now"),
        ("555 123 4567", "[redacted]"),
        ("14155552671", "[redacted]"),
        ("it's five five five, one two three four.", "it's [redacted]."),
    ),
    PersonalData.CARD: (
        ("card 4111 1111 1111 1111 and 12", "card [redacted] and 12"),
        ("4111111111111111", "[redacted]"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[redacted]"),
    ),
    PersonalData.IBAN: (
        ("DE89 3704 0044 0532 0130 00 is mine", "[redacted] is mine"),
        ("GB82WEST12345698765432", "[redacted]"),
        ("AT61 1904 3002 3457 3201 from here", "[redacted] from here"),
        ("NO93 8601 1117 947 x", "[redacted] x"),
    ),
    PersonalData.IP_ADDRESS: (
        ("from 192.168.1.1:80.", "from [redacted]:80."),
        ("at ::1 or fe80::1", "at [redacted] or [redacted]"),
    ),
}
STAYS = {
    PersonalData.EMAIL: ("look at me", "a @ b", "user@host", "dot to dot at noon"),
    PersonalData.PHONE: (
        "on 2026-11-21 10:30",
        "12345678 tokens",
        "3.14159265358979",
        "item_0123456789",
    ),
    PersonalData.CARD: ("4111111111111112", "0000000000000000", "411111111111"),
    PersonalData.IBAN: ("DE89 3704 0044 0532 0130 01", "AA11 word word word"),
    PersonalData.IP_ADDRESS: ("1.2.3", "999.1.1.1", "10:20:30", "std::vector", "::"),
}


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [(kind, text, told) for kind, cases in FOUND.items() for text, told in cases],
)
def test_personal_data_is_replaced_as_written_and_as_said(
    kind: PersonalData, text: str, told: str
) -> None:
    assert redact_text(text, Redaction(personal=(kind,))) == told


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in STAYS.items() for text in texts]
)
def test_what_only_looks_like_it_stays(kind: PersonalData, text: str) -> None:
    assert redact_text(text, Redaction(personal=(kind,))) == text


def test_only_the_chosen_kinds_go_and_keys_go_always() -> None:
    text = "sk-proj-a1B2c3D4e5F6 a@b.example 192.168.1.1"

    assert redact_text(text, Redaction()) == "[redacted] a@b.example 192.168.1.1"
    emails = Redaction(personal=(PersonalData.EMAIL,))
    assert redact_text(text, emails) == "[redacted] [redacted] 192.168.1.1"


def test_own_expressions_are_matched_everywhere_but_in_what_is_redacted() -> None:
    redaction = Redaction(patterns=(r"\bfoo", "(?i)REDACTED", "b+"))

    told = redact_text("xfoo foo sk-proj-a1B2c3D4e5F6 abba \ud800 \ufdd0", redaction)

    assert told == "xfoo [redacted] [redacted] a[redacted]a \ufffd \ufffd"


def test_many_texts_are_each_found_again_by_what_they_were() -> None:
    texts = ["anna", "bert", "", "anna bert"]

    told = TextRedactor(Redaction(patterns=("bert",))).texts(texts)

    assert told == {"anna": "anna", "bert": "[redacted]", "": "", "anna bert": "anna [redacted]"}


@pytest.mark.parametrize(
    "pattern", ["(", "(?=x)", r"(a)\1", "x*", "|", "a" * (LONGEST_PATTERN + 1), "\ud800"]
)
def test_an_expression_that_cannot_be_used_is_told(pattern: str) -> None:
    with pytest.raises(ConfigError) as told:
        TextRedactor(Redaction(patterns=(pattern,)))

    assert told.value.sentence.endswith(".")


def test_too_many_expressions_are_refused() -> None:
    with pytest.raises(ConfigError, match="more than"):
        TextRedactor(Redaction(patterns=("a",) * (MOST_PATTERNS + 1)))


def test_no_expression_hangs() -> None:
    redaction = Redaction(patterns=("(a*)*b", "(a|aa)+$", "(.*)(.*)(.*)x"))

    assert redact_text("a" * 50_000, redaction) == "[redacted]"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([
            "4111 1111 1111 1111", " ", "a@b.example", "+49 30 1234567", "x", "1", ":", ".",
            "DE89370400440532013000", "10.0.0.1", "::1", " at ", " dot ", "[redacted]", "-",
        ]),
        max_size=14,
    ).map("".join)
    | st.text(max_size=40)
)  # fmt: skip
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact_text(text, ALL)

    assert redact_text(once, ALL) == once

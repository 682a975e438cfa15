"""Schemas and arguments that are wrong, and those that try to hold the process up."""

from typing import Any

import pytest

from app.core.errors import ToolError
from app.session.tool_schema import name_problem, read_arguments, schema_problem
from app.session.tool_template import fill, template_problem
from app.session.tool_texts import answer_told, parse_json, quoted, shown

PLAIN: dict[str, Any] = {"type": "object"}


def billions() -> dict[str, Any]:
    """A schema of two to the power of forty references."""
    levels: dict[str, Any] = {"d40": {"type": "integer"}}
    for level in range(40):
        levels[f"d{level}"] = {"allOf": [{"$ref": f"#/$defs/d{level + 1}"}] * 2}
    return {**PLAIN, "properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": levels}


def properties(**each: Any) -> dict[str, Any]:
    return {**PLAIN, "properties": each}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("[1]", PLAIN, "The arguments are not a JSON object."),
    ('{"a": 1', PLAIN, "The arguments are not valid JSON: "),
    ("{" * 100_000, PLAIN, "The arguments have more than 64 kB."),
    ("[" * 60_000, PLAIN, "The arguments are not valid JSON: it is nested too deeply."),
    ('{"a": ' + "9" * 5_000 + "}", PLAIN, "The arguments are not valid JSON: Exceeds the limit"),
    ('{"a": NaN}', PLAIN, "The arguments are not valid JSON: NaN is no JSON value."),
    ('{"a": "x"}', properties(a={"type": "integer"}), "at a: 'x' is not of type 'integer'."),
    ('{"a": 1}', billions(), "The arguments could not be checked: it would take too long."),
    ("{}", {**PLAIN, "$ref": "#"}, "the schema goes round in circles."),
    ("{}", {**PLAIN, "$ref": "#/$defs/x"}, "the schema refers to what it does not hold."),
    ("{}", {**PLAIN, "$ref": "http://127.0.0.1:9/"}, "refers to what it does not hold."),
]


@pytest.mark.parametrize(("text", "schema", "words"), WRONG)
def test_wrong_arguments_are_told_in_a_sentence(
    text: str, schema: dict[str, Any], words: str
) -> None:
    with pytest.raises(ToolError) as caught:
        read_arguments(text, schema)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ("", PLAIN),
        (" \n", PLAIN),
        ('{"a": "' + "a" * 40 + '!"}', properties(a={"pattern": "^(a+)+$"})),
        (
            '{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!": 1}',
            {**PLAIN, "patternProperties": {"^(a+)+$": {}}},
        ),
        (
            '{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!": 1}',
            {**PLAIN, "patternProperties": {"^(a+)+$": {}}, "additionalProperties": False},
        ),
        ('{"a": [' + "{}," * 9_000 + "{}]}", properties(a={"uniqueItems": True})),
        ('{"b": 1}', {**PLAIN, "unevaluatedProperties": False}),
    ],
)
def test_what_would_take_for_ever_is_not_checked(text: str, schema: dict[str, Any]) -> None:
    assert isinstance(read_arguments(text, schema), dict)


def test_what_is_cheap_is_checked() -> None:
    schema = {**properties(a={"uniqueItems": True}), "additionalProperties": False}

    for text in ('{"a": [1, 1]}', '{"b": 1}'):
        with pytest.raises(ToolError, match="do not fit"):
            read_arguments(text, schema)


@pytest.mark.parametrize(
    ("schema", "sentence", "path"),
    [
        ([], "A schema is an object.", ()),
        ({"type": "object", "x": {1, 2}}, "It is no JSON, or is nested too deeply.", ()),
        ({}, 'Arguments are an object: it needs "type": "object".', ()),
        (properties(a={"type": "phrase"}), "'phrase' is not one of", ("properties", "a", "type")),
        (
            properties(a={"minimum": "x"}),
            "'x' is not of type 'number'.",
            ("properties", "a", "minimum"),
        ),
        ({**PLAIN, "allOf": [{"$ref": "x"}]}, "A reference may only point", ("allOf", 0, "$ref")),
    ],
)
def test_a_wrong_schema_is_told_with_its_place(
    schema: Any, sentence: str, path: tuple[str | int, ...]
) -> None:
    problem = schema_problem(schema)

    assert problem is not None
    assert problem.sentence.startswith(sentence)
    assert problem.path == path
    assert problem.told.endswith(problem.sentence)


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = properties(**{"$ref": {"type": "string"}, "pattern": {"type": "integer"}})

    assert schema_problem(schema) is None
    with pytest.raises(ToolError, match="at pattern"):
        read_arguments('{"pattern": "x"}', schema)


@pytest.mark.parametrize("name", ["", "a b", "é", "x" * 65, "a.b", "a\n"])
def test_a_name_that_providers_refuse_is_told(name: str) -> None:
    assert name_problem(name)
    assert name_problem("a-b_C9") is None


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "arguments", "made"),
    [
        ('{"a": {{x}}}', {"x": [1, {"y": None}]}, '{"a": [1, {"y": null}]}'),
        ('"{{x}}"', {"x": 'he said "\\n"\n'}, r'"he said \"\\n\"\n"'),
        ('"{{ x }} and {{y}}"', {"x": {"a": 1}}, r'"{\"a\": 1} and null"'),
        ('["{{", "}}", {{x.a.1}}]', {"x": {"a": [1, 2]}}, '["{{", "}}", 2]'),
        ("[{{x.9}}, {{x.a}}, {{x.-1}}, {{y.a.b}}]", {"x": [1], "y": 3}, "[null, null, null, null]"),
        (r'"\"{{x}}"', {"x": "a"}, r'"\"a"'),
        ('{"{{x}}": {{x}}}', {"x": "{{x}}"}, '{"{{x}}": "{{x}}"}'),
        ("{{__class__}}", {}, "null"),
        ("{{x.999999999999}}", {"x": []}, "null"),
    ],
)
def test_a_template_is_filled_with_json(template: str, arguments: Any, made: str) -> None:
    assert fill(template, arguments) == made
    parse_json(made)


def test_a_template_may_not_grow_without_bound() -> None:
    with pytest.raises(ToolError, match="more than 1024 kB"):
        fill("[" + "{{x}}," * 10_000 + "1]", {"x": "y" * 60_000})


def test_a_template_that_never_makes_json_is_told() -> None:
    assert template_problem('{"a": {{x}}}') is None
    assert (
        template_problem('{"a": {{x}')
        == "Expecting property name enclosed in double quotes (line 1, column 8)"
    )


# --- answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["\x00" * 60_000, '"' * 60_000, "\ud800" * 60_000, "é" * 300_000])
def test_whatever_is_told_is_json_of_64_kb_at_most(text: str) -> None:
    told = answer_told(text, plain=True)

    assert len(told.encode()) <= 65_536
    assert parse_json(told)


def test_what_is_shown_is_short_and_printable() -> None:
    assert quoted("a\x00\n b" * 400).endswith("...")
    assert len(quoted("x" * 400)) == 300
    assert len(shown("x\ud800" * 5_000)) == 4_004
    assert shown("x") == "x"

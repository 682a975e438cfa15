import json
from typing import Any

import pytest

from app.localengine.ports import Message, ReplyRequest, Role, ToolCall
from app.localengine.skills_tools import call_tool, tell_results, tool_arguments

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Return the current weather in a city.",
    "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["city"],
    },
}
ORDER = {
    "type": "function",
    "name": "lookupOrder",
    "description": "Find the status of a customer's order.",
    "parameters": {"type": "object", "properties": {"order_id": {"type": "string"}}},
}


def call(heard: str, *, choice: str = "auto", tools: Any = (WEATHER, ORDER)) -> ToolCall | None:
    request = ReplyRequest(
        messages=[Message(role=Role.USER, text=heard)], tools=tools, tool_choice=choice
    )
    return call_tool(request, heard)


@pytest.mark.parametrize(
    ("heard", "name", "arguments"),
    [
        ("What is the weather in Paris?", "get_weather", {"city": "Paris"}),
        ("what's the weather like in new york today", "get_weather", {"city": "new york"}),
        ("Weather for San Francisco in fahrenheit, please.", "get_weather",
         {"city": "San Francisco", "unit": "fahrenheit"}),
        ("Call get weather.", "get_weather", {"city": "Call get weather."}),
        ("I'd like to check my order status please.", "lookupOrder", {}),
        ("Where is order AB-1234?", "lookupOrder", {"order_id": "AB-1234"}),
    ],
)  # fmt: skip
def test_a_tool_is_called_by_its_words(heard: str, name: str, arguments: dict[str, Any]) -> None:
    found = call(heard)

    assert found is not None
    assert (found.name, json.loads(found.arguments)) == (name, arguments)


@pytest.mark.parametrize(
    "heard", ["How are you?", "Get me a coffee.", "A customer's status symbol.", ""]
)
def test_other_words_call_nothing(heard: str) -> None:
    assert call(heard) is None


def test_calls_have_ids_of_their_own() -> None:
    first, second = call("Weather in Rome?"), call("Weather in Rome?")

    assert first is not None
    assert second is not None
    assert first.call_id.startswith("call_")
    assert first.call_id != second.call_id


@pytest.mark.parametrize(
    ("choice", "name"),
    [("none", None), ("required", "get_weather"), ("lookupOrder", "lookupOrder")],
)
def test_the_choice_of_a_tool_is_obeyed(choice: str, name: str | None) -> None:
    found = call("Tell me about the weather", choice=choice)

    assert (found.name if found else None) == name


def test_a_required_call_is_made_whatever_was_said() -> None:
    found = call("Good morning!", choice="required", tools=[ORDER])

    assert found is not None
    assert found.name == "lookupOrder"


def test_without_tools_nothing_is_called() -> None:
    assert call("What is the weather in Paris?", choice="required", tools=()) is None


def field(rules: Any, *, needed: bool = True) -> dict[str, Any]:
    return {
        "name": "t",
        "parameters": {"properties": {"x": rules}, "required": ["x"] if needed else []},
    }


@pytest.mark.parametrize(
    ("rules", "heard", "value"),
    [
        ({"type": "integer"}, "for twenty one people", 21),
        ({"type": "integer"}, "for some people", 0),
        ({"type": "number"}, "3.5 metres", 3.5),
        ({"type": "number"}, "some metres", 0.0),
        ({"type": "boolean"}, "do it", True),
        ({"type": "array"}, "milk and bread", ["milk and bread"]),
        ({"type": "object"}, "anything", {}),
        ({"type": ["string", "null"]}, "hello", "hello"),
        ({"enum": ["red", "dark blue"]}, "a Dark Blue one", "dark blue"),
        ({"enum": ["red", "dark blue"]}, "a green one", "red"),
        ({}, "hello", "hello"),
        ("not a schema", "hello", "hello"),
        ({"type": "strange"}, "hello", "hello"),
    ],
)
def test_a_required_argument_always_has_a_value_of_its_type(
    rules: Any, heard: str, value: Any
) -> None:
    assert tool_arguments(field(rules), heard) == {"x": value}


def test_an_optional_argument_that_was_not_said_is_left_out() -> None:
    assert tool_arguments(field({"type": "integer"}, needed=False), "none at all") == {}


@pytest.mark.parametrize("parameters", [None, [], {}, {"properties": []}])
def test_a_tool_without_a_usable_schema_has_no_arguments(parameters: Any) -> None:
    assert tool_arguments({"name": "t", "parameters": parameters}, "hello") == {}


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ('{"temperature_c": 18, "condition": "sunny"}',
         "The get_weather result says: temperature c 18; condition sunny."),
        ('{"days": [{"rain": true}, {"rain": false}]}',
         "The get_weather result says: rain yes; rain no."),
        ("plain words.", "The get_weather result says: plain words."),
        ("42", "The get_weather result says: 42."),
        ("", "The get_weather result is empty."),
        ("{}", "The get_weather result is empty."),
    ],
    ids=["object", "nested", "words", "number", "nothing", "no fields"],
)  # fmt: skip
def test_a_result_is_told(output: str, told: str) -> None:
    made = ToolCall(call_id="c1", name="get_weather", arguments="{}")
    messages = [
        Message(role=Role.USER, text="Weather?"),
        Message(role=Role.ASSISTANT, text="", call=made),
        Message(role=Role.TOOL, text=output, call_id="c1"),
    ]

    assert tell_results(messages) == (told,)


def test_a_result_that_was_already_answered_is_not_told_again() -> None:
    messages = [
        Message(role=Role.TOOL, text="1", call_id="c1"),
        Message(role=Role.USER, text="And now?"),
    ]

    assert tell_results(messages) is None


def test_a_result_of_an_unknown_call_is_told_all_the_same() -> None:
    messages = [Message(role=Role.TOOL, text="done", call_id="c9")]

    assert tell_results(messages) == ("The tool result says: done.",)

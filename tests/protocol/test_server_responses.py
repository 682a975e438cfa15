"""What a response is asked to be."""

from dataclasses import replace

from app.protocols.openai_realtime.server_values import (
    Encoding,
    Modality,
    ResponseOptions,
    ToolChoice,
)
from tests.support.realtime_server import Talk

FUNCTION = {"type": "function", "name": "f"}
OTHER = {"type": "function", "name": "g", "description": "d", "parameters": {}}
OF_THE_SESSION = ResponseOptions(
    instructions="Be brief.",
    modality=Modality.AUDIO,
    encoding=Encoding.PCM,
    voice="joe",
    speed=1.5,
    tools=(FUNCTION,),
    tool_choice=ToolChoice(mode="required"),
    max_output_tokens=50,
)


def _talk() -> Talk:
    return Talk().configured(
        instructions="Be brief.",
        tools=[FUNCTION],
        tool_choice="required",
        max_output_tokens=50,
        audio={"output": {"voice": "joe", "speed": 1.5}},
    )


def test_a_response_has_the_settings_of_the_session() -> None:
    talk = _talk()
    assert talk.request().options == OF_THE_SESSION
    (bare,) = talk.send("response.create")
    assert getattr(bare, "options", None) == OF_THE_SESSION
    assert talk.server.default_options() == OF_THE_SESSION


def test_a_response_may_ask_for_others() -> None:
    options = (
        _talk()
        .request(
            instructions="",
            output_modalities=["text"],
            tools=[OTHER],
            tool_choice={"type": "function", "name": "g"},
            max_output_tokens="inf",
            metadata={"a": "b"},
            conversation="none",
            parallel_tool_calls=True,
            reasoning={"effort": "low"},
            audio={"output": {"voice": "amy", "format": {"type": "audio/pcmu"}}},
        )
        .options
    )
    assert options == replace(
        OF_THE_SESSION,
        instructions="",
        modality=Modality.TEXT,
        encoding=Encoding.PCMU,
        voice="amy",
        tools=(OTHER,),
        tool_choice=ToolChoice(mode="function", name="g"),
        max_output_tokens=None,
        metadata={"a": "b"},
        in_conversation=False,
    )


def test_the_response_shows_what_it_was_asked_to_be() -> None:
    talk = _talk()
    request = talk.request(metadata={"a": "b"}, audio={"output": {"voice": "marin"}})
    talk.server.begin_response(request.options)
    (event,) = talk.events()
    response = event["response"]
    assert response["status"] == "in_progress"
    assert response["usage"] is None
    assert response["metadata"] == {"a": "b"}
    assert response["max_output_tokens"] == 50
    assert response["audio"]["output"]["voice"] == "marin"
    assert response["conversation_id"].startswith("conv_")


def test_a_name_must_be_one_of_the_tools_at_hand() -> None:
    talk = _talk()
    choice = {"type": "function", "name": "f"}
    assert talk.request(tool_choice=choice).options.tool_choice.name == "f"
    assert talk.send("response.create", response={"tools": [], "tool_choice": choice}) == []
    assert talk.error()["message"] == "Tool choice 'f' not found in 'tools' parameter."

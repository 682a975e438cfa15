"""Who served the parts of our own engine."""

import pytest

from app.core.engine_parts import EnginePart, EngineParts, engine_parts

SPEECH = (EnginePart.RECOGNISER, EnginePart.VOICE)


def elsewhere(billed_by: str, host: str, model: str | None = None) -> EngineParts:
    return EngineParts(local=SPEECH, billed_by=billed_by, host=host, model=model)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), EngineParts()),
        (("--voice", "joe", "--llm-gguf", "a.gguf"), EngineParts()),
        (("--llm-url", "http://127.0.0.1:8080/v1"), EngineParts()),
        (("--llm-url=http://localhost:11434",), EngineParts()),
        (("--llm-url=http://[::1]:8080/v1", "--llm-model", "llama"), EngineParts()),
        (("--llm-url",), EngineParts()),
        (
            ("--llm-url=https://api.openai.com/v1", "--llm-model=gpt-4o-mini"),
            elsewhere("openai", "api.openai.com", "gpt-4o-mini"),
        ),
        (
            ("--llm-url", "https://API.x.ai./v1", "--llm-model", "g"),
            elsewhere("x-ai", "api.x.ai", "g"),
        ),
        (("--llm-url=https://llm.example/v1",), elsewhere("elsewhere", "llm.example")),
        (("--llm-url=https://notopenai.com/v1",), elsewhere("elsewhere", "notopenai.com")),
        (("--llm-url=http://a", "--llm-url=http://127.0.0.1"), EngineParts()),
        (("--llm-url=",), EngineParts()),
        (("--llm-ur=https://llm.example/v1",), elsewhere("elsewhere", "llm.example")),
        (
            ("--llm-u", "https://llm.example/v1", "--llm-m=g", "--llm-", "h"),
            elsewhere("elsewhere", "llm.example", "g"),
        ),
        (("--llm-url=http://[bad",), elsewhere("elsewhere", "")),
        (("--llm-url=nothing",), elsewhere("elsewhere", "")),
    ],
)
def test_a_language_model_on_another_machine_is_not_local(
    arguments: tuple[str, ...], expected: EngineParts
) -> None:
    assert engine_parts("local", arguments) == expected


@pytest.mark.parametrize(
    ("provider", "expected"), [("simulator", EngineParts()), ("openai", None), ("custom", None)]
)
def test_only_our_own_engine_has_parts(provider: str, expected: EngineParts | None) -> None:
    assert engine_parts(provider, ()) == expected

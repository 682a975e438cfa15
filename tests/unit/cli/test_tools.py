"""Files of tools, read in the terminal, and calls that a terminal cannot ask about."""

import argparse
import io
import json
import os
from pathlib import Path

import pytest

from app.cli.talk import add_arguments, parse
from app.cli.tools import NOBODY, ToolClerk, main, parse_tools_file
from app.core.conduct import ToolAnswerKind
from app.core.errors import ConfigError
from app.core.events import ToolOutcome
from app.core.resources import resource
from app.session.messages import AllowTool, AnswerTool, ToolReport, ToolState

TOOL = '[[tools]]\nname = "a"\n'


def test_the_examples_are_right_and_cover_the_kinds() -> None:
    found = parse_tools_file(resource("tools", "examples.toml"))

    kinds = [setup.answer.kind for setup in found.tools]
    assert set(kinds) == set(ToolAnswerKind) - {ToolAnswerKind.HTTP, ToolAnswerKind.NEVER}
    assert len(found.tools) == 5


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml = tmp_path / "a.toml"
    toml.write_text(
        f"""{TOOL}description = "x"
        parameters = {{ type = "object", properties = {{}} }}
        answer = {{ kind = "http", url = "http://h/", delay_ms = 5, timeout_s = 2 }}
        [[mcp_servers]]
        label = "m"
        url = "https://m/mcp"
        allowed = ["b"]
        timeout_s = 3
        """
    )
    as_json = tmp_path / "a.JSON"
    tool = {
        "name": "a",
        "description": "x",
        "parameters": {"type": "object", "properties": {}},
        "answer": {"kind": "http", "url": "http://h/", "delay_ms": 5, "timeout_s": 2},
    }
    server = {"label": "m", "url": "https://m/mcp", "allowed": ["b"], "timeout_s": 3}
    as_json.write_text(json.dumps({"tools": [tool], "mcp_servers": [server]}))

    assert parse_tools_file(toml) == parse_tools_file(as_json)
    assert parse_tools_file(toml).mcp_servers[0].allowed == ("b",)


def test_little_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(TOOL)

    (setup,) = parse_tools_file(path).tools

    assert (setup.tool.name, setup.answer.kind, setup.answer.text) == ("a", "fixed", "{}")
    path.write_text("")
    assert parse_tools_file(path).tools == ()


ANSWER = f"{TOOL}[tools.answer]\n"
SERVER = '[[mcp_servers]]\nlabel = "m"\nurl = "http://m/"\n'
HOSTILE = [
    ("tools = 3", "tools: It is not a list."),
    ("tools = [3]", "tools[1]: It is not a table."),
    ("x = 1", '"x" is none of mcp_servers, tools.'),
    ("[[tools]]\n", 'tools[1]: "name" is missing.'),
    ('[[tools]]\nname = "a b"\n', "tools[1].name: A tool's name has 1 to 64"),
    ("[[tools]]\nname = 3\n", "tools[1].name: It is not a text."),
    (TOOL + TOOL, 'tools[2].name: Another has the name "a" too.'),
    (TOOL + "colour = 1", 'tools[1]: "colour" is none of answer, description, name, parameters.'),
    (TOOL + f'description = "{"x" * 4001}"', "tools[1].description: It has more than 4000"),
    (TOOL + "parameters = {}", 'tools[1].parameters: Arguments are an object: it needs "type"'),
    (
        TOOL + 'parameters = { type = "object", properties = { a = { type = "x" } } }',
        "tools[1].parameters: At properties.a.type: 'x' is not one of",
    ),
    (TOOL + "answer = 3", "tools[1].answer: It is not a table."),
    (ANSWER + 'kind = "python"', 'tools[1].answer.kind: "python" is none of fixed, template'),
    (ANSWER + 'text = "{"', "tools[1].answer: The answer is not valid JSON: "),
    (ANSWER + 'kind = "template"\ntext = "{{"', "tools[1].answer: The template does not make"),
    (ANSWER + 'kind = "http"\nurl = "file:///etc/passwd"', "tools[1].answer: An address begins"),
    (ANSWER + 'text = "1"\njson = 1', 'tools[1].answer: It has both "json" and "text".'),
    (ANSWER + "json = inf", "tools[1].answer.json: It cannot be written as JSON."),
    (ANSWER + "json = 2026-11-21", "tools[1].answer.json: It cannot be written as JSON."),
    (ANSWER + "delay_ms = -1", "tools[1].answer: A delay is 0 to 600000 ms."),
    (ANSWER + "delay_ms = nan", "tools[1].answer: A delay is 0 to 600000 ms."),
    (ANSWER + f"delay_ms = {10**400}", "tools[1].answer.delay_ms: It is too large a number."),
    (ANSWER + "delay_ms = true", "tools[1].answer.delay_ms: It is not a number."),
    (ANSWER + "timeout_s = 0", "tools[1].answer: A time-out is above 0 and at most 600 s."),
    (ANSWER + f'text = "{"x" * 1_100_000}"', "tools[1].answer: An answer has at most 1024 kB."),
    (SERVER + 'allowed = "b"', "mcp_servers[1].allowed: It is not a list of names."),
    (SERVER + "timeout_s = 601", "mcp_servers[1].timeout_s: A time-out is above 0"),
    (SERVER.replace('"m"', '""'), "mcp_servers[1].label: A label has 1 to 64"),
    (SERVER.replace("http:", "ws:"), "mcp_servers[1].url: An address begins with http://"),
    (SERVER * 2, 'mcp_servers[2].label: Another has the label "m" too.'),
    ("tools = [" + "{}," * 200 + "]", "tools: It has more than 128 entries."),
    ("a = ", "Invalid value (at end of document)."),
    ("a = " + "[" * 5_000, "nested too deeply"),
]


@pytest.mark.parametrize(("text", "words"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_one_sentence_with_the_place(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        parse_tools_file(path)
    assert str(caught.value).startswith("The tools file a.toml cannot be used: ")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\xff", "byte 1 is not UTF-8."),
        (b'{"tools": [}', "Expecting value at line 1, column 12."),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "It is not a table."),
        (b'{"tools": [{"name": "a", "answer": {"delay_ms": ' + b"9" * 5000 + b"}}]}", "Exceeds"),
        (b" " * (9 << 20), "has more than 8 MB"),
    ],
)
def test_bytes_that_are_no_json_are_told(tmp_path: Path, raw: bytes, words: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(raw)

    with pytest.raises(ConfigError, match=r"The tools file a\.json") as caught:
        parse_tools_file(path)
    assert words in str(caught.value)


def test_a_file_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(tmp_path)]) == 1
    assert main(["check", str(tmp_path / "x.toml")]) == 1
    assert main(["check", "a\0b"]) == 1

    told = capsys.readouterr().err.splitlines()
    assert told[1] == "The tools file x.toml could not be read: No such file or directory."
    assert len(told) == 3


@pytest.mark.parametrize(
    "key",
    [".".join(["a"] * 50_000), " . ".join(['"b.c"', "a", "'d'"] * 40), "[" + "a." * 200 + "a]"],
)
def test_a_key_that_takes_minutes_to_read_is_refused_at_once(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f"{key} = 1\n")

    with pytest.raises(ConfigError, match="a key has more than 100 parts"):
        parse_tools_file(path)


def test_dots_in_a_text_are_no_parts_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'{TOOL}description = "{"a." * 500}"\n')

    assert len(parse_tools_file(path).tools) == 1


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")

    with pytest.raises(ConfigError, match="not an ordinary file"):
        parse_tools_file(tmp_path / "a.toml")


def test_the_check_lists_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.toml"
    path.write_text(f'{ANSWER}kind = "http"\nurl = "http://h/"\ndelay_ms = 20\n{SERVER}')

    assert main(["check", str(path)]) == 0
    assert main(["check", str(path), "--json"]) == 0

    *words, line = capsys.readouterr().out.splitlines()
    assert words == [
        "a: posts its arguments to http://h/, after 20 ms, time-out 30 s",
        "MCP server m at http://m/: all its tools",
        "1 tools, 1 MCP servers.",
    ]
    assert json.loads(line)["tools"][0]["kind"] == "http"


def test_talk_takes_a_file_of_tools(tmp_path: Path) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    path = tmp_path / "a.toml"
    path.write_text(TOOL)

    options = parse(parser.parse_args(["--mic", "--tools", str(path), "--allow-tools"]))
    assert [setup.tool.name for setup in options.conduct.tools] == ["a"]
    assert options.allow_tools
    plain = parse(parser.parse_args(["--mic"]))
    assert plain.conduct.tools == ()
    assert not plain.allow_tools


class Desk:
    def __init__(self) -> None:
        self.words: list[AllowTool | AnswerTool] = []

    def allow_tool(self, word: AllowTool) -> None:
        self.words.append(word)

    def answer_tool(self, answer: AnswerTool) -> None:
        self.words.append(answer)


@pytest.mark.parametrize("allow", [True, False])
def test_a_terminal_answers_what_it_cannot_ask(*, allow: bool) -> None:
    err, desk = io.StringIO(), Desk()
    clerk = ToolClerk(err, allow=allow)

    for state in (ToolState.RUNNING, ToolState.ASKS, ToolState.BY_HAND):
        clerk.take(
            ToolReport(call_id="c", name="a", state=state, at_ms=0.0, where="POST http://h/"), desk
        )
    clerk.take(
        ToolReport(
            call_id="c",
            name="a",
            state=ToolState.ENDED,
            at_ms=0.0,
            outcome=ToolOutcome.ANSWERED,
            output="{\x1b[2J}",
            elapsed_ms=12.3,
        ),
        desk,
    )

    word, answer = desk.words
    assert isinstance(word, AllowTool)
    assert word.allow is allow
    assert isinstance(answer, AnswerTool)
    assert (answer.output, answer.failed) == (NOBODY, True)
    told = err.getvalue().splitlines()
    assert told[-1] == "Tool a answered after 12 ms: { [2J}"
    refusal = ["POST http://h/ was not called: give --allow-tools to allow it."]
    assert told[:-1] == ([] if allow else refusal)

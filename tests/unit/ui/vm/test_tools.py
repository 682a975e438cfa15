"""Tools as they are written in the window: drafts, problems with their line, trials."""

import asyncio
import json
from dataclasses import asdict

import pytest

from app.core.conduct import ToolAnswerKind
from app.core.config import Tool
from app.core.errors import ToolError
from app.ui.vm.preferences import Preferences, parse
from app.ui.vm.tool_drafts import (
    Field,
    ServerDraft,
    ToolDraft,
    draft_of,
    line_of,
    problems_of,
    sample_of,
    setup_of,
)
from app.ui.vm.tools import ToolsViewModel, Trial, examples
from tests.support.tools import MemoryCaller, MemoryMcp
from tests.unit.ui.vm.test_setup import setup

SCHEMA = '{\n "type": "object",\n "properties": {\n  "a": {"type": "string"}\n }\n}'


def made(**fields: object) -> ToolDraft:
    return ToolDraft(**({"name": "a", "schema": SCHEMA} | fields))  # type: ignore[arg-type]


def vm(*drafts: ToolDraft, servers: tuple[ServerDraft, ...] = ()) -> ToolsViewModel:
    return ToolsViewModel(setup(Preferences(tools=drafts, mcp_servers=servers)))


@pytest.mark.parametrize(
    ("draft", "field", "words"),
    [
        (made(name="a b"), Field.NAME, "A tool's name has 1 to 64 letters a to z"),
        (made(name="taken"), Field.NAME, "Another tool has the same name."),
        (made(description="x" * 4_001), Field.DESCRIPTION, "A description has at most 4000"),
        (made(schema='{\n "a": }'), Field.SCHEMA, "Line 2: Expecting value."),
        (made(schema="[" * 9_000), Field.SCHEMA, "It cannot be read as JSON."),
        (made(schema=SCHEMA.replace("string", "phrase")), Field.SCHEMA, "Line 4: 'phrase' is not"),
        (made(schema="{}"), Field.SCHEMA, "Arguments are an object"),
        (made(text="{"), Field.ANSWER, "The answer is not valid JSON: "),
        (made(kind=ToolAnswerKind.HTTP), Field.ANSWER, "An address begins with http://"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(draft: ToolDraft, field: Field, words: str) -> None:
    (problem,) = problems_of(draft, {"taken"})

    assert problem.field is field
    assert problem.words.startswith(words)


def test_the_line_of_a_member_is_found() -> None:
    text = '{\n"a": [\n1,\n{"b": "}"}\n],\n"c]": {"d": 1,\n"e": 2}\n}'

    assert line_of(text, ("a",)) == 2
    assert line_of(text, ("a", 0)) == 3
    assert line_of(text, ("a", 1, "b")) == 4
    assert line_of(text, ("c]", "e")) == 7
    assert line_of(text, ("c]", "zz")) == 6
    assert line_of(text, ()) is None


def test_a_draft_comes_back_from_its_setup() -> None:
    for draft in examples():
        made_setup = setup_of(draft)
        assert made_setup is not None
        assert draft_of(made_setup) == draft


@pytest.mark.parametrize(
    ("schema", "sample"),
    [
        (SCHEMA, {"a": "a"}),
        ("nonsense", {}),
        ('{"type": "object"}', {}),
        ('{"properties": {"a": 3}}', {"a": None}),
        (
            json.dumps(
                {
                    "properties": {
                        "n": {"type": "integer", "minimum": 5},
                        "b": {"type": "boolean"},
                        "e": {"enum": ["x", "y"]},
                        "d": {"default": 7},
                        "o": {"type": "object", "properties": {"i": {"type": "number"}}},
                        "u": {"type": "object"},
                        "t": {"type": ["string", "null"]},
                    }
                }
            ),
            {"n": 5, "b": True, "e": "x", "d": 7, "o": {"i": 1.5}, "u": {}, "t": "t"},
        ),
    ],
)
def test_sample_arguments_are_made_from_the_schema(schema: str, sample: object) -> None:
    assert json.loads(sample_of(schema)) == sample


# --- the list -------------------------------------------------------------------------------------


def test_what_is_right_and_enabled_is_offered() -> None:
    tools = vm(made(), made(name="b b"), made(name="c", enabled=False), made(name="d"))
    setup_vm = tools._setup

    assert [each.tool.name for each in setup_vm.tools] == ["a", "d"]
    assert tools.words == "The next session offers 2 tools."
    assert [each.tool.name for each in setup_vm.conduct.tools] == ["a", "d"]
    tools.enable(3, enabled=False)
    tools.put(0, made(schema="{"))
    assert tools.words == "No tools are offered."


def test_deleting_can_be_undone() -> None:
    tools = vm(made(), made(name="b"), made(name="c"))

    tools.delete(1)
    assert [each.name for each in tools.drafts] == ["a", "c"]
    assert tools.undo_words == "Deleted b."
    tools.undo()
    assert [each.name for each in tools.drafts] == ["a", "b", "c"]
    assert tools.undo_words == ""
    tools.undo()


def test_names_of_new_tools_are_free() -> None:
    tools = vm(made(name="x" * 64))

    tools.duplicate(0)
    tools.duplicate(0)
    tools.add()
    tools.add()
    names = [each.name for each in tools.drafts]
    assert names[1:] == ["x" * 58 + "_2", "x" * 58 + "_3", "new_tool", "new_tool_2"]
    assert not [p for at in range(5) for p in tools.problems(at) if p.field is Field.NAME]


def test_there_is_an_end_to_tools() -> None:
    tools = vm(*(made(name=f"t{n}") for n in range(128)))

    assert tools.add() == 127
    assert len(tools.drafts) == 128


def test_what_is_written_is_remembered_when_it_is_committed() -> None:
    tools = vm()
    tools.add(made(name="half finished", schema="{"))
    tools.add_server()
    unsaved = [tools.unsaved]
    assert tools._setup.preferences.tools == ()

    tools.commit()

    kept = tools._setup.preferences
    assert [*unsaved, tools.unsaved] == [True, False]
    assert parse(json.loads(json.dumps(asdict(kept)))) == kept
    assert kept.tools[0].name == "half finished"


@pytest.mark.parametrize("wrong", [3, {"a": 1}, [3], "x"])
def test_damaged_drafts_are_forgotten(wrong: object) -> None:
    assert parse({"tools": wrong, "mcp_servers": wrong}) == Preferences()


def test_what_is_wrong_in_a_remembered_draft_has_its_default() -> None:
    kept = parse({"tools": [{"name": "a", "delay_ms": -1, "kind": "python", "text": 3}]})

    assert kept.tools == (ToolDraft(name="a"),)


# --- trying ---------------------------------------------------------------------------------------


def tried(draft: ToolDraft, caller: MemoryCaller | None = None) -> Trial:
    tools = vm(draft)
    tools.reach(caller, None)
    return asyncio.run(tools.test(draft))


@pytest.mark.parametrize(
    ("draft", "good", "output"),
    [
        (made(text='{"b": 1}'), True, '{"b": 1}'),
        (made(kind=ToolAnswerKind.TEMPLATE, text="[{{a}}]"), True, '["a"]'),
        (made(kind=ToolAnswerKind.TEMPLATE, text="[{{a}}]", sample='{"a": "x"}'), True, '["x"]'),
        (made(kind=ToolAnswerKind.ERROR, text="No."), False, '{"error": "No."}'),
        (made(kind=ToolAnswerKind.BY_HAND), True, ""),
        (made(kind=ToolAnswerKind.NEVER), True, ""),
        (made(kind=ToolAnswerKind.HTTP, url=" http://h/ "), True, '{"ok": true}'),
        (made(schema="{"), False, ""),
    ],
)
def test_a_trial_shows_what_the_model_would_be_told(
    draft: ToolDraft, output: str, *, good: bool
) -> None:
    caller = MemoryCaller()
    trial = tried(draft, caller)

    assert (trial.good, trial.output) == (good, output)
    assert trial.words
    assert caller.calls in ([], [("http://h/", '{"a": "a"}')])


def test_a_trial_whose_arguments_do_not_fit_says_so() -> None:
    trial = tried(made(sample='{"a": 3}'))

    assert not trial.good
    assert "3 is not of type 'string'" in trial.output


def test_without_a_network_http_is_not_tried() -> None:
    assert not tried(made(kind=ToolAnswerKind.HTTP, url="http://h/")).good


# --- servers --------------------------------------------------------------------------------------

BOX = ServerDraft(label="box", url="http://h/mcp", allowed=" a, b\nc")


def test_a_server_that_is_right_is_offered() -> None:
    tools = vm(servers=(BOX, ServerDraft(label="x", url="nowhere"), ServerDraft()))

    (server,) = tools._setup.mcp_servers
    assert server.allowed == ("a", "b", "c")
    assert tools.words == "The next session offers the tools of 1 MCP server."
    assert ServerDraft(label="a", url="http://h").server.allowed == ()
    assert ServerDraft(label="\n", url="http://h").problem == "A label has 1 to 64 characters."


def test_a_server_is_edited_and_deleted() -> None:
    tools = vm(servers=(BOX,))

    assert tools.add_server() == 1
    tools.put_server(1, ServerDraft(label="more", url="http://m/"))
    tools.delete_server(0)
    assert [each.label for each in tools.servers] == ["more"]
    tools.undo()
    assert [each.label for each in tools.servers] == ["box", "more"]


def test_a_server_tells_its_tools() -> None:
    offered = tuple(Tool(name=name, description="", parameters={}) for name in ("a", "b"))
    mcp = MemoryMcp({"box": offered, "none": ()})
    tools = vm()
    tools.reach(None, mcp)

    for draft in (BOX, ServerDraft(label="none", url="http://n/")):
        asyncio.run(tools.list_tools(draft))
    assert tools.listings[BOX.url].words == "2 tools: a, b"
    assert tools.listings["http://n/"].words == "No tools."
    assert mcp.closed == ["box", "none"]
    assert tools.asking == ""


@pytest.mark.parametrize(
    ("draft", "mcp", "words"),
    [
        (ServerDraft(label="gone", url="http://g/"), MemoryMcp({}), "did not answer"),
        (ServerDraft(label="gone", url="g"), MemoryMcp({}), "An address begins"),
        (BOX, None, "cannot be asked here"),
    ],
)
def test_a_server_that_fails_is_told(draft: ServerDraft, mcp: MemoryMcp | None, words: str) -> None:
    tools = vm()
    tools.reach(None, mcp)

    asyncio.run(tools.list_tools(draft))

    listing = tools.listings[draft.url]
    assert not listing.good
    assert words in listing.words


def test_an_endpoint_that_fails_is_a_trial_that_failed() -> None:
    async def fail(_url: str, _arguments: str) -> str:
        raise ToolError("The tool's address answered with HTTP 500.")

    trial = tried(made(kind=ToolAnswerKind.HTTP, url="http://h/"), MemoryCaller(answer=fail))

    assert (trial.good, "HTTP 500" in trial.output) == (False, True)

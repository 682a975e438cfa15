"""Tools as they are written: drafts that may be wrong, and what is wrong with them."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.core.conduct import McpServer, ToolAnswer, ToolAnswerKind, ToolSetup
from app.core.config import Tool
from app.core.errors import ToolError
from app.core.http_url import http_url_problem
from app.session.tool_schema import name_problem, schema_problem
from app.session.tool_setups import DESCRIPTION_LENGTH, LABEL_LENGTH, answer_problem
from app.session.tool_texts import parse_json
from app.ui.vm.reading import Reader, flag, one_of, real, value_of, whole

DELAYS_MS: Final = range(600_001)
TIMEOUTS_S: Final = (0.1, 600.0)
EMPTY_SCHEMA: Final = """{
  "type": "object",
  "properties": {
    "city": {"type": "string", "description": "Name of the city"}
  },
  "required": ["city"]
}"""


class Field(StrEnum):
    """A field of the editor."""

    NAME = "name"
    DESCRIPTION = "description"
    SCHEMA = "schema"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class DraftProblem:
    """What keeps a draft from being offered: where, in a sentence."""

    field: Field
    sentence: str
    line: int | None = None

    @property
    def words(self) -> str:
        """The sentence with its line."""
        return self.sentence if self.line is None else f"Line {self.line}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDraft:
    """A tool as it is written. ``text`` is the answer, ``sample`` the arguments of a test."""

    name: str = ""
    description: str = ""
    schema: str = EMPTY_SCHEMA
    kind: ToolAnswerKind = ToolAnswerKind.FIXED
    text: str = "{}"
    url: str = ""
    delay_ms: int = 0
    timeout_s: float = 30.0
    sample: str = ""
    enabled: bool = True

    @property
    def answer(self) -> ToolAnswer:
        """Who answers."""
        return ToolAnswer(
            kind=self.kind,
            text=self.text,
            url=self.url.strip(),
            delay_ms=float(self.delay_ms),
            timeout_s=self.timeout_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDraft:
    """An MCP server as it is written. ``allowed``: names apart by commas or spaces."""

    label: str = ""
    url: str = ""
    allowed: str = ""
    timeout_s: float = 30.0
    enabled: bool = True

    @property
    def problem(self) -> str | None:
        """Why it cannot be used, in a sentence, or None."""
        label = self.label.strip()
        if not label or len(label) > LABEL_LENGTH or not label.isprintable():
            return f"A label has 1 to {LABEL_LENGTH} characters."
        return http_url_problem(self.url.strip())

    @property
    def server(self) -> McpServer:
        """The server, for one without a problem."""
        return McpServer(
            label=self.label.strip(),
            url=self.url.strip(),
            allowed=tuple(re.split(r"[,\s]+", self.allowed.strip()))
            if self.allowed.strip()
            else (),
            timeout_s=self.timeout_s,
        )


def draft_of(setup: ToolSetup) -> ToolDraft:
    """Return a setup as a draft."""
    answer = setup.answer
    try:
        shown = json.dumps(json.loads(answer.text), ensure_ascii=False, indent=2)
    except ValueError:
        shown = answer.text.strip()
    return ToolDraft(
        name=setup.tool.name,
        description=setup.tool.description,
        schema=json.dumps(setup.tool.parameters, ensure_ascii=False, indent=2),
        kind=answer.kind,
        text=shown,
        url=answer.url,
        delay_ms=round(answer.delay_ms),
        timeout_s=answer.timeout_s,
    )


def setup_of(draft: ToolDraft) -> ToolSetup | None:
    """Return the tool, or None where its name or its schema's text cannot be one.

    Whether the schema is a sound one is looked at by the engine, which has the time.
    """
    if name_problem(draft.name.strip()) is not None:
        return None
    try:
        parameters = parse_json(draft.schema)
    except ToolError:
        return None
    if not isinstance(parameters, dict) or answer_problem(draft.answer) is not None:
        return None
    tool = Tool(name=draft.name.strip(), description=draft.description, parameters=parameters)
    return ToolSetup(tool=tool, answer=draft.answer)


def problems_of(draft: ToolDraft, taken: Collection[str] = ()) -> tuple[DraftProblem, ...]:
    """Return what is wrong with a draft, in the order of its fields.

    Args:
        draft: The tool as it is written.
        taken: Names of the others.
    """
    found = (_name(draft, taken), _description(draft), _schema(draft.schema), _answer(draft))
    return tuple(problem for problem in found if problem is not None)


def _name(draft: ToolDraft, taken: Collection[str]) -> DraftProblem | None:
    name = draft.name.strip()
    problem = name_problem(name)
    if problem is None and name in taken:
        problem = "Another tool has the same name."
    return None if problem is None else DraftProblem(Field.NAME, problem)


def _description(draft: ToolDraft) -> DraftProblem | None:
    if len(draft.description) <= DESCRIPTION_LENGTH:
        return None
    words = f"A description has at most {DESCRIPTION_LENGTH} characters."
    return DraftProblem(Field.DESCRIPTION, words)


def _schema(written: str) -> DraftProblem | None:
    try:
        value = json.loads(written)
    except json.JSONDecodeError as error:
        return DraftProblem(Field.SCHEMA, f"{error.msg}.", error.lineno)
    except (ValueError, RecursionError):
        return DraftProblem(Field.SCHEMA, "It cannot be read as JSON.")
    problem = schema_problem(value)
    if problem is None:
        return None
    return DraftProblem(Field.SCHEMA, problem.sentence, line_of(written, problem.path))


def _answer(draft: ToolDraft) -> DraftProblem | None:
    problem = answer_problem(draft.answer)
    return None if problem is None else DraftProblem(Field.ANSWER, problem)


# --- places in JSON text ----------------------------------------------------------------------

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def line_of(written: str, path: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, on which the member at ``path`` of JSON text begins.

    Where there is no such member, that of the nearest one around it.
    """
    begins = {steps: at for steps, at in _members(written) if path[: len(steps)] == steps}
    if not path or not begins:
        return None
    nearest = max(begins, key=len)
    return written.count("\n", 0, begins[nearest]) + 1


def _members(written: str) -> Iterator[tuple[tuple[str | int | None, ...], int]]:
    """Tell each member of JSON text that is right: its steps from the root, and its place."""
    steps: list[str | int | None] = []
    for token in _TOKEN.finditer(written):
        word = token[0]
        if word in {"}", "]"}:
            steps.pop()
        elif word == ",":
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
        elif word in {"{", "["}:
            yield tuple(steps), token.start()
            steps.append(None if word == "{" else 0)
        elif word != ":":
            if steps and steps[-1] is None:
                steps[-1] = json.loads(word)
            yield tuple(steps), token.start()


# --- samples ------------------------------------------------------------------------------------

_SAMPLES: Mapping[str, Any] = {
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "null": None,
}


def sample_of(written: str) -> str:
    """Return arguments that may fit a schema, as a person would try them first."""
    try:
        schema = json.loads(written)
        properties = schema["properties"].items()
        values = {name: _sample(name, each) for name, each in properties}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return "{}"
    return json.dumps(values, ensure_ascii=False)


def _sample(name: str, schema: Any) -> Any:
    if not isinstance(schema, Mapping):
        return None
    listed = schema.get("enum") or schema.get("examples")
    known = [schema[key] for key in ("default", "const") if key in schema]
    known += listed if isinstance(listed, list) else []
    return known[0] if known else _of_kind(name, schema)


def _of_kind(name: str, schema: Mapping[str, Any]) -> Any:
    kind, least = schema.get("type"), schema.get("minimum")
    if not isinstance(kind, str):
        return name
    if kind == "object":
        inner = schema.get("properties")
        return {k: _sample(k, v) for k, v in inner.items()} if isinstance(inner, Mapping) else {}
    if kind in {"integer", "number"} and isinstance(least, int | float):
        return least
    return _SAMPLES.get(kind, name)


# --- remembered drafts ----------------------------------------------------------------------------

DRAFT: Mapping[str, Reader] = {
    "kind": one_of(ToolAnswerKind),
    "delay_ms": whole(DELAYS_MS),
    "timeout_s": real(*TIMEOUTS_S),
    "enabled": flag,
}
SERVER: Mapping[str, Reader] = {"timeout_s": real(*TIMEOUTS_S), "enabled": flag}
DRAFTS_KEPT: Final = 128


def read_drafts(value: object) -> tuple[ToolDraft, ...]:
    """Return remembered drafts; what is wrong in one has its default."""
    return tuple(map(value_of(ToolDraft, DRAFT), _list(value)))


def read_servers(value: object) -> tuple[ServerDraft, ...]:
    """Return remembered servers; what is wrong in one has its default."""
    return tuple(map(value_of(ServerDraft, SERVER), _list(value)))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError
    return value[:DRAFTS_KEPT]

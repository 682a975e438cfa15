"""``vivavoce tools``: files of tools that the model may call, read and checked."""

import argparse
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Final, Protocol, TextIO

from app.cli.plain import plain
from app.core.conduct import ToolAnswer, ToolAnswerKind
from app.core.errors import ConfigError, ToolError
from app.core.ids import CallId
from app.session.messages import AllowTool, AnswerTool, ToolReport, ToolState
from app.session.tool_setups import ToolFile, read_tools
from app.session.tool_texts import quoted

NOBODY: Final = "Nobody can answer by hand in a terminal."
FILE_LIMIT_BYTES: Final = 8 * 1_048_576

KEY_LIMIT: Final = 100
"""Parts of a dotted key: the standard library takes minutes to read one of very many."""

_PART = r"""(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOTTED: Final = re.compile(rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+")


class Desk(Protocol):
    """Takes the user's word on calls: a session."""

    def allow_tool(self, word: AllowTool) -> None:
        """Take the user's word on a call that asked."""
        ...

    def answer_tool(self, answer: AnswerTool) -> None:
        """Take the user's own answer."""
        ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    check = actions.add_parser("check", help="read a file of tools and say what is wrong with it")
    check.add_argument("file", metavar="FILE", help="TOML or JSON, see resources/schema/tools.md")
    check.add_argument("--json", action="store_true", help="one JSON object on standard output")


def add_tool_options(group: argparse._ArgumentGroup) -> None:
    """Describe the options of a command that holds sessions: --tools and --allow-tools."""
    group.add_argument(
        "--tools", metavar="FILE", help="offer the model the tools of this TOML or JSON file"
    )
    group.add_argument(
        "--allow-tools",
        action="store_true",
        help="let tools call HTTP addresses and MCP servers; a terminal cannot ask while "
        "talking, so that without it such calls are refused",
    )


def tools_of(arguments: argparse.Namespace) -> ToolFile:
    """Return the tools that the options name.

    Raises:
        ConfigError: If the file cannot be used.
    """
    return ToolFile() if arguments.tools is None else parse_tools_file(Path(arguments.tools))


def run(arguments: argparse.Namespace, out: TextIO, error: TextIO) -> int:
    """Check the file; return the exit code."""
    try:
        found = parse_tools_file(Path(arguments.file))
    except ConfigError as exc:
        error.write(plain(exc.sentence) + "\n")
        return 1
    if arguments.json:
        out.write(json.dumps(_told(found)) + "\n")
        return 0
    lines = [f"{setup.tool.name}: {_words(setup.answer)}" for setup in found.tools]
    for server in found.mcp_servers:
        allowed = ", ".join(server.allowed) or "all its tools"
        lines.append(f"MCP server {server.label} at {server.url}: {allowed}")
    lines.append(f"{len(found.tools)} tools, {len(found.mcp_servers)} MCP servers.")
    out.writelines(plain(line) + "\n" for line in lines)
    return 0


def main(arguments: list[str]) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="vivavoce tools", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(arguments), sys.stdout, sys.stderr)


class ToolClerk:
    """Stands in for the user at a terminal, who cannot be asked while talking.

    Args:
        allow: Whether tools that contact somebody may.
        err: Gets a line for each call that ended.
    """

    def __init__(self, err: TextIO, *, allow: bool) -> None:
        self._err = err
        self._allow = allow

    def take(self, report: ToolReport, session: Desk) -> None:
        """Answer what a report asks, or print how the call ended."""
        call_id = CallId(report.call_id)
        match report.state:
            case ToolState.ASKS:
                session.allow_tool(AllowTool(call_id=call_id, allow=self._allow))
                if not self._allow:
                    self._note(f"{report.where} was not called: give --allow-tools to allow it.")
            case ToolState.BY_HAND:
                session.answer_tool(AnswerTool(call_id=call_id, output=NOBODY, failed=True))
            case ToolState.ENDED:
                took = "" if report.elapsed_ms is None else f" after {report.elapsed_ms:.0f} ms"
                how = "" if report.outcome is None else report.outcome.value
                self._note(f"Tool {report.name} {how}{took}: {quoted(report.output, 200)}")
            case ToolState.RUNNING:
                pass

    def _note(self, line: str) -> None:
        print(plain(line), file=self._err, flush=True)


def parse_tools_file(path: Path) -> ToolFile:
    """Return the tools and servers of a file: JSON where its name ends so, else TOML.

    Raises:
        ConfigError: In one sentence with the file and the place in it.
    """
    name = quoted(path.name, 100)
    if path.exists() and not path.is_file():  # a pipe that nobody writes is waited for for ever
        raise ConfigError(f"The tools file {name} could not be read: it is not an ordinary file.")
    try:
        with path.open("rb") as file:
            raw = file.read(FILE_LIMIT_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "it cannot be used"
        raise ConfigError(f"The tools file {name} could not be read: {reason}.") from None
    if len(raw) > FILE_LIMIT_BYTES:
        raise ConfigError(f"The tools file {name} has more than {FILE_LIMIT_BYTES >> 20} MB.")
    try:
        return read_tools(_value(path, raw))
    except ToolError as error:
        raise ConfigError(f"The tools file {name} cannot be used: {error}") from None


def _value(path: Path, raw: bytes) -> object:
    try:
        text = raw.decode()
        if path.suffix.lower() == ".json":
            return json.loads(text)
        if _holds_long_key(text):
            raise ToolError(f"a key has more than {KEY_LIMIT} parts.")
        return tomllib.loads(text)
    except UnicodeDecodeError as exc:
        raise ToolError(f"byte {exc.start + 1} is not UTF-8.") from None
    except json.JSONDecodeError as exc:
        raise ToolError(f"{exc.msg} at line {exc.lineno}, column {exc.colno}.") from None
    except tomllib.TOMLDecodeError as exc:
        raise ToolError(f"{quoted(str(exc))}.") from None
    except RecursionError:
        raise ToolError("it is nested too deeply.") from None
    except ValueError as exc:
        raise ToolError(f"{quoted(str(exc))}.") from None


def _holds_long_key(text: str) -> bool:
    dotted = (found.group() for found in _DOTTED.finditer(text) if found.group().count(".") > 1)
    return any(len(re.findall(_PART, key)) > KEY_LIMIT for key in dotted)


_KINDS: Final = {
    ToolAnswerKind.FIXED: "answers with fixed JSON",
    ToolAnswerKind.TEMPLATE: "answers with its arguments in a template",
    ToolAnswerKind.ERROR: "answers with an error",
    ToolAnswerKind.HTTP: "posts its arguments to",
    ToolAnswerKind.BY_HAND: "is answered by hand, in the window",
    ToolAnswerKind.NEVER: "never answers",
}


def _words(answer: ToolAnswer) -> str:
    url = f" {answer.url}" if answer.kind is ToolAnswerKind.HTTP else ""
    delay = f", after {answer.delay_ms:g} ms" if answer.delay_ms else ""
    return f"{_KINDS[answer.kind]}{url}{delay}, time-out {answer.timeout_s:g} s"


def _told(found: ToolFile) -> dict[str, object]:
    return {
        "tools": [
            {
                "name": setup.tool.name,
                "description": setup.tool.description,
                "parameters": setup.tool.parameters,
                "kind": setup.answer.kind.value,
                "delay_ms": setup.answer.delay_ms,
                "timeout_s": setup.answer.timeout_s,
            }
            for setup in found.tools
        ],
        "mcp_servers": [
            {"label": one.label, "url": one.url, "allowed": list(one.allowed)}
            for one in found.mcp_servers
        ],
    }

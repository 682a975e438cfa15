"""The user's tools: written, tried, and handed to the next session."""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from app.core.conduct import ToolAnswerKind
from app.core.errors import AppError, ToolError
from app.core.observe import Signal
from app.core.ports import McpConnector, ToolCaller
from app.core.resources import resource
from app.session.tool_schema import read_arguments
from app.session.tool_setups import TOOLS_LIMIT, read_tools
from app.session.tool_template import fill
from app.session.tool_texts import answer_told, error_output
from app.ui.vm.setup import SetupViewModel
from app.ui.vm.tool_drafts import (
    DraftProblem,
    ServerDraft,
    ToolDraft,
    draft_of,
    problems_of,
    sample_of,
    setup_of,
)

KINDS: Final = {
    ToolAnswerKind.FIXED: "Fixed JSON",
    ToolAnswerKind.TEMPLATE: "Template over the arguments",
    ToolAnswerKind.ERROR: "An error",
    ToolAnswerKind.HTTP: "An HTTP address",
    ToolAnswerKind.BY_HAND: "By hand, in this window",
    ToolAnswerKind.NEVER: "Never, until the time-out",
}
HINTS: Final = {
    ToolAnswerKind.FIXED: "The model is told this JSON, whatever it asks.",
    ToolAnswerKind.TEMPLATE: "{{city}} stands for the argument of that name, as JSON; {{a.b}} for "
    "a member of it. What is not there is null.",
    ToolAnswerKind.ERROR: "The model is told that the call failed, with this sentence.",
    ToolAnswerKind.HTTP: "The arguments are posted there as JSON; the answer is told to the model. "
    "The first call of a session asks you.",
    ToolAnswerKind.BY_HAND: "Each call waits for what you write, until the time-out.",
    ToolAnswerKind.NEVER: "To try what a model does while a tool hangs.",
}


PROBLEMS_KEPT: Final = 1_000
UNTRIED: Final = {
    ToolAnswerKind.BY_HAND: "The arguments fit. The call will wait for you.",
    ToolAnswerKind.NEVER: "The arguments fit. The call will not be answered.",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What a tool answered to sample arguments. ``words`` says how, or what is wrong."""

    good: bool
    words: str
    output: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server said when it was asked for its tools."""

    good: bool
    words: str


class ToolsViewModel:
    """The drafts of tools and servers. All calls on the GUI thread.

    Signals:
        changed: A draft, or what is known of one, changed.
    """

    def __init__(self, setup: SetupViewModel) -> None:
        self._setup = setup
        self._caller: ToolCaller | None = None
        self._mcp: McpConnector | None = None
        self.drafts = setup.preferences.tools
        self.servers = setup.preferences.mcp_servers
        self.listings: dict[str, Listing] = {}
        self.asking = ""
        self._problems: dict[tuple[ToolDraft, frozenset[str]], tuple[DraftProblem, ...]] = {}
        self._undo: tuple[str, Callable[[], None]] | None = None
        self.changed = Signal[()]()
        self._hand_over()

    def reach(self, caller: ToolCaller | None, mcp: McpConnector | None) -> None:
        """Use these to try HTTP addresses and to ask MCP servers."""
        self._caller, self._mcp = caller, mcp

    # --- what is known

    @property
    def words(self) -> str:
        """What the next session will be offered, in a sentence."""
        tools, servers = len(self._setup.tools), len(self._setup.mcp_servers)
        if not tools and not servers:
            return "No tools are offered."
        what = [_counted(tools, "tool")] if tools else []
        what += [f"the tools of {_counted(servers, 'MCP server')}"] if servers else []
        return f"The next session offers {' and '.join(what)}."

    @property
    def undo_words(self) -> str:
        """What ``undo`` brings back, or ""."""
        return "" if self._undo is None else self._undo[0]

    def problems(self, index: int) -> tuple[DraftProblem, ...]:
        """Return what is wrong with a draft."""
        others = (each.name.strip() for at, each in enumerate(self.drafts) if at != index)
        asked = self.drafts[index], frozenset(others)
        if asked not in self._problems:
            if len(self._problems) > PROBLEMS_KEPT:
                self._problems.clear()
            self._problems[asked] = problems_of(*asked)
        return self._problems[asked]

    # --- tools

    def put(self, index: int, draft: ToolDraft) -> None:
        """Replace a draft by another."""
        if self.drafts[index] != draft:
            self._use((*self.drafts[:index], draft, *self.drafts[index + 1 :]))

    def enable(self, index: int, *, enabled: bool) -> None:
        """Offer a tool to the model, or do not."""
        self.put(index, replace(self.drafts[index], enabled=enabled))

    def add(self, draft: ToolDraft | None = None) -> int:
        """Add a tool under a name that is free; return its place."""
        made = draft or ToolDraft(name="new_tool")
        if len(self.drafts) < TOOLS_LIMIT:
            self._use((*self.drafts, replace(made, name=self._free(made.name))))
        return len(self.drafts) - 1

    def duplicate(self, index: int) -> int:
        """Add a copy of a tool; return its place."""
        return self.add(self.drafts[index])

    def delete(self, index: int) -> None:
        """Delete a tool; ``undo`` brings it back."""
        gone = self.drafts[index]
        self._undo = (f"Deleted {gone.name or 'a tool'}.", partial(self._restore, index, gone))
        self._use((*self.drafts[:index], *self.drafts[index + 1 :]))

    def undo(self) -> None:
        """Bring back what was deleted last."""
        undo, self._undo = self._undo, None
        if undo is not None:
            undo[1]()

    def _restore(self, index: int, draft: ToolDraft) -> None:
        self._use((*self.drafts[:index], draft, *self.drafts[index:]))

    def _use(self, drafts: tuple[ToolDraft, ...]) -> None:
        self.drafts = drafts
        self._hand_over()
        self.changed.emit()

    def _free(self, name: str) -> str:
        taken = {each.name.strip() for each in self.drafts}
        if name not in taken:
            return name
        base = name[:58].rstrip("0123456789").rstrip("_") or "tool"
        return next(f"{base}_{n}" for n in range(2, TOOLS_LIMIT + 3) if f"{base}_{n}" not in taken)

    # --- servers

    def put_server(self, index: int, server: ServerDraft) -> None:
        """Replace a server by another."""
        if self.servers[index] != server:
            self._use_servers((*self.servers[:index], server, *self.servers[index + 1 :]))

    def add_server(self) -> int:
        """Add a server; return its place."""
        count = len(self.servers) + 1
        self._use_servers((*self.servers, ServerDraft(label=f"server {count}")))
        return len(self.servers) - 1

    def delete_server(self, index: int) -> None:
        """Delete a server; ``undo`` brings it back."""
        gone, before = self.servers[index], self.servers
        self._undo = (f"Deleted {gone.label or 'a server'}.", partial(self._use_servers, before))
        self._use_servers((*self.servers[:index], *self.servers[index + 1 :]))

    def _use_servers(self, servers: tuple[ServerDraft, ...]) -> None:
        self.servers = servers
        self._hand_over()
        self.changed.emit()

    async def list_tools(self, draft: ServerDraft) -> None:
        """Ask a server for its tools; ``listings`` has the answer by its address."""
        problem = draft.problem
        if problem is None and self._mcp is None:
            problem = "MCP servers cannot be asked here."
        if problem is not None or self._mcp is None:
            self.listings[draft.url] = Listing(False, problem or "")
            self.changed.emit()
            return
        self.asking = draft.url
        self.changed.emit()
        try:
            connection = await self._mcp.connect(draft.server)
        except AppError as error:
            self.listings[draft.url] = Listing(False, error.sentence)
        else:
            names = [tool.name for tool in connection.tools]
            await connection.close()
            told = (
                f"{_counted(len(names), 'tool')}: {', '.join(names[:40])}" if names else "No tools."
            )
            self.listings[draft.url] = Listing(True, told)
        finally:
            self.asking = ""
        self.changed.emit()

    # --- trying

    async def test(self, draft: ToolDraft) -> Trial:
        """Return what the tool answers to its sample arguments, as the model would be told it."""
        try:
            schema = json.loads(draft.schema)
            sample = draft.sample.strip() or sample_of(draft.schema)
            arguments = read_arguments(sample, schema)
            return await self._tried(draft, sample, arguments)
        except ToolError as error:
            return Trial(False, "The model is told an error:", error_output(str(error)))
        except (ValueError, RecursionError):
            return Trial(False, "The schema has to be right first.")

    async def _tried(self, draft: ToolDraft, sample: str, arguments: Mapping[str, Any]) -> Trial:
        if draft.kind in UNTRIED:
            return Trial(True, UNTRIED[draft.kind])
        if draft.kind is ToolAnswerKind.HTTP and self._caller is None:
            return Trial(False, "HTTP addresses cannot be called here.")
        return Trial(
            True, "The model is told:", answer_told(await self._raw(draft, sample, arguments))
        )

    async def _raw(self, draft: ToolDraft, sample: str, arguments: Mapping[str, Any]) -> str:
        if draft.kind is ToolAnswerKind.FIXED:
            return draft.text
        if draft.kind is ToolAnswerKind.TEMPLATE:
            return fill(draft.text, arguments)
        if draft.kind is ToolAnswerKind.HTTP and self._caller is not None:
            return await self._caller.call(draft.url.strip(), sample, draft.timeout_s)
        raise ToolError(draft.text or "The tool failed.")

    # --- keeping

    @property
    def unsaved(self) -> bool:
        """Whether something was written that is not remembered yet."""
        kept = self._setup.preferences
        return (self.drafts, self.servers) != (kept.tools, kept.mcp_servers)

    def commit(self) -> None:
        """Remember the drafts for the next start."""
        kept = self._setup.preferences
        self._setup.update(replace(kept, tools=self.drafts, mcp_servers=self.servers))
        self.changed.emit()

    def _hand_over(self) -> None:
        made = (setup_of(each) for each in self.drafts if each.enabled)
        self._setup.tools = tuple(each for each in made if each is not None)
        usable = (each for each in self.servers if each.enabled and each.problem is None)
        self._setup.mcp_servers = tuple(each.server for each in usable)


def examples() -> tuple[ToolDraft, ...]:
    """Return the bundled examples."""
    table = tomllib.loads(resource("tools", "examples.toml").read_text("utf-8"))
    return tuple(draft_of(each) for each in read_tools(table).tools)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"

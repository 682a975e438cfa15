"""How our own side behaves in a session: what the provider is never told."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.config import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """What the user's speech does to a reply that sounds.

    Attributes:
        enabled: Speech, heard by the provider or by us, stops the reply. Without, only a typed
            message, the talk key and the stop key do; the provider is told not to interrupt.
        local: Our own detector stops it, before the provider has noticed.
        local_speech_ms: Speech that our own detector must hear first.
    """

    enabled: bool = True
    local: bool = False
    local_speech_ms: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """What is done to the microphone before anybody hears it.

    Attributes:
        half_duplex: The microphone is silent while a reply sounds: nobody can interrupt by
            speaking, and nothing that is said meanwhile is heard or measured.
    """

    echo_cancellation: bool = False
    noise_suppression: bool = False
    auto_gain: bool = False
    high_pass: bool = False
    half_duplex: bool = False

    @property
    def filters(self) -> bool:
        """Whether any of it changes the samples."""
        return self.echo_cancellation or self.noise_suppression or self.auto_gain or self.high_pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What keeps a long session alive.

    Attributes:
        stall_s: Silence of the provider after a turn that counts as a stall; it is counted and
            told, nothing is sent. 0 never does.
        rotate: Before the provider's session limit, and between turns, go on in a new session
            with the history carried over.
        rotate_before_s: So long before the limit at the latest.
        reconnect_attempts: After a cut: tries to go on in a new connection; 0 ends the session.
    """

    stall_s: float = 10.0
    rotate: bool = True
    rotate_before_s: float = 60.0
    reconnect_attempts: int = 5


class ToolAnswerKind(StrEnum):
    """Who answers a function call."""

    FIXED = "fixed"
    TEMPLATE = "template"
    ERROR = "error"
    HTTP = "http"
    BY_HAND = "by_hand"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAnswer:
    """How calls of one tool are answered.

    Attributes:
        text: FIXED: JSON as it is. TEMPLATE: JSON whose ``{{name}}`` are replaced by the
            call's arguments, as JSON. ERROR: the sentence that the model is told. Else unused.
        url: HTTP: where the arguments are posted as JSON. The first call asks the user.
        delay_ms: The answer is held back so long.
        timeout_s: A call without an answer by then is answered with an error.
    """

    kind: ToolAnswerKind = ToolAnswerKind.FIXED
    text: str = "{}"
    url: str = ""
    delay_ms: float = 0.0
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSetup:
    """A tool that the model is offered, and who answers it."""

    tool: Tool
    answer: ToolAnswer = field(default_factory=ToolAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """A server of tools (Model Context Protocol, streamable HTTP). Its first call asks.

    Attributes:
        label: Name for people; tools are offered as ``label_tool`` where two have one name.
        allowed: Names of its tools that the model is offered; none named offers all.
        timeout_s: How long listing, and each call, may take.
    """

    label: str
    url: str
    allowed: tuple[str, ...] = ()
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """All of it. Stored with every session."""

    barge_in: BargeIn = field(default_factory=BargeIn)
    processing: Processing = field(default_factory=Processing)
    guard: Guard = field(default_factory=Guard)
    tools: tuple[ToolSetup, ...] = ()
    mcp_servers: tuple[McpServer, ...] = ()

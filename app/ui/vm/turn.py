"""Figures of the newest turn: the large one, its parts, and three beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.observe import Signal
from app.core.records import TurnRecord, TurnStatus
from app.ui.vm.hover import hover
from app.ui.vm.statistics import DELIVERY_CAP
from app.ui.vm.text import quantity, whole_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, ready to draw.

    Attributes:
        text: With its unit, or an en dash.
        hover: Name, formula, reference points, and the reason where it is unknown.
        reported: Told by the provider rather than measured here: drawn hollow.
    """

    name: str
    text: str
    hover: str
    known: bool
    reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the breakdown. ``share`` is of the sum of the known, positive parts."""

    name: str
    metric: str
    value_ms: float
    share: float
    text: str
    hover: str


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    metric: str
    unit: str
    read: Callable[[TurnRecord], float | None]
    reported: bool = False
    cap: float | None = None


FIGURES = (
    _Kind("TTFT", "ttft_ms", "ms", lambda turn: turn.ttft_ms),
    _Kind("TTFA (stop)", "ttfa_stop_ms", "ms", lambda turn: turn.ttfa_stop_ms),
    _Kind("Tokens/s", "text_tps", "", lambda turn: turn.text_tps, reported=True),
    _Kind(
        "Delivery",
        "delivery_x",
        "\N{MULTIPLICATION SIGN}",
        lambda turn: turn.delivery_x,
        cap=DELIVERY_CAP,
    ),
)
V2V = _Kind("voice to voice", "v2v_ms", "ms", lambda turn: turn.v2v_ms)
PARTS = (
    _Kind("sending", "tx_wait_ms", "ms", lambda turn: turn.tx_wait_ms),
    _Kind("endpointing", "endpointing_ms", "ms", lambda turn: turn.endpointing_ms),
    _Kind("response", "server_response_ms", "ms", lambda turn: turn.server_response_ms),
    _Kind("lead-in", "leading_silence_ms", "ms", lambda turn: turn.leading_silence_ms),
    _Kind("playout", "playout_wait_ms", "ms", lambda turn: turn.playout_wait_ms),
    _Kind("device", "device_out_ms", "ms", lambda turn: turn.device_out_ms),
)

OUTCOMES = {
    TurnStatus.OK: "",
    TurnStatus.INTERRUPTED: "interrupted",
    TurnStatus.CANCELLED: "cancelled",
    TurnStatus.TIMEOUT: "no reply in time",
    TurnStatus.ERROR: "failed",
}


def figure(kind: _Kind, turn: TurnRecord | None) -> Figure:
    """Return ``kind`` of ``turn``; without a turn everything is unknown."""
    value = None if turn is None else kind.read(turn)
    reported = kind.reported and turn is not None and turn.usage is not None
    reason = "" if value is not None else _reason(turn)
    return Figure(
        name=kind.name,
        text=quantity(value, kind.unit, cap=kind.cap),
        hover=hover(kind.metric, reason=reason, reported=reported),
        known=value is not None,
        reported=reported,
    )


def _reason(turn: TurnRecord | None) -> str:
    if turn is None:
        return "no turn has ended yet"
    if turn.status in {TurnStatus.TIMEOUT, TurnStatus.ERROR}:
        return turn.error_message or "the turn failed before this was known"
    return "one of its two instants was not observed in this turn"


class TurnViewModel:
    """The newest turn.

    Signals:
        changed: Another turn, or none.
    """

    def __init__(self) -> None:
        self.turn: TurnRecord | None = None
        self.changed = Signal[()]()

    @property
    def title(self) -> str:
        """E.g. "Turn 3, interrupted"."""
        if self.turn is None:
            return "This turn"
        outcome = OUTCOMES[self.turn.status]
        number = f"Turn {self.turn.turn_id}"
        return f"{number}, {outcome}" if outcome else number

    @property
    def headline(self) -> str:
        """The voice-to-voice latency without its unit, or an en dash."""
        return whole_ms(None if self.turn is None else self.turn.v2v_ms)

    @property
    def v2v(self) -> Figure:
        """The voice-to-voice latency."""
        return figure(V2V, self.turn)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """The figures beside the large one."""
        return tuple(figure(kind, self.turn) for kind in FIGURES)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The known parts of the breakdown, in the order of time."""
        if self.turn is None:
            return ()
        known = [(kind, kind.read(self.turn)) for kind in PARTS]
        total = sum(max(value, 0.0) for _kind, value in known if value is not None) or 1.0
        return tuple(
            Part(
                name=kind.name,
                metric=kind.metric,
                value_ms=value,
                share=max(value, 0.0) / total,
                text=quantity(value, "ms"),
                hover=hover(kind.metric, reason="", reported=False),
            )
            for kind, value in known
            if value is not None
        )

    @property
    def spoken(self) -> str:
        """The turn in one sentence, for screen readers."""
        figures = ", ".join(f"{each.name} {each.text}" for each in (self.v2v, *self.figures))
        return f"{self.title}: {figures}"

    def take(self, turn: TurnRecord) -> None:
        """Show ``turn``."""
        self.turn = turn
        self.changed.emit()

    def clear(self) -> None:
        """A new session begins."""
        self.turn = None
        self.changed.emit()
